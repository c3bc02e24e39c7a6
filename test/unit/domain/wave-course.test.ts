import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { WaveState } from '../../../functions/domain/start-queue.ts';
import {
  isOpenAttempt,
  queued,
  shiftLooksMax,
  shiftMs,
  whatIsDue,
  type Shift,
} from '../../../functions/domain/wave-course.ts';
import { cutoverJobID, nowMs, sourceServerID } from '../../support/domain-builders.ts';
import {
  aLostAttempt,
  anAttempt,
  aQueuedServer,
  aStartedServer,
  aTestInstance,
  aWaveState,
  terminateJobID,
} from './wave-builders.ts';

const minuteMs = 60_000;
const aShift = (fields: Partial<Shift> = {}): Shift => ({
  startedAt: nowMs - minuteMs,
  looks: 1,
  checkedAt: 0,
  ...fields,
});
const due = (fields: Partial<WaveState>, shift: Partial<Shift> = {}, input: Record<string, unknown> = {}) =>
  whatIsDue(aWaveState(fields, input), aShift(shift));

/** Source server 1 in the run's cutover job. */
const started = (fields: Partial<ServerRecord> = {}, cutover: object = {}) =>
  aStartedServer(1, { cutover: { jobID: cutoverJobID, startedAt: nowMs - 600_000, ...cutover }, ...fields });
const rollingBack = (requestedAt = nowMs - minuteMs): Partial<ServerRecord> => ({
  phase: 'rolling back',
  launch: 'FAILED',
  rollback: { requestedAt, problems: [] },
});
const ended = anAttempt({ endedAt: nowMs - minuteMs });
const nothing = { check: false, rollBack: false, runHooks: false, terminateTest: false, start: false };

describe('the state', () => {
  const verified = started({ launch: 'PASSED', verdict: 'VERIFIED' });

  it.each([
    ['DONE when every server has its verdict', { records: [verified], attempts: [ended] }, {}, 'DONE'],
    ['DONE even when the shift is over', { records: [verified] }, { startedAt: nowMs - shiftMs }, 'DONE'],
    ['OPEN while one has none', { records: [verified, aQueuedServer(2)] }, {}, 'OPEN'],
    ['OPEN just before the hour', { records: [started()] }, { startedAt: nowMs - shiftMs + 1 }, 'OPEN'],
    ['HANDOVER after an hour', { records: [started()] }, { startedAt: nowMs - shiftMs }, 'HANDOVER'],
    ['HANDOVER after many looks', { records: [started()] }, { looks: shiftLooksMax }, 'HANDOVER'],
  ])('is %s', (_what, wave, shift, state) => {
    expect(due(wave, shift).state).toBe(state);
  });

  it('is OPEN while a hook is', () => {
    const hooks = [
      { name: 'smoke', when: 'afterVerified', lambda: 'arn:aws:lambda:us-east-1:111122223333:function:f' },
    ];
    const wave = { records: [verified], attempts: [ended] };

    expect(due(wave, {}, { options: { hooks } })).toMatchObject({ ...nothing, state: 'OPEN', runHooks: true });
  });

  it('counts its looks and remembers its checks', () => {
    const wave = { records: [started()], attempts: [ended] };

    expect(due(wave, { looks: 7, checkedAt: nowMs - minuteMs })).toMatchObject({
      looks: 8,
      checkedAt: nowMs,
      check: true,
    });
    expect(due(wave, { checkedAt: nowMs - 1_000 })).toMatchObject({ checkedAt: nowMs - 1_000, check: false });
  });
});

