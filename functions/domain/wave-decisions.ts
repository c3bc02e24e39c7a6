/**
 * What follows for the source servers of a run from all that is known of them: failed where they are not verified in time,
 * brought back or left out where the failure policy says so, not started where they cannot be any more. It decides, and
 * calls nothing; deciding again gives nothing new.
 */
import { applyFailurePolicy } from './failure-policy.ts';
import { withReasons, type Reason } from './reason.ts';
import { toBringBack } from './rollback-plan.ts';
import type { AttemptRecord } from './run-record.ts';
import { inPhase, leftOut, type ServerRecord } from './server-record.ts';
import {
  isJobAtWork,
  isQueued,
  isStartLost,
  judgeStartTimes,
  lastMovedAt,
  serversThatOnlyLackRoom,
  type WaveState,
} from './start-queue.ts';
import { readWindow, showTime } from './window.ts';

/** How long source servers wait for room in MGN's quotas while nothing of their run is under way, in milliseconds. */
export const roomWaitMs = 24 * 3_600_000;

/** The records as they are to be. */
export function decideWave(wave: WaveState): ServerRecord[] {
  const known = { ...wave, records: adoptStarted(wave) };
  const judged = { ...known, records: failLate(known) };
  const timely = { ...judged, records: leaveOutLate(judged) };
  return followPolicy(timely);
}

/**
 * The records, those that a known job of this run has started with that job: an invocation may have ended between the
 * call and the note of it, and a server that was left out meanwhile is judged like the others.
 */
export function adoptStarted({
  records,
  attempts,
  now,
}: Pick<WaveState, 'records' | 'attempts' | 'now'>): ServerRecord[] {
  const started = new Map(attempts.flatMap(startsOf));
  return records.map((record) => {
    const start = started.get(record.sourceServerID);
    if (record.cutover !== undefined || start === undefined) return record;
    const adopted = { ...record, ...start, launch: 'PENDING' as const, verdict: undefined };
    return record.rollback === undefined
      ? { ...inPhase(adopted, 'starting', now), reasons: [] }
      : inPhase(adopted, 'rolling back', now);
  });
}

function startsOf({ kind, jobID, batchID, attemptedAt: startedAt, sourceServerIDs }: AttemptRecord) {
  if (kind !== 'START_CUTOVER' || jobID === undefined) return [];
  return sourceServerIDs.map((id) => [id, { batchID, cutover: { jobID, startedAt } }] as const);
}

/** What is started and not verified when the time for it is up counts as failed. */
function failLate({ run, records, now }: WaveState): ServerRecord[] {
  const window = run.input.window && readWindow(run.input.window);
  const { rollbackBy, zone = 'UTC' } = window ?? {};
  if (rollbackBy === undefined || now < rollbackBy) return [...records];
  const reason: Reason = {
    code: 'NOT_VERIFIED_IN_TIME',
    fact: `it was not verified by ${showTime(rollbackBy, zone)} (rollbackBy)`,
    source: 'window',
    remedy: 'Find out what took so long, then cut it over in a later window.',
  };
  return records.map((record) => {
    if (record.cutover === undefined || record.verdict !== undefined || record.rollback !== undefined) return record;
    if (record.launch === 'FAILED') return record;
    return { ...inPhase(record, 'failed', now), launch: 'FAILED', reasons: withReasons(record.reasons, [reason]) };
  });
}

/** A start whose answer is lost may have launched, so nothing is decided about its servers before that is known. */
function leaveOutLate(wave: WaveState): ServerRecord[] {
  const { records, attempts, now } = wave;
  const whyTooLate = judgeStartTimes(wave);
  const waitedTooLong = waitedTooLongForRoom(wave);
  return records.map((record) => {
    if (!isQueued(record) || isStartLost(record, attempts)) return record;
    const reason = whyTooLate(record) ?? (waitedTooLong.has(record.sourceServerID) ? noRoom : undefined);
    return reason === undefined ? record : leftOut(record, [reason], now);
  });
}

const noRoom: Reason = {
  code: 'QUOTA_FULL',
  fact: 'for a day other jobs used up MGN’s quotas for jobs or their source servers, and nothing of this run was under way',
  source: 'DescribeJobs',
  remedy: 'See whose jobs these are, then cut it over in a new run.',
};

/** Those that could have been started for so long, and only lacked room; while anything else moves they may still get it. */
function waitedTooLongForRoom(wave: WaveState): Set<string> {
  const { run, attempts, now } = wave;
  const isAnyAtWork = attempts.some((attempt) => isJobAtWork(run, attempt, now));
  if (isAnyAtWork || now < lastMovedAt(wave) + roomWaitMs) return new Set();
  return new Set(serversThatOnlyLackRoom(wave).map(({ sourceServerID }) => sourceServerID));
}

function followPolicy({ run, records, attempts, now }: WaveState): ServerRecord[] {
  const { rollBack, leaveOut } = applyFailurePolicy(records, run.input.options.failurePolicy);
  return records.map((record) => {
    const reasonToLeaveOut = leaveOut.get(record.sourceServerID);
    if (reasonToLeaveOut !== undefined)
      return isStartLost(record, attempts) ? record : leftOut(record, [reasonToLeaveOut], now);
    const reason = rollBack.get(record.sourceServerID);
    return reason === undefined ? record : toBringBack(record, now, withReasons(record.reasons, [reason]));
  });
}
