/** Takes the servers this run cut over back to READY_FOR_CUTOVER, one call each; everything else is left alone. */
import type { Mgn } from '../domain/ports.ts';
import { canRevert, revertFailedCode } from '../domain/rollback-group.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { awaitNextCall, serversPerInvocation } from '../shared/pacing.ts';
import { readRollbackGroup } from '../shared/rollback-facts.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Reverts the next servers of the group whose turn it is, as far as the facts say that they are ours, CUTTING_OVER and held
 * by no job, and answers how many remain. One that fails does not keep the others from being reverted: they are all tried
 * first. Then the failure is thrown, and repeating the step takes up only what is left.
 *
 * @throws ThrottledError, OutcomeUnknownError, ConflictError and the definite refusals of ChangeServerLifeCycleState;
 *   TransientServiceError when MGN cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const group = await readRollbackGroup(deps, run, mgn);
  const due = (group?.facts ?? []).filter(canRevert).map(({ record }) => record);
  const untried = due.filter((record) => !hasFailed(record));
  const chunk = (untried.length > 0 ? untried : due).slice(0, serversPerInvocation(run));
  const failures: unknown[] = [];
  for (const record of chunk) {
    const calledAt = deps.clock.now();
    try {
      const after = await revert(mgn, record, () => deps.clock.now());
      await deps.ledger.saveServers(run.runID, [after]);
    } catch (error) {
      failures.push(error);
      await deps.ledger.saveServers(run.runID, [withFailure(record, error)]);
    }
    await awaitNextCall(deps, run, calledAt);
  }
  const isEveryServerTried = untried.length <= chunk.length;
  if (failures.length > 0 && isEveryServerTried) throw failures[0];
  const reverted = chunk.length - failures.length;
  return { reverted, remaining: due.length - reverted };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

async function revert(mgn: Mgn, record: ServerRecord, now: () => number): Promise<ServerRecord> {
  const server = await mgn.changeServerLifeCycleState(record.sourceServerID, 'READY_FOR_CUTOVER');
  const rollback = record.rollback && {
    ...record.rollback,
    revertedAt: now(),
    revertRequestID: server.requestID,
    problems: [],
  };
  return { ...record, lifeCycleState: server.lifeCycleState, rollback };
}

function hasFailed({ rollback }: ServerRecord): boolean {
  return rollback?.problems.some(({ code }) => code === revertFailedCode) ?? false;
}

function withFailure(record: ServerRecord, error: unknown): ServerRecord {
  if (record.rollback === undefined) return record;
  const fact = error instanceof Error ? error.message : String(error);
  const problem = { code: revertFailedCode, fact, source: 'ChangeServerLifeCycleState' };
  return { ...record, rollback: { ...record.rollback, problems: [problem] } };
}
