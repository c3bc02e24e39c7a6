/** What the tick measures and tells, and which of MGN's events count. */
import type { LedgerStore } from '../../../functions/domain/ports.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createRunNoticesLedger } from '../../../functions/ledger/run-notices.ts';
import type { MetricName } from '../../../functions/watch/metrics.ts';
import { createHandler, WatchIncompleteError } from '../../../functions/watch/watch-runs.ts';
import { aServerRecord, jobID, nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';
import { aContext, aHeldRun, aReportingWorld, anAttempt, anEvent, watchDepsOf, waveArn } from './watch-builders.ts';

/** A world with a watcher in it, whose store counts what is read and takes of it only what people were told. */
const aWatchedWorld = () => {
  const store = createMemoryStore();
  const world = aReportingWorld({}, store);
  const metrics: Partial<Record<MetricName, number>>[] = [];
  const read: string[] = [];
  const readOnly: LedgerStore = {
    read: (partition, sort) => (read.push(`${partition} ${sort}`), store.read(partition, sort)),
    readAll: (partition) => (read.push(partition), store.readAll(partition)),
    write: (changes) =>
      changes.every(({ partition }) => partition.startsWith('notices#'))
        ? store.write(changes)
        : Promise.reject(new Error('a watcher writes nothing of a run')),
  };
  const said: unknown[] = [];
  jest.spyOn(world.deps.logger, 'error').mockImplementation((...words: unknown[]) => void said.push(words));
  const hints: unknown[] = [];
  jest.spyOn(world.deps.logger, 'warn').mockImplementation((...said: unknown[]) => void hints.push(said));
  const deps = {
    ...watchDepsOf(world),
    ledger: createLedger(readOnly),
    emitMetrics: (values: Partial<Record<MetricName, number>>) => void metrics.push(values),
  };
  const handler = createHandler(deps);
  const watch = (event: unknown = { source: 'aws.events' }) => handler(event, aContext());
  const anew = () => createHandler(deps)({ source: 'aws.events' }, aContext());
  return { world, watch, anew, metrics, read, hints, said, store };
};

const night = runID('night-1');
const zero = {
  OpenRuns: 0,
  StalledRuns: 0,
  ServersWaiting: 0,
  ServersUnderWay: 0,
  ServersVerified: 0,
  ServersRollingBack: 0,
  ServersNeedingAPerson: 0,
  CutoverLaunchFailures: 0,
  ReplicationStalls: 0,
};

describe('a tick', () => {
  it('measures zeros where no run is open', async () => {
    const { watch, metrics } = aWatchedWorld();
    await watch();
    await watch({});

    expect(metrics).toEqual([zero, zero]);
  });

  it('measures the open runs and reads no others', async () => {
    const { world, watch, metrics, read } = aWatchedWorld();
    const end = { endedAt: nowMs, outcome: 'VERIFIED', summary: '' } as const;
    for (let index = 0; index < 50; index += 1)
      await world.ledger.createRun(aHeldRun({ runID: runID(`old-${index}`), end }));
    await world.ledger.createRun(aHeldRun());
    await world.ledger.saveServers(night, [
      aServerRecord(),
      aServerRecord({ sourceServerID: sourceServerID(2), phase: 'ready' }),
    ]);

    await watch();

    expect(metrics).toEqual([{ ...zero, OpenRuns: 1, ServersUnderWay: 1, ServersWaiting: 1 }]);
    expect(read).toEqual(['open-runs', 'run#night-1', 'notices#night-1']);
  });

  it('passes over a run that has ended since it was listed, or has expired', async () => {
    const { world, metrics } = aWatchedWorld();
    const end = { endedAt: nowMs, outcome: 'VERIFIED', summary: '' } as const;
    await world.ledger.createRun(aHeldRun({ end }));
    const listOpenRunIDs = () => Promise.resolve([night, runID('gone')]);
    const emitMetrics = (values: Partial<Record<MetricName, number>>) => void metrics.push(values);

    const deps = { ...watchDepsOf(world), ledger: { ...world.ledger, listOpenRunIDs }, emitMetrics };
    await createHandler(deps)({}, aContext());

    expect(metrics).toEqual([zero]);
  });

  it('calls a run stalled for whose execution there was no step for fifteen minutes', async () => {
    const { world, watch, metrics } = aWatchedWorld();
    const holder = { executionID: waveArn, heldUntil: nowMs + 900_000 };
    await world.ledger.createRun(aHeldRun({ holder }));
    world.now += 899_999;
    await watch();
    world.now += 1;
    await watch();

    expect(metrics.map(({ StalledRuns }) => StalledRuns)).toEqual([0, 1]);
  });

  it('calls no run stalled that waits for a person, as long as it is looked at', async () => {
    const { world, watch, metrics } = aWatchedWorld();
    const holder = { executionID: waveArn, heldUntil: nowMs };
    const gate = { gate: 'COMMIT', openedAt: nowMs, closesAt: nowMs + 86_400_000, taskToken: 'token' } as const;
    await world.ledger.createRun(aHeldRun({ holder, gates: [gate] }));
    await world.ledger.saveServers(night, [aServerRecord({ phase: 'verified' })]);
    await watch();
    world.now += 1_799_999;
    await watch();
    world.now += 1;
    await watch();

    expect(metrics.map(({ StalledRuns, ServersVerified }) => [StalledRuns, ServersVerified])).toEqual([
      [0, 1],
      [0, 1],
      [1, 1],
    ]);
  });

  it('does not go on calling a run stalled that people were told about; its servers need them', async () => {
    const { world, watch, metrics } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun());
    await world.ledger.saveServers(night, [aServerRecord()]);
    await world.ledger.saveAttempt(night, anAttempt(), undefined);
    await world.report();
    world.now += 299_999;
    await watch();
    world.now += 1;
    await watch();
    world.now += 7 * 86_400_000;
    await watch();

    const told = { ...zero, OpenRuns: 1, ServersNeedingAPerson: 1 };
    expect(metrics).toEqual([{ ...zero, OpenRuns: 1, ServersUnderWay: 1 }, told, told]);
  });

  it('calls it stalled when people could not be told', async () => {
    const { world, watch, metrics } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun());
    await world.ledger.saveAttempt(night, anAttempt(), undefined);
    world.failing.add('topic').add('webhook');
    await world.report().catch(() => undefined);
    world.now += 300_000;
    await watch();

    expect(metrics[0]).toMatchObject({ OpenRuns: 1, StalledRuns: 1 });
  });

  it('counts no run any more that ended before anything was started', async () => {
    const { world, watch, metrics } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun({ plan: undefined }));
    await world.report(anEvent({ status: 'FAILED', error: 'InvalidInputError' }));
    world.now += 86_400_000;
    await watch();

    expect(metrics).toEqual([zero]);
  });
});

