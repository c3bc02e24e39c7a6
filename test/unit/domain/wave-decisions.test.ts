import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { WaveState } from '../../../functions/domain/start-queue.ts';
import { leftOut } from '../../../functions/domain/server-record.ts';
import { adoptStarted, decideWave, roomWaitMs } from '../../../functions/domain/wave-decisions.ts';
import { applicationID, cutoverJobID, nowMs, sourceServerID } from '../../support/domain-builders.ts';
import { aLostAttempt, anAttempt, aQueuedServer, aStartedServer, aWaveState } from './wave-builders.ts';

const reason = { code: 'SOME_REASON', fact: 'something happened', source: 'test' };
const codesOf = ({ reasons }: Pick<ServerRecord, 'reasons'>) => reasons.map(({ code }) => code);
const shop = { applicationID: applicationID(1), applicationName: 'shop' };
const minuteMs = 60_000;
const inMinutes = (minutes: number) => new Date(nowMs + minutes * minuteMs).toISOString();

/** Decides, and checks that deciding again changes nothing. */
const decide = (wave: WaveState) => {
  const records = decideWave(wave);
  expect(decideWave({ ...wave, records })).toEqual(records);
  return records;
};

it('changes nothing of a wave on its way', () => {
  const records = [aStartedServer(1), aQueuedServer(2), aStartedServer(3, { launch: 'PASSED', verdict: 'VERIFIED' })];

  expect(decide(aWaveState({ records, attempts: [anAttempt()] }))).toEqual(records);
});

describe('adoptStarted', () => {
  const attempts = [anAttempt()];
  const adopt = (record: ServerRecord) => adoptStarted({ records: [record], attempts, now: nowMs })[0];
  const started = { batchID: 'batch-001', cutover: { jobID: cutoverJobID, startedAt: nowMs - 600_000 } };

  it.each([
    ['waits', aQueuedServer(1)],
    ['was put back and cut again', aQueuedServer(1, { batchID: 'batch-007' })],
    ['was left out', leftOut(aQueuedServer(1), [reason], nowMs - 1)],
  ])('notes the job of a server that %s, which is then judged like the others', (_what, record) => {
    expect(adopt(record)).toMatchObject({ ...started, phase: 'starting', launch: 'PENDING', reasons: [] });
    expect(adopt(record)?.verdict).toBeUndefined();
  });

  it('notes the job of a server that is being brought back, and goes on bringing it back', () => {
    const rollback = { requestedAt: nowMs - 1, problems: [] };
    const record = aQueuedServer(1, { phase: 'rolling back', rollback, reasons: [reason], verdict: 'NOT_STARTED' });

    expect(adopt(record)).toMatchObject({ ...started, phase: 'rolling back', rollback, reasons: [reason] });
    expect(adopt(record)?.verdict).toBeUndefined();
  });

  it.each([
    ['has a job', aStartedServer(1)],
    ['is not in the job', aQueuedServer(2)],
  ])('leaves a server alone that %s', (_what, record) => {
    expect(adopt(record)).toBe(record);
  });

  it('never takes a terminate job for a cutover', () => {
    const records = [aQueuedServer(1)];
    const terminating = [anAttempt({ kind: 'TERMINATE_TEST_INSTANCES' })];
    expect(adoptStarted({ records, attempts: terminating, now: nowMs })).toEqual(records);
  });
});

describe('at rollbackBy', () => {
  const window = { opensAt: inMinutes(-60), rollbackBy: inMinutes(0), closesAt: inMinutes(60) };
  const decideAt = (records: ServerRecord[], now: number, attempts = [anAttempt()]) =>
    decide(aWaveState({ records, attempts, now }, { window }));

  it('what is started and not verified has failed, and is brought back', () => {
    const records = [
      aStartedServer(1),
      aStartedServer(2, { launch: 'PASSED', phase: 'actions' }),
      aStartedServer(3, { launch: 'PASSED', verdict: 'VERIFIED' }),
    ];
    const [launching, acting, verified] = decideAt(records, nowMs);

    for (const record of [launching, acting]) {
      expect(record).toMatchObject({ phase: 'rolling back', launch: 'FAILED', rollback: { requestedAt: nowMs } });
      expect(record && codesOf(record)).toEqual(['NOT_VERIFIED_IN_TIME']);
    }
    expect(verified).toBe(records[2]);
    const rollback = { requestedAt: nowMs - 1, problems: [] };
    const back = [aStartedServer(1, { phase: 'rolling back', rollback, reasons: [reason] })];
    expect(decideAt(back, nowMs)).toEqual(back);
    expect(decideAt(records, nowMs - 1)).toEqual(records);
  });

  it('what has failed by itself keeps its own reason', () => {
    const [failed] = decideAt([aStartedServer(1, { launch: 'FAILED', phase: 'failed', reasons: [reason] })], nowMs);
    expect(failed).toMatchObject({ phase: 'rolling back', reasons: [reason] });
  });

  it('what waits is not started any more, unless a lost start may have launched it', () => {
    const [waiting] = decideAt([aQueuedServer(1)], nowMs, []);
    const [unknown] = decideAt([aQueuedServer(1)], nowMs, [aLostAttempt()]);

    expect(waiting).toMatchObject({ verdict: 'NOT_STARTED', launch: 'NOT_STARTED', phase: 'not started' });
    expect(waiting && codesOf(waiting)).toEqual(['WINDOW_TOO_SHORT']);
    expect(unknown?.verdict).toBeUndefined();
  });
});

