/** What the domain knows of MGN jobs and their logs, with times as epoch milliseconds (`mgn.md` D). */
import type { JobID, SourceServerID } from './identifiers.ts';

/** One run of a post-launch action, as a job reports it (`mgn.md` D.1). */
export interface ActionRun {
  readonly actionName?: string | undefined;
  readonly documentName?: string | undefined;
  readonly documentType?: string | undefined;
  readonly mustSucceedForCutover: boolean;
  readonly executionID?: string | undefined;
  /** IN_PROGRESS, SUCCESS or FAILED. */
  readonly executionStatus?: string | undefined;
  readonly failureReason?: string | undefined;
}

/** One source server's part in a job. */
export interface ParticipatingServer {
  readonly sourceServerID: SourceServerID;
  /** PENDING, IN_PROGRESS, LAUNCHED, FAILED or TERMINATED. */
  readonly launchStatus?: string | undefined;
  readonly ec2InstanceID?: string | undefined;
  readonly ssmAgentDiscoveredAt?: number | undefined;
  readonly actionRuns: readonly ActionRun[];
}

/** One StartTest, StartCutover or TerminateTargetInstances call at work. */
export interface Job {
  readonly jobID: JobID;
  readonly initiatedBy?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly endedAt?: number | undefined;
  /** PENDING, STARTED or COMPLETED; there is no failed status, COMPLETED only means ended. */
  readonly status: string;
  readonly participatingServers: readonly ParticipatingServer[];
  readonly tags: Readonly<Record<string, string>>;
}

/** One line of a job's log; `event` is an open string, the service emits more than its enum says (`mgn.md` D.2). */
export interface JobLogItem {
  readonly at?: number | undefined;
  readonly event: string;
  readonly sourceServerID?: SourceServerID | undefined;
  readonly rawError?: string | undefined;
}

/** Whether the job has ended, whatever came of it. */
export function hasEnded(job: Job): boolean {
  return job.status === 'COMPLETED';
}

/** The source server's part in the job, if it has one. */
export function partOf(job: Job, sourceServerID: SourceServerID): ParticipatingServer | undefined {
  return job.participatingServers.find((part) => part.sourceServerID === sourceServerID);
}
