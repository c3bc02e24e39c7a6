/** A commit on a person's word: of a verified run, of some of its servers, half done, taken up again, and in a crowd. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { aWave, inNight, startMs, withOptions, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

type ForeignAct = NonNullable<ScenarioInput['foreignActivity']>[number];
type Fault = NonNullable<ScenarioInput['faults']>[number];

const servers = [
  { hostname: 'web-1', launchedInstance: 'test' as const },
  { hostname: 'web-2' },
  { hostname: 'bad-1', cutover: 'launchFailed' as const },
];
const scenario = aWave(servers);
const verifiedOnly = aWave(servers.slice(0, 2));

const keep = (night: Night, input: Record<string, unknown> = {}, name = 'keep-1') =>
  night.walk({ machine: 'commit', name, input: { runID: 'night-1', ...input } });
const undo = (night: Night, input: Record<string, unknown> = {}) =>
  night.walk({ machine: 'rollback', name: 'undo-1', input: { runID: 'night-1', ...input } });
const codesOf = (reasons: readonly { code: string }[]) => reasons.map(({ code }) => code);
const finalizedIDs = (night: Night) =>
  night.writes.filter(({ operation }) => operation === 'FinalizeCutover').flatMap((write) => write.sourceServerIDs);

it('finalizes all that was verified, and the run says who asked, when and for which servers', async () => {
  await inNight(scenario, async (night) => {
    await night.walk();
    const { result } = await keep(night);
    const left = await night.read();

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { commit: 'FINALIZED', outcome: 'PARTIAL' } });
    expect(left.verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'FINALIZED', 'bad-1': 'ROLLED_BACK' });
    expect(left.run.commits).toEqual([
      {
        executionID: expect.stringMatching(/:execution:commit:keep-1$/),
        askedAt: result.startedAtMs,
        sourceServerIDs: [night.idOf('web-1'), night.idOf('web-2')].sort(),
      },
    ]);
    expect(left.of('web-1')).toMatchObject({ phase: 'finalized', nextSteps: [], warnings: [] });
    expect(left.of('web-1').finalizedAt).toBeGreaterThanOrEqual(result.startedAtMs);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('of a wave that was verified as a whole ends the run as FINALIZED', async () => {
  await inNight(verifiedOnly, async (night) => {
    await night.walk();
    const { result } = await keep(night);

    expect(result).toMatchObject({ output: { commit: 'FINALIZED', outcome: 'FINALIZED' } });
    expect((await night.read()).run.end).toMatchObject({ summary: '2 source servers: 2 finalized' });
  });
});

describe('of selected servers', () => {
  it('leaves the others verified, and the run says that all of it is as it was asked to be', async () => {
    await inNight(verifiedOnly, async (night) => {
      await night.walk();
      const { result } = await keep(night, { sourceServerIDs: [night.idOf('web-2')] });
      const left = await night.read();

      expect(result).toMatchObject({ output: { commit: 'FINALIZED', outcome: 'VERIFIED' } });
      expect(left.run.end).toMatchObject({ outcome: 'VERIFIED', summary: '2 source servers: 1 finalized, 1 verified' });
      expect(finalizedIDs(night)).toEqual([night.idOf('web-2')]);
      expect(left.of('web-1').warnings).toEqual([]);
      expect(left.of('web-1').nextSteps).toHaveLength(2);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('leaves the others revertible, and what is finalized stays', async () => {
    await inNight(verifiedOnly, async (night) => {
      await night.walk();
      await keep(night, { sourceServerIDs: [night.idOf('web-2')] });
      const { result } = await undo(night);

      expect(result.status).toBe('SUCCEEDED');
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'FINALIZED' });
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('finalizes only those even when the run’s input says auto', async () => {
    await inNight(verifiedOnly, async (night) => {
      const throttled = { fault: 'throttle' as const, operation: 'FinalizeCutover' as const };
      night.simulator.faults().add(throttled);
      await night.walk({ input: withOptions(night, { commit: 'auto' }) });
      night.simulator.faults().clear();
      const tried = finalizedIDs(night).length;
      const { result } = await keep(night, { sourceServerIDs: [night.idOf('web-1')] });
      const left = await night.read();

      expect(result).toMatchObject({ status: 'SUCCEEDED', output: { commit: 'FINALIZED', outcome: 'PARTIAL' } });
      expect(finalizedIDs(night).slice(tried)).toEqual([night.idOf('web-1')]);
      expect(left.verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'VERIFIED' });
      expect(codesOf(left.of('web-2').warnings)).toEqual(['NOT_FINALIZED']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('one after the other keeps every word: who asked for which', async () => {
    await inNight(verifiedOnly, async (night) => {
      await night.walk();
      await keep(night, { sourceServerIDs: [night.idOf('web-2')] });
      const { result } = await keep(night, {}, 'keep-2');
      const { commits = [] } = (await night.read()).run;

      expect(result).toMatchObject({ output: { outcome: 'FINALIZED' } });
      expect(commits.map(({ executionID }) => executionID.split(':').at(-1))).toEqual(['keep-1', 'keep-2']);
      expect(commits.map(({ sourceServerIDs }) => sourceServerIDs)).toEqual([
        [night.idOf('web-2')],
        [night.idOf('web-1')],
      ]);
    });
  });
});

describe('a second time', () => {
  it('has nothing left to do, says so, and calls nothing', async () => {
    await inNight(scenario, async (night) => {
      await night.walk();
      await keep(night);
      const before = await night.read();
      const calls = new Map(night.calls);
      const { result } = await keep(night, {}, 'keep-2');

      expect(result).toMatchObject({
        status: 'SUCCEEDED',
        output: { state: 'NOTHING_LEFT', summary: 'Nothing is left to finalize in run night-1.' },
      });
      expect(night.calls).toEqual(calls);
      expect(await night.read()).toMatchObject({ run: before.run, servers: before.servers });
    });
  });

  it('with servers of which some are finalized goes on with the others', async () => {
    await inNight(verifiedOnly, async (night) => {
      await night.walk();
      const both = [night.idOf('web-1'), night.idOf('web-2')];
      await keep(night, { sourceServerIDs: both.slice(0, 1) });
      const { result } = await keep(night, { sourceServerIDs: both }, 'keep-2');

      expect(result).toMatchObject({ output: { commit: 'FINALIZED', outcome: 'FINALIZED' } });
      expect(finalizedIDs(night)).toEqual(both);
    });
  });
});

describe('somebody in the console', () => {
  /** Two hours after the start, when the run has long ended. */
  const atSeconds = 7_200;
  const revert: ForeignAct = {
    act: 'ChangeServerLifeCycleState',
    state: 'READY_FOR_CUTOVER',
    servers: ['web-2'],
    atSeconds,
  };
  const finalize: ForeignAct = { act: 'FinalizeCutover', servers: ['web-2'], atSeconds };
  const afterThat = (act: ForeignAct, spend: (night: Night) => Promise<void>) =>
    inNight(aWave(servers.slice(0, 2), { foreignActivity: [act] }), async (night) => {
      await night.walk();
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
      await night.time.sleep(atSeconds * 1_000);
      await spend(night);
    });

  it('who reverted a server since has it left alone; the others are finalized', async () => {
    await afterThat(revert, async (night) => {
      const { result } = await keep(night);
      const left = await night.read();

      expect(result).toMatchObject({ status: 'FAILED', error: 'PersonNeeded' });
      expect(left.verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'NEEDS_A_PERSON' });
      expect(codesOf(left.of('web-2').reasons)).toEqual(['UNEXPECTED_LIFECYCLE_STATE']);
      expect(finalizedIDs(night)).toEqual([night.idOf('web-1')]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who finalized a server since has done part of the work', async () => {
    await afterThat(finalize, async (night) => {
      const { result } = await keep(night);
      const left = await night.read();

      expect(result).toMatchObject({ output: { commit: 'FINALIZED', outcome: 'FINALIZED' } });
      expect(finalizedIDs(night)).toEqual([night.idOf('web-1')]);
      expect(left.of('web-2').finalizedAt).toBeLessThan(result.startedAtMs);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who finalized a server that this commit was not asked for is named', async () => {
    await afterThat(finalize, async (night) => {
      await keep(night, { sourceServerIDs: [night.idOf('web-1')] });
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'FINALIZED' });
      expect(codesOf(left.of('web-1').warnings)).toEqual([]);
      expect(codesOf(left.of('web-2').warnings)).toEqual(['FINALIZED_BY_OTHERS']);
    });
  });
});