describe('what cannot wait', () => {
  const gate = { gate: 'START', openedAt: nowMs, closesAt: nowMs + 7_200_000, taskToken: 'token' } as const;
  const waiting = { holder: { executionID: waveArn, heldUntil: nowMs }, gates: [gate] };
  const subjects = (messages: readonly { readonly subject: string }[]) => messages.map(({ subject }) => subject);
  const opened = 'mgn-cutover ACT: waits for a person to approve the start: night-1';

  it('is told by every channel, once, however often the watcher looks', async () => {
    const { world, watch } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun(waiting));
    await world.ledger.saveServers(night, [aServerRecord({ phase: 'ready' })]);
    for (let minute = 0; minute < 10; minute += 1, world.now += 60_000) await watch();

    expect(subjects(world.notices)).toEqual([opened]);
    expect(world.chat).toEqual(world.notices);
    expect(world.notices[0]?.text).toContain('    mgn-cutover approve night-1 --stack MgnCutover --region eu-west-1\n');
  });

  it('is told again only when that it was told could not be noted, and the function began anew', async () => {
    const { world, watch, anew, store, said } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun(waiting));
    const write = jest.spyOn(store, 'write').mockRejectedValueOnce(new Error('no write'));
    await expect(watch()).rejects.toThrow(WatchIncompleteError);
    await watch();
    expect(write).toHaveBeenCalledTimes(2);
    expect([world.notices.length, world.chat.length]).toEqual([1, 1]);

    await anew();
    await anew();
    expect([world.notices.length, world.chat.length].sort()).toEqual([1, 2]);
    expect(said).toHaveLength(1);
  });

  it.each([
    ['topic', 'chat', 'notices'],
    ['webhook', 'notices', 'chat'],
  ] as const)(
    'reaches the others when the %s fails, which is told as soon as it takes it',
    async (failing, told, late) => {
      const { world, watch, metrics } = aWatchedWorld();
      await world.ledger.createRun(aHeldRun(waiting));
      world.failing.add(failing);
      await expect(watch()).rejects.toThrow(WatchIncompleteError);
      await expect(watch()).rejects.toThrow(WatchIncompleteError);
      expect([subjects(world[told]), subjects(world[late])]).toEqual([[opened], []]);
      expect(metrics).toHaveLength(2);

      world.failing.clear();
      await watch();
      expect([subjects(world[told]), subjects(world[late])]).toEqual([[opened], [opened]]);
    },
  );

  it('is told of every run, though one of them cannot be read; that one counts as stalled, and the log names it', async () => {
    const { world, watch, metrics, said, store } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun({ runID: runID('another') }));
    await world.ledger.createRun(aHeldRun(waiting));
    const broken = { partition: 'run#another', sort: 'server#s-00000000000000001', value: { phase: 'asleep' } };
    await store.write([{ ...broken, expect: 'any' }]);
    await watch();

    expect(metrics).toMatchObject([{ OpenRuns: 2, StalledRuns: 1 }]);
    expect(subjects(world.notices)).toEqual([opened]);
    expect(said).toEqual([
      ['a run could not be read', { runID: 'another', errorMessage: expect.stringContaining('LedgerUnreadableError') }],
    ]);
  });

  it('is told of every run, though the store does not answer for one, and the tick fails', async () => {
    const { world, watch, metrics, store } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun({ runID: runID('another') }));
    await world.ledger.createRun(aHeldRun(waiting));
    const readAll = store.readAll.bind(store);
    jest
      .spyOn(store, 'readAll')
      .mockImplementation((name) => (name === 'run#another' ? Promise.reject(new Error('no answer')) : readAll(name)));

    await expect(watch()).rejects.toThrow(WatchIncompleteError);
    expect(metrics).toMatchObject([{ OpenRuns: 1, StalledRuns: 0 }]);
    expect(subjects(world.notices)).toEqual([opened]);
  });

  it('is told of every run, though a channel hangs for the first of them', async () => {
    const { world, anew } = aWatchedWorld();
    for (const name of ['another', 'night-1'])
      await world.ledger.createRun(aHeldRun({ ...waiting, runID: runID(name) }));
    let free: (() => void) | undefined;
    const hanging = new Promise<void>((resolve) => {
      free = resolve;
    });
    const [topic] = world.deps.reporter.channels;
    jest.spyOn(topic ?? { tell: () => undefined }, 'tell').mockImplementation(() => hanging);
    const looking = anew();
    await new Promise(setImmediate);

    expect(subjects(world.chat)).toEqual(['another', 'night-1'].map((name) => opened.replace('night-1', name)));
    free?.();
    await looking;
  });

  it('is not told of a stalled run as if it went on by itself', async () => {
    const { world, watch, metrics } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun({ holder: { executionID: waveArn, heldUntil: nowMs } }));
    await world.ledger.saveServers(night, [aServerRecord({ phase: 'failed', launch: 'FAILED' })]);
    world.now += 900_000;
    await watch();

    expect(metrics).toMatchObject([{ StalledRuns: 1 }]);
    expect(subjects(world.notices)).toEqual([]);
  });

  it('does not stop the figures where it cannot be told what is due', async () => {
    const { world, watch, metrics, store } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun(waiting));
    const readAll = store.readAll.bind(store);
    jest
      .spyOn(store, 'readAll')
      .mockImplementation((name) => (name.startsWith('notices#') ? Promise.reject(new Error('no')) : readAll(name)));

    await expect(watch()).rejects.toThrow(WatchIncompleteError);
    expect(metrics).toMatchObject([{ OpenRuns: 1, StalledRuns: 0 }]);
    expect(world.notices).toEqual([]);
  });

  it('says nothing of what a run of the same name was told of before it expired', async () => {
    const { world, watch, store } = aWatchedWorld();
    const createdAt = nowMs - 1_000;
    await world.ledger.createRun(aHeldRun({ ...waiting, createdAt }));
    const old = { kind: 'GATE_OPENED' as const, key: `START@${nowMs}`, sourceServerIDs: [], sentAt: createdAt };
    for (const channel of ['TOPIC', 'WEBHOOK'] as const)
      await createRunNoticesLedger(store).record(night, { ...old, channel, asOf: createdAt - 1 });
    await watch();

    expect(subjects(world.notices)).toEqual([opened]);
  });

  it('leaves out what a person was told of a gate that nobody waits at any more', async () => {
    const { world, watch } = aWatchedWorld();
    await world.ledger.createRun(aHeldRun(waiting));
    await world.ledger.saveAttempt(night, anAttempt(), undefined);
    await world.report();
    world.now += 600_000;
    await watch();

    expect(subjects(world.notices)).toEqual(['mgn-cutover URGENT: cutover was stopped, needs a person: night-1']);
  });
});

