/** Believes or disbelieves each launch of the run: launch status, job log and first boot have to agree. */
import type { JobID } from '../domain/identifiers.ts';
import { isStillLaunching, judgeLaunch } from '../domain/job-outcome.ts';
import type { Job, JobLogItem } from '../domain/job.ts';
import type { Mgn } from '../domain/ports.ts';
import type { Reason } from '../domain/reason.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { observeLaunch } from '../shared/observe-launch.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

/** A launch to be judged now, and its job as far as MGN shows it. */
interface Launch {
  readonly record: ServerRecord;
  readonly startedAt: number;
  readonly job: Job | undefined;
}

/**
 * Judges every launch that is not judged yet and can be. `decided` counts those that are not believed, from which something
 * may follow at once; those that are believed have their actions ahead.
 *
 * @throws TransientServiceError when MGN cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const before = await deps.ledger.readServers(run.runID);
  const jobIDs = new Set(before.filter(isUnjudged).flatMap(({ cutover }) => cutover?.jobID ?? []));
  if (jobIDs.size === 0) return { decided: 0 };
  const jobs = new Map((await mgn.describeJobs([...jobIDs])).map((job) => [job.jobID, job]));
  const now = deps.clock.now();
  const launches = before.filter(isUnjudged).flatMap((record) => launchOf(run, record, jobs, now));
  const facts = { logs: await readLogs(mgn, launches), servers: await readServers(mgn, launches), now };
  const judged = new Map(launches.map((launch) => [launch.record.sourceServerID, judge(run, launch, facts)]));
  const after = before.map((record) => judged.get(record.sourceServerID) ?? record);
  await saveChanged(deps, event, before, after);
  return { decided: [...judged.values()].filter(({ launch }) => launch === 'FAILED').length };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** What is being brought back is not judged any more. */
const isUnjudged = (record: ServerRecord) =>
  record.cutover !== undefined && record.launch === 'PENDING' && record.rollback === undefined;

const launchDeadline = (run: RunRecord, startedAt: number) =>
  startedAt + run.input.options.deadlines.launchSeconds * 1_000;
const firstBootMs = (run: RunRecord) => run.input.options.deadlines.firstBootSeconds * 1_000;

/** The launch as observed now, unless its job is still at it. */
function launchOf(run: RunRecord, record: ServerRecord, jobs: ReadonlyMap<JobID, Job>, now: number): Launch[] {
  if (record.cutover === undefined) return [];
  const { jobID, startedAt } = record.cutover;
  const job = jobs.get(jobID);
  if (job === undefined) return [{ record, startedAt, job }];
  if (isStillLaunching(job, record, launchDeadline(run, startedAt), now)) return [];
  return [{ record: observeLaunch(record, job, now), startedAt, job }];
}

/** One job after the other: several may have ended at once, and request rates are not published. */
async function readLogs(mgn: Mgn, launches: readonly Launch[]): Promise<Map<JobID, readonly JobLogItem[]>> {
  const jobIDs = new Set(launches.flatMap(({ job }) => job?.jobID ?? []));
  const logs = new Map<JobID, readonly JobLogItem[]>();
  for (const jobID of jobIDs) logs.set(jobID, await mgn.describeJobLog(jobID));
  return logs;
}

async function readServers(mgn: Mgn, launches: readonly Launch[]): Promise<Map<string, SourceServer>> {
  if (launches.length === 0) return new Map();
  const sourceServerIDs = launches.map(({ record }) => record.sourceServerID);
  const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  return new Map(servers.map((server) => [server.sourceServerID, server]));
}

interface Facts {
  readonly logs: ReadonlyMap<JobID, readonly JobLogItem[]>;
  readonly servers: ReadonlyMap<string, SourceServer>;
  readonly now: number;
}

function judge(run: RunRecord, { record, startedAt, job }: Launch, { logs, servers, now }: Facts): ServerRecord {
  const launchedAt = record.cutover?.launchedAt;
  const unseenUntil = (launchedAt ?? startedAt) + firstBootMs(run);
  const server = servers.get(record.sourceServerID);
  if (job === undefined)
    return judgeUnseen(record, jobGone, Math.max(unseenUntil, launchDeadline(run, startedAt)), now);
  if (server === undefined) return judgeUnseen(record, serverGone, unseenUntil, now);
  const judgement = judgeLaunch({
    server,
    job,
    log: logs.get(job.jobID) ?? [],
    launchedAt,
    launchDeadlineAt: launchDeadline(run, startedAt),
    firstBootMs: firstBootMs(run),
    now,
  });
  const known = { ...record, lifeCycleState: server.lifeCycleState };
  switch (judgement.launch) {
    case 'PENDING':
      return judgement.waitingFor === 'job' ? known : inPhase(known, 'first boot', now);
    case 'PASSED': {
      const cutover = { jobID: job.jobID, startedAt, ...record.cutover, ec2InstanceID: judgement.ec2InstanceID };
      return { ...inPhase(known, 'actions', now), launch: 'PASSED', cutover: { ...cutover, bootedAt: now } };
    }
    case 'FAILED':
      return { ...inPhase(known, 'failed', now), launch: 'FAILED', reasons: [...judgement.reasons] };
  }
}

const jobGone: Reason = {
  code: 'JOB_NOT_SHOWN',
  fact: 'MGN does not show the job that launches this source server',
  source: 'DescribeJobs',
};

const serverGone: Reason = {
  code: 'SOURCE_SERVER_GONE',
  fact: 'MGN no longer lists this source server',
  source: 'DescribeSourceServers',
};

/** What MGN does not list may be a late read; what stays away cannot be verified. */
function judgeUnseen(record: ServerRecord, reason: Reason, until: number, now: number): ServerRecord {
  if (now < until) return record;
  return { ...inPhase(record, 'failed', now), launch: 'FAILED', reasons: [reason] };
}