describe('that is half done', () => {
  it('because MGN throttles all night leaves the rest verified with a warning, and a later one finishes it', async () => {
    const faults: Fault[] = [
      { fault: 'throttle', operation: 'FinalizeCutover', nthCalls: Array.from({ length: 60 }, (_, call) => call + 2) },
    ];
    await inNight(aWave(servers.slice(0, 2), { faults }), async (night) => {
      await night.walk();
      const first = await keep(night);
      const half = await night.read();
      const open = half.servers.filter(({ verdict }) => verdict === 'VERIFIED');

      expect(first.result).toMatchObject({
        status: 'FAILED',
        error: 'CommitIncomplete',
        cause: '2 source servers: 1 finalized, 1 verified',
      });
      expect(half.run.end?.outcome).toBe('PARTIAL');
      expect(open.map(({ warnings }) => codesOf(warnings))).toEqual([['NOT_FINALIZED']]);
      expect(codesOf(half.failures.map(({ error }) => ({ code: error })))).toEqual(['ThrottledError']);
      expect(await breachesOf(night)).toEqual([]);

      night.simulator.faults().clear();
      const second = await keep(night, {}, 'keep-2');
      const left = await night.read();

      expect(second.result).toMatchObject({ output: { commit: 'FINALIZED', outcome: 'FINALIZED' } });
      expect(left.servers.flatMap(({ warnings }) => warnings)).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('because MGN refuses one server for good asks for a person, and finalizes the others', async () => {
    const faults: Fault[] = [
      { fault: 'refuse', operation: 'FinalizeCutover', exception: 'ResourceNotFoundException', nthCalls: [1] },
    ];
    await inNight(aWave(servers.slice(0, 2), { faults }), async (night) => {
      await night.walk();
      const { result } = await keep(night);
      const left = await night.read();
      const bad = left.servers.find(({ verdict }) => verdict === 'NEEDS_A_PERSON');

      expect(result).toMatchObject({ status: 'FAILED', error: 'PersonNeeded' });
      expect(Object.values(left.verdicts).sort()).toEqual(['FINALIZED', 'NEEDS_A_PERSON']);
      expect(codesOf(bad?.reasons ?? [])).toEqual(['FINALIZE_REFUSED']);
      expect(bad?.nextSteps.join('\n')).toContain('aws mgn finalize-cutover');
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('because the credentials are gone says that nobody knows, and a later one finds out', async () => {
    const faults: Fault[] = [
      { fault: 'lostAnswer', operation: 'FinalizeCutover', firstCalls: 1 },
      { fault: 'refuse', operation: '*', exception: 'AccessDeniedException', fromSeconds: 7_201 },
    ];
    await inNight(aWave(servers.slice(0, 2), { faults }), async (night) => {
      await night.walk();
      await night.time.sleep(7_200_000 + startMs - night.time.now());
      const first = await keep(night);
      const half = await night.read();

      expect(first.result).toMatchObject({ error: 'CommitIncomplete' });
      expect(half.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
      for (const { warnings } of half.servers)
        expect(codesOf(warnings)).toEqual(['MGN_UNREADABLE', 'FINALIZE_UNKNOWN']);

      night.simulator.faults().clear();
      const second = await keep(night, {}, 'keep-2');
      const left = await night.read();

      expect(second.result).toMatchObject({ output: { commit: 'FINALIZED' } });
      expect(finalizedIDs(night)).toHaveLength(2);
      expect(left.servers.flatMap(({ warnings }) => warnings)).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it.each(['lostAnswer', 'staleRead'] as const)('is not misled by a %s', async (kind) => {
  const faults: Fault[] =
    kind === 'lostAnswer'
      ? [{ fault: 'lostAnswer', operation: 'FinalizeCutover', nthCalls: [1, 2] }]
      : [
          { fault: 'lostAnswer', operation: 'FinalizeCutover', nthCalls: [1, 2] },
          { fault: 'staleRead', operation: 'DescribeSourceServers', staleSecondsMax: 60 },
        ];
  await inNight(aWave(servers.slice(0, 2), { faults }), async (night) => {
    await night.walk();
    const { result } = await keep(night);

    expect(result).toMatchObject({ output: { commit: 'FINALIZED', outcome: 'FINALIZED' } });
    expect((await night.read()).servers.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('waits out a throttle that passes', async () => {
  const faults: Fault[] = [{ fault: 'throttle', operation: 'FinalizeCutover', firstCalls: 5 }];
  await inNight(aWave(servers.slice(0, 2), { faults }), async (night) => {
    await night.walk();
    const { result } = await keep(night);

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { commit: 'FINALIZED' } });
    expect((await night.read()).failures).toEqual([]);
  });
});

it('of sixty servers takes three steps of FinalizeCutover and stays small', async () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ hostname: `web-${index + 1}` }));
  await inNight(aWave(many), async (night) => {
    await night.walk();
    const { steps, meter } = await keep(night, { sourceServerIDs: many.map(({ hostname }) => night.idOf(hostname)) });

    expect(steps.filter(({ stateName }) => stateName === 'FinalizeCutover')).toHaveLength(3);
    expect(night.calls.get('FinalizeCutover')).toBe(60);
    expect(meter.total.historyEvents).toBeLessThan(60);
    expect(meter.total.largestPayloadBytes).toBeLessThan(4_096);
    expect(await breachesOf(night)).toEqual([]);
  });
});
