/** Shifts: a long cutover is handed from one execution to the next, so that no history grows long, and nothing is lost by it. */
import { aWave, inNight, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const hour = 3_600_000;
/** Three hours of snapshots. */
const slow = { timings: { snapshotSeconds: 3 * 3_600 } };

it('are handed over after an hour until the launch has ended', async () => {
  const servers = [
    { hostname: 'slow', ...slow },
    { hostname: 'web-1', cutover: 'launchFailed' as const },
  ];
  await inNight(aWave(servers), async (night) => {
    const deadlines = { launchSeconds: 5 * 3_600, runningJobsSeconds: 5 * 3_600 };
    const { result, meter, events } = await night.walk({ input: withOptions(night, { deadlines }) });
    const shifts = meter.executions.filter(({ machine }) => machine === 'cutover-shift');
    const spans = shifts.map(({ executionArn }) => {
      const times = events.filter((event) => event.executionArn === executionArn).map(({ timestampMs }) => timestampMs);
      return Math.max(...times) - Math.min(...times);
    });

    expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
    expect((await night.read()).verdicts).toEqual({ slow: 'VERIFIED', 'web-1': 'ROLLED_BACK' });
    expect(shifts.length).toBeGreaterThanOrEqual(4);
    for (const span of spans) expect(span).toBeLessThan(hour + 300_000);
    for (const { historyEvents } of shifts) expect(historyEvents).toBeLessThan(1_500);
    expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('of an execution that was stopped are gone on with by the one that resumes the run', async () => {
  await inNight(aWave([{ hostname: 'slow', ...slow }]), async (night) => {
    const input = withOptions(night, { deadlines: { launchSeconds: 5 * 3_600 } });
    await night.walk({
      input,
      around: async (step, invoke) => {
        if (step.stateName === 'PollJobs' && night.time.now() > Date.parse('2026-03-07T23:30:00Z')) step.stop();
        return invoke();
      },
    });
    await night.time.sleep(2 * hour);
    const { result } = await night.walk({ input });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 1 } } });
    expect(night.server('slow').attempts.cutover).toBe(1);
    expect(await breachesOf(night)).toEqual([]);
  });
});
