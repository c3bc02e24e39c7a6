/** Large waves in one night: history, payload, calls and transitions stay far below what AWS allows and what they may cost. */
import { generateScenario } from '../../../simulator/scenario/generate-scenario.ts';
import { inNight, withOptions, type Night, type Walk } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

jest.setTimeout(120_000);

const historyEventsMax = 5_000;
const payloadBytesMax = 64 * 1024;

function expectBudgets({ meter }: Walk): void {
  for (const execution of meter.executions) expect(execution.historyEvents).toBeLessThan(historyEventsMax);
  expect(meter.total.largestPayloadBytes).toBeLessThan(payloadBytesMax);
}

/** Every server once, by as many calls as there are batches. */
function expectOneLaunchEach(night: Night, batches: number): void {
  expect(night.account().sourceServers.every(({ attempts }) => attempts.cutover === 1)).toBe(true);
  expect(night.calls.get('StartCutover')).toBe(batches);
  expect(night.writes.filter(({ error }) => error !== undefined)).toEqual([]);
}

/**
 * What one job may take (`engine.md` section 2, design 2: a job of 200 source servers that runs for half an hour), and a
 * wave of 200: at 0.025 USD per 1,000 transitions and some 0.02 USD per 1,000 calls, 0.10 USD with all of the ledger.
 */
const perJob = { transitions: 187, calls: 64, describeJobs: 60 };
const perWave = { transitions: 2_000, calls: 900 };

it.each([0.2, 0.6, 1])(
  '200 servers in one job that takes up to half an hour (%d of it) keep the budget of a job',
  async (share) => {
    const launchSeconds = 1_500 * share;
    const scenario = generateScenario({ servers: 200, seed: 5, testInstances: 0 });
    const slowed = (scenario.waves ?? []).map((wave) => ({
      ...wave,
      applications: (wave.applications ?? []).map((application) => ({
        ...application,
        servers: (application.servers ?? []).map((server) => ({ ...server, timings: { launchSeconds } })),
      })),
    }));
    await inNight({ ...scenario, waves: slowed }, async (night) => {
      const walk = await night.walk({ input: withOptions(night, {}) });
      const { transitions, taskCalls } = walk.meter.total;

      expect(walk.result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 200 } } });
      expect(transitions).toBeLessThanOrEqual(perJob.transitions);
      expect(taskCalls).toBeLessThanOrEqual(perJob.calls);
      expect(night.calls.get('DescribeJobs')).toBeLessThanOrEqual(perJob.describeJobs);
      expectBudgets(walk);
      expectOneLaunchEach(night, 1);
      expect(night.calls.get('GetLaunchConfiguration')).toBe(200);
    });
  },
);

it.each([
  [200, {}],
  [50, { commit: 'auto' }],
  [10, {}],
  [1, {}],
])(
  '200 servers in batches of %i, one in ten of them bad, keep the budget of a wave',
  async (batchServersMax, options) => {
    const scenario = generateScenario({ servers: 200, seed: 5, badOutcomes: 0.1 });
    await inNight(scenario, async (night) => {
      const walk = await night.walk({ input: withOptions(night, { batchServersMax, ...options }) });
      const { servers } = await night.read();

      expect(walk.result).toMatchObject({ status: 'FAILED', error: 'WavePartlyCutOver' });
      expect(servers).toHaveLength(200);
      expect(walk.meter.total.transitions).toBeLessThan(perWave.transitions);
      expect(walk.meter.total.taskCalls).toBeLessThan(perWave.calls);
      expectBudgets(walk);
      expectOneLaunchEach(night, 200 / batchServersMax);
      expect(await breachesOf(night)).toEqual([]);
    });
  },
);

it('1,000 servers, one in twenty of them bad, keep every execution short', async () => {
  const scenario = generateScenario({ servers: 1_000, seed: 7, badOutcomes: 0.05, applicationsPerWave: 100 });
  await inNight(scenario, async (night) => {
    const walk = await night.walk({ input: withOptions(night, {}) });

    expect(Object.keys((await night.read()).verdicts)).toHaveLength(1_000);
    expectBudgets(walk);
    expect(night.account().sourceServers.every(({ attempts }) => attempts.cutover === 1)).toBe(true);
    expect(await breachesOf(night)).toEqual([]);
  });
});
