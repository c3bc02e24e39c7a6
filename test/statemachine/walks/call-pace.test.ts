/** What MGN refuses for being too fast is not asked again any faster: a retry's interval is chance, the pace is not. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { aWave, inNight, withOptions, type Night } from '../../support/a-run.ts';

type Fault = NonNullable<ScenarioInput['faults']>[number];

/** How long after the call before it each call of the night was made, in milliseconds; the shortest of them. */
function shortestGapMs({ writes }: Night): number {
  return Math.min(...writes.slice(1).map(({ atMs }, index) => atMs - (writes[index]?.atMs ?? 0)));
}

/** The shortest gap in nights of several seeds, each of which draws other intervals. */
async function shortestGapOf(fault: Fault, options: Record<string, unknown>, cutover: 'launched' | 'unbootable') {
  const gaps: number[] = [];
  const servers = [{ hostname: 'web-1', cutover }, { hostname: 'web-2' }];
  for (let seed = 1; seed <= 8; seed += 1) {
    const spend = async (night: Night) => {
      await night.walk({ input: withOptions(night, options) });
      return shortestGapMs(night);
    };
    gaps.push(await inNight(aWave(servers, { faults: [fault] }), spend, seed));
  }
  return Math.min(...gaps);
}

describe('calls that are throttled', () => {
  it.each(['StartCutover', 'FinalizeCutover', 'ChangeServerLifeCycleState', 'TerminateTargetInstances'] as const)(
    'keep their pace: %s',
    async (operation) => {
      const fault = { fault: 'throttle', operation, firstCalls: 3 } as const;
      const isForward = operation === 'StartCutover' || operation === 'FinalizeCutover';

      const gapMs = await shortestGapOf(fault, { commit: 'auto' }, isForward ? 'launched' : 'unbootable');

      expect(gapMs).toBeGreaterThanOrEqual(1_000);
    },
  );

  it('keep a slower pace where the input asks for one', async () => {
    const fault = { fault: 'throttle', operation: 'StartCutover', firstCalls: 3 } as const;

    expect(await shortestGapOf(fault, { callsPerSecondMax: 0.2 }, 'launched')).toBeGreaterThanOrEqual(5_000);
  });
});
