/** What the few-minute tick measures, and which of MGN's events count. */
import type { LedgerStore } from '../../../functions/domain/ports.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import type { MetricName } from '../../../functions/watch/metrics.ts';
import { createHandler } from '../../../functions/watch/watch-runs.ts';
import { aServerRecord, jobID, nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';
import { aContext, aHeldRun, aReportingWorld, anAttempt, anEvent, waveArn } from './watch-builders.ts';

/** A world with a watcher in it, whose store counts what is read and refuses to be written by it. */
const aWatchedWorld = () => {
  const store = createMemoryStore();
  const world = aReportingWorld({}, store);
  const metrics: Partial<Record<MetricName, number>>[] = [];
  const read: string[] = [];
  const readOnly: LedgerStore = {
    read: (partition, sort) => (read.push(`${partition} ${sort}`), store.read(partition, sort)),
    readAll: (partition) => (read.push(partition), store.readAll(partition)),
    write: () => Promise.reject(new Error('a watcher writes nothing')),
  };
  const hints: unknown[] = [];
  jest.spyOn(world.deps.logger, 'warn').mockImplementation((...said: unknown[]) => void hints.push(said));
  const deps = {
    ...world.deps,
    ledger: createLedger(readOnly),
    emitMetrics: (values: Partial<Record<MetricName, number>>) => void metrics.push(values),
  };
  const watch = (event: unknown = { source: 'aws.events' }) => createHandler(deps)(event, aContext());
  return { world, watch, metrics, read, hints };
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
    expect(read).toEqual(['open-runs', 'run#night-1 run', 'run#night-1']);
  });

  it('passes over a run that has ended since it was listed, or has expired', async () => {
    const { world, metrics } = aWatchedWorld();
    const end = { endedAt: nowMs, outcome: 'VERIFIED', summary: '' } as const;
    await world.ledger.createRun(aHeldRun({ end }));
    const listOpenRunIDs = () => Promise.resolve([night, runID('gone')]);
    const emitMetrics = (values: Partial<Record<MetricName, number>>) => void metrics.push(values);

    const deps = { ...world.deps, ledger: { ...world.ledger, listOpenRunIDs }, emitMetrics };
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
    world.failing.add('topic');
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
