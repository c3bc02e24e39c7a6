import { secondsBeforeLaunch } from '../../../functions/domain/expected-times.ts';
import {
  isJobAtWork,
  isStartLost,
  judgeStartTimes,
  lastMovedAt,
  startQueue,
  testInstancesInTurn,
  type WaveState,
} from '../../../functions/domain/start-queue.ts';
import { cutoverJobID, nowMs } from '../../support/domain-builders.ts';
import {
  aLostAttempt,
  anAttempt,
  aQueuedServer,
  aStartedServer,
  aTestInstance,
  aWaveState,
  terminateJobID,
} from './wave-builders.ts';

const namesOf = (records: readonly { hostname?: string | undefined }[]) => records.map(({ hostname }) => hostname);
const minuteMs = 60_000;
const inMinutes = (minutes: number) => new Date(nowMs + minutes * minuteMs).toISOString();

describe('startQueue', () => {
  it.each([
    ['what is ready', aQueuedServer(1), ['web-1']],
    ['not what is started', aStartedServer(1), []],
    ['not what has a verdict', aQueuedServer(1, { verdict: 'NOT_STARTED' }), []],
    ['not what is brought back', aQueuedServer(1, { rollback: { requestedAt: 0, problems: [] } }), []],
    ['not what has its test instance still', aQueuedServer(1, { testInstance: aTestInstance }), []],
  ])('has %s', (_what, record, expected) => {
    expect(namesOf(startQueue(aWaveState({ records: [record] })))).toEqual(expected);
  });

  it('has the servers of the first priority group that is not through', () => {
    const records = [
      aQueuedServer(1, { priorityGroup: 2 }),
      aQueuedServer(2),
      aStartedServer(3, { priorityGroup: 1, verdict: 'VERIFIED' }),
    ];

    expect(namesOf(startQueue(aWaveState({ records })))).toEqual(['web-1']);
  });

  it('has nothing while a test instance of the group is left or being terminated, others of the group included', () => {
    const terminating = anAttempt({ kind: 'TERMINATE_TEST_INSTANCES', batchID: 'group-5', jobID: terminateJobID });
    const tested = aQueuedServer(1, { testInstance: { ...aTestInstance, terminateJobID } });
    const queueWith = (fields: object) =>
      namesOf(
        startQueue(aWaveState({ records: [tested, aQueuedServer(2)], attempts: [{ ...terminating, ...fields }] })),
      );

    expect(queueWith({})).toEqual([]);
    const attempts = [anAttempt({ batchID: 'batch-009' }), terminating];
    expect(startQueue(aWaveState({ records: [tested], attempts }))).toEqual([]);
    const elsewhere = [anAttempt({ batchID: 'batch-009' }), { ...terminating, endedAt: nowMs - 1 }];
    expect(namesOf(startQueue(aWaveState({ records: [tested], attempts: elsewhere })))).toEqual(['web-1']);
    expect(queueWith({ endedAt: nowMs - 1 })).toEqual(['web-1', 'web-2']);
    expect(queueWith({ calledAt: nowMs - 3_600_000 })).toEqual(['web-1', 'web-2']);
  });

  it('leaves test instances alone where the input says so', () => {
    const records = [aQueuedServer(1, { testInstance: aTestInstance })];
    const wave = aWaveState({ records }, { options: { terminateTestInstances: false } });

    expect(namesOf(startQueue(wave))).toEqual(['web-1']);
    expect(testInstancesInTurn(wave)).toEqual([]);
  });

  it('does not have what a start whose answer was lost may have launched', () => {
    const records = [aQueuedServer(1), aQueuedServer(2)];
    const wave = aWaveState({ records, attempts: [aLostAttempt()] });

    expect(namesOf(startQueue(wave))).toEqual(['web-2']);
    expect(records.map((record) => isStartLost(record, wave.attempts))).toEqual([true, false]);
    expect(isStartLost(aStartedServer(1), wave.attempts)).toBe(false);
    const others = [anAttempt(), aLostAttempt({ kind: 'TERMINATE_TEST_INSTANCES' })];
    expect(others.map((attempt) => isStartLost(aQueuedServer(1), [attempt]))).toEqual([false, false]);
  });
});

describe('what is not started', () => {
  it('is what there is no more time for', () => {
    const window = { opensAt: inMinutes(-60), closesAt: inMinutes(30) };
    const records = [
      aQueuedServer(1, { expectedLaunchSeconds: 600 }),
      aQueuedServer(2, { expectedLaunchSeconds: 7_200 }),
    ];
    const expected = { launchSeconds: 600, actionsSeconds: 300, rollbackSeconds: 900, basis: {}, totalSeconds: 1_800 };
    const wave = aWaveState(
      { records },
      { window, options: { expected: { actionsSeconds: 300, rollbackSeconds: 900 } } },
    );
    const plan = { plannedAt: nowMs, decision: 'PROCEED' as const, reasons: [], expected };

    expect(namesOf(startQueue({ ...wave, run: { ...wave.run, plan: plan } }))).toEqual(['web-1']);
  });

  it('is what a hook still has to stop', () => {
    const hooks = [{ name: 'stop', when: 'beforeStart', automation: 'Document' }];
    const wave = aWaveState({ records: [aQueuedServer(1)] }, { options: { hooks } });

    expect(startQueue(wave)).toEqual([]);
  });
});

