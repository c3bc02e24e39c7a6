import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FullReport } from '../../cli/full-report.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { parseRunInput } from '../../functions/domain/run-input.ts';
import { describeInterruption } from '../../cli/interruption.ts';
import { parseRunName } from '../../cli/run-name.ts';
import type { OpenWorld } from '../../cli/world.ts';
import { createMemoryStore } from '../../functions/ledger/memory-store.ts';
import { aServerRecord } from '../support/domain-builders.ts';
import { commandLine, eventsIn, folder, lastingWorld, oneWave, waveID } from './command-line.ts';

const files = folder();
const input = files.file('wave.json', { waveID });
const servers = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const untested = servers.map((server) => ({ ...server, launchedInstance: 'none' }));
const run = ['run', input, '--region', 'us-east-1', '--name', 'night-1'];
const rollback = ['rollback', 'night-1', '--region', 'us-east-1'];

const runID = parseRunName('RUN', 'night-1');

/** Interrupts the command the first time it writes something that matches. */
const interruptAt = (pattern: RegExp) => {
  let isDone = false;
  return (text: string, interrupt: () => void) => {
    if (isDone || !pattern.test(text)) return;
    isDone = true;
    interrupt();
  };
};

const startsIn = (changes: string[]) => changes.filter((operation) => operation === 'StartCutover').length;

