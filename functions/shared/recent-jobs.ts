/** Which jobs still matter: MGN lists all of ten years, a running one is days old at most. */
import type { JobID } from '../domain/identifiers.ts';
import type { Job } from '../domain/job.ts';
import type { Mgn } from '../domain/ports.ts';
import type { SourceServer } from '../domain/source-server.ts';

const recentMs = 30 * 86_400_000;

/** From when on jobs are listed to find out what holds or launched a source server, epoch milliseconds. */
export function recentJobsFrom(now: number): number {
  return now - recentMs;
}

/**
 * Recent jobs, and older ones that made an instance which is still shown: whose instance it is decides.
 *
 * @throws TransientServiceError when MGN cannot be read.
 */
export async function jobsThatMatter(mgn: Mgn, servers: readonly SourceServer[], now: number): Promise<Job[]> {
  return withLaunchJobs(mgn, await mgn.describeJobsSince(recentJobsFrom(now)), servers);
}

/**
 * The recent jobs, and older ones that made an instance which is still shown.
 *
 * @throws TransientServiceError when MGN cannot be read.
 */
export async function withLaunchJobs(
  mgn: Mgn,
  recent: readonly Job[],
  servers: readonly SourceServer[],
): Promise<Job[]> {
  const known = new Set(recent.map((job) => job.jobID));
  const older = new Set(
    servers.flatMap((server) => server.launchedInstance?.jobID ?? []).filter((jobID) => !known.has(jobID)),
  );
  return older.size === 0 ? [...recent] : [...recent, ...(await mgn.describeJobs([...older]))];
}

/** Every job that is known of these source servers: those that list them and those they point to. */
export function knownJobIDs(jobs: readonly Job[], servers: readonly SourceServer[]): JobID[] {
  const ids = new Set(servers.map((server) => server.sourceServerID));
  const listed = jobs.filter((job) => job.participatingServers.some((part) => ids.has(part.sourceServerID)));
  const pointedTo = servers.flatMap((server) => [
    server.lastTest.jobID,
    server.lastCutover.jobID,
    server.launchedInstance?.jobID,
  ]);
  const all = [...listed.map((job) => job.jobID), ...pointedTo];
  return [...new Set(all.flatMap((jobID) => jobID ?? []))];
}
