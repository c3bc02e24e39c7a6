/** Two hundred servers in one night: history, payload and call rate stay far below what AWS allows. */
import { generateScenario } from '../../../simulator/scenario/generate-scenario.ts';
import { inNight, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

jest.setTimeout(60_000);

const historyEventsMax = 5_000;
const payloadBytesMax = 64 * 1024;

it.each([
  [200, {}],
  [50, { commit: 'auto' }],
])('of 200 servers in batches of %i keeps its budgets', async (batchServersMax, options) => {
  const scenario = generateScenario({ servers: 200, seed: 5, badOutcomes: 0.1 });
  await inNight(scenario, async (night) => {
    const { meter, result } = await night.walk({ input: withOptions(night, { batchServersMax, ...options }) });
    const { servers } = await night.read();

    for (const execution of meter.executions) expect(execution.historyEvents).toBeLessThan(historyEventsMax);
    expect(meter.total.largestPayloadBytes).toBeLessThan(payloadBytesMax);
    expect(result).toMatchObject({ status: 'FAILED', error: 'WavePartlyCutOver' });
    expect(servers).toHaveLength(200);
    expect(night.account().sourceServers.every(({ attempts }) => attempts.cutover === 1)).toBe(true);
    expect(await breachesOf(night)).toEqual([]);

    const batches = 200 / batchServersMax;
    const hours = (result.endedAtMs - result.startedAtMs) / 3_600_000;
    const describes = ['DescribeJobs', 'DescribeSourceServers', 'DescribeJobLogItems'] as const;
    for (const operation of describes)
      expect(night.calls.get(operation) ?? 0).toBeLessThan(300 * hours + 100 * batches);
    expect(night.calls.get('StartCutover')).toBe(batches);
    expect(night.calls.get('GetLaunchConfiguration')).toBe(200);
  });
});
