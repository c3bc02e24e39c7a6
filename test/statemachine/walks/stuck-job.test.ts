/** A job that never ends: MGN has no call to cancel it, so the run has to stop waiting and say what is left to do. */
import { aWave, inNight, statesEntered, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const deadlines = { launchSeconds: 1_800, runningJobsSeconds: 1_200 };

it.each(['cleanup', 'snapshot', 'conversion', 'launch'] as const)(
  'a cutover stuck in %s ends with a person who is told the commands; the others of its job are judged',
  async (stuckIn) => {
    const servers = [
      { hostname: 'stuck', cutover: { outcome: 'stuck' as const, stuckIn } },
      { hostname: 'good' },
      { hostname: 'failed', cutover: 'launchFailed' as const },
    ];
    await inNight(aWave(servers), async (night) => {
      const walk = await night.walk({ input: withOptions(night, { deadlines }) });
      const left = await night.read();
      const stuck = left.of('stuck');
      const jobID = stuck.cutover?.jobID ?? '';

      expect(walk.result).toMatchObject({ status: 'FAILED', error: 'PersonNeeded' });
      expect(left.verdicts).toEqual({ stuck: 'NEEDS_A_PERSON', good: 'VERIFIED', failed: 'NEEDS_A_PERSON' });
      expect(stuck.reasons.map(({ code }) => code)).toEqual(
        expect.arrayContaining(['LAUNCH_DEADLINE', 'NOT_REVERTED']),
      );
      expect(left.of('failed').reasons.map(({ code }) => code)).toContain('CUTOVER_JOB_NOT_ENDED');
      expect(stuck.nextSteps).toEqual([
        `aws mgn describe-source-servers --filters sourceServerIDs=${stuck.sourceServerID} --region us-east-1`,
        `aws mgn change-server-life-cycle-state --source-server-id ${stuck.sourceServerID} --life-cycle state=READY_FOR_CUTOVER --region us-east-1 # only while its last cutover job is ${jobID}`,
        `aws mgn terminate-target-instances --source-server-ids ${stuck.sourceServerID} --region us-east-1 # only once it is READY_FOR_CUTOVER and its launched instance is of job ${jobID}`,
        'mgn-cutover rollback night-1 --region us-east-1',
      ]);
      expect(statesEntered(walk).filter((id) => id.startsWith('rollback/'))).toEqual([]);
      const seconds = (walk.result.endedAtMs - walk.result.startedAtMs) / 1000;
      expect(seconds).toBeGreaterThanOrEqual(deadlines.launchSeconds + deadlines.runningJobsSeconds);
      expect(seconds).toBeLessThan(deadlines.launchSeconds + deadlines.runningJobsSeconds + 900);
      expect(await breachesOf(night)).toEqual([]);
    });
  },
);

it('a server that needs a person stays locked against other runs', async () => {
  await inNight(aWave([{ hostname: 'stuck', cutover: 'stuck' }]), async (night) => {
    await night.walk({ input: withOptions(night, { deadlines }) });
    const { result } = await night.walk({ name: 'night-2' });

    expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
    expect((await night.read('night-2')).of('stuck').reasons.map(({ code }) => code)).toContain('LOCKED_BY_OTHER_RUN');
  });
});

it('a stuck termination of test instances leaves its servers alone and lets the others go', async () => {
  const servers = [
    { hostname: 'held', launchedInstance: 'test' as const, terminate: 'stuck' as const },
    { hostname: 'good' },
  ];
  await inNight(aWave(servers), async (night) => {
    await night.walk({ input: withOptions(night, { deadlines: { terminateSeconds: 600 } }) });
    const left = await night.read();

    expect(left.verdicts).toEqual({ held: 'NOT_STARTED', good: 'VERIFIED' });
    expect(left.of('held').reasons.map(({ code }) => code)).toEqual(['JOB_HOLDS_SERVER']);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('a stuck termination of a cutover instance needs a person', async () => {
  const servers = [
    { hostname: 'bad', cutover: 'unbootable' as const, terminate: 'stuck' as const },
    { hostname: 'good' },
  ];
  await inNight(aWave(servers), async (night) => {
    const input = withOptions(night, { deadlines: { terminateSeconds: 600, firstBootSeconds: 300 } });
    await night.walk({ input });
    const left = await night.read();
    const bad = left.of('bad');

    expect(left.verdicts).toEqual({ bad: 'NEEDS_A_PERSON', good: 'VERIFIED' });
    expect(bad.nextSteps).toContain(
      `aws mgn terminate-target-instances --source-server-ids ${bad.sourceServerID} --region us-east-1 # only once it is READY_FOR_CUTOVER and its launched instance is of job ${bad.cutover?.jobID ?? ''}`,
    );
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('a termination that fails once is tried again', async () => {
  const servers = [
    { hostname: 'bad', cutover: 'unbootable' as const, terminate: ['failed' as const, 'terminated' as const] },
  ];
  await inNight(aWave(servers), async (night) => {
    await night.walk();

    expect((await night.read()).verdicts).toEqual({ bad: 'ROLLED_BACK' });
    expect(night.server('bad').attempts.terminate).toBe(2);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('a termination that always fails needs a person', async () => {
  await inNight(aWave([{ hostname: 'bad', cutover: 'unbootable', terminate: 'failed' }]), async (night) => {
    await night.walk();
    const left = await night.read();

    expect(left.verdicts).toEqual({ bad: 'NEEDS_A_PERSON' });
    expect(left.of('bad').reasons.map(({ code }) => code)).toContain('INSTANCE_LEFT');
    expect(await breachesOf(night)).toEqual([]);
  });
});
