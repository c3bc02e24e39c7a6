/** Every kind of fault on every operation that matters: the verdicts are those of a quiet night, with one launch each. */
import { aWave, inNight, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';

type Fault = NonNullable<ScenarioInput['faults']>[number];

const timings = { variation: 0, snapshotSeconds: 10, conversionSeconds: 30, launchSeconds: 30, firstBootSeconds: 60 };
const servers = [
  { hostname: 'good', launchedInstance: 'test' as const },
  { hostname: 'checked', actions: [{ actionName: 'check', mustSucceedForCutover: true }] },
  { hostname: 'failed', cutover: 'launchFailed' as const },
  { hostname: 'unbootable', cutover: 'unbootable' as const },
];
const quietVerdicts = { good: 'FINALIZED', checked: 'FINALIZED', failed: 'ROLLED_BACK', unbootable: 'ROLLED_BACK' };
const options = { commit: 'auto', deadlines: { firstBootSeconds: 300 } };

const nightWith = (faults: Fault[]) => aWave(servers, { defaults: { timings }, faults });

const writes = ['StartCutover', 'TerminateTargetInstances', 'ChangeServerLifeCycleState', 'FinalizeCutover'] as const;
const reads = ['DescribeJobs', 'DescribeSourceServers', 'DescribeJobLogItems'] as const;
const operations = [...writes, ...reads];

const faults: readonly [string, (operation: (typeof operations)[number]) => Fault][] = [
  ['throttled five times', (operation) => ({ fault: 'throttle', operation, firstCalls: 5 })],
  ['failing with 500', (operation) => ({ fault: 'serverError', operation, firstCalls: 4 })],
  ['failing with an HTML 502', (operation) => ({ fault: 'serverError', status: 502, operation, firstCalls: 4 })],
  ['failing with 503', (operation) => ({ fault: 'serverError', status: 503, operation, firstCalls: 4 })],
  ['reset', (operation) => ({ fault: 'reset', operation, firstCalls: 4 })],
  ['losing the first answer', (operation) => ({ fault: 'lostAnswer', operation, firstCalls: 1 })],
  [
    'losing two answers as time-outs',
    (operation) => ({ fault: 'lostAnswer', ending: 'timeout', operation, firstCalls: 2 }),
  ],
  ['losing answers as 500', (operation) => ({ fault: 'lostAnswer', ending: 'serverError', operation, firstCalls: 3 })],
  ['losing every other answer', (operation) => ({ fault: 'lostAnswer', operation, nthCalls: [2, 4, 6, 8, 10] })],
];

describe.each(operations)('%s', (operation) => {
  it.each(faults)('%s changes no verdict', async (_name, fault) => {
    await inNight(nightWith([fault(operation)]), async (night) => {
      await night.walk({ input: withOptions(night, options) });

      expect((await night.read()).verdicts).toEqual(quietVerdicts);
      expect(night.server('good').attempts.cutover).toBe(1);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe.each(reads)('%s', (operation) => {
  it.each([30, 90])('read up to %i s late changes no verdict', async (staleSecondsMax) => {
    await inNight(nightWith([{ fault: 'staleRead', operation, staleSecondsMax }]), async (night) => {
      await night.walk({ input: withOptions(night, options) });

      expect((await night.read()).verdicts).toEqual(quietVerdicts);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each(writes)('read late while every answer of %s is lost once changes no verdict', async (write) => {
    const late: Fault = { fault: 'staleRead', operation, staleSecondsMax: 45 };
    await inNight(nightWith([late, { fault: 'lostAnswer', operation: write, firstCalls: 1 }]), async (night) => {
      await night.walk({ input: withOptions(night, options) });

      expect((await night.read()).verdicts).toEqual(quietVerdicts);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('a night on which everything goes wrong now and then', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('with seed %i does no harm and tells the truth', async (seed) => {
    const bad: Fault[] = [
      { fault: 'throttle', operation: '*', probability: 0.15 },
      { fault: 'reset', operation: '*', probability: 0.05 },
      { fault: 'serverError', operation: '*', probability: 0.05 },
      { fault: 'lostAnswer', operation: '*', probability: 0.1 },
      { fault: 'staleRead', operation: '*', staleSecondsMax: 60 },
    ];
    await inNight(
      nightWith(bad),
      async (night) => {
        await night.walk({ input: withOptions(night, options) });

        expect((await night.read()).verdicts).toEqual(quietVerdicts);
        expect(await breachesOf(night)).toEqual([]);
      },
      seed,
    );
  });
});
