/** Locks the run's source servers in the ledger before anything else looks at them, so that two runs never share one. */
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

/** How long a lock holds without being renewed, in milliseconds: longer than every deadline of one batch together. */
export const lockMs = 24 * 3_600_000;

/**
 * Takes the locks: all or none when a blocked server refuses the wave, otherwise those that are free. Repeating it
 * renews them.
 *
 * @throws RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run } = await openRun(deps, event);
  const arns = (await deps.ledger.readServers(event.runID)).map((record) => record.arn);
  const now = deps.clock.now();
  const mode = run.input.options.onBlocked === 'refuse' ? 'all' : 'free';
  const conflicts = await deps.ledger.takeLocks(arns, event.runID, { now, expiresAt: now + lockMs }, mode);
  return { heldByOthers: conflicts.length };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
