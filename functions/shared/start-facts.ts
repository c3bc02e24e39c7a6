/** Reading, right before a call, what source servers that waited for it look like now. */
import type { JobID, SourceServerID } from '../domain/identifiers.ts';
import type { Job } from '../domain/job.ts';
import type { Mgn } from '../domain/ports.ts';
import type { Reason } from '../domain/reason.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { reasonsToLeaveOut } from '../domain/start-check.ts';
import { lockUntil } from './lock-servers.ts';
import { knownJobIDs, withLaunchJobs } from './recent-jobs.ts';
import type { StepDeps } from './step.ts';

/** The source servers of a call about to be made, as they are now. */
export interface StartFacts {
  readonly servers: ReadonlyMap<SourceServerID, SourceServer>;
  readonly jobs: readonly Job[];
  /** Why the call must not be made for it; nothing for those it may be made for. */
  readonly reasons: ReadonlyMap<SourceServerID, readonly Reason[]>;
  readonly knownJobIDs: readonly JobID[];
}

/**
 * Reads the source servers, and takes their locks again in case the run was set aside meanwhile.
 *
 * @param recent - everybody's jobs of recent weeks.
 * @throws TransientServiceError when MGN cannot be read.
 */
export async function readStartFacts(
  deps: StepDeps,
  run: RunRecord,
  mgn: Mgn,
  records: readonly ServerRecord[],
  recent: readonly Job[],
): Promise<StartFacts> {
  const sourceServerIDs = records.map((record) => record.sourceServerID);
  const listed = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  const servers = new Map(listed.map((server) => [server.sourceServerID, server]));
  const jobs = await withLaunchJobs(mgn, recent, listed);
  const now = deps.clock.now();
  const arns = records.map((record) => record.arn);
  const conflicts = await deps.ledger.takeLocks(arns, run.runID, { now, expiresAt: lockUntil(run, now) }, 'free');
  const locked = new Set(conflicts.map(({ arn }) => arn));
  const reasons = records.flatMap(({ sourceServerID, arn }) => {
    const found = reasonsToLeaveOut(servers.get(sourceServerID), jobs, locked.has(arn));
    return found.length === 0 ? [] : [[sourceServerID, found] as const];
  });
  return { servers, jobs, reasons: new Map(reasons), knownJobIDs: knownJobIDs(jobs, listed) };
}