describe('a check', () => {
  const launched = { launchStatus: 'LAUNCHED' };

  it.each([
    ['once the job has ended', started(), ended, true],
    ['not while the job is at work', started(), anAttempt(), false],
    ['once the job has had its time', started(), anAttempt({ attemptedAt: nowMs - 7_200_000 }), true],
    ['for what is launched while the job goes on for others', started({}, launched), anAttempt(), true],
    ['for what failed while the job goes on for others', started({}, { launchStatus: 'FAILED' }), anAttempt(), true],
    ['not for what is in progress', started({}, { launchStatus: 'IN_PROGRESS' }), anAttempt(), false],
    ['while actions are waited for', started({ launch: 'PASSED' }), ended, true],
    ['not for what is verified', started({ launch: 'PASSED', verdict: 'VERIFIED' }), ended, false],
    ['not for what is being brought back', started(rollingBack()), ended, false],
    ['not for what is being brought back unjudged', started({ ...rollingBack(), launch: 'PENDING' }), ended, false],
    ['not for what has failed', started({ launch: 'FAILED' }), ended, false],
    ['for what has passed while the job goes on for others', started({ launch: 'PASSED' }), anAttempt(), true],
  ])('is due %s', (_what, record, attempt, expected) => {
    expect(due({ records: [record, aQueuedServer(9)], attempts: [attempt] }).check).toBe(expected);
  });

  it.each([
    ['half a minute when its job has ended', 0, ended, 25],
    ['five minutes while its job goes on for others', 0, anAttempt(), 300],
    ['two minutes in a run that drags on', 40 * minuteMs, ended, 115],
  ])('comes again after %s', (_what, agoMs, attempt, seconds) => {
    const records = [started({}, launched)];
    const attempts = [{ ...attempt, attemptedAt: nowMs - 600_000 - agoMs }];
    const checkAfter = (ms: number) => due({ records, attempts }, { checkedAt: nowMs - ms }).check;

    expect(checkAfter(seconds * 1_000)).toBe(true);
    expect(checkAfter(seconds * 1_000 - 1)).toBe(false);
  });
});

describe('a rollback', () => {
  const beside = aQueuedServer(9, { verdict: 'NOT_STARTED' });

  it.each([
    ['once its job has ended', started(rollingBack()), [ended], true],
    ['not while its job is at work', started(rollingBack()), [anAttempt()], false],
    ['once its job was waited for long enough', started(rollingBack(nowMs - 7_200_000)), [anAttempt()], true],
    ['for what has no job', aQueuedServer(1, rollingBack()), [], true],
    ['not for what is back', started({ ...rollingBack(), verdict: 'ROLLED_BACK' }), [ended], false],
  ])('is due %s', (_what, record, attempts, expected) => {
    expect(due({ records: [record, beside], attempts }).rollBack).toBe(expected);
  });

  it('waits for the jobs of later priority groups first', () => {
    const records = [
      started({ ...rollingBack(), priorityGroup: 1 }),
      aStartedServer(2, { ...rollingBack(), priorityGroup: 2 }),
    ];
    const later = anAttempt({ batchID: 'batch-002', jobID: terminateJobID });
    const withLater = records.map((record, index) =>
      index === 0 ? record : { ...record, cutover: { jobID: terminateJobID, startedAt: nowMs } },
    );

    expect(due({ records: withLater, attempts: [ended, later] }).rollBack).toBe(false);
    expect(due({ records: withLater, attempts: [ended, { ...later, endedAt: nowMs }] }).rollBack).toBe(true);
  });
});

