/** The look that begins every cycle of the cutover loop. */
import { aWave, inNight } from '../../support/a-run.ts';
import { begin, callerOf, look } from './direct.ts';

const web = [{ hostname: 'web-1', launchedInstance: 'test' as const }, { hostname: 'web-2' }];
const scenario = aWave(web);

describe('PollJobs', () => {
  it('says what is due before anything was started', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');

      expect(await look(call, night)).toMatchObject({ state: 'OPEN', terminateTest: true, start: false, check: false });
      expect(night.calls.get('DescribeJobs')).toBe(2);
    });
  });

  it('takes a job that cannot be read for one that still runs, until its time is up', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { deadlines: { launchSeconds: 3_600 } });
      night.simulator.faults().add({ fault: 'throttle', operation: 'DescribeJobs' });

      expect(await look(call, night)).toMatchObject({ state: 'OPEN', check: false });
      await night.time.sleep(3_590_000);
      expect(await look(call, night)).toMatchObject({ check: false, delaySeconds: 10 });
      await night.time.sleep(10_000);
      expect(await look(call, night)).toMatchObject({ check: true });
    });
  });

  it('notes the phase of each server and when its job was seen to end', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await night.time.sleep(100_000);
      await look(call, night);
      expect((await night.read()).of('web-1').phase).toBe('conversion');
      await night.time.sleep(700_000);

      expect(await look(call, night)).toMatchObject({ check: true });
      const left = await night.read();
      expect(left.attempts).toMatchObject([{ state: 'STARTED', endedAt: night.time.now() }]);
      expect(left.of('web-1')).toMatchObject({ phase: 'first boot', cutover: { launchStatus: 'LAUNCHED' } });
    });
  });

  it('looks at all jobs with one call, and at the logs of a few of them', async () => {
    const servers = Array.from({ length: 20 }, (_, index) => ({ hostname: `web-${String(index + 1)}` }));
    await inNight(aWave(servers), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness', { batchServersMax: 1 });
      for (let started = 0; started < 20; started += 1) await call('StartCutover');
      const before = new Map(night.calls);
      await night.time.sleep(100_000);
      await look(call, night);
      const made = (operation: 'DescribeJobs' | 'DescribeJobLogItems') =>
        (night.calls.get(operation) ?? 0) - (before.get(operation) ?? 0);

      expect([made('DescribeJobs'), made('DescribeJobLogItems')]).toEqual([1, 5]);
      for (let looks = 0; looks < 4; looks += 1) {
        await night.time.sleep(60_000);
        await look(call, night);
      }
      expect((await night.read()).servers.filter(({ phase }) => phase === 'starting')).toEqual([]);
    });
  });

  it('hands over after an hour, but only what is not done', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      const shiftStartedAt = new Date(night.time.now()).toISOString();
      await night.time.sleep(3_599_000);
      expect(await call('PollJobs', { shiftStartedAt })).toMatchObject({ state: 'OPEN' });
      await night.time.sleep(1_000);
      expect(await call('PollJobs', { shiftStartedAt })).toMatchObject({ state: 'HANDOVER' });
      await call('CheckLaunch');
      await call('CheckPostLaunchActions');

      expect(await call('PollJobs', { shiftStartedAt })).toMatchObject({ state: 'DONE' });
    });
  });

  it('refuses a shift that does not say when it began', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);

      await expect(call('PollJobs', { shiftStartedAt: 'tonight' })).rejects.toMatchObject({
        name: 'InvalidInputError',
      });
    });
  });
});
