import { stripVTControlCharacters } from 'node:util';
import { parseRunName } from '../../cli/run-name.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { commandLine, eventsIn, folder, lastingWorld, oneWave, waveID } from './command-line.ts';

const files = folder();
const action = { actionName: 'Check health', mustSucceedForCutover: true };
const stalled = { hostname: 'db-1', replication: { state: 'STALLED', lagSeconds: 5_400 }, tested: false };

const planOf = async (options: object, ...servers: object[]) => {
  const world = lastingWorld(oneWave(...servers));
  const input = files.file('input.json', { waveID, options });
  const plan = await commandLine(['plan', input, '--region', 'us-east-1'], { worlds: world.worlds });
  return { ...plan, world, input };
};

describe('plan', () => {
  it('changes nothing in MGN and nothing in the ledger', async () => {
    const { world } = await planOf({}, { hostname: 'web-1' }, stalled);
    expect(world.changes()).toEqual([]);
    expect(await world.store.readAll('runs')).toEqual([]);
  });

  it('shows batches, test instances to be terminated and actions that must succeed; exit 0', async () => {
    const servers = [
      { hostname: 'web-1', actions: [action] },
      { hostname: 'web-2', launchedInstance: 'none' },
    ];
    const { exitCode, out } = await planOf({ batchServersMax: 1 }, ...servers);
    expect(exitCode).toBe(0);
    expect(out).toContain('2 source servers: 2 ready, 0 blocked');
    expect(out).toMatch(/web-1 \(shop\) {2}s-\w+ {2}terminates test instance i-\w+; must succeed: Check health/);
    expect(out).toContain(
      'A run would start 2 cutover jobs (1 + 1 source servers), each as soon as MGN’s quotas have room.',
    );
    expect(out).toContain('It would terminate 1 test instance first.');
    expect(out).toContain('It would finalize nothing');
  });

  it('says once that a run would wait for quota that others use up', async () => {
    const used = { act: 'useQuota', servers: 199, fromSeconds: 0, toSeconds: 900 };
    const world = lastingWorld({ ...oneWave({ hostname: 'web-1' }, { hostname: 'web-2' }), foreignActivity: [used] });
    const input = files.file('input.json', { waveID });
    const { exitCode, out } = await commandLine(['plan', input, '--region', 'us-east-1'], { worlds: world.worlds });
    expect(exitCode).toBe(0);
    expect(out.match(/Jobs in progress hold 199 source servers.*no room for 2 more\./g)).toHaveLength(1);
  });

  it('tells of a rule whose tag nobody carries, because it may have been mistyped', async () => {
    const priorityGroups = [
      { group: 1, tag: 'role=domain-controler' },
      { group: 2, tag: 'role=db' },
    ];
    const servers = [{ hostname: 'dc-1' }, { hostname: 'db-1', tags: { role: 'db' } }];
    const { exitCode, out } = await planOf({ priorityGroups }, ...servers);
    expect(exitCode).toBe(0);
    expect(out).toContain('Note: no source server carries the tag role=domain-controler');
    expect(out).not.toContain('the tag role=db');
  });

  it('does not promise that test instances stay when it is told not to terminate them', async () => {
    const { out } = await planOf({ terminateTestInstances: false }, { hostname: 'web-1' });
    expect(out).toContain('It would leave test instances to StartCutover, which deletes them when it starts.');
  });

  it('says when a run would finalize', async () => {
    const { out } = await planOf({ commit: 'auto' }, { hostname: 'web-1' });
    expect(out).toContain('It would FINALIZE every verified source server, which cannot be undone');
  });

  it('gives every reason of a blocked server with its remedy; exit 2 when the run would be refused', async () => {
    const { exitCode, out } = await planOf({}, { hostname: 'web-1' }, stalled);
    expect(exitCode).toBe(2);
    expect(out).toContain('dataReplicationState is STALLED, not CONTINUOUS');
    expect(out).toContain('lagDuration is 5400 s');
    expect(out).toContain('lifeCycle.lastTest has never been initiated');
    expect(out).toContain('Launch a test first, or set options.requireTestLaunch to false.');
    expect(out).toContain('A run would be refused: some source servers are blocked. Mend what blocks them');
  });

  it('would start without the blocked server when the input says skip', async () => {
    const options = { onBlocked: 'skip', failurePolicy: { application: 'independent' } };
    const { exitCode, out } = await planOf(options, { hostname: 'web-1' }, stalled);
    expect(exitCode).toBe(0);
    expect(out).toContain('A run would start 1 cutover job of 1 source server.');
  });

  it('would start nothing of an application of which one server is blocked, though the input says skip', async () => {
    const { exitCode, out } = await planOf({ onBlocked: 'skip' }, { hostname: 'web-1' }, stalled);
    expect(exitCode).toBe(2);
    expect(out).toContain('A run would be refused: no source server is ready.');
  });

  it('tells it as one JSON event', async () => {
    const { world, input } = await planOf({}, { hostname: 'web-1', actions: [action] });
    const { out } = await commandLine(['plan', input, '--region', 'us-east-1', '--json'], { worlds: world.worlds });
    expect(eventsIn(out)).toMatchObject([
      {
        type: 'plan',
        exitCode: 0,
        decision: 'PROCEED',
        forecast: { jobs: [{ priorityGroup: 5, startSeconds: 0 }] },
        servers: [{ mustSucceed: ['Check health'] }],
      },
    ]);
  });

  it('bears reads that fail for now', async () => {
    const scenario = {
      ...oneWave({ hostname: 'web-1' }),
      faults: [{ fault: 'serverError', operation: 'DescribeSourceServers', firstCalls: 5 }],
    };
    const { worlds } = lastingWorld(scenario);
    const input = files.file('input.json', { waveID });
    expect((await commandLine(['plan', input, '--region', 'us-east-1'], { worlds })).exitCode).toBe(0);
  });

  it('says what a run would wait for that another run holds, and how long it would take then', async () => {
    const world = lastingWorld(oneWave({ hostname: 'web-1' }, { hostname: 'web-2' }));
    const server = world.servers()[0];
    const lock = { now: 0, expiresAt: Date.parse('2026-01-11T22:00:00Z') };
    await createLedger(world.store).takeLocks([server?.arn ?? ''], parseRunName('RUN', 'other'), lock, 'all');
    const input = files.file('input.json', { waveID, options: { onLocked: 'wait' } });
    const { exitCode, out } = await commandLine(['plan', input, '--region', 'us-east-1'], { worlds: world.worlds });
    expect(exitCode).toBe(0);
    expect(out).toContain('2 source servers, to be checked once no other run holds them');
    expect(out).toContain('It would wait first:');
    expect(out).toMatch(/run other holds arn:\S+; this run waits for it/);
    expect(out).toMatch(/Expected: \d+ min until the last launch, 15 min for first boot and actions, 20 min/);
    expect(out).not.toContain('cutover job');
  });
});

