/** What MGN shows of a run that nobody works on any more. Only looks; and where MGN cannot be read, that is the answer. */
import { attemptTagKey } from '../domain/adoption.ts';
import type { JobID, SourceServerID } from '../domain/identifiers.ts';
import { hasEnded, type Job } from '../domain/job.ts';
import type { Mgn } from '../domain/ports.ts';
import type { AttemptRecord, RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { clockSlackMs } from '../shared/attempt-job.ts';
import { shortened } from './ended-execution.ts';

/** One source server as MGN shows it. */
export interface ObservedServer {
  readonly sourceServerID: SourceServerID;
  readonly lifeCycleState: string;
  readonly dataReplicationState?: string | undefined;
  readonly lastCutoverJobID?: JobID | undefined;
  readonly launchedInstance?: SourceServer['launchedInstance'];
}

/** A job since the run began that holds or held one of its servers. */
export interface ObservedJob {
  readonly jobID: JobID;
  readonly initiatedBy?: string | undefined;
  readonly status: string;
  readonly hasEnded: boolean;
  /** Whether this run started it, by the ledger or by the attempt's tag. */
  readonly isOfThisRun: boolean;
  /** The run's servers in it. */
  readonly servers: readonly {
    readonly sourceServerID: SourceServerID;
    readonly launchStatus?: string | undefined;
    readonly ec2InstanceID?: string | undefined;
  }[];
}

/** What MGN showed, or why it could not be read. */
export type Observation =
  | { readonly servers: readonly ObservedServer[]; readonly jobs: readonly ObservedJob[] }
  | { readonly unreadable: string };

/** Looks at the source servers that the run planned to touch, and at the jobs that hold or held them since it began. */
export async function observeRun(
  mgn: Mgn,
  run: RunRecord,
  records: readonly ServerRecord[],
  attempts: readonly AttemptRecord[],
): Promise<Observation> {
  const planned = records.filter((record) => record.batchID !== undefined).map((record) => record.sourceServerID);
  const sourceServerIDs = [...new Set([...planned, ...attempts.flatMap((attempt) => attempt.sourceServerIDs)])];
  if (sourceServerIDs.length === 0) return { servers: [], jobs: [] };
  try {
    const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
    const jobs = await mgn.describeJobsSince(run.createdAt - clockSlackMs);
    return { servers: servers.map(toObserved), jobs: jobsOf(jobs, sourceServerIDs, attempts) };
  } catch (error) {
    return { unreadable: shortened(error instanceof Error ? error.message : String(error)) };
  }
}

function toObserved(server: SourceServer): ObservedServer {
  return {
    sourceServerID: server.sourceServerID,
    lifeCycleState: server.lifeCycleState,
    dataReplicationState: server.dataReplicationState,
    lastCutoverJobID: server.lastCutover.jobID,
    launchedInstance: server.launchedInstance,
  };
}

function jobsOf(
  jobs: readonly Job[],
  sourceServerIDs: readonly SourceServerID[],
  attempts: readonly AttemptRecord[],
): ObservedJob[] {
  const own = new Set<string>(sourceServerIDs);
  const observed = jobs.map((job) => ({
    jobID: job.jobID,
    initiatedBy: job.initiatedBy,
    status: job.status,
    hasEnded: hasEnded(job),
    isOfThisRun: attempts.some((attempt) => attempt.jobID === job.jobID || job.tags[attemptTagKey] === attempt.token),
    servers: job.participatingServers
      .filter(({ sourceServerID }) => own.has(sourceServerID))
      .map(({ sourceServerID, launchStatus, ec2InstanceID }) => ({ sourceServerID, launchStatus, ec2InstanceID })),
  }));
  return observed.filter((job) => job.servers.length > 0);
}
