/** The point of no return, asked for in the run's input: taken for every verified server, and for no other. */
import { aWave, inNight, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';

type Fault = NonNullable<ScenarioInput['faults']>[number];
const auto = { commit: 'auto' };
const named = (count: number) => Array.from({ length: count }, (_, index) => ({ hostname: `web-${index + 1}` }));
const finalizeFault = (fault: Omit<Extract<Fault, { fault: 'refuse' }>, 'fault' | 'operation'>): Fault => ({
  fault: 'refuse',
  operation: 'FinalizeCutover',
  ...fault,
});

it('is not taken unless asked for', async () => {
  await inNight(aWave(named(2)), async (night) => {
    const { result } = await night.walk();
    const left = await night.read();

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'VERIFIED' } });
    expect(night.calls.get('FinalizeCutover')).toBeUndefined();
    expect(left.of('web-1').nextSteps[0]).toBe(
      'to keep what is verified (cannot be undone): mgn-cutover commit night-1 --region us-east-1',
    );
  });
});

it('finalizes all verified servers, in as many steps as it takes', async () => {
  await inNight(aWave([...named(60), { hostname: 'bad', cutover: 'launchFailed' }]), async (night) => {
    const { steps } = await night.walk({ input: withOptions(night, auto) });
    const { servers } = await night.read();

    expect(servers.filter(({ verdict }) => verdict === 'FINALIZED')).toHaveLength(60);
    expect(night.calls.get('FinalizeCutover')).toBe(60);
    expect(steps.filter(({ stateName }) => stateName === 'FinalizeCutover')).toHaveLength(3);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it.each(['ConflictException', 'ValidationException'] as const)(
  'goes on with the others when MGN refuses one (%s)',
  async (exception) => {
    // Three servers are asked for; the second is refused, then and whenever it is asked for again.
    await inNight(
      aWave(named(3), {
        faults: [
          finalizeFault({ exception, nthCalls: [2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20] }),
        ],
      }),
      async (night) => {
        const { result } = await night.walk({ input: withOptions(night, auto) });
        const left = await night.read();
        const bad = left.servers.find(({ verdict }) => verdict === 'NEEDS_A_PERSON');

        expect(result).toMatchObject({ error: 'PersonNeeded' });
        expect(Object.values(left.verdicts).sort()).toEqual(['FINALIZED', 'FINALIZED', 'NEEDS_A_PERSON']);
        expect(bad?.reasons.map(({ code }) => code)).toEqual(['FINALIZE_REFUSED']);
        expect(bad?.nextSteps.join('\n')).toContain('aws mgn finalize-cutover');
        expect(await breachesOf(night)).toEqual([]);
      },
    );
  },
);

it('believes MGN that a server was finalized although every answer said otherwise', async () => {
  const faults: Fault[] = [
    { fault: 'lostAnswer', operation: 'FinalizeCutover', firstCalls: 1 },
    { fault: 'staleRead', operation: 'DescribeSourceServers', staleSecondsMax: 60 },
  ];
  await inNight(aWave(named(2), { faults }), async (night) => {
    await night.walk({ input: withOptions(night, auto) });

    expect((await night.read()).verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'FINALIZED' });
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('that MGN throttles all night leaves the servers verified, with a warning and both ways open', async () => {
  await inNight(aWave(named(2), { faults: [{ fault: 'throttle', operation: 'FinalizeCutover' }] }), async (night) => {
    const { result } = await night.walk({ input: withOptions(night, auto) });
    const left = await night.read();

    expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
    expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
    expect(left.of('web-1').warnings.map(({ code }) => code)).toEqual(['NOT_FINALIZED']);
    expect(left.of('web-1').nextSteps).toHaveLength(2);
    expect(left.failures.map(({ error }) => error)).toEqual(['ThrottledError']);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it.each([1, 2, 3])('interrupted after the %i. call is taken up where it was', async (number) => {
  await inNight(aWave(named(4)), async (night) => {
    const input = withOptions(night, auto);
    let finalized = 0;
    await night.walk({
      input,
      around: async (step, invoke) => {
        if (step.stateName !== 'FinalizeCutover') return invoke();
        night.simulator.faults().add({ fault: 'throttle', operation: 'FinalizeCutover', nthCalls: [number + 1] });
        await invoke().catch(() => undefined);
        finalized = night.account().sourceServers.filter(({ lifeCycle }) => lifeCycle?.state === 'CUTOVER').length;
        step.stop();
        return undefined;
      },
    });
    expect(finalized).toBe(number);
    const { result } = await night.walk({ input });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'FINALIZED' } });
    expect(
      night.writes.filter(({ operation, error }) => operation === 'FinalizeCutover' && error === undefined),
    ).toHaveLength(4);
    expect(await breachesOf(night)).toEqual([]);
  });
});
