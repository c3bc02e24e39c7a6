/**
 * A job as the simulator keeps it: its whole course is known when it starts, each step with its moment; what a read
 * shows is a function of time (`mgn.md` D).
 */
import type {
  InitiatedBy,
  JobLogEvent,
  JobLogEventData,
  JobStatus,
  JobType,
  LaunchStatus,
  PostLaunchActionExecutionStatus,
  SsmDocument,
  SsmDocumentType,
} from '@aws-sdk/client-mgn';
import type { Newest } from './newest-model.ts';

/** What a job's log tells. The service emits LAUNCH_END although no model lists it (`mgn.md` D.2). */
export type JobEvent = JobLogEvent | 'LAUNCH_END';

/** One line of a job's log. */
export interface JobLogLine {
  readonly atMs: number;
  readonly event: JobEvent;
  readonly eventData: JobLogEventData;
}

/** One step of a participating server's launch status. */
export interface LaunchStatusStep {
  readonly atMs: number;
  readonly launchStatus: LaunchStatus;
  readonly launchedEc2InstanceID: string | undefined;
}

/** The course of one post-launch action; `endMs` is Infinity for one that never ends. */
export interface ActionRun {
  readonly ssmDocument: Newest<SsmDocument>;
  readonly ssmDocumentType: SsmDocumentType;
  readonly executionID: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly result: Exclude<PostLaunchActionExecutionStatus, 'IN_PROGRESS'>;
  readonly failureReason: string | undefined;
}

/** The post-launch actions of one participating server, in the order they run. */
export interface PostLaunchRun {
  /** When the SSM agent was discovered; absent when it never is. */
  readonly agentDiscoveredMs: number | undefined;
  readonly actions: readonly ActionRun[];
}

/** One server's part in a job. `postLaunch` is absent when no action is due. */
export interface ParticipatingServerRecord {
  readonly sourceServerID: string;
  readonly steps: readonly LaunchStatusStep[];
  readonly postLaunch: PostLaunchRun | undefined;
}

/** A job. Moments are epoch milliseconds; `endMs` is Infinity for a job that is stuck. */
export interface JobRecord {
  readonly jobID: string;
  readonly arn: string;
  readonly type: JobType;
  readonly initiatedBy: InitiatedBy;
  readonly creationMs: number;
  readonly startedMs: number;
  readonly endMs: number;
  readonly participatingServers: readonly ParticipatingServerRecord[];
  /** In time order. */
  readonly log: readonly JobLogLine[];
}

/** The job's status at a moment at or after its creation. There is no FAILED (`mgn.md` D.1). */
export const jobStatusAt = (job: JobRecord, atMs: number): JobStatus => {
  if (atMs >= job.endMs) return 'COMPLETED';
  return atMs >= job.startedMs ? 'STARTED' : 'PENDING';
};

/** Whether the job exists and has not ended at a moment: it then counts against the quotas and holds its servers. */
export const isJobActiveAt = (job: JobRecord, atMs: number): boolean => job.creationMs <= atMs && atMs < job.endMs;
