/** Starts the batch's cutover job, exactly once whatever happens to the answer. */
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import type { Job } from '../domain/job.ts';
import type { Mgn } from '../domain/ports.ts';
import type { Reason } from '../domain/reason.ts';
import { attemptJob, type AttemptTarget } from '../shared/attempt-job.ts';
import { readBatch, saveChanged } from '../shared/batch.ts';
import { BatchEventSchema, type BatchEvent } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { jobsHolding, jobsThatMatter, knownJobIDs } from '../shared/recent-jobs.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';
import { nextPollSeconds } from '../domain/poll-schedule.ts';
import { requireQuotaRoom } from '../domain/quota.ts';
import { foreignInstanceReasons } from '../domain/readiness.ts';
import { lockUntil } from './lock-source-servers.ts';

/**
 * Starts (or adopts) the batch's job. Servers that are no longer ready are left out and say why; when none is left no
 * job is started.
 *
 * @throws the errors of `attemptJob`; RunHeldError when another execution works on the run.
 */
export const createHandler = step(BatchEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const attempt = await attemptJob(deps, run, mgn, {
    kind: 'START_CUTOVER',
    batchID: event.batchID,
    mayRepeat: false,
    choose: () => chooseReady(deps, event, run, mgn),
    call: (sourceServerIDs, tags) => mgn.startCutover(sourceServerIDs, tags),
  });
  if (attempt?.jobID === undefined) return { jobState: 'NONE', delaySeconds: 0 };
  const { jobID, attemptedAt: startedAt } = attempt;
  const before = await readBatch(deps, event);
  const ids = new Set<string>(attempt.sourceServerIDs);
  const after = before.map((record) =>
    ids.has(record.sourceServerID) && record.cutover === undefined
      ? withoutVerdict({ ...inPhase(record, 'starting', deps.clock.now()), cutover: { jobID, startedAt } })
      : record,
  );
  await saveChanged(deps, event, before, after);
  const deadlineMs = launchDeadline(run, startedAt) - deps.clock.now();
  return { jobState: 'RUNNING', delaySeconds: nextPollSeconds('launch', deps.clock.now() - startedAt, deadlineMs) };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** When a launch job's time is up, epoch milliseconds. */
export function launchDeadline(run: RunRecord, startedAt: number): number {
  return startedAt + run.input.options.deadlines.launchSeconds * 1_000;
}

/** A server left out by an earlier try that turns out to be in the job after all is judged like the others. */
function withoutVerdict(record: ServerRecord): ServerRecord {
  return { ...record, verdict: undefined, launch: 'PENDING', reasons: [] };
}

/** Servers that an interrupted rollback was asked to bring back are not started any more. */
async function chooseReady(deps: StepDeps, event: BatchEvent, run: RunRecord, mgn: Mgn): Promise<AttemptTarget> {
  const before = (await readBatch(deps, event)).filter((record) => record.rollback === undefined);
  if (before.length === 0) return { sourceServerIDs: [], knownJobIDs: [] };
  const sourceServerIDs = before.map((record) => record.sourceServerID);
  const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  const now = deps.clock.now();
  const jobs = await jobsThatMatter(mgn, servers, now);
  const attempts = await deps.ledger.readAttempts(event.runID);
  const endedJobIDs = new Set(attempts.flatMap(({ endedAt, jobID }) => (endedAt === undefined ? [] : jobID)));
  const running = jobs.filter((job) => !endedJobIDs.has(job.jobID));
  const arns = before.map((record) => record.arn);
  const conflicts = await deps.ledger.takeLocks(arns, event.runID, { now, expiresAt: lockUntil(run, now) }, 'free');
  const lockedByOthers = new Set(conflicts.map(({ arn }) => arn));
  const after = before.map((record) => {
    const server = servers.find((candidate) => candidate.sourceServerID === record.sourceServerID);
    const reasons = lockedByOthers.has(record.arn) ? [lockLost] : reasonsToLeaveOut(server, jobs, running);
    return reasons.length === 0 ? withoutVerdict(record) : leftOut(record, reasons, now);
  });
  await saveChanged(deps, event, before, after);
  const chosen = after.filter((record) => record.verdict === undefined);
  if (chosen.length > 0) requireQuotaRoom(running, chosen.length);
  return { sourceServerIDs: chosen.map((record) => record.sourceServerID), knownJobIDs: knownJobIDs(jobs, servers) };
}

function leftOut(record: ServerRecord, reasons: Reason[], now: number): ServerRecord {
  return { ...inPhase(record, 'not started', now), launch: 'NOT_STARTED', verdict: 'NOT_STARTED', reasons };
}

const lockLost: Reason = {
  code: 'LOCKED_BY_OTHER_RUN',
  fact: 'another run has taken this server’s lock meanwhile',
  source: 'ledger',
  remedy: 'See what that run does before you cut this server over again.',
};

/** What may have changed since the wave was assessed: minutes or, with many batches, hours ago. */
function reasonsToLeaveOut(server: SourceServer | undefined, jobs: readonly Job[], running: readonly Job[]): Reason[] {
  const remedy = 'Find out who works on it, then cut it over in a run of its own.';
  if (server === undefined) {
    return [
      { code: 'NOT_FOUND', fact: 'MGN no longer lists this source server', source: 'DescribeSourceServers', remedy },
    ];
  }
  if (server.lifeCycleState !== 'READY_FOR_CUTOVER') {
    const fact = `lifeCycle.state became ${server.lifeCycleState} before the cutover was started`;
    return [{ code: 'WRONG_LIFECYCLE_STATE', fact, source: 'DescribeSourceServers', remedy }];
  }
  const holding = jobsHolding(running, [server.sourceServerID]).map((job) => ({
    code: 'JOB_HOLDS_SERVER',
    fact: `job ${job.jobID} (${job.initiatedBy ?? 'unknown initiator'}) took this server before the cutover was started`,
    source: 'DescribeJobs',
    remedy,
  }));
  return [...holding, ...foreignInstanceReasons(server, jobs)];
}