describe('starts', () => {
  it.each([
    ['of what is queued', { records: [aQueuedServer(1)] }, { start: true, terminateTest: false }],
    [
      'not while test instances are left',
      { records: [aQueuedServer(1, { testInstance: aTestInstance }), aQueuedServer(2)] },
      { start: false, terminateTest: true },
    ],
    [
      'of a lost answer to settle, beside what is started',
      { records: [aQueuedServer(1), aStartedServer(2)], attempts: [aLostAttempt()] },
      { start: true },
    ],
    ['of a lost answer to settle', { records: [aQueuedServer(1)], attempts: [aLostAttempt()] }, { start: true }],
    [
      'not of a lost answer that a rollback settles',
      { records: [aQueuedServer(1, rollingBack())], attempts: [aLostAttempt()] },
      { start: false },
    ],
    ['not of what is started', { records: [started()], attempts: [anAttempt()] }, { start: false }],
  ])('are due %s', (_what, wave, expected) => {
    expect(due(wave)).toMatchObject(expected);
  });

  it('of test instances’ terminations wait for the one at work', () => {
    const records = [
      aQueuedServer(1, { testInstance: { ...aTestInstance, terminateJobID } }),
      aQueuedServer(2, { testInstance: aTestInstance }),
    ];
    const attempt = anAttempt({ kind: 'TERMINATE_TEST_INSTANCES', batchID: 'group-5', jobID: terminateJobID });

    expect(due({ records, attempts: [attempt] })).toMatchObject({ terminateTest: false, start: false });
    expect(due({ records, attempts: [{ ...attempt, endedAt: nowMs }] })).toMatchObject({ terminateTest: true });
  });

  const jobs = (count: number, servers: number) =>
    Array.from({ length: count }, (_, index) =>
      anAttempt({
        batchID: `batch-${String(index + 1).padStart(3, '0')}`,
        sourceServerIDs: Array.from({ length: servers }, (_ids, number) =>
          sourceServerID(1_000 + index * 100 + number),
        ),
      }),
    );
  it('of test instances’ terminations need room as well', () => {
    const records = [aQueuedServer(9_000, { testInstance: aTestInstance })];
    const terminateTest = (attempts: WaveState['attempts']) => due({ records, attempts }).terminateTest;

    expect(terminateTest(jobs(19, 1))).toBe(true);
    expect(terminateTest(jobs(20, 1))).toBe(false);
    expect(terminateTest(jobs(2, 100))).toBe(false);
  });

  it.each([
    [
      'the run’s jobs to terminate cutover instances do not count, as those are not waited for',
      [...jobs(19, 1), anAttempt({ kind: 'TERMINATE_CUTOVER_INSTANCES' })],
      true,
    ],
    ['the run’s own jobs leave a job', jobs(19, 1), true],
    ['the run has twenty jobs', jobs(20, 1), false],
    ['the run’s own jobs leave a server', [...jobs(1, 199)], true],
    ['the run’s jobs hold all servers', jobs(2, 100), false],
    [
      'some of them have ended',
      jobs(2, 100).map((job, index) => (index === 0 ? { ...job, endedAt: nowMs } : job)),
      true,
    ],
  ])('are looked into only when %s', (_what, attempts, expected) => {
    expect(due({ records: [aQueuedServer(1)], attempts }).start).toBe(expected);
  });
});

it.each([
  ['was started', anAttempt(), true],
  ['has ended', anAttempt({ endedAt: nowMs }), false],
  ['is not known to have begun', aLostAttempt(), false],
  ['terminates cutover instances', anAttempt({ kind: 'TERMINATE_CUTOVER_INSTANCES' }), false],
])('a job that %s: waited for %p', (_what, attempt, expected) => {
  expect(isOpenAttempt(attempt)).toBe(expected);
});

it('the schedule sees a source server with its application and expected launch', () => {
  const record = aQueuedServer(1, { expectedLaunchSeconds: 700 });
  expect(queued(record)).toEqual({
    sourceServerID: sourceServerID(1),
    applicationID: record.applicationID,
    expectedLaunchSeconds: 700,
  });
});

