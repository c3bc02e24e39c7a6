/**
 * What to undo for one source server, and when it counts as undone. Only what this run's own cutover job did is undone:
 * every rule starts from the job ID that MGN itself shows (`mgn.md` C.3).
 */
import { hasEnded, partOf, type Job } from './job.ts';
import type { JobID } from './identifiers.ts';
import type { Reason } from './reason.ts';
import { inPhase, type ServerRecord } from './server-record.ts';
import type { SourceServer } from './source-server.ts';
import { isLaunchedInstanceGone } from './test-instance.ts';

/** What was read about one source server during a rollback. */
export interface RollbackFacts {
  readonly record: ServerRecord;
  /** Undefined when MGN no longer knows the server. */
  readonly server: SourceServer | undefined;
  /** Jobs since the run began. */
  readonly jobs: readonly Job[];
  /** Whether a StartCutover that named it may have launched it all the same, because its answer was lost. */
  readonly isStartOpen?: boolean;
}

/** Whether the source server is to be brought back and nobody knows yet that it is. */
export function isRollingBack(record: Pick<ServerRecord, 'rollback' | 'verdict'>): boolean {
  return record.rollback !== undefined && record.verdict === undefined;
}

/** The record of a source server that is to be brought back from `now` (epoch milliseconds) on, with nothing of an earlier try. */
export function toBringBack(
  record: ServerRecord,
  now: number,
  reasons: readonly Reason[] = record.reasons,
): ServerRecord {
  return {
    ...inPhase(record, 'rolling back', now),
    verdict: undefined,
    reasons: [...reasons],
    nextSteps: [],
    rollback: { requestedAt: now, problems: [] },
  };
}

/** What to do about the lifecycle state of a source server. */
export type RevertStep =
  | { readonly step: 'REVERT' }
  | { readonly step: 'NOTHING' }
  | { readonly step: 'PERSON'; readonly reasons: readonly Reason[] };

/** Decides whether to call ChangeServerLifeCycleState; the call is lawful and ours to make only in one case. */
export function planRevert({ record, server }: RollbackFacts): RevertStep {
  if (server === undefined) return person('SOURCE_SERVER_GONE', 'MGN no longer knows this source server');
  const isOurs = record.cutover !== undefined && server.lastCutover.jobID === record.cutover.jobID;
  switch (server.lifeCycleState) {
    case 'READY_FOR_CUTOVER':
      return { step: 'NOTHING' };
    case 'CUTTING_OVER':
      if (isOurs) return { step: 'REVERT' };
      return person(
        'CUTOVER_OF_ANOTHER',
        `the server is CUTTING_OVER by job ${server.lastCutover.jobID ?? 'unknown'}, which this run did not start`,
      );
    case 'CUTOVER':
      return person('ALREADY_FINALIZED', 'lifeCycle.state is CUTOVER: finalized, and that cannot be undone');
    default:
      return person(
        'UNEXPECTED_LIFECYCLE_STATE',
        `lifeCycle.state is ${server.lifeCycleState}, which this run did not cause`,
      );
  }
}

function person(code: string, fact: string): RevertStep {
  return { step: 'PERSON', reasons: [{ code, fact, source: 'DescribeSourceServers' }] };
}

/**
 * Whether the server's launched instance is one this run's cutover job made, still exists as far as MGN says, and may
 * be terminated now (`TerminateTargetInstances` is refused in CUTTING_OVER).
 */
export function mayTerminateInstance({ record, server, jobs }: RollbackFacts): boolean {
  const instance = server?.launchedInstance;
  if (server === undefined || instance?.jobID === undefined || instance.jobID !== record.cutover?.jobID) return false;
  return server.lifeCycleState === 'READY_FOR_CUTOVER' && !isLaunchedInstanceGone(server, jobs);
}

/**
 * The cutover job of this run, as far as it is not known to have ended: it still runs, or the job list does not show it
 * yet (`mgn.md` H.15). As long as there is one, what the source server shows may be older than the launch.
 */
export function findUnendedCutover({ record, jobs }: Pick<RollbackFacts, 'record' | 'jobs'>): JobID | undefined {
  const jobID = record.cutover?.jobID;
  return jobs.some((job) => job.jobID === jobID && hasEnded(job)) ? undefined : jobID;
}

/** The judgement of a rollback. */
export type RollbackJudgement =
  { readonly rollback: 'DONE' } | { readonly rollback: 'NOT_DONE'; readonly reasons: readonly Reason[] };

/** Judges whether the source server is back where it was: READY_FOR_CUTOVER, and no instance of this run left. */
export function judgeRollback(facts: RollbackFacts): RollbackJudgement {
  const step = planRevert(facts);
  if (step.step === 'PERSON') return { rollback: 'NOT_DONE', reasons: step.reasons };
  if (step.step === 'REVERT') {
    return notDone('NOT_REVERTED', 'lifeCycle.state is still CUTTING_OVER', 'DescribeSourceServers');
  }
  if (facts.isStartOpen === true) {
    return notDone('START_UNSETTLED', 'the answer of StartCutover was lost, and its job is being looked for', 'ledger');
  }
  const unendedJobID = findUnendedCutover(facts);
  if (unendedJobID !== undefined) {
    return notDone('CUTOVER_JOB_NOT_ENDED', `MGN does not show that job ${unendedJobID} has ended`, 'DescribeJobs');
  }
  const instance = facts.server?.launchedInstance;
  if (mayTerminateInstance(facts)) {
    return notDone(
      'INSTANCE_LEFT',
      `cutover instance ${instance?.ec2InstanceID ?? ''} is not known to be terminated`,
      'DescribeSourceServers',
    );
  }
  const strayID = strayInstanceID(facts);
  if (strayID === undefined) return { rollback: 'DONE' };
  return notDone(
    'INSTANCE_UNACCOUNTED',
    `job ${facts.record.cutover?.jobID ?? ''} launched instance ${strayID}, and no terminate job shows that it is gone`,
    'DescribeJobs',
  );
}

function notDone(code: string, fact: string, source: string): RollbackJudgement {
  return { rollback: 'NOT_DONE', reasons: [{ code, fact, source }] };
}

/** An instance our job reported that MGN shows no more, without a terminate job that accounts for it. */
function strayInstanceID({ record, server, jobs }: RollbackFacts): string | undefined {
  const cutoverJob = jobs.find((job) => job.jobID === record.cutover?.jobID);
  const reportedID = cutoverJob && partOf(cutoverJob, record.sourceServerID)?.ec2InstanceID;
  const ec2InstanceID = record.cutover?.ec2InstanceID ?? reportedID;
  if (ec2InstanceID === undefined || server === undefined) return undefined;
  const launched = { ...server, launchedInstance: { ec2InstanceID, jobID: record.cutover?.jobID } };
  return isLaunchedInstanceGone(launched, jobs) ? undefined : ec2InstanceID;
}
