/** Did every expected post-launch action of the batch's launched servers succeed? Only then a server is verified. */
import { OutcomeUnknownError } from '../domain/errors.ts';
import { partOf, type Job } from '../domain/job.ts';
import { nextPollSeconds } from '../domain/poll-schedule.ts';
import { judgeActions } from '../domain/post-launch-actions.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import { readBatch, saveChanged } from '../shared/batch.ts';
import { BatchEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Judges the actions of every server whose launch is believed. PENDING asks to come again after `delaySeconds`; the
 * counts are of the whole batch: `failed` are the servers that were started and are not verified.
 *
 * @throws TransientServiceError when MGN cannot be read; OutcomeUnknownError while it does not show the job;
 *   RunHeldError when another execution works on the run.
 */
export const createHandler = step(BatchEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const before = await readBatch(deps, event);
  const open = before.filter(isUnverified);
  const jobID = open[0]?.cutover?.jobID;
  if (jobID === undefined) return countsOf(before, 0);
  const [job] = await mgn.describeJobs([jobID]);
  if (job === undefined) throw new OutcomeUnknownError(`DescribeJobs does not show job ${jobID} at present.`);
  const now = deps.clock.now();
  const after = before.map((record) => (isUnverified(record) ? judge(run, record, job, now) : record));
  await saveChanged(deps, event, before, after);
  const waitingMs = now - Math.min(now, ...open.map((record) => record.cutover?.bootedAt ?? now));
  return countsOf(after, nextPollSeconds('other', waitingMs, 60_000));
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

const isUnverified = (record: ServerRecord) =>
  record.launch === 'PASSED' && record.verdict === undefined && record.rollback === undefined;

function countsOf(records: readonly ServerRecord[], delaySeconds: number) {
  return {
    state: records.some(isUnverified) ? 'PENDING' : 'DECIDED',
    delaySeconds,
    verified: records.filter((record) => record.verdict === 'VERIFIED').length,
    failed: records.filter((record) => record.cutover !== undefined && record.verdict === undefined).length,
  };
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
      return { ...inPhase(verified, 'verified', now), warnings: [...judgement.warnings] };
    }
    case 'FAILED':
      return { ...inPhase(known, 'failed', now), launch: 'FAILED', reasons: [...judgement.reasons] };
  }
}