describe('the next look', () => {
  const delayOf = (fields: Partial<WaveState>, shift: Partial<Shift> = {}, input: Record<string, unknown> = {}) =>
    due(fields, shift, input).delaySeconds;
  const since = (minutes: number, fields: object = {}) =>
    anAttempt({ attemptedAt: nowMs - minutes * minuteMs, calledAt: nowMs - minutes * minuteMs, ...fields });
  const launching = started({ expectedLaunchSeconds: 1_200 });

  it.each([
    ['is far while nothing can have ended', [launching], [since(2)], 120],
    ['is near when the job may end soon', [launching], [since(17.5)], 30],
    ['is less near when the job is late', [launching], [since(29)], 87],
    [
      'is not nearer than a minute in a run that drags on',
      [launching],
      [since(35, { attemptedAt: nowMs - 35 * minuteMs }), since(17.5)],
      60,
    ],
    ['is at the job’s deadline', [launching], [since(119.5)], 30],
    [
      'is near while first boots are waited for',
      [started({}, { launchedAt: nowMs })],
      [since(12, { endedAt: nowMs })],
      30,
    ],
    ['is near while something is brought back', [started(rollingBack())], [since(12, { endedAt: nowMs })], 30],
    [
      'is near while something is brought back, in a run that drags on',
      [started(rollingBack())],
      [since(50, { endedAt: nowMs })],
      30,
    ],
    ['is far while what is brought back waits for its job', [started(rollingBack())], [since(2)], 120],
    ['comes in a minute when a job was to be started', [aQueuedServer(1)], [], 60],
  ])('%s', (_what, records, attempts, expected) => {
    expect(delayOf({ records, attempts })).toBe(expected);
  });

  it('comes soon after a terminate job was begun, and does not wait for one of a rollback', () => {
    const testInstance = { ...aTestInstance, terminateJobID };
    const records = [aQueuedServer(1, { testInstance }), aQueuedServer(2, { testInstance: aTestInstance })];
    const terminating = (minutes: number, kind: 'TERMINATE_TEST_INSTANCES' | 'TERMINATE_CUTOVER_INSTANCES') =>
      since(minutes, { kind, jobID: terminateJobID });

    expect(delayOf({ records: [aQueuedServer(1, { testInstance: aTestInstance })], attempts: [] })).toBe(30);
    expect(delayOf({ records, attempts: [terminating(1, 'TERMINATE_TEST_INSTANCES')] })).toBe(30);
    expect(delayOf({ records: [launching], attempts: [since(2), terminating(1, 'TERMINATE_CUTOVER_INSTANCES')] })).toBe(
      120,
    );
    expect(delayOf({ records: [launching], attempts: [since(2), terminating(1, 'TERMINATE_TEST_INSTANCES')] })).toBe(
      30,
    );
  });

  it('is at the next check in a run that drags on, not earlier', () => {
    const records = [started({}, { launchedAt: nowMs })];
    const attempts = [since(40, { endedAt: nowMs })];

    expect(delayOf({ records, attempts }, { checkedAt: nowMs - 15_000 })).toBe(100);
  });

  it('is near while a hook is waited for, in a run that drags on', () => {
    const options = {
      hooks: [{ name: 'smoke', when: 'afterVerified', lambda: 'arn:aws:lambda:us-east-1:111122223333:function:f' }],
    };
    const records = [started({ launch: 'PASSED', verdict: 'VERIFIED' })];
    const attempts = [since(50, { endedAt: nowMs })];
    const hook = {
      name: 'smoke',
      scope: 'wave',
      when: 'afterVerified',
      priorityGroup: 5,
      tries: 1,
      triesMax: 2,
    } as const;
    const delayWith = (...hooks: WaveState['hooks']) => delayOf({ records, attempts, hooks }, {}, { options });

    expect(delayWith()).toBe(30);
    expect(delayWith({ ...hook, state: 'RUNNING', startedAt: nowMs - 700_000 })).toBe(30);
    expect(delayWith({ ...hook, state: 'RUNNING', startedAt: nowMs })).toBe(20);
  });

  it('is at rollbackBy', () => {
    const at = (minutes: number) => new Date(nowMs + minutes * minuteMs).toISOString();
    const window = { opensAt: at(-60), rollbackBy: at(0.5), closesAt: at(60) };

    expect(delayOf({ records: [launching], attempts: [since(2)] }, {}, { window })).toBe(30);
  });

  it('comes after two minutes at most, whatever is waited for', () => {
    expect(delayOf({ records: [started(rollingBack(nowMs - 80_000_000))], attempts: [] })).toBeLessThanOrEqual(120);
    expect(delayOf({ records: [launching], attempts: [since(2_000)] })).toBeLessThanOrEqual(120);
  });
});
