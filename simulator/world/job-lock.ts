/** Which jobs are in progress, what they hold and what room they leave (`mgn.md` C.1, E). */
import { isJobActiveAt } from './job-record.ts';
import type { JobRecord } from './job-record.ts';
import type { SourceServerRecord } from './source-server-record.ts';
import type { Account } from './world.ts';

/** The job that holds a server at a moment: any job of it that has not ended, terminate jobs too. */
export const jobHolding = (account: Account, server: SourceServerRecord, atMs: number): JobRecord | undefined => {
  const job = server.newestJobID === undefined ? undefined : account.jobs.get(server.newestJobID);
  return job !== undefined && isJobActiveAt(job, atMs) ? job : undefined;
};

/** Jobs in progress at a moment, and the source servers in all of them together. */
export const jobsInProgress = (account: Account, atMs: number): { jobs: number; sourceServers: number } => {
  const active = [...account.jobs.values()].filter((job) => isJobActiveAt(job, atMs));
  return {
    jobs: active.length,
    sourceServers: active.reduce((total, job) => total + job.participatingServers.length, 0),
  };
};
