/** Before anything is undone: the cutover and every other job must have ended, and lost answers be accounted for. */
import { nextPollSeconds } from '../domain/poll-schedule.ts';
import { findUnendedCutover } from '../domain/rollback-plan.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { settleAttempt } from '../shared/attempt-job.ts';
import { readBatch, saveChanged } from '../shared/batch.ts';
import { BatchEventSchema, type BatchEvent } from '../shared/events.ts';
import { openRun, type OpenRun } from '../shared/open-run.ts';
import { jobsHolding } from '../shared/recent-jobs.ts';
import { readRollbackBatch } from '../shared/rollback-batch.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

/**
 * Answers FREE, HELD or DEADLINE_PASSED; in the last case the servers that are still held will need a person.
 *
 * @throws OutcomeUnknownError while an attempt's answer is lost and being looked for; TransientServiceError when MGN
 *   cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(BatchEventSchema, async (event, deps) => {
  const opened = await openRun(deps, event);
  await settleCutover(deps, event, opened);
  const { facts, jobs } = await readRollbackBatch(deps, opened.run, opened.mgn, event);
  const holding = jobsHolding(
    jobs,
    facts.map(({ record }) => record.sourceServerID),
  );
  const isFree = holding.length === 0 && facts.every((fact) => findUnendedCutover(fact) === undefined);
  if (isFree) return { state: 'FREE', delaySeconds: 0 };
  const now = deps.clock.now();
  const since = Math.min(now, ...facts.map(({ record }) => record.rollback?.requestedAt ?? now));
  const remainingMs = since + opened.run.input.options.deadlines.runningJobsSeconds * 1_000 - now;
  if (remainingMs <= 0) return { state: 'DEADLINE_PASSED', delaySeconds: 0 };
  return { state: 'HELD', delaySeconds: nextPollSeconds('other', now - since, remainingMs) };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** A cutover whose answer was lost may have launched all the same; its servers' records then learn of their job. */
async function settleCutover(deps: StepDeps, event: BatchEvent, { run, mgn }: OpenRun): Promise<void> {
  const stored = await deps.ledger.readAttempt(run.runID, event.batchID, 'START_CUTOVER');
  if (stored === undefined) return;
  const attempt = (await settleAttempt(deps, run, mgn, stored)).value;
  const { jobID } = attempt;
  if (jobID === undefined) return;
  const before = await readBatch(deps, event);
  const after = before.map((record): ServerRecord =>
    record.cutover === undefined && attempt.sourceServerIDs.includes(record.sourceServerID)
      ? { ...record, cutover: { jobID, startedAt: attempt.attemptedAt } }
      : record,
  );
  await saveChanged(deps, event, before, after);
}
