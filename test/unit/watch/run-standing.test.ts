import { phases } from '../../../functions/domain/server-record.ts';
import type { NoticeRecord } from '../../../functions/domain/notice-record.ts';
import { holdMs } from '../../../functions/shared/open-run.ts';
import { attendanceOf, gaugesOf, type Attendance } from '../../../functions/watch/run-standing.ts';
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
