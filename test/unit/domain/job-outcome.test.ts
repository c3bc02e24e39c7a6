import { judgeLaunch, type LaunchFacts } from '../../../functions/domain/job-outcome.ts';
import type { JobLogItem } from '../../../functions/domain/job.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import {
  aCutOverServer,
  aGoodLog,
  aJob,
  aLogItem,
  aPart,
  cutoverInstanceID,
  cutoverJobID,
  foreignJobID,
  nowMs,
  sourceServerID,
} from '../../support/domain-builders.ts';

const minuteMs = 60_000;

const factsOf = (fields: Partial<LaunchFacts> = {}): LaunchFacts => ({
  server: aCutOverServer(),
  job: aJob(),
  log: aGoodLog(),
  launchedAt: nowMs - minuteMs,
  launchDeadlineAt: nowMs + 60 * minuteMs,
  firstBootMs: 30 * minuteMs,
  now: nowMs,
  ...fields,
});

/** What is judged, in short: `PASSED`, `PENDING: job log` or the reasons' codes. */
const judge = (fields: Partial<LaunchFacts> = {}): string => {
  const judgement = judgeLaunch(factsOf(fields));
  if (judgement.launch === 'PENDING') return `PENDING: ${judgement.waitingFor}`;
  if (judgement.launch === 'PASSED') return 'PASSED';
  expect(judgement.launch).toBe('FAILED');
  for (const { source } of judgement.reasons) expect(source).toMatch(/^Describe/);
  return judgement.reasons.map((reason) => reason.code).join();
};

const partly = (part: Parameters<typeof aPart>[0], status = 'COMPLETED') =>
  aJob({ status, participatingServers: [aPart(part)] });
const withLog = (...items: JobLogItem[]) => [...aGoodLog(), ...items];
const withoutLog = (...events: string[]) => aGoodLog().filter((item) => !events.includes(item.event));
const bootedAs = (firstBoot: string | undefined): SourceServer =>
  aCutOverServer({ launchedInstance: { ec2InstanceID: cutoverInstanceID, jobID: cutoverJobID, firstBoot } });

/** Long after every deadline. */
const late = { now: nowMs + 86_400_000 };

