/** Did every expected post-launch action of the run's launched servers succeed? Only then a server is verified. */
import { partOf, type Job } from '../domain/job.ts';
import { judgeActions } from '../domain/post-launch-actions.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Judges the actions of every server whose launch is believed. `decided` counts those that are verified or failed now.
 *
 * @throws TransientServiceError when MGN cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const before = await deps.ledger.readServers(run.runID);
  const open = before.filter(isUnverified);
  const jobIDs = new Set(open.flatMap(({ cutover }) => cutover?.jobID ?? []));
  if (jobIDs.size === 0) return { decided: 0 };
  const jobs = await mgn.describeJobs([...jobIDs]);
  const now = deps.clock.now();
  const after = before.map((record) => {
    if (!isUnverified(record)) return record;
    const job = jobs.find(({ jobID }) => jobID === record.cutover?.jobID);
    return job === undefined ? judgeWithoutJob(run, record, now) : judge(run, record, job, now);
  });
  await saveChanged(deps, event, before, after);
  return { decided: open.length - after.filter(isUnverified).length };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

const isUnverified = (record: ServerRecord) =>
  record.launch === 'PASSED' && record.verdict === undefined && record.rollback === undefined;

/** Only the job tells what ran; it was shown when the launch was believed, so it is waited for as long as actions are. */
function judgeWithoutJob(run: RunRecord, record: ServerRecord, now: number): ServerRecord {
  const { agentSeconds, actionsSeconds } = run.input.options.deadlines;
  const since = record.cutover?.bootedAt ?? record.cutover?.launchedAt ?? now;
  if (now < since + (agentSeconds + actionsSeconds) * 1_000) return record;
  const fact = `MGN no longer shows job ${record.cutover?.jobID ?? ''}, which says how the post-launch actions went`;
  const reasons = [{ code: 'JOB_NOT_SHOWN', fact, source: 'DescribeJobs' }];
  return { ...inPhase(record, 'failed', now), launch: 'FAILED', reasons };
}

function judge(run: RunRecord, record: ServerRecord, job: Job, now: number): ServerRecord {
  if (record.cutover === undefined) return record;
  const part = partOf(job, record.sourceServerID);
  const { agentSeconds, actionsSeconds } = run.input.options.deadlines;
  const agentSeenAt = record.cutover.agentSeenAt ?? (part?.ssmAgentDiscoveredAt === undefined ? undefined : now);
  const judgement = judgeActions({
    expected: record.expectedActions,
    part,
    launchedAt: record.cutover.launchedAt ?? now,
    agentSeenAt,
    agentMs: agentSeconds * 1_000,
    actionsMs: actionsSeconds * 1_000,
    now,
  });
  const known = { ...record, cutover: { ...record.cutover, agentSeenAt }, actions: [...judgement.evidence] };
  switch (judgement.actions) {
    case 'PENDING':
      return known;
    case 'PASSED': {
      const verified = { ...known, verdict: 'VERIFIED' as const, cutover: { ...known.cutover, verifiedAt: now } };
      return { ...inPhase(verified, 'verified', now), warnings: [...warningsLeft(record), ...judgement.warnings] };
    }
    case 'FAILED':
      return { ...inPhase(known, 'failed', now), launch: 'FAILED', reasons: [...judgement.reasons] };
  }
}

/** That the quotas were full before the start says nothing any more. */
function warningsLeft({ warnings }: ServerRecord) {
  return warnings.filter(({ code }) => code !== 'QUOTA_FULL');
}
