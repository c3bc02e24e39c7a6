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
    expect(out).toContain('A run would start 2 cutover jobs one after the other (1 + 1 source servers).');
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
    expect(out).toContain('A run would be refused because of the blocked source servers.');
  });

  it('would start without the blocked server when the input says skip', async () => {
    const { exitCode, out } = await planOf({ onBlocked: 'skip' }, { hostname: 'web-1' }, stalled);
    expect(exitCode).toBe(0);
    expect(out).toContain('A run would start 1 cutover job of 1 source servers.');
  });

  it('tells it as one JSON event', async () => {
    const { world, input } = await planOf({}, { hostname: 'web-1', actions: [action] });
    const { out } = await commandLine(['plan', input, '--region', 'us-east-1', '--json'], { worlds: world.worlds });
    expect(eventsIn(out)).toMatchObject([
      {
        type: 'plan',
        exitCode: 0,
        decision: 'PROCEED',
        batchIDs: ['batch-001'],
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
});
