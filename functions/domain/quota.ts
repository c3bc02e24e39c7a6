/**
 * Is there room in MGN's quotas for one more job? They count everybody's jobs in the region and cannot be raised
 * (`mgn.md` E). How an exceeded one is refused is UNVERIFIED and may look like a conflict, so it is looked at first.
 */
import { hasEnded, type Job } from './job.ts';
import type { Room } from './launch-schedule.ts';
import type { Reservation } from './quota-desk.ts';
import { jobServersMax } from './run-options.ts';

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
 * What is left of the quotas beside the jobs that have not ended, whoever started them, and beside what our runs have
 * reserved for jobs that are not among them yet. Counts are never below zero. MGN may show a new job without its servers;
 * where it is one of ours, its reservation says how many it has.
 */
export function roomBeside(jobs: readonly Job[], reservations: readonly Reservation[]): Room {
  const listed = new Set<string>(jobs.map(({ jobID }) => jobID));
  const reserved = new Map(reservations.map(({ jobID, serverCount }) => [jobID, serverCount]));
  const held = [
    ...jobs
      .filter((job) => !hasEnded(job))
      .map(({ jobID, participatingServers }) => Math.max(participatingServers.length, reserved.get(jobID) ?? 0)),
    ...reservations
      .filter(({ jobID }) => jobID === undefined || !listed.has(jobID))
      .map(({ serverCount }) => serverCount),
  ];
  return {
    jobs: Math.max(0, activeJobsMax - held.length),
    servers: Math.max(0, jobServersMax - held.reduce((sum, serverCount) => sum + serverCount, 0)),
  };
}
