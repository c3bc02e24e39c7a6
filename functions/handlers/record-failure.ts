/** Notes a step that failed for good, in the error's own words, and settles the source servers that waited for it. */
import * as v from 'valibot';
import { batchGivenUp, giveUp, givenUpSteps } from '../domain/giving-up.ts';
import { giveUpHooks } from '../hooks/give-up-hooks.ts';
import { shownText } from '../domain/shown-text.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

const EventSchema = v.object({
  ...RunEventSchema.entries,
  /** The step that will not be tried again; absent where the machine goes on, or ends, by itself. */
  gaveUp: v.optional(v.picklist(givenUpSteps)),
  error: v.object({ Error: v.string(), Cause: v.optional(v.string()) }),
});

const LambdaCauseSchema = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

/**
 * Writes the failure to the ledger; what waited for a step that was given up is not started, or brought back.
 *
 * @throws RunHeldError when another execution works on the run.
 */
export const createHandler = step(EventSchema, async (event, deps) => {
  const { run } = await openRun(deps, event);
  const { Error: rawError, Cause: rawCause = '' } = event.error;
  const error = shownText(rawError);
  const lambdaCause = v.safeParse(LambdaCauseSchema, rawCause);
  const cause = (lambdaCause.success ? lambdaCause.output.errorMessage : rawCause).slice(0, 2_000);
  const now = deps.clock.now();
  if (event.gaveUp === undefined) {
    await deps.ledger.recordFailure(event.runID, { at: now, error, cause });
    return { recorded: true };
  }
  if (event.gaveUp === 'RUN_HOOKS') await giveUpHooks(deps, run, `the step that runs it failed: ${error}`);
  const records = await deps.ledger.readServers(event.runID);
  const attempts = await deps.ledger.readAttempts(event.runID);
  const batchID = event.gaveUp === 'START_CUTOVER' ? batchGivenUp({ records, attempts }) : undefined;
  await deps.ledger.recordFailure(event.runID, { at: now, batchID, error, cause });
  const after = giveUp(event.gaveUp, { records, attempts, failure: { error, cause }, now });
  await saveChanged(deps, event, records, after);
  return { recorded: true };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