describe('a run that is stopped', () => {
  it('says what is left behind and how to go on or back; exit 3', async () => {
    const { worlds } = lastingWorld(oneWave(...servers));
    const { exitCode, out } = await commandLine(run, { worlds, onOutput: interruptAt(/conversion/) });
    expect(exitCode).toBe(3);
    expect(out).toContain('2 of 2 source servers are not settled');
    expect(out).toMatch(/web-1 {2}shop {2}conversion {2}mgnjob-/);
    expect(out).toContain(`to go on: mgn-cutover run ${input} --region us-east-1 --name night-1`);
    expect(out).toContain('to bring back what was started: mgn-cutover rollback night-1 --region us-east-1');
  });

  it('goes on under the same name without a second launch', async () => {
    const { worlds, changes } = lastingWorld(oneWave(...servers));
    await commandLine(run, { worlds, onOutput: interruptAt(/conversion/) });
    const { exitCode, out } = await commandLine(run, { worlds });
    expect(out).toContain('This run has begun already and would go on from where it is');
    expect(out).toContain('Verified: 2 source servers: 2 verified');
    expect(exitCode).toBe(0);
    expect(startsIn(changes())).toBe(1);
  });

  it.each([
    ['run', run],
    ['rollback', rollback],
  ])('in a simulator is not gone on with at AWS by %s, where its facts are none', async (_verb, argv) => {
    const { worlds, changes } = lastingWorld(oneWave(...servers));
    const simulated: OpenWorld = async (...given) => ({
      ...(await worlds(...given)),
      endpoint: 'http://127.0.0.1:8080',
    });
    await commandLine(run, { worlds: simulated, onOutput: interruptAt(/conversion/) });
    const before = changes().length;
    const { exitCode, err } = await commandLine([...argv, '--yes'], { worlds });
    expect(exitCode).toBe(2);
    expect(err).toContain('Run night-1 was worked on in the simulator http://127.0.0.1:8080');
    expect(changes()).toHaveLength(before);
    const there = await commandLine([...argv, '--yes'], { worlds: simulated });
    expect(there.exitCode).toBe(0);
  });

  it('is brought back by rollback', async () => {
    const world = lastingWorld(oneWave(...servers));
    const { worlds } = world;
    await commandLine(run, { worlds, onOutput: interruptAt(/conversion/) });
    const { exitCode, out } = await commandLine(rollback, { worlds });
    expect(out).toContain('2 rolled back');
    expect(exitCode).toBe(0);
    expect(world.servers().map(({ lifeCycle }) => lifeCycle?.state)).toEqual([
      'READY_FOR_CUTOVER',
      'READY_FOR_CUTOVER',
    ]);
    expect(world.servers().map(({ launchedInstance }) => launchedInstance?.ec2InstanceID)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('has touched nothing when nothing was started: exit 2, and its servers are free for another run', async () => {
    const { worlds, changes } = lastingWorld(oneWave(...untested));
    const { exitCode, out } = await commandLine(run, { worlds, onOutput: interruptAt(/web-1 +ready/) });
    expect(out).toContain('Stopped before anything was started; nothing was touched.');
    expect(exitCode).toBe(2);
    expect(changes()).toEqual([]);
    const other = await commandLine(['run', input, '--region', 'us-east-1', '--name', 'other'], { worlds });
    expect(other.exitCode).toBe(0);
  });

  it('is no longer among the open runs when nothing was started, and goes on all the same', async () => {
    const { worlds, store } = lastingWorld(oneWave(...untested));
    await commandLine(run, { worlds, onOutput: interruptAt(/web-1 +ready/) });
    expect(await createLedger(store).listOpenRunIDs()).toEqual([]);
    expect((await commandLine(run, { worlds })).exitCode).toBe(0);
  });

  it('tells programs too', async () => {
    const { worlds } = lastingWorld(oneWave(...servers));
    const { out } = await commandLine([...run, '--json'], { worlds, onOutput: interruptAt(/conversion/) });
    expect(eventsIn(out).at(-1)).toMatchObject({
      type: 'end',
      exitCode: 3,
      report: { run: { outcome: 'UNFINISHED' } },
    });
  });

  it('is only a rehearsal with --scenario: exit 2', async () => {
    const scenario = files.file('scenario.json', oneWave(...servers));
    const { exitCode, out } = await commandLine(['run', input, '--scenario', scenario], {
      onOutput: interruptAt(/conversion/),
    });
    expect(out).toContain('The rehearsal was stopped; it touched nothing that is real.');
    expect(exitCode).toBe(2);
  });
});

describe('a command that is stopped before it was refused', () => {
  const ways = { resume: 'run', rollback: 'rollback' };

  it('leaves the locks to the stack that holds the run in the same ledger', async () => {
    const store = createMemoryStore();
    const ledger = createLedger(store);
    const arn = 'arn:aws:mgn:us-east-1:123456789012:source-server/s-1';
    const executionID = 'arn:aws:states:us-east-1:123456789012:execution:MgnCutover-wave-cutover:night-1';
    const holder = { executionID, heldUntil: 900_000 };
    await ledger.createRun({ runID, input: parseRunInput({ waveID }), nonce: 'n', createdAt: 0, holder });
    await ledger.saveServers(runID, [aServerRecord({ arn })]);
    await ledger.takeLocks([arn], runID, { now: 0, expiresAt: 900_000 }, 'all');
    expect(await describeInterruption(store, runID, ways)).toMatchObject({ exitCode: 2 });
    expect((await ledger.readLocks([arn], 1)).get(arn)?.runID).toBe('night-1');
    expect(await ledger.listOpenRunIDs()).toEqual(['night-1']);
  });
});

describe('a run that has ended', () => {
  it('is not begun again under its name, and the message says where its outcome is', async () => {
    const { worlds, changes } = lastingWorld(oneWave(...servers));
    await commandLine(run, { worlds });
    const { exitCode, err } = await commandLine(run, { worlds });
    expect(exitCode).toBe(2);
    expect(err).toContain('ended at 2026-01-10T');
    expect(err).toContain('2 verified');
    expect(err).toContain('ledger.sqlite');
    expect(err).toContain('--name');
    expect(startsIn(changes())).toBe(1);
  });

  it('keeps its name for later when it was refused, and reports why', async () => {
    const { worlds, passTime } = lastingWorld(
      oneWave({ hostname: 'web-1', replication: { state: 'BACKLOG', lagSeconds: 900, readyInSeconds: 600 } }),
    );
    const output = join(files.path, 'refused.json');
    const refused = await commandLine([...run, '--output', output], { worlds });
    expect(refused.exitCode).toBe(2);
    const report: FullReport = JSON.parse(readFileSync(output, 'utf8'));
    expect(report).toMatchObject({ run: { outcome: 'REFUSED' }, servers: [{ verdict: 'BLOCKED' }] });
    passTime(900_000);
    expect((await commandLine(run, { worlds })).exitCode).toBe(0);
  });
});

describe('consent', () => {
  const live = () => lastingWorld(oneWave(...servers), true);

  it('shows the plan and refuses where nobody can be asked and --yes is missing', async () => {
    const { worlds, changes } = live();
    const { exitCode, out, err } = await commandLine(run, { worlds });
    expect(out).toContain('A run would start 1 cutover job of 2 source servers.');
    expect(err).toContain('Add --yes');
    expect(exitCode).toBe(2);
    expect(changes()).toEqual([]);
  });

  it.each([
    ['y\n', 0],
    ['n\n', 2],
    ['', 2],
  ])('takes the answer %j', async (stdin, expected) => {
    const { worlds, changes } = live();
    const { exitCode, out } = await commandLine(run, { worlds, stdin, isAnswerable: true });
    expect(out).toContain('Cut over in LIVE us-east-1? [y/N]');
    expect(exitCode).toBe(expected);
    expect(startsIn(changes())).toBe(expected === 0 ? 1 : 0);
  });

  it('takes --yes for an answer, in rollback too', async () => {
    const { worlds, changes } = live();
    expect((await commandLine([...run, '--yes'], { worlds })).exitCode).toBe(0);
    expect((await commandLine(rollback, { worlds })).exitCode).toBe(2);
    expect(changes()).not.toContain('ChangeServerLifeCycleState');
    expect((await commandLine([...rollback, '--yes'], { worlds })).exitCode).toBe(0);
  });
});

describe('rollback', () => {
  const ended = async (...more: object[]) => {
    const world = lastingWorld(oneWave(...servers, ...more));
    await commandLine(run, { worlds: world.worlds });
    return world;
  };

  it('brings back only the servers that are named, by host name or ID', async () => {
    const world = await ended();
    const { exitCode } = await commandLine([...rollback, '--server', 'web-2'], { worlds: world.worlds });
    expect(exitCode).toBe(0);
    const states = world
      .servers()
      .map(({ sourceProperties, lifeCycle }) => [sourceProperties?.identificationHints?.hostname, lifeCycle?.state]);
    expect(Object.fromEntries(states)).toEqual({ 'web-1': 'CUTTING_OVER', 'web-2': 'READY_FOR_CUTOVER' });
  });

  it('refuses a server that is not part of the run, naming those that are', async () => {
    const { worlds } = await ended();
    const { exitCode, err } = await commandLine([...rollback, '--server', 'web-9'], { worlds });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/--server: web-9 is not part of run night-1; it has .*web-1/);
  });

  it('has nothing to do the second time: exit 0', async () => {
    const { worlds } = await ended();
    await commandLine(rollback, { worlds });
    const { exitCode, out } = await commandLine(rollback, { worlds });
    expect(out).toContain('There is nothing to bring back in run night-1');
    expect(exitCode).toBe(0);
  });

  it('names the runs it knows when it does not know this one', async () => {
    const { worlds } = await ended();
    const { exitCode, err } = await commandLine(['rollback', 'night-2', '--region', 'us-east-1'], { worlds });
    expect(exitCode).toBe(2);
    expect(err).toContain('there is no run night-2 in ledger.sqlite; it knows night-1.');
  });

  it('asks for a person when an instance stays, with the commands that are left: exit 3', async () => {
    const { worlds } = await ended({ hostname: 'web-3', terminate: 'failed' });
    const { exitCode, out } = await commandLine(rollback, { worlds });
    expect(exitCode).toBe(3);
    expect(out).toMatch(/! web-3 {2}NEEDS A PERSON/);
    expect(out).toContain('aws mgn terminate-target-instances');
    expect(out).toContain('mgn-cutover rollback night-1 --region us-east-1');
  });

  it('must be finished when it was stopped: run refuses, rollback goes on', async () => {
    const { worlds } = await ended();
    const stopped = await commandLine(rollback, { worlds, onOutput: interruptAt(/rolling back/) });
    expect(stopped.exitCode).toBe(3);
    const again = await commandLine(run, { worlds });
    expect(again.exitCode).toBe(2);
    expect(again.err).toContain('A rollback of run night-1 was begun and not finished');
    expect((await commandLine(rollback, { worlds })).exitCode).toBe(0);
  });

  it('leaves finalized servers alone and says so', async () => {
    const world = lastingWorld(oneWave(...servers));
    const auto = files.file('auto.json', { waveID, options: { commit: 'auto' } });
    const finalized = await commandLine(['run', auto, '--region', 'us-east-1', '--name', 'night-1'], {
      worlds: world.worlds,
    });
    expect(finalized.out).toContain('Finalized: 2 source servers: 2 finalized');
    expect(finalized.exitCode).toBe(0);
    const { exitCode, err } = await commandLine(rollback, { worlds: world.worlds });
    expect(exitCode).toBe(2);
    expect(err).toContain('cannot be undone');
    expect(world.servers().map(({ lifeCycle }) => lifeCycle?.state)).toEqual(['CUTOVER', 'CUTOVER']);
  });

  it('names the commit that ends a run whose every server is finalized', async () => {
    const world = await ended();
    await commandLine(['commit', 'night-1', '--region', 'us-east-1', '--confirm', 'night-1'], world);
    const ledger = createLedger(world.store);
    const stored = await ledger.readRun(runID);
    if (stored === undefined) throw new Error('there is no run');
    await ledger.saveRun({ ...stored.value, end: undefined }, stored.version);
    const { exitCode, err } = await commandLine(rollback, world);
    expect(err).toMatch(/web-1 .* finalized, and that cannot be undone/);
    expect(err).toContain('The run has no end yet; this ends it: mgn-cutover commit night-1 --region us-east-1');
    expect(exitCode).toBe(2);
    await commandLine(['commit', 'night-1', '--region', 'us-east-1', '--confirm', 'night-1'], world);
    expect((await ledger.readRun(runID))?.value.end?.outcome).toBe('FINALIZED');
    expect((await commandLine(rollback, world)).err).not.toContain('The run has no end yet');
  });

  it('takes over a run whose process died while it held it', async () => {
    const { worlds, store } = lastingWorld(oneWave(...servers));
    await commandLine(run, { worlds, onOutput: interruptAt(/conversion/) });
    const holder = (await createLedger(store).readRun(runID))?.value.holder;
    expect(holder?.executionID).toContain('wave-cutover');
    expect((await commandLine(rollback, { worlds })).exitCode).toBe(0);
  });
});

describe('rollback of a run that started nothing', () => {
  const interrupted = async (needsConsent = false) => {
    const world = lastingWorld(oneWave(...servers), needsConsent);
    await createLedger(world.store).createRun({ runID, input: parseRunInput({ waveID }), nonce: 'n', createdAt: 0 });
    const endOf = async () => (await createLedger(world.store).readRun(runID))?.value.end;
    return { ...world, endOf };
  };

  it('closes it, touches nothing and says so: exit 0', async () => {
    const world = await interrupted();
    const { exitCode, out } = await commandLine(rollback, world);
    expect(out).toContain('There is nothing to bring back in run night-1: no source server of it is cut over.');
    expect(out).toContain('Nothing was brought back; run night-1 is closed.');
    expect(exitCode).toBe(0);
    expect(world.changes()).toEqual([]);
    expect(await world.endOf()).toMatchObject({ outcome: 'REFUSED' });
    expect(await createLedger(world.store).listOpenRunIDs()).toEqual([]);
    const again = await commandLine(rollback, world);
    expect(again.out).not.toContain('is closed');
    expect(again.exitCode).toBe(0);
  });

  it('closes it when its servers were resolved, too, and gives them free', async () => {
    const world = lastingWorld(oneWave(...untested));
    await commandLine(run, { worlds: world.worlds, onOutput: interruptAt(/web-1 +resolved/) });
    const stored = await createLedger(world.store).readRun(runID);
    expect(stored?.value.end).toBeUndefined();
    const { exitCode, out } = await commandLine(rollback, world);
    expect(out).toContain('There is nothing to bring back in run night-1: no source server of it is cut over.');
    expect(out).toContain('2 not started');
    expect(out).toContain('Nothing was brought back; run night-1 is closed.');
    expect(exitCode).toBe(0);
    const other = await commandLine(['run', input, '--region', 'us-east-1', '--name', 'other'], world);
    expect(other.exitCode).toBe(0);
  });

  it('tells programs', async () => {
    const world = await interrupted();
    const { out } = await commandLine([...rollback, '--json'], world);
    expect(eventsIn(out).at(-1)).toMatchObject({ type: 'end', exitCode: 0, outcome: 'REFUSED' });
  });

  it('asks first, because it cannot go on then', async () => {
    const world = await interrupted(true);
    const refused = await commandLine(rollback, { ...world, isAnswerable: true, stdin: 'n\n' });
    expect(refused.out).toContain('Close run night-1?');
    expect(refused.exitCode).toBe(2);
    expect(await world.endOf()).toBeUndefined();
    expect((await commandLine([...rollback, '--yes'], world)).exitCode).toBe(0);
    expect(await world.endOf()).toBeDefined();
  });

  it('leaves it open where only some servers are named, and says what closes it', async () => {
    const world = lastingWorld(oneWave(...untested));
    await commandLine(run, { worlds: world.worlds, onOutput: interruptAt(/web-1 +resolved/) });
    const { exitCode, out } = await commandLine([...rollback, '--server', 'web-1'], world);
    expect(out).toContain('There is nothing to bring back in run night-1');
    expect(out).toContain('To close the run: mgn-cutover rollback night-1 --region us-east-1');
    expect(exitCode).toBe(0);
    expect((await createLedger(world.store).readRun(runID))?.value.end).toBeUndefined();
  });
});
