/** What the domain knows of a source server: MGN's record, with times as epoch milliseconds (`mgn.md` B). */
import type { ApplicationID, JobID, SourceServerID } from './identifiers.ts';

/** A launch (test or cutover) as the source server's lifecycle remembers it; a member is unset until it happened. */
export interface LaunchStamp {
  readonly jobID?: JobID | undefined;
  readonly initiatedAt?: number | undefined;
  readonly finalizedAt?: number | undefined;
}

/** The EC2 instance MGN says it launched last for a source server, and the job that made it. */
export interface LaunchedInstance {
  readonly ec2InstanceID: string;
  readonly jobID?: JobID | undefined;
  /** WAITING, SUCCEEDED, UNKNOWN or STOPPED; undefined when MGN says nothing. */
  readonly firstBoot?: string | undefined;
}

/** A tag as a person would write it: `key=value`. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** MGN's record of a machine being migrated. */
export interface SourceServer {
  readonly sourceServerID: SourceServerID;
  /** Unique over accounts and regions: what locks are kept by. */
  readonly arn: string;
  readonly hostname?: string | undefined;
  readonly applicationID?: ApplicationID | undefined;
  readonly isArchived: boolean;
  readonly replicationType?: string | undefined;
  /** STOPPED, NOT_READY, READY_FOR_TEST, TESTING, READY_FOR_CUTOVER, CUTTING_OVER, CUTOVER, DISCONNECTED and others. */
  readonly lifeCycleState: string;
  readonly lastSeenAt?: number | undefined;
  readonly lastTest: LaunchStamp;
  readonly lastCutover: LaunchStamp;
  readonly launchedInstance?: LaunchedInstance | undefined;
  /** CONTINUOUS is the console's "Healthy". */
  readonly dataReplicationState?: string | undefined;
  /** Undefined when MGN gives no lag: such a server cannot be launched. */
  readonly lagMs?: number | undefined;
  /** When the newest snapshot of its replicated disks was taken, epoch milliseconds. */
  readonly lastSnapshotAt?: number | undefined;
  /** Bytes written on it that have not reached the staging area, over all its disks; undefined when MGN lists no disk. */
  readonly backloggedBytes?: number | undefined;
  readonly dataReplicationError?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** How a person recognises the server: its host name where it has one, with the ID. */
export function nameOf(server: { sourceServerID: string; hostname?: string | undefined }): string {
  return server.hostname === undefined ? server.sourceServerID : `${server.hostname} (${server.sourceServerID})`;
}
