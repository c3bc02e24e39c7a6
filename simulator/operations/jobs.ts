/** Describing and deleting jobs (`mgn.md` A.2, D). */
import type { Job } from '@aws-sdk/client-mgn';

import type { Operation } from '../operation.ts';
import type { DeleteJobInput, DescribeJobLogItemsInput, DescribeJobsInput } from '../wire/inputs.ts';
import { listing } from '../wire/paging.ts';
import type { Listing } from '../wire/paging.ts';
import { jobStatusAt } from '../world/job-record.ts';
import type { Newest } from '../world/newest-model.ts';
import { renderJob, renderJobLogLine } from '../world/render-job.ts';
import type { OpenJobLog } from '../world/render-job.ts';
import { accountOf } from '../world/world.ts';
import { conflict, find, notFound } from './find-record.ts';

/** DescribeJobs: newest first; an unknown id in the filter finds nothing. */
export const describeJobs: Operation<DescribeJobsInput, Listing<Newest<Job>>> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const atMs = call.now - call.staleMs;
  const { jobIDs, fromDate, toDate } = input.filters ?? {};
  const fromMs = fromDate === undefined ? -Infinity : Date.parse(fromDate);
  const toMs = toDate === undefined ? Infinity : Date.parse(toDate);
  const candidates =
    jobIDs === undefined || jobIDs.length === 0
      ? [...account.jobs.values()]
      : [...new Set(jobIDs)].flatMap((jobID) => account.jobs.get(jobID) ?? []);
  const found = candidates
    .filter(({ creationMs }) => creationMs <= atMs && creationMs >= fromMs && creationMs <= toMs)
    .reverse()
    .sort((a, b) => b.creationMs - a.creationMs);
  return listing(found, (job) => renderJob(world, account, job, atMs));
};

/** DescribeJobLogItems: the lines so far, oldest first. */
export const describeJobLogItems: Operation<DescribeJobLogItemsInput, Listing<OpenJobLog>> = (world, input, call) => {
  const atMs = call.now - call.staleMs;
  const job = accountOf(world, call.accountID).jobs.get(input.jobID);
  if (job === undefined && world.switches.unknownJob === 'ResourceNotFoundException')
    throw notFound('Job', input.jobID);
  const lines = (job?.log ?? []).filter((line) => line.atMs <= atMs);
  return listing(lines, (line) => renderJobLogLine(world, line));
};

/** DeleteJob: removes a job that has ended, its log with it. */
export const deleteJob: Operation<DeleteJobInput, undefined> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const job = find(account.jobs, 'Job', input.jobID);
  if (jobStatusAt(job, call.now) !== 'COMPLETED') {
    throw conflict('Job', job.jobID, 'A job in progress cannot be deleted.');
  }
  account.jobs.delete(job.jobID);
  account.tags.delete(job.arn);
  return undefined;
};