describe('an event of MGN', () => {
  const { arn } = aServerRecord();
  const launchResult = (state: string) => ({
    source: 'aws.mgn',
    'detail-type': 'MGN Source Server Launch Result',
    resources: [arn],
    detail: { state, 'job-id': jobID(2) },
  });
  const stalled = (state: string) => ({
    source: 'aws.mgn',
    'detail-type': 'MGN Source Server Data Replication Stalled Change',
    resources: [arn],
    detail: { state },
  });
  const lock = (world: ReturnType<typeof aWatchedWorld>['world']) =>
    world.ledger.takeLocks([arn], night, { now: nowMs, expiresAt: nowMs + 1_000 }, 'all');

  it.each([
    ['CutoverLaunchFailures', launchResult('CUTOVER_LAUNCH_FAILED')],
    ['ReplicationStalls', stalled('STALLED')],
  ])('counts as %s when a run has locked the source server', async (metric, event) => {
    const { world, watch, metrics } = aWatchedWorld();
    await lock(world);

    expect(await watch(event)).toEqual({ hint: metric });
    expect(metrics).toEqual([{ [metric]: 1 }]);
  });

  it('is logged with the run, the source server and the job it speaks of', async () => {
    const { world, watch, hints } = aWatchedWorld();
    await lock(world);
    await watch(launchResult('CUTOVER_LAUNCH_FAILED'));

    const said = { runID: 'night-1', sourceServerID: sourceServerID(1), jobID: jobID(2) };
    expect(hints).toEqual([[expect.any(String), { hint: 'CutoverLaunchFailures', ...said }]]);
  });

  it.each([
    launchResult('CUTOVER_LAUNCH_SUCCEEDED'),
    launchResult('TEST_LAUNCH_FAILED'),
    stalled('NOT_STALLED'),
    { ...stalled('STALLED'), resources: [] },
    { ...stalled('STALLED'), resources: [`${arn}x`] },
    { source: 'aws.mgn' },
  ])('counts nothing else: %j', async (event) => {
    const { world, watch, metrics } = aWatchedWorld();
    await lock(world);

    expect(await watch(event)).toEqual({ hint: undefined });
    expect(metrics).toEqual([]);
  });

  it('counts nothing of a source server whose lock has expired', async () => {
    const { world, watch, metrics } = aWatchedWorld();
    await lock(world);
    world.now += 1_000;
    await watch(launchResult('CUTOVER_LAUNCH_FAILED'));

    expect(metrics).toEqual([]);
  });
});
