import { phases } from '../../../functions/domain/server-record.ts';
import type { NoticeRecord } from '../../../functions/domain/notice-record.ts';
import type { Gate, RunRecord } from '../../../functions/domain/run-record.ts';
import { holdMs } from '../../../functions/shared/open-run.ts';
import {
  attendanceOf as attendanceWithLooks,
  gaugesOf,
  type Attendance,
} from '../../../functions/watch/run-standing.ts';
import { nowMs } from '../../support/domain-builders.ts';
import { aHeldRun, arnOf, waveArn } from './watch-builders.ts';

const noticeOf = (fields: Partial<NoticeRecord> = {}): NoticeRecord => ({
  executionID: waveArn,
  executionStatus: 'ABORTED',
  endedAt: nowMs - 1_000_000,
  standing: 'LEFT',
  sentAt: nowMs - 990_000,
  ...fields,
});
const lookSeconds = 900;
const attendanceOf = (run: RunRecord, notices: readonly NoticeRecord[], now: number) =>
  attendanceWithLooks(run, notices, now, lookSeconds);
const heldUntil = (at: number) => aHeldRun({ holder: { executionID: waveArn, heldUntil: at } });

describe('attendanceOf', () => {
  it('is AT_WORK while an execution holds the run, whatever people were told before', () => {
    expect(attendanceOf(heldUntil(nowMs + 1), [noticeOf({ sentAt: nowMs })], nowMs)).toBe('AT_WORK');
  });

  it('is STALLED from the moment the hold has run out and nobody was told', () => {
    expect(attendanceOf(heldUntil(nowMs), [], nowMs)).toBe('STALLED');
  });

  it('is TOLD once people know that the execution has ended', () => {
    const lastRenewalAt = nowMs - holdMs;

    expect(attendanceOf(heldUntil(nowMs), [noticeOf({ sentAt: lastRenewalAt })], nowMs)).toBe('TOLD');
  });

  it('is STALLED again when the execution was resumed after people were told, and has lost its way', () => {
    const told = noticeOf({ sentAt: nowMs - holdMs - 1 });

    expect(attendanceOf(heldUntil(nowMs), [told], nowMs)).toBe('STALLED');
  });

  it('is TOLD of a hold that was shortened when people were told', () => {
    expect(attendanceOf(heldUntil(nowMs), [noticeOf({ sentAt: nowMs - 300_000 })], nowMs)).toBe('TOLD');
  });

  it('is STALLED when people were told of another execution than the one that took the run last', () => {
    const told = noticeOf({ executionID: arnOf('wave-cutover', 'other'), sentAt: nowMs });

    expect(attendanceOf(heldUntil(nowMs), [told], nowMs)).toBe('STALLED');
  });

  it('is STALLED when people were told that something was at work still', () => {
    expect(attendanceOf(heldUntil(nowMs), [noticeOf({ standing: 'AT_WORK', sentAt: nowMs })], nowMs)).toBe('STALLED');
  });

  it('gives a run that nobody has taken yet as long as one that is held', () => {
    const run = aHeldRun({ holder: undefined, createdAt: nowMs - holdMs });

    expect(attendanceOf(run, [], nowMs - 1)).toBe('AT_WORK');
    expect(attendanceOf(run, [], nowMs)).toBe('STALLED');
    expect(attendanceOf(run, [noticeOf({ sentAt: nowMs })], nowMs)).toBe('TOLD');
  });
});

