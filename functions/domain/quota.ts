/**
 * Is there room in MGN's quotas for one more job? They count everybody's jobs in the region and cannot be raised
 * (`mgn.md` E). How an exceeded one is refused is UNVERIFIED and may look like a conflict, so it is looked at first.
 */
import { QuotaExceededError } from './errors.ts';
import { hasEnded, type Job } from './job.ts';
import { jobServersMax } from './run-input.ts';

/** Most jobs in progress at once (`mgn.md` E). */
export const activeJobsMax = 20;

/**
 * What stands in the way of a job of `serverCount` source servers beside the jobs that have not ended; undefined when
 * there is room.
 */
export function findQuotaLack(jobs: readonly Job[], serverCount: number): string | undefined {
  const active = jobs.filter((job) => !hasEnded(job));
  const activeServers = active.reduce((sum, job) => sum + job.participatingServers.length, 0);
  if (active.length >= activeJobsMax) {
    return `${active.length} jobs are in progress, and MGN allows ${activeJobsMax} at once`;
  }
  if (activeServers + serverCount <= jobServersMax) return undefined;
  return `Jobs in progress hold ${activeServers} source servers, and MGN allows ${jobServersMax}; there is no room for ${serverCount} more`;
}

/**
 * Insists on room for a job of `serverCount` source servers beside the jobs that have not ended.
 *
 * @throws QuotaExceededError naming the quota that is full.
 */
export function requireQuotaRoom(jobs: readonly Job[], serverCount: number): void {
  const lack = findQuotaLack(jobs, serverCount);
  if (lack !== undefined) throw new QuotaExceededError(`${lack}.`);
}