describe('the failure policy', () => {
  const failed = aStartedServer(1, { ...shop, launch: 'FAILED', phase: 'failed', reasons: [reason] });

  it('brings back what failed and what it takes along, each with its reasons', () => {
    const verified = aStartedServer(2, { ...shop, launch: 'PASSED', verdict: 'VERIFIED', nextSteps: ['commit'] });
    const [own, taken] = decide(aWaveState({ records: [failed, verified] }));

    expect(own).toMatchObject({
      phase: 'rolling back',
      reasons: [reason],
      rollback: { requestedAt: nowMs, problems: [] },
    });
    expect(taken).toMatchObject({ phase: 'rolling back', launch: 'PASSED', nextSteps: [] });
    expect(taken?.verdict).toBeUndefined();
    expect(taken && codesOf(taken)).toEqual(['APPLICATION_FAILED']);
  });

  it('leaves out what has not started, but for what a lost start may have launched', () => {
    const records = [failed, aQueuedServer(2, shop), aQueuedServer(3, shop)];
    const lost = aLostAttempt({ batchID: 'batch-002', sourceServerIDs: [sourceServerID(3)] });
    const attempts = [anAttempt(), lost];
    const [, waiting, unknown] = decide(aWaveState({ records, attempts }));

    expect(waiting).toMatchObject({ verdict: 'NOT_STARTED', reasons: [{ code: 'APPLICATION_FAILED' }] });
    expect(unknown).toBe(records[2]);
  });

  it('follows from what is left out because of the window', () => {
    const window = { opensAt: inMinutes(-60), closesAt: inMinutes(20) };
    const records = [aStartedServer(1, shop), aQueuedServer(2, shop)];
    const [started, waiting] = decide(aWaveState({ records, attempts: [anAttempt()] }, { window }));

    expect(waiting).toMatchObject({ verdict: 'NOT_STARTED', reasons: [{ code: 'WINDOW_TOO_SHORT' }] });
    expect(started).toMatchObject({ phase: 'rolling back', reasons: [{ code: 'APPLICATION_FAILED' }] });
  });
});

describe('what waits for room', () => {
  const waiting = aQueuedServer(1, { phaseAt: nowMs - roomWaitMs });
  const plan = { plannedAt: nowMs - roomWaitMs };
  const verdictOf = (fields: Partial<WaveState>) =>
    decide(aWaveState({ records: [waiting], ...fields }, {}, plan)).map(({ verdict, reasons }) => [
      verdict,
      ...reasons.map(({ code }) => code),
    ]);

  it('is given up after a day in which nothing moved', () => {
    expect(verdictOf({})).toEqual([['NOT_STARTED', 'QUOTA_FULL']]);
    expect(verdictOf({ now: nowMs - 1 })).toEqual([[undefined]]);
  });

  it.each([
    ['a job of the run is at work', { attempts: [anAttempt({ attemptedAt: nowMs - 60_000 })] }],
    [
      'a job of the run is at work since long ago',
      { attempts: [anAttempt({ attemptedAt: nowMs - 7_100_000 })], now: nowMs + 1 },
    ],
    ['a job has ended since', { attempts: [anAttempt({ attemptedAt: 0, endedAt: nowMs - 60_000 })] }],
    [
      'another server has moved since',
      { records: [waiting, aStartedServer(2, { phaseAt: nowMs - 60_000, verdict: 'VERIFIED' })] },
    ],
  ])('goes on waiting when %s', (_what, fields) => {
    expect(verdictOf(fields)[0]).toEqual([undefined]);
  });
});
