/**
 * Whose turn it is in a rollback, what may be called for whom now, and who is only waited for. Priority groups come back
 * in reverse order, one at a time; inside a group every source server goes as far as the jobs that hold it allow.
 */
import { hasEnded, partOf, type Job } from './job.ts';
import {
  findUnendedCutover,
  isRollingBack,
  mayTerminateInstance,
  planRevert,
  type RollbackFacts,
} from './rollback-plan.ts';
import type { RunOptions } from './run-options.ts';
import type { AttemptRecord } from './run-record.ts';
import type { ServerRecord } from './server-record.ts';

/**
 * How long what was done may take to show, in milliseconds, before a person is asked: reads may be late (`mgn.md` H.15),
 * and what a late read kept from being done is done meanwhile.
 */
export const lateReadMs = 300_000;

/** Code of the problem noted of a source server whose revert failed; it is taken up again when the others are done. */
export const revertFailedCode = 'REVERT_FAILED';

/** What was read about the priority group that is being brought back. */
export interface RollbackGroup {
  readonly priorityGroup: number;
  /** Since when the groups after it are all decided, epoch milliseconds. */
  readonly turnSince: number;
  /** Of its source servers that are not known to be back. */
  readonly facts: readonly RollbackFacts[];
  /** Everybody's jobs of the region since the day before the run began. */
  readonly jobs: readonly Job[];
  /** Of how many source servers a terminate job may be started now, by MGN's quotas. */
  readonly room: number;
  /** The latest attempt to terminate cutover instances of the group. */
  readonly termination: AttemptRecord | undefined;
}

/** The priority group whose turn it is: the last one of which a source server is being brought back. */
export function groupRollingBack(records: readonly ServerRecord[]): number | undefined {
  const groups = records.filter(isRollingBack).map((record) => record.priorityGroup);
  return groups.length === 0 ? undefined : Math.max(...groups);
}

/** Since when it is the group's turn, epoch milliseconds; 0 when none was before it. */
export function turnSince(records: readonly ServerRecord[], priorityGroup: number): number {
  const before = records.filter((record) => record.priorityGroup > priorityGroup && record.rollback !== undefined);
  return Math.max(0, ...before.map((record) => record.phaseAt));
}

/** The job that holds the source server; as long as there is one, MGN refuses whatever a rollback could do. */
export function findHoldingJob({ record, jobs }: RollbackFacts): Job | undefined {
  return jobs.find((job) => !hasEnded(job) && partOf(job, record.sourceServerID) !== undefined);
}

/** Whether jobs keep the source server from being touched: one that holds it, or its own cutover, not known to have ended. */
export function isHeld(facts: RollbackFacts): boolean {
  return facts.isStartOpen === true || findHoldingJob(facts) !== undefined || findUnendedCutover(facts) !== undefined;
}

/** Whether the source server can be reverted right now. */
export function canRevert(facts: RollbackFacts): boolean {
  return planRevert(facts).step === 'REVERT' && !isHeld(facts);
}

/**
 * Whether the source server's cutover instance can be terminated right now. What a terminate job has left over is tried
 * again only once it was looked at (`verifyingSince`), and only for as long as late reads are waited for.
 */
export function canTerminate(facts: RollbackFacts, now: number): boolean {
  const { rollback } = facts.record;
  if (rollback === undefined || !mayTerminateInstance(facts) || isHeld(facts)) return false;
  if (rollback.terminateJobID === undefined) return true;
  return rollback.verifyingSince !== undefined && now < rollback.verifyingSince + lateReadMs;
}

type Deadlines = RunOptions['deadlines'];

/** Whether the time of a terminate job is up, so that nothing waits for it any more. */
export function isTerminationOverdue(
  { calledAt }: AttemptRecord,
  { terminateSeconds }: Deadlines,
  now: number,
): boolean {
  return now >= calledAt + terminateSeconds * 1_000;
}

/** Whether the group's terminate job is at work, as far as is known, and its time is not up. */
function isTerminationUnderWay({ termination, jobs }: RollbackGroup, deadlines: Deadlines, now: number): boolean {
  if (termination?.state !== 'STARTED' || termination.endedAt !== undefined) return false;
  if (isTerminationOverdue(termination, deadlines, now)) return false;
  return !jobs.some((job) => job.jobID === termination.jobID && hasEnded(job));
}

/**
 * Whether room in MGN's quotas may still be waited for: for `runningJobsSeconds` from when the first of these source
 * servers needed it, or from when the group last got some.
 */
export function mayAwaitRoom(
  { turnSince: turn, termination }: RollbackGroup,
  needing: readonly RollbackFacts[],
  { runningJobsSeconds }: Deadlines,
  now: number,
): boolean {
  const needed = needing.map(({ record: { rollback } }) => rollback?.revertedAt ?? rollback?.requestedAt ?? now);
  return now < Math.max(turn, Math.min(now, ...needed), termination?.calledAt ?? 0) + runningJobsSeconds * 1_000;
}

/**
 * Whether a source server that is not back is only waited for: a job has to end first, or its turn for a terminate job
 * has to come. Nothing of that counts as late; but none of it is waited for without end.
 */
export function isWaitedFor(facts: RollbackFacts, group: RollbackGroup, deadlines: Deadlines, now: number): boolean {
  const { rollback } = facts.record;
  if (rollback === undefined) return false;
  const jobID = findHoldingJob(facts)?.jobID;
  if (jobID !== undefined && jobID === rollback.terminateJobID) {
    const { termination } = group;
    return termination?.jobID === jobID && !isTerminationOverdue(termination, deadlines, now);
  }
  if (isHeld(facts))
    return now < Math.max(rollback.requestedAt, group.turnSince) + deadlines.runningJobsSeconds * 1_000;
  if (rollback.terminateJobID !== undefined || !canTerminate(facts, now)) return false;
  if (isTerminationUnderWay(group, deadlines, now)) return true;
  return group.room === 0 && mayAwaitRoom(group, [facts], deadlines, now);
}