describe('plan in a change window', () => {
  // It is 22:00 UTC on 10 January, 23:00 in Berlin.
  const evening = { opensAt: '2026-01-11T22:00', closesAt: '2026-01-12T02:00', zone: 'Europe/Berlin' };
  const planIn = async (window: object, options: object = {}, ...servers: object[]) => {
    const world = lastingWorld(oneWave({ hostname: 'web-1' }, ...servers));
    const input = files.file('input.json', { waveID, window, options });
    const argv = [input, '--region', 'us-east-1'];
    return { world, argv, ...(await commandLine(['plan', ...argv], { worlds: world.worlds })) };
  };

  it('the day before shows all of it, when it may start and until when; exit 0', async () => {
    const { exitCode, out } = await planIn(evening, { commit: 'approve' });
    expect(exitCode).toBe(0);
    expect(out).toContain('1 source server: 1 ready, 0 blocked');
    expect(out).toContain('Not yet: the window opens at 2026-01-11 22:00 Europe/Berlin (21:00 UTC)');
    expect(out).toContain('A run would start 1 cutover job of 1 source server.');
    expect(out).toContain('It would terminate 1 test instance first.');
    expect(out).toContain('Once verified it would wait for a person to commit or roll back');
    expect(out).toContain(
      'Window: 2026-01-11 22:00 Europe/Berlin (21:00 UTC) to 2026-01-12 02:00 Europe/Berlin (01:00 UTC).',
    );
    expect(out).toMatch(/Last safe start: 2026-01-12 01:0\d Europe\/Berlin \(00:0\d UTC\)\./);
    expect(out).toMatch(/Expected: 1\d min until the last launch, 15 min for first boot and actions, 20 min/);
  });

  it('says so to a program', async () => {
    const { world, argv } = await planIn(evening);
    const { out } = await commandLine(['plan', ...argv, '--json'], { worlds: world.worlds });
    expect(eventsIn(out)).toMatchObject([
      {
        exitCode: 0,
        decision: 'NOT_YET',
        reasons: [{ code: 'WINDOW_NOT_OPEN' }],
        servers: [{ phase: 'ready', verdict: 'UNDECIDED' }],
      },
    ]);
  });

  it('the day before names a server that is blocked as well; exit 2', async () => {
    const { exitCode, out } = await planIn(evening, {}, stalled);
    expect(exitCode).toBe(2);
    expect(out).toContain('2 source servers: 1 ready, 1 blocked');
    expect(out).toContain('and the window opens at 2026-01-11 22:00 Europe/Berlin (21:00 UTC)');
    expect(out).toContain('some source servers are blocked');
  });

  it.each([
    ['that has closed', { opensAt: '2026-01-10T20:00', closesAt: '2026-01-10T23:00' }, 'the window closed at'],
    [
      'too short to bring it back',
      { opensAt: '2026-01-11T22:00', closesAt: '2026-01-11T22:30' },
      'the last safe start is',
    ],
    ['that closes too soon', { opensAt: '2026-01-10T22:00', closesAt: '2026-01-10T23:40' }, 'the last safe start is'],
  ])('%s would be refused; exit 2', async (_what, window, words) => {
    const { exitCode, out } = await planIn({ ...window, zone: 'Europe/Berlin' });
    expect(exitCode).toBe(2);
    expect(out).toContain('A run would be refused:');
    expect(out).toContain(words);
  });

  it('run is refused before it opens, with when to come back, and nothing is recorded; exit 2', async () => {
    const { world, argv } = await planIn(evening);
    const { exitCode, out } = await commandLine(['run', ...argv, '--yes'], { worlds: world.worlds });
    expect(exitCode).toBe(2);
    expect(out).toContain('Not yet: the window opens at 2026-01-11 22:00 Europe/Berlin (21:00 UTC)');
    expect(out).toContain('Refused, nothing was touched: 1 source server: 1 not started');
    expect(out).toMatch(/Start between 2026-01-11 22:00 Europe\/Berlin \(21:00 UTC\) and 2026-01-12 01:0\d/);
    expect(world.changes()).toEqual([]);
    expect(await world.store.readAll('runs')).toEqual([]);
    world.passTime(24 * 3_600_000);
    expect((await commandLine(['run', ...argv, '--yes'], { worlds: world.worlds })).exitCode).toBe(0);
  });

  it('tells what is rolled back when', async () => {
    const { out } = await planIn({ ...evening, rollbackBy: '2026-01-12T01:00' });
    expect(out).toContain(
      'What is not verified by 2026-01-12 01:00 Europe/Berlin (00:00 UTC) is rolled back (rollbackBy).',
    );
  });

  it('breaks long lines on a terminal, and keeps them whole in a pipe', async () => {
    const { world, argv, out } = await planIn(evening, {}, stalled);
    const terminal = await commandLine(['plan', ...argv], { worlds: world.worlds, isTerminal: true, columns: 80 });
    const lines = stripVTControlCharacters(terminal.out).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeGreaterThan(80);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toBe(out.replace(/\s+/g, ' '));
  });
});
