/** Believes or disbelieves each launch of the batch: launch status, job log and first boot have to agree. */
import { judgeLaunch } from '../domain/job-outcome.ts';
import type { Job, JobLogItem } from '../domain/job.ts';
import { nextPollSeconds } from '../domain/poll-schedule.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { OutcomeUnknownError } from '../domain/errors.ts';
import { readBatch, saveChanged } from '../shared/batch.ts';
import { BatchEventSchema } from '../shared/events.ts';
import { observeLaunch } from '../shared/observe-launch.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';
import { launchDeadline } from './start-cutover.ts';

/**
 * Judges every launch that is not judged yet. PENDING asks to come again after `delaySeconds`.
 *
 * @throws TransientServiceError when MGN cannot be read; OutcomeUnknownError while it does not show the job;
 *   RunHeldError when another execution works on the run.
 */
export const createHandler = step(BatchEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const before = await readBatch(deps, event);
  const open = before.filter(isUnjudged);
  const jobID = open[0]?.cutover?.jobID;
  if (jobID === undefined) return { state: 'DECIDED', delaySeconds: 0 };
  const [job] = await mgn.describeJobs([jobID]);
  if (job === undefined) throw new OutcomeUnknownError(`DescribeJobs does not show job ${jobID} yet.`);
  const log = await mgn.describeJobLog(jobID);
  const sourceServerIDs = open.map((record) => record.sourceServerID);
  const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  const now = deps.clock.now();
  const after = before.map((record) => {
    const server = servers.find((candidate) => candidate.sourceServerID === record.sourceServerID);
    if (!open.includes(record)) return record;
    const observed = observeLaunch(record, job, now);
    return server === undefined ? judgeUnlisted(run, observed, now) : judge(run, observed, server, job, log, now);
  });
  await saveChanged(deps, event, before, after);
  const pending = after.filter(isUnjudged);
  const sinceLaunchMs = now - Math.min(now, ...pending.map((record) => record.cutover?.launchedAt ?? now));
  return {
    state: pending.length > 0 ? 'PENDING' : 'DECIDED',
    delaySeconds: nextPollSeconds('other', sinceLaunchMs, 60_000),
  };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** What an interrupted rollback was asked to bring back is not judged any more; it is brought back. */
const isUnjudged = (record: ServerRecord) =>
  record.cutover !== undefined && record.launch === 'PENDING' && record.rollback === undefined;

/** A server that MGN does not list may be a late read; one that stays away cannot be verified. */
function judgeUnlisted(run: RunRecord, record: ServerRecord, now: number): ServerRecord {
  const since = record.cutover?.launchedAt ?? record.cutover?.startedAt ?? now;
  if (now < since + run.input.options.deadlines.firstBootSeconds * 1_000) return record;
  const reasons = [
    { code: 'SOURCE_SERVER_GONE', fact: 'MGN no longer lists this source server', source: 'DescribeSourceServers' },
  ];
  return { ...inPhase(record, 'failed', now), launch: 'FAILED', reasons };
}

function judge(
  run: RunRecord,
  record: ServerRecord,
  server: SourceServer,
  job: Job,
  log: readonly JobLogItem[],
  now: number,
): ServerRecord {
  if (record.cutover === undefined) return record;
  const judgement = judgeLaunch({
    server,
    job,
    log,
    launchedAt: record.cutover.launchedAt,
    launchDeadlineAt: launchDeadline(run, record.cutover.startedAt),
    firstBootMs: run.input.options.deadlines.firstBootSeconds * 1_000,
    now,
  });
  const known = { ...record, lifeCycleState: server.lifeCycleState };
  switch (judgement.launch) {
    case 'PENDING':
      return judgement.waitingFor === 'job' ? known : inPhase(known, 'first boot', now);
    case 'PASSED': {
      const cutover = { ...record.cutover, ec2InstanceID: judgement.ec2InstanceID, bootedAt: now };
      return { ...inPhase(known, 'actions', now), launch: 'PASSED', cutover };
    }
    case 'FAILED':
      return { ...inPhase(known, 'failed', now), launch: 'FAILED', reasons: [...judgement.reasons] };
  }
}
