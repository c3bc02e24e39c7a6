/** Locks the run's source servers in the ledger before anything else looks at them, so that two runs never share one. */
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { LockConflict } from '../ledger/ledger.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

const daySpareMs = 24 * 3_600_000;

/** Until when a lock taken now holds, epoch milliseconds: a day longer than all deadlines of one batch together. */
export function lockUntil(run: RunRecord, now: number): number {
  const deadlinesSeconds = Object.values(run.input.options.deadlines).reduce((sum, seconds) => sum + seconds, 0);
  return now + deadlinesSeconds * 1_000 + daySpareMs;
}

/** Takes or renews the locks of a run that has not started anything: all or none when a blocked server refuses the wave. */
export async function lockServers(
  deps: StepDeps,
  run: RunRecord,
  records: readonly ServerRecord[],
): Promise<LockConflict[]> {
  const arns = records.map((record) => record.arn);
  const now = deps.clock.now();
  const mode = run.input.options.onBlocked === 'refuse' ? 'all' : 'free';
  return deps.ledger.takeLocks(arns, run.runID, { now, expiresAt: lockUntil(run, now) }, mode);
}

/**
 * Takes the locks: all or none when a blocked server refuses the wave, otherwise those that are free. Repeating it
 * renews them.
 *
 * @throws RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run } = await openRun(deps, event);
  const conflicts = await lockServers(deps, run, await deps.ledger.readServers(event.runID));
  return { heldByOthers: conflicts.length };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
