/** What may have happened to a source server since the wave was assessed, minutes or hours ago, that forbids its start. */
import { hasEnded, partOf, type Job } from './job.ts';
import { foreignInstanceReasons } from './readiness.ts';
import type { Reason } from './reason.ts';
import type { SourceServer } from './source-server.ts';

const remedy = 'Find out who works on it, then cut it over in a run of its own.';

/**
 * Every reason against starting it now, or terminating its test instance; empty when it is as it was.
 *
 * @param server - undefined when MGN no longer lists it.
 */
export function reasonsToLeaveOut(
  server: SourceServer | undefined,
  jobs: readonly Job[],
  isLockedByOther: boolean,
): Reason[] {
  if (isLockedByOther) return [lockLost];
  if (server === undefined) {
    const fact = 'MGN no longer lists this source server';
    return [{ code: 'NOT_FOUND', fact, source: 'DescribeSourceServers', remedy }];
  }
  if (server.lifeCycleState !== 'READY_FOR_CUTOVER') {
    const fact = `lifeCycle.state became ${server.lifeCycleState} before the cutover was started`;
    return [{ code: 'WRONG_LIFECYCLE_STATE', fact, source: 'DescribeSourceServers', remedy }];
  }
  if (replicationEnded.includes(server.dataReplicationState)) {
    const fact = `dataReplicationState became ${server.dataReplicationState ?? ''} before the cutover was started`;
    return [{ code: 'REPLICATION_NOT_CONTINUOUS', fact, source: 'DescribeSourceServers', remedy }];
  }
  const holding = jobs.filter((job) => !hasEnded(job) && partOf(job, server.sourceServerID) !== undefined);
  return [...holding.map(holdReason), ...foreignInstanceReasons(server, jobs)];
}

/** States in which there is nothing to launch from; MGN refuses a whole job for one such server. */
const replicationEnded: readonly (string | undefined)[] = ['STOPPED', 'DISCONNECTED'];

const lockLost: Reason = {
  code: 'LOCKED_BY_OTHER_RUN',
  fact: 'another run has taken this server’s lock meanwhile',
  source: 'ledger',
  remedy: 'See what that run does before you cut this server over again.',
};

function holdReason({ jobID, initiatedBy }: Job): Reason {
  const fact = `job ${jobID} (${initiatedBy ?? 'unknown initiator'}) took this server before the cutover was started`;
  return { code: 'JOB_HOLDS_SERVER', fact, source: 'DescribeJobs', remedy };
}