describe('judgeLaunch', () => {
  it('believes a launch when launch status, job log and first boot agree', () => {
    expect(judgeLaunch(factsOf())).toEqual({ launch: 'PASSED', ec2InstanceID: cutoverInstanceID });
  });

  it('believes the launched servers of a job in which another one is stuck', () => {
    expect(judge({ job: partly({}, 'STARTED') })).toBe('PASSED');
  });

  describe('launch status', () => {
    it.each([
      ['PENDING', 'STARTED', 'PENDING: job'],
      ['IN_PROGRESS', 'STARTED', 'PENDING: job'],
      ['PENDING', 'PENDING', 'PENDING: job'],
      [undefined, 'STARTED', 'PENDING: job'],
      ['A_STATUS_OF_TOMORROW', 'STARTED', 'PENDING: job'],
      ['FAILED', 'STARTED', 'NOT_LAUNCHED'],
      ['TERMINATED', 'STARTED', 'NOT_LAUNCHED'],
      ['PENDING', 'COMPLETED', 'NOT_LAUNCHED'],
      ['IN_PROGRESS', 'COMPLETED', 'NOT_LAUNCHED'],
      ['FAILED', 'COMPLETED', 'NOT_LAUNCHED'],
      ['TERMINATED', 'COMPLETED', 'NOT_LAUNCHED'],
      [undefined, 'COMPLETED', 'NOT_LAUNCHED'],
      ['A_STATUS_OF_TOMORROW', 'COMPLETED', 'NOT_LAUNCHED'],
      ['LAUNCHED', 'COMPLETED', 'PASSED'],
    ])('%s in a job that is %s', (launchStatus, status, expected) => {
      expect(judge({ job: partly({ launchStatus }, status) })).toBe(expected);
    });

    it('is not taken from another server’s part', () => {
      const job = aJob({ participatingServers: [aPart({ sourceServerID: sourceServerID(2) })] });
      expect(judgeLaunch(factsOf({ job }))).toMatchObject({
        launch: 'FAILED',
        reasons: [{ code: 'NOT_LAUNCHED', fact: `job ${cutoverJobID} does not list this server` }],
      });
    });

    it('gives up a job that never ends at the launch deadline, and not before', () => {
      const job = partly({ launchStatus: 'IN_PROGRESS' }, 'STARTED');
      expect(judge({ job, launchDeadlineAt: nowMs + 1 })).toBe('PENDING: job');
      expect(judge({ job, launchDeadlineAt: nowMs })).toBe('LAUNCH_DEADLINE');
    });
  });

  describe('causes of a failed launch', () => {
    const failed = partly({ launchStatus: 'FAILED', ec2InstanceID: undefined });
    it.each([
      ['CLEANUP_FAIL', 'the earlier instance could not be deleted'],
      ['CONVERSION_FAIL', 'the disks could not be made bootable'],
      ['LAUNCH_FAILED', 'EC2 did not launch the instance'],
      ['SERVER_SKIPPED', 'MGN took the server out of the job'],
      ['JOB_CANCEL', 'the job was cancelled'],
    ])('%s with what MGN said', (event, meaning) => {
      const log = [aLogItem(event, { rawError: 'VPCIdNotSpecified:\n  No default VPC' })];
      expect(judgeLaunch(factsOf({ job: failed, log }))).toMatchObject({
        launch: 'FAILED',
        reasons: [
          { code: 'NOT_LAUNCHED', fact: `launchStatus is FAILED in job ${cutoverJobID}, which is COMPLETED` },
          { code: event, fact: `job log: ${event}, ${meaning}: VPCIdNotSpecified: No default VPC` },
        ],
      });
    });

    it('a snapshot that failed', () => {
      expect(judge({ job: failed, log: [aLogItem('SNAPSHOT_FAIL')] })).toBe('NOT_LAUNCHED,STALE_SNAPSHOT');
    });

    it('not what befell another server of the job', () => {
      const log = [aLogItem('LAUNCH_FAILED', { sourceServerID: sourceServerID(2) })];
      expect(judge({ job: failed, log })).toBe('NOT_LAUNCHED');
    });

    it('what befell the whole job', () => {
      const log = [aLogItem('JOB_CANCEL', { sourceServerID: undefined })];
      expect(judge({ job: failed, log })).toBe('NOT_LAUNCHED,JOB_CANCEL');
    });

    it('the beginning of a very long error', () => {
      const log = [aLogItem('LAUNCH_FAILED', { rawError: 'x'.repeat(65_536) })];
      const judgement = judgeLaunch(factsOf({ job: failed, log }));
      const fact = judgement.launch === 'FAILED' ? judgement.reasons[1]?.fact : undefined;
      expect(fact).toMatch(/x…$/);
      expect(fact?.length).toBeLessThan(400);
    });
  });

  describe('job log of a LAUNCHED server', () => {
    it.each(['SNAPSHOT_FAIL', 'USING_PREVIOUS_SNAPSHOT'])('%s is stale data, never a pass', (event) => {
      expect(judge({ log: withLog(aLogItem(event)) })).toBe('STALE_SNAPSHOT');
      expect(judge({ log: withLog(aLogItem(event, { sourceServerID: undefined })) })).toBe('STALE_SNAPSHOT');
      expect(judge({ log: withLog(aLogItem(event)), ...late })).toBe('STALE_SNAPSHOT');
    });

    it('tells a stale snapshot once, with all that MGN logged about it', () => {
      const log = withLog(aLogItem('SNAPSHOT_FAIL'), aLogItem('USING_PREVIOUS_SNAPSHOT'));
      expect(judgeLaunch(factsOf({ log }))).toMatchObject({
        launch: 'FAILED',
        reasons: [{ code: 'STALE_SNAPSHOT', fact: expect.stringContaining('SNAPSHOT_FAIL, USING_PREVIOUS_SNAPSHOT') }],
      });
    });

    it.each(['CONVERSION_FAIL', 'LAUNCH_FAILED', 'SERVER_SKIPPED', 'JOB_CANCEL'])(
      '%s contradicts the launch status, so it is not believed',
      (event) => {
        expect(judge({ log: withLog(aLogItem(event)) })).toBe(event);
      },
    );

    it('CLEANUP_FAIL says nothing against the launch', () => {
      expect(judge({ log: withLog(aLogItem('CLEANUP_FAIL')) })).toBe('PASSED');
    });

    it('another server’s stale snapshot says nothing of this one', () => {
      const log = withLog(aLogItem('USING_PREVIOUS_SNAPSHOT', { sourceServerID: sourceServerID(2) }));
      expect(judge({ log })).toBe('PASSED');
    });

    it.each([
      ['an empty log', []],
      ['a log without SNAPSHOT_END', withoutLog('SNAPSHOT_END')],
      [
        'a SNAPSHOT_END of another server only',
        [...withoutLog('SNAPSHOT_END'), aLogItem('SNAPSHOT_END', { sourceServerID: sourceServerID(2) })],
      ],
      [
        'a SNAPSHOT_END of no server',
        [...withoutLog('SNAPSHOT_END'), aLogItem('SNAPSHOT_END', { sourceServerID: undefined })],
      ],
    ])('%s is waited for, because the log may be late, and then no pass', (_what, log) => {
      const launchedAt = nowMs - 179_999;
      expect(judge({ log, launchedAt })).toBe('PENDING: job log');
      expect(judge({ log, launchedAt: launchedAt - 1 })).toBe('NO_SNAPSHOT_EVIDENCE');
    });

    it('waits for the log when it is not known since when the server is launched', () => {
      expect(judge({ log: [], launchedAt: undefined, ...late })).toBe('PENDING: job log');
    });
  });

  describe('agentless server', () => {
    const server = aCutOverServer({ replicationType: 'SNAPSHOT_SHIPPING' });

    it('needs no snapshot in the job, only a log that has come as far as its launch', () => {
      const log = withoutLog('SNAPSHOT_START', 'SNAPSHOT_END');
      expect(judge({ server, log })).toBe('PASSED');
      expect(judge({ log, ...late })).toBe('NO_SNAPSHOT_EVIDENCE');
    });

    it.each([
      ['empty', []],
      ['not yet at the launch', withoutLog('LAUNCH_START', 'LAUNCH_END', 'JOB_END')],
    ])('is not believed on a log that is %s', (_what, log) => {
      expect(judge({ server, log })).toBe('PENDING: job log');
      expect(judge({ server, log, ...late })).toBe('NO_SNAPSHOT_EVIDENCE');
    });

    it('is stale where MGN says so', () => {
      expect(judge({ server, log: withLog(aLogItem('USING_PREVIOUS_SNAPSHOT')) })).toBe('STALE_SNAPSHOT');
    });

    it('is judged as agent-based when MGN does not say what it is', () => {
      const unknown = aCutOverServer({ replicationType: undefined });
      expect(judge({ server: unknown, log: withoutLog('SNAPSHOT_END'), ...late })).toBe('NO_SNAPSHOT_EVIDENCE');
    });
  });

  describe('first boot', () => {
    it.each(['WAITING', 'UNKNOWN', 'STOPPED', undefined, 'A_BOOT_OF_TOMORROW'])(
      '%s is waited for until its deadline, and then no pass',
      (firstBoot) => {
        const launchedAt = nowMs - 30 * minuteMs;
        expect(judge({ server: bootedAs(firstBoot), launchedAt: launchedAt + 1 })).toBe('PENDING: first boot');
        expect(judge({ server: bootedAs(firstBoot), launchedAt })).toBe('NOT_BOOTED');
      },
    );

    it.each([
      ['WAITING', 'launchedInstance.firstBoot is WAITING, not SUCCEEDED'],
      [undefined, 'launchedInstance.firstBoot is not given, not SUCCEEDED'],
    ])('that never came is told in MGN’s words: %s', (firstBoot, fact) => {
      expect(judgeLaunch(factsOf({ server: bootedAs(firstBoot), ...late }))).toMatchObject({ reasons: [{ fact }] });
    });

    it('that succeeded late is believed all the same', () => {
      expect(judge(late)).toBe('PASSED');
    });

    it.each([
      ['no instance', undefined],
      ['an instance of another job', { ec2InstanceID: cutoverInstanceID, jobID: foreignJobID, firstBoot: 'SUCCEEDED' }],
      ['an instance of no job', { ec2InstanceID: cutoverInstanceID, firstBoot: 'SUCCEEDED' }],
      [
        'an instance other than the job’s',
        { ec2InstanceID: 'i-00000000', jobID: cutoverJobID, firstBoot: 'SUCCEEDED' },
      ],
    ])('of %s is not this launch’s', (_what, launchedInstance) => {
      const server = aCutOverServer({ launchedInstance });
      expect(judge({ server })).toBe('PENDING: first boot');
      expect(judge({ server, ...late })).toBe('INSTANCE_NOT_OF_THIS_JOB');
    });

    it('is read from the server where the job names no instance', () => {
      const job = partly({ ec2InstanceID: undefined });
      expect(judge({ job })).toBe('PASSED');
      const server = aCutOverServer({ launchedInstance: undefined });
      expect(judge({ job, server, ...late })).toBe('INSTANCE_NOT_OF_THIS_JOB');
    });

    it('names the job whose instance is shown instead', () => {
      const ofNoJob = aCutOverServer({ launchedInstance: { ec2InstanceID: 'i-00000000' } });
      expect(judgeLaunch(factsOf({ server: ofNoJob, ...late }))).toMatchObject({
        reasons: [{ fact: `the server shows instance i-00000000 of job unknown, not one of job ${cutoverJobID}` }],
      });
      const server = aCutOverServer({ launchedInstance: { ec2InstanceID: 'i-00000000', jobID: foreignJobID } });
      expect(judgeLaunch(factsOf({ server, ...late }))).toMatchObject({
        reasons: [
          { fact: `the server shows instance i-00000000 of job ${foreignJobID}, not one of job ${cutoverJobID}` },
        ],
      });
    });
  });
});