describe('testInstancesInTurn', () => {
  it('has those of the group whose turn it is that no job was started for', () => {
    const left = { testInstance: aTestInstance };
    const records = [
      aQueuedServer(1, left),
      aQueuedServer(2, { testInstance: { ...aTestInstance, terminateJobID } }),
      aQueuedServer(3),
      aStartedServer(4, left),
      aQueuedServer(5, { ...left, verdict: 'NOT_STARTED' }),
    ];

    expect(namesOf(testInstancesInTurn(aWaveState({ records })))).toEqual(['web-1']);
    const earlier = aStartedServer(6, { priorityGroup: 1 });
    expect(testInstancesInTurn(aWaveState({ records: [...records, earlier] }))).toEqual([]);
  });
});

describe('isJobAtWork', () => {
  const { run } = aWaveState();

  it.each([
    ['is', anAttempt(), true],
    ['has ended', anAttempt({ endedAt: nowMs }), false],
    ['has had its time', anAttempt({ attemptedAt: nowMs - 7_200_000 }), false],
    ['is not known', aLostAttempt(), false],
    ['was called late, with its first call', anAttempt({ attemptedAt: nowMs - 7_199_999, calledAt: nowMs }), true],
    ['terminates for an hour', anAttempt({ kind: 'TERMINATE_TEST_INSTANCES', calledAt: nowMs - 3_600_000 }), false],
  ])('a job that %s', (_what, attempt, expected) => {
    expect(isJobAtWork(run, attempt, nowMs)).toBe(expected);
    expect(attempt.jobID ?? cutoverJobID).toBe(cutoverJobID);
  });
});

describe('judgeStartTimes', () => {
  const expected = { launchSeconds: 3_600, actionsSeconds: 300, rollbackSeconds: 900 };
  const judge = (window: object | undefined, launchSeconds: number | undefined, plan: object = {}) => {
    const input = window === undefined ? {} : { window: { opensAt: inMinutes(-60), ...window } };
    const wave = aWaveState({}, { ...input, options: { terminateTestInstances: false } }, { expected, ...plan });
    return judgeStartTimes(wave)(aQueuedServer(1, { expectedLaunchSeconds: launchSeconds }));
  };

  it.each([
    ['there is no window', undefined, 600],
    ['launch, actions and rollback just fit', { closesAt: inMinutes(30) }, 600],
    ['nothing is known of the launch and half an hour fits', { closesAt: inMinutes(50) }, undefined],
    ['launch and actions fit before rollbackBy', { closesAt: inMinutes(60), rollbackBy: inMinutes(15) }, 600],
  ])('has nothing against a start when %s', (_what, window, launchSeconds) => {
    expect(judge(window, launchSeconds)).toBeUndefined();
  });

  it.each([
    ['a second is lacking', { closesAt: inMinutes(30) }, 601, /11 \+ 5 \+ 15 min, and the window closes at .* UTC$/],
    ['nothing is known of the launch and half an hour does not fit', { closesAt: inMinutes(49) }, undefined, /30 \+ 5/],
    ['rollbackBy has come', { closesAt: inMinutes(90), rollbackBy: inMinutes(0) }, 600, /rolled back$/],
    [
      'it could not be verified by rollbackBy',
      { closesAt: inMinutes(90), rollbackBy: inMinutes(14) },
      600,
      /10 \+ 5 min/,
    ],
  ])('is against one when %s', (_what, window, launchSeconds, fact) => {
    expect(judge(window, launchSeconds)).toMatchObject({
      code: 'WINDOW_TOO_SHORT',
      fact: expect.stringMatching(fact),
      source: 'window',
    });
  });

  it('lets a wave start up to its last safe start, whatever single servers take', () => {
    const window = { closesAt: inMinutes(30) };
    const lastSafeStartAt = nowMs - secondsBeforeLaunch(false) * 1_000;

    expect(judge(window, 700, { lastSafeStartAt })).toBeUndefined();
    expect(judge(window, 700, { lastSafeStartAt: lastSafeStartAt - 1 })).toMatchObject({ code: 'WINDOW_TOO_SHORT' });
    const rolledBackNow = { closesAt: inMinutes(90), rollbackBy: inMinutes(0) };
    expect(judge(rolledBackNow, 600, { lastSafeStartAt: nowMs })).toMatchObject({ code: 'WINDOW_TOO_SHORT' });
  });
});

describe('lastMovedAt', () => {
  const moved = (fields: Partial<WaveState>) =>
    nowMs - lastMovedAt(aWaveState(fields, {}, { plannedAt: nowMs - 9_000 }));
  const hook = { name: 'stop', scope: 'wave', when: 'beforeStart', priorityGroup: 5, tries: 1, triesMax: 1 } as const;

  it.each<[string, Partial<WaveState>, number]>([
    ['the plan', {}, 9_000],
    ['a source server', { records: [aQueuedServer(1, { phaseAt: nowMs - 8_000 })] }, 8_000],
    ['the start of a job', { attempts: [anAttempt({ attemptedAt: nowMs - 7_000 })] }, 7_000],
    ['the end of a job', { attempts: [anAttempt({ attemptedAt: nowMs - 7_000, endedAt: nowMs - 6_000 })] }, 6_000],
    ['the start of a hook', { hooks: [{ ...hook, state: 'RUNNING', startedAt: nowMs - 5_000 }] }, 5_000],
    [
      'the end of a hook',
      { hooks: [{ ...hook, state: 'FAILED', startedAt: nowMs - 5_000, endedAt: nowMs - 4_000 }] },
      4_000,
    ],
  ])('is the time of %s', (_what, fields, ago) => {
    expect(moved(fields)).toBe(ago);
  });
});
