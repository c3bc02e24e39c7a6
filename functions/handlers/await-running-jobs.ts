/** Before anything is undone: the cutover and every other job must have ended, and lost answers be accounted for. */
import { nextPollSeconds } from '../domain/poll-schedule.ts';
import { isHeld } from '../domain/rollback-group.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { readRollbackGroup } from '../shared/rollback-facts.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Answers FREE, HELD or DEADLINE_PASSED for the priority group whose turn it is; in the last case the servers that are still
 * held will need a person.
 *
 * @throws OutcomeUnknownError while an attempt's answer is lost and being looked for; TransientServiceError when MGN
 *   cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const group = await readRollbackGroup(deps, run, mgn);
  if (group?.lostStart !== undefined) throw group.lostStart;
  const held = group?.facts.filter(isHeld) ?? [];
  if (group === undefined || held.length === 0) return { state: 'FREE', delaySeconds: 0 };
  const now = deps.clock.now();
  const requestedAt = Math.min(...held.map(({ record }) => record.rollback?.requestedAt ?? now));
  const since = Math.max(requestedAt, group.turnSince);
  const remainingMs = since + run.input.options.deadlines.runningJobsSeconds * 1_000 - now;
  if (remainingMs <= 0) return { state: 'DEADLINE_PASSED', delaySeconds: 0 };
  return { state: 'HELD', delaySeconds: nextPollSeconds('other', now - since, remainingMs) };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
