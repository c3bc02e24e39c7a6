/** An operator's rollback: of a verified run, of some of its servers, of what cannot be brought back, and again. */
import { aWave, inNight, withOptions, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const servers = [
  { hostname: 'web-1', launchedInstance: 'test' as const },
  { hostname: 'web-2' },
  { hostname: 'bad-1', cutover: 'launchFailed' as const },
];
const scenario = aWave(servers);

const undo = (night: Night, input: Record<string, unknown> = {}, name = 'undo-1') =>
  night.walk({ machine: 'rollback', name, input: { runID: 'night-1', ...input } });

it('brings every verified server back and leaves no instance', async () => {
  await inNight(scenario, async (night) => {
    await night.walk();
    const { result } = await undo(night);
    const left = await night.read();

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { ROLLED_BACK: 3 } } });
    expect(left.verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'ROLLED_BACK', 'bad-1': 'ROLLED_BACK' });
    expect(left.of('web-1').reasons.map(({ code }) => code)).toEqual(['ROLLBACK_REQUESTED']);
    expect(left.of('web-1').rollback?.terminatedInstanceID).toMatch(/^i-/);
    expect(night.server('web-1').lifeCycle?.state).toBe('READY_FOR_CUTOVER');
    expect(night.server('web-1').launchedInstance).toBeUndefined();
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('of selected servers leaves the others verified and revertible', async () => {
  await inNight(scenario, async (night) => {
    await night.walk();
    await undo(night, { sourceServerIDs: [night.idOf('web-2')] });

    expect((await night.read()).verdicts).toEqual({
      'web-1': 'VERIFIED',
      'web-2': 'ROLLED_BACK',
      'bad-1': 'ROLLED_BACK',
    });
    expect(await breachesOf(night)).toEqual([]);

    await undo(night, {}, 'undo-2');

    expect(Object.values((await night.read()).verdicts)).toEqual(['ROLLED_BACK', 'ROLLED_BACK', 'ROLLED_BACK']);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('twice does nothing the second time', async () => {
  await inNight(scenario, async (night) => {
    await night.walk();
    await undo(night);
    const writes = night.writes.length;
    const { result } = await undo(night, {}, 'undo-2');

    expect(result.status).toBe('SUCCEEDED');
    expect(night.writes).toHaveLength(writes);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('after a new run has taken the servers is refused: they are that run’s now', async () => {
  await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
    await night.walk();
    await undo(night);
    const next = night.start({ name: 'night-2' });
    await night.time.sleep(300_000);
    const writes = night.writes.length;
    const { result } = await undo(night, {}, 'undo-2');

    expect(result.status).toBe('SUCCEEDED');
    expect(night.writes).toHaveLength(writes);
    await next.ended;
    expect((await night.read('night-2')).verdicts).toEqual({ 'web-1': 'VERIFIED' });
    expect(await breachesOf(night, 'night-2')).toEqual([]);
  });
});

describe('of a finalized run', () => {
  it('is refused, naming each server, and touches nothing', async () => {
    await inNight(aWave(servers.slice(0, 2)), async (night) => {
      await night.walk({ input: withOptions(night, { commit: 'auto' }) });
      const writes = night.writes.length;
      const { result } = await undo(night);

      expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError' });
      expect('cause' in result && result.cause).toMatch(
        /cannot be undone: .*web-1.*web-2|cannot be undone: .*web-2.*web-1/,
      );
      expect(night.writes).toHaveLength(writes);
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'FINALIZED' });
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('brings back what is not finalized, and refuses one that is when it is named', async () => {
    const refusal = {
      fault: 'refuse' as const,
      operation: 'FinalizeCutover' as const,
      exception: 'ResourceNotFoundException' as const,
      nthCalls: [2],
    };
    await inNight(aWave(servers.slice(0, 2), { faults: [refusal] }), async (night) => {
      await night.walk({ input: withOptions(night, { commit: 'auto' }) });
      const before = await night.read();
      const hostnameOf = (verdict: string) =>
        before.servers.find((record) => record.verdict === verdict)?.hostname ?? '';
      const finalized = hostnameOf('FINALIZED');
      const refused = hostnameOf('NEEDS_A_PERSON');
      const named = await undo(night, { sourceServerIDs: [night.idOf(finalized), night.idOf(refused)] });

      expect(named.result).toMatchObject({ error: 'InvalidInputError' });
      expect((await night.read()).verdicts).toEqual(before.verdicts);

      const whole = await undo(night, {}, 'undo-2');

      expect(whole.result).toMatchObject({ status: 'SUCCEEDED' });
      expect((await night.read()).verdicts).toEqual({ [finalized]: 'FINALIZED', [refused]: 'ROLLED_BACK' });
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('with wrong input', () => {
  it.each([
    ['no run', {}, 'InvalidInputError', /runID/],
    ['an unknown run', { runID: 'night-9' }, 'RunNotFoundError', /night-9/],
    ['an unknown key', { runID: 'night-1', force: true }, 'InvalidInputError', /force/],
    ['a malformed server', { runID: 'night-1', sourceServerIDs: ['web-1'] }, 'InvalidInputError', /sourceServerIDs/],
    [
      'a server of another run',
      { runID: 'night-1', sourceServerIDs: ['s-00000000000000000'] },
      'InvalidInputError',
      /s-00000000000000000/,
    ],
    ['no servers', { runID: 'night-1', sourceServerIDs: [] }, 'InvalidInputError', /sourceServerIDs/],
  ])('(%s) touches nothing, and the right one can follow at once', async (_name, input, error, words) => {
    await inNight(scenario, async (night) => {
      await night.walk();
      const writes = night.writes.length;
      const { result } = await night.walk({ machine: 'rollback', name: 'undo-1', input });

      expect(result).toMatchObject({ status: 'FAILED', error });
      expect('cause' in result && result.cause).toMatch(words);
      expect(night.writes).toHaveLength(writes);

      const right = await undo(night, {}, 'undo-2');

      expect(right.result.status).toBe('SUCCEEDED');
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it('that cannot finish says what is left, and a later one finishes it', async () => {
  const faults = [
    {
      fault: 'refuse' as const,
      operation: 'TerminateTargetInstances' as const,
      exception: 'AccessDeniedException' as const,
      firstCalls: 40,
    },
  ];
  await inNight(aWave([{ hostname: 'web-1' }], { faults }), async (night) => {
    await night.walk();
    const first = await undo(night);
    const left = await night.read();

    expect(first.result).toMatchObject({ status: 'FAILED', error: 'RollbackIncomplete' });
    expect(left.of('web-1').verdict).toBe('NEEDS_A_PERSON');
    expect(left.of('web-1').reasons.map(({ code }) => code)).toContain('INSTANCE_LEFT');
    expect(left.of('web-1').nextSteps.join('\n')).toContain('aws mgn terminate-target-instances');
    expect(left.failures.map(({ error }) => error)).toContain('AccessDeniedError');
    expect(await breachesOf(night)).toEqual([]);

    night.simulator.faults().clear();
    const second = await undo(night, {}, 'undo-2');

    expect(second.result.status).toBe('SUCCEEDED');
    expect((await night.read()).verdicts).toEqual({ 'web-1': 'ROLLED_BACK' });
    expect(await breachesOf(night)).toEqual([]);
  });
});
