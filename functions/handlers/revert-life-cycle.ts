/** Takes the servers this run cut over back to READY_FOR_CUTOVER, one call each; everything else is left alone. */
import { planRevert } from '../domain/rollback-plan.ts';
import { saveChanged } from '../shared/batch.ts';
import { BatchEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { jobsHolding } from '../shared/recent-jobs.ts';
import { readRollbackBatch } from '../shared/rollback-batch.ts';
import { onLambda, step } from '../shared/step.ts';
import type { ServerRecord } from '../domain/server-record.ts';

/**
 * Reverts every server for which the facts say that it is ours and CUTTING_OVER. One that fails does not keep the
 * others from being reverted; the first failure is thrown at the end, and repeating the step takes up only what is left.
 *
 * @throws ThrottledError, OutcomeUnknownError, ConflictError and the definite refusals of ChangeServerLifeCycleState;
 *   TransientServiceError when MGN cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(BatchEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const { records, facts, jobs } = await readRollbackBatch(deps, run, mgn, event);
  const failures: unknown[] = [];
  const reverted = new Map<string, ServerRecord>();
  for (const fact of facts) {
    const { record } = fact;
    if (record.rollback === undefined || planRevert(fact).step !== 'REVERT') continue;
    if (jobsHolding(jobs, [record.sourceServerID]).length > 0) continue;
    try {
      const server = await mgn.changeServerLifeCycleState(record.sourceServerID, 'READY_FOR_CUTOVER');
      const rollback = { ...record.rollback, revertedAt: deps.clock.now() };
      reverted.set(record.sourceServerID, { ...record, lifeCycleState: server.lifeCycleState, rollback });
    } catch (error) {
      failures.push(error);
    }
  }
  await saveChanged(
    deps,
    event,
    records,
    records.map((record) => reverted.get(record.sourceServerID) ?? record),
  );
  if (failures.length > 0) throw failures[0];
  return { reverted: reverted.size };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
