/** Notes a step that failed for good, in the error's own words, so that the report can say what stopped a batch. */
import * as v from 'valibot';
import { BatchIDSchema } from '../domain/identifiers.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

const EventSchema = v.object({
  ...RunEventSchema.entries,
  batchID: v.optional(BatchIDSchema),
  error: v.object({ Error: v.string(), Cause: v.optional(v.string()) }),
});

const LambdaCauseSchema = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

/**
 * Writes the failure to the ledger.
 *
 * @throws RunHeldError when another execution works on the run.
 */
export const createHandler = step(EventSchema, async (event, deps) => {
  await openRun(deps, event);
  const { Error: error, Cause: rawCause = '' } = event.error;
  const lambdaCause = v.safeParse(LambdaCauseSchema, rawCause);
  const cause = (lambdaCause.success ? lambdaCause.output.errorMessage : rawCause).slice(0, 2_000);
  await deps.ledger.recordFailure(event.runID, { at: deps.clock.now(), batchID: event.batchID, error, cause });
  return { recorded: true };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