describe('attendanceOf a run that waits for a person', () => {
  const dayMs = 86_400_000;
  /** Its execution looked at the gate just now, and gave up its hold there. */
  const waiting = (gate: Partial<Gate> = {}) => ({
    ...heldUntil(nowMs),
    gates: [{ gate: 'COMMIT' as const, openedAt: nowMs, closesAt: nowMs + 7 * dayMs, taskToken: 'token', ...gate }],
  });
  /** The moments around which a run that is looked at every so many seconds is given up. */
  const overdue = (seconds: number) => nowMs + seconds * 1_000 + holdMs;

  it('is AT_WORK until its execution is overdue to look at the gate by itself', () => {
    expect(attendanceOf(waiting(), [], overdue(lookSeconds) - 1)).toBe('AT_WORK');
    expect(attendanceOf(waiting(), [], overdue(lookSeconds))).toBe('STALLED');
  });

  it('is given more time the longer it has waited, and none beyond the end of waiting', () => {
    const forThreeDays = waiting({ openedAt: nowMs - 3 * dayMs });
    const nearlyOver = waiting({ openedAt: nowMs - 3 * dayMs, closesAt: nowMs + 60_000 });

    expect(attendanceOf(forThreeDays, [], overdue(8_640) - 1)).toBe('AT_WORK');
    expect(attendanceOf(forThreeDays, [], overdue(8_640))).toBe('STALLED');
    expect(attendanceOf(nearlyOver, [], overdue(60) - 1)).toBe('AT_WORK');
    expect(attendanceOf(nearlyOver, [], overdue(60))).toBe('STALLED');
  });

  it('is AT_WORK when its start was answered and it has not gone on yet', () => {
    const answer = { approved: true, at: nowMs + 1_000, by: 'ann' };

    expect(attendanceOf(waiting({ gate: 'START', answer }), [], nowMs + 2_000)).toBe('AT_WORK');
  });

  it('is STALLED at the end of a hold that it took after the answer', () => {
    const answer = { approved: true, at: nowMs - 1_000, by: 'ann' };

    expect(attendanceOf(waiting({ gate: 'START', answer }), [], nowMs)).toBe('STALLED');
  });

  it('is STALLED once it has gone on by itself and there is no step any more', () => {
    expect(attendanceOf(waiting({ taskToken: undefined, closedAt: nowMs - 1 }), [], nowMs)).toBe('STALLED');
  });

  it('is AT_WORK when it came to the gate only after people were told, because somebody resumed it', () => {
    const openedAt = nowMs - 1_000;

    expect(attendanceOf(waiting({ openedAt }), [noticeOf({ sentAt: openedAt - 60_000 })], nowMs)).toBe('AT_WORK');
    expect(attendanceOf(waiting({ openedAt }), [noticeOf({ sentAt: nowMs })], nowMs)).toBe('TOLD');
  });

  it('is TOLD once people know that the execution has ended that waited', () => {
    expect(attendanceOf(waiting(), [noticeOf({ sentAt: nowMs + 1 })], nowMs + 2)).toBe('TOLD');
  });
});

describe('gaugesOf', () => {
  const none = {
    OpenRuns: 0,
    StalledRuns: 0,
    ServersWaiting: 0,
    ServersUnderWay: 0,
    ServersVerified: 0,
    ServersRollingBack: 0,
    ServersNeedingAPerson: 0,
  };
  const everyPhase = (attendance: Attendance) => ({ attendance, servers: phases.map((phase) => ({ phase })) });

  it('is zero everywhere without open runs', () => {
    expect(gaugesOf([])).toEqual(none);
  });

  it('counts every server of a run at work in one gauge, and settled ones in none', () => {
    expect(gaugesOf([everyPhase('AT_WORK')])).toEqual({
      ...none,
      OpenRuns: 1,
      ServersWaiting: 2,
      ServersUnderWay: 7,
      ServersVerified: 1,
      ServersRollingBack: 2,
      ServersNeedingAPerson: 1,
    });
  });

  it('hands what was under way in a run that nobody works on to people', () => {
    expect(gaugesOf([everyPhase('TOLD')])).toEqual({
      ...none,
      OpenRuns: 1,
      ServersWaiting: 2,
      ServersVerified: 1,
      ServersNeedingAPerson: 10,
    });
  });

  it('counts stalled runs, and sums up over runs', () => {
    const servers = [{ phase: 'launch' as const }];

    expect(
      gaugesOf([
        { attendance: 'STALLED', servers },
        { attendance: 'AT_WORK', servers },
      ]),
    ).toEqual({ ...none, OpenRuns: 2, StalledRuns: 1, ServersUnderWay: 2 });
  });
});
