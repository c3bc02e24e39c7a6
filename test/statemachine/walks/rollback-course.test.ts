/** The way back in its course: in which order servers return, what they wait for, and how little a large rollback takes. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { generateScenario } from '../../../simulator/scenario/generate-scenario.ts';
import { aWave, eachOnItsOwn, inNight, statesEntered, withOptions, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

jest.setTimeout(60_000);

const undo = (night: Night, input: Record<string, unknown> = {}, name = 'undo-1') =>
  night.walk({ machine: 'rollback', name, input: { runID: 'night-1', ...input } });
const named = (...hostnames: string[]) => hostnames.map((hostname) => ({ hostname }));
const writesOf = (night: Night, operation: string) => night.writes.filter((write) => write.operation === operation);
const withGroups = (night: Night, groups: Readonly<Record<string, number>>, options: Record<string, unknown> = {}) =>
  withOptions(night, {
    priorityGroups: Object.entries(groups).map(([hostname, group]) => ({
      group,
      sourceServerIDs: [night.idOf(hostname)],
    })),
    ...options,
  });

describe('priority groups', () => {
  const groups = { 'dc-1': 1, 'db-1': 2, 'web-1': 3 };

  it('come back in reverse order, each when the one after it is back', async () => {
    await inNight(aWave(named('dc-1', 'db-1', 'web-1', 'web-2')), async (night) => {
      await night.walk({ input: withGroups(night, groups) });
      const { result } = await undo(night);
      const left = await night.read();
      const nameOf = (id: string) => left.servers.find(({ sourceServerID }) => sourceServerID === id)?.hostname;
      const order = (operation: string) =>
        writesOf(night, operation).flatMap(({ sourceServerIDs }) => sourceServerIDs.map(nameOf));

      expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { ROLLED_BACK: 4 } } });
      expect(order('ChangeServerLifeCycleState')).toEqual(['web-2', 'web-1', 'db-1', 'dc-1']);
      expect(order('TerminateTargetInstances')).toEqual(['web-2', 'web-1', 'db-1', 'dc-1']);
      for (const [earlier, later] of [
        ['web-1', 'web-2'],
        ['db-1', 'web-1'],
        ['dc-1', 'db-1'],
      ] as const)
        expect(left.of(earlier).rollback?.revertedAt).toBeGreaterThanOrEqual(left.of(later).rollback?.verifiedAt ?? 0);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('go on with the groups before one that needs a person', async () => {
    const servers = [...named('dc-1'), { hostname: 'web-1', terminate: 'failed' as const }];
    await inNight(aWave(servers), async (night) => {
      await night.walk({ input: withGroups(night, { 'dc-1': 1 }) });
      const { result } = await undo(night);

      expect(result).toMatchObject({ status: 'FAILED', error: 'RollbackIncomplete' });
      expect((await night.read()).verdicts).toEqual({ 'dc-1': 'ROLLED_BACK', 'web-1': 'NEEDS_A_PERSON' });
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('of a run that was stopped come back in that order too, once the launch that was under way has ended', async () => {
    await inNight(aWave(named('dc-1', 'web-1')), async (night) => {
      const wave = night.start({ input: withGroups(night, { 'dc-1': 1 }) });
      do await night.time.sleep(30_000);
      while ((await night.read()).of('web-1').cutover === undefined);
      wave.running.stop();
      await wave.ended;
      await night.time.sleep(holdMs);
      await undo(night);
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'dc-1': 'ROLLED_BACK', 'web-1': 'ROLLED_BACK' });
      expect(left.of('dc-1').rollback?.revertedAt).toBeGreaterThanOrEqual(
        left.of('web-1').rollback?.verifiedAt ?? Infinity,
      );
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it('an operator who names one server of an atomic application gets just that one back', async () => {
  await inNight(aWave(named('web-1', 'web-2')), async (night) => {
    await night.walk({ input: withOptions(night, { failurePolicy: { application: 'atomic' } }) });
    await undo(night, { sourceServerIDs: [night.idOf('web-2')] });

    expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'ROLLED_BACK' });
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('brings failed servers back while others still launch', async () => {
  const servers = [
    { hostname: 'slow', timings: { conversionSeconds: 3_600 } },
    { hostname: 'bad-1', cutover: 'launchFailed' as const },
  ];
  await inNight(aWave(servers), async (night) => {
    await night.walk({ input: withOptions(night, { batchServersMax: 1 }) });
    const left = await night.read();

    expect(left.verdicts).toEqual({ slow: 'VERIFIED', 'bad-1': 'ROLLED_BACK' });
    expect(left.of('bad-1').rollback?.verifiedAt).toBeLessThan((left.of('slow').cutover?.launchedAt ?? 0) - 1_800_000);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('waits for room that others use up, and goes on when there is some', async () => {
  const others = { act: 'useQuota' as const, servers: 200, fromSeconds: 7_200, toSeconds: 9_000 };
  await inNight(aWave(named('web-1', 'web-2'), { foreignActivity: [others] }), async (night) => {
    await night.walk();
    await night.time.sleep(7_200_000 - (night.time.now() - (await night.read()).run.createdAt));
    const walk = await undo(night);

    expect(walk.result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { ROLLED_BACK: 2 } } });
    expect(writesOf(night, 'TerminateTargetInstances')).toMatchObject([{ error: undefined }]);
    expect(walk.result.endedAtMs - walk.result.startedAtMs).toBeGreaterThanOrEqual(1_800_000);
    expect(statesEntered(walk)).not.toContain('rollback/RecordTerminateFailure');
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('of a thousand servers stays within its budgets', async () => {
  const scenario = generateScenario({ servers: 1_000, seed: 7, applicationsPerWave: 100, testInstances: 0 });
  await inNight(scenario, async (night) => {
    await night.walk({ input: withOptions(night, eachOnItsOwn) });
    const before = new Map(night.calls);
    const { meter, result } = await undo(night);
    const seconds = (result.endedAtMs - result.startedAtMs) / 1_000;

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { ROLLED_BACK: 1_000 } } });
    for (const execution of meter.executions) expect(execution.historyEvents).toBeLessThan(5_000);
    expect(meter.total.largestPayloadBytes).toBeLessThan(64 * 1_024);
    expect(writesOf(night, 'ChangeServerLifeCycleState')).toHaveLength(1_000);
    expect(writesOf(night, 'TerminateTargetInstances')).toHaveLength(5);
    const describes = (night.calls.get('DescribeJobs') ?? 0) - (before.get('DescribeJobs') ?? 0);
    expect(describes).toBeLessThan(seconds / 10);
    expect(await breachesOf(night)).toEqual([]);
  });
});
