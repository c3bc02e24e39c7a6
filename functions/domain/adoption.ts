/**
 * Which of MGN's jobs is the one this attempt started? MGN's starters take no client token, so after a lost answer the
 * job is recognised by the attempt tag we put on it. Nothing weaker is believed: that a server is CUTTING_OVER may be
 * somebody else's doing (`engine.md` section 4, D3).
 */
import type { Job } from './job.ts';
import type { JobID, SourceServerID } from './identifiers.ts';

/** Key of the tag that names the attempt on the job. IAM can insist on it. */
export const attemptTagKey = 'CutoverAttempt';

/** What was known when the call was made, and what the call was. */
export interface Attempt {
  readonly token: string;
  readonly initiatedBy: 'START_CUTOVER' | 'TERMINATE';
  readonly sourceServerIDs: readonly SourceServerID[];
  /** Jobs that existed before the call was made: never ours. */
  readonly knownJobIDs: readonly JobID[];
}

/** Whether DescribeJobs returns the tags a job was started with; unknown until a job shows it. */
export type TagEcho = 'yes' | 'no' | 'unknown';

/**
 * What a job list shows about tags. Whether they come back is UNVERIFIED (`engine.md` section 7.1): any tagged job
 * proves that they do, a job that certainly carries our tag (its ID came in the answer to the call) and shows none
 * proves that they do not.
 */
export function readTagEcho(jobs: readonly Job[], certainlyTaggedJobIDs: readonly JobID[]): TagEcho {
  if (jobs.some((job) => Object.keys(job.tags).length > 0)) return 'yes';
  return jobs.some((job) => certainlyTaggedJobIDs.includes(job.jobID)) ? 'no' : 'unknown';
}

/**
 * The job this attempt started, among jobs read after the call: the one that carries our tag. Only where tags are known
 * not to come back, a job is ours that is new, of the right kind and has exactly our servers; while that is unknown an
 * untagged job may be a person's, and is left alone.
 */
export function findOwnJob(attempt: Attempt, jobs: readonly Job[], echo: TagEcho): Job | undefined {
  const fresh = jobs.filter((job) => !attempt.knownJobIDs.includes(job.jobID));
  // A tag is of this very call, though MGN may have a new word for what the call began.
  const tagged = fresh.find((job) => job.tags[attemptTagKey] === attempt.token && !isOfAnotherKind(job, attempt));
  if (tagged !== undefined || echo !== 'no') return tagged;
  return fresh.find(
    (job) =>
      job.initiatedBy === attempt.initiatedBy &&
      job.tags[attemptTagKey] === undefined &&
      hasExactly(job, attempt.sourceServerIDs),
  );
}

const kinds: ReadonlySet<string | undefined> = new Set(['START_TEST', 'START_CUTOVER', 'DIAGNOSTIC', 'TERMINATE']);

function isOfAnotherKind({ initiatedBy }: Job, attempt: Attempt): boolean {
  return initiatedBy !== attempt.initiatedBy && kinds.has(initiatedBy);
}

function hasExactly(job: Job, sourceServerIDs: readonly SourceServerID[]): boolean {
  const ids = new Set<string>(sourceServerIDs);
  return (
    job.participatingServers.length === ids.size &&
    job.participatingServers.every((part) => ids.has(part.sourceServerID))
  );
}
