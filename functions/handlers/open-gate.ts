/** A run comes to a gate: from here on a person may answer, and whoever does can call the run back at once. */
import * as v from 'valibot';
import { GateOverError } from '../domain/errors.ts';
import { isGateOver, withOpenGate } from '../domain/gate.ts';
import { RunEventSchema } from '../shared/events.ts';
import { readExisting } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

const EventSchema = v.object({
  ...RunEventSchema.entries,
  gate: v.picklist(['START', 'COMMIT']),
  taskToken: v.pipe(v.string(), v.nonEmpty()),
});

/**
 * Writes down that the run waits and under which token, and gives up this execution's hold, so that a commit or a rollback
 * may claim the run; its locks stay. Another execution's hold is left alone: that one is at work and will call back.
 *
 * @throws GateOverError when nobody would call back any more, so that whoever waits here looks at once; RunNotFoundError;
 *   LedgerConflictError when the run was changed meanwhile.
 */
export const createHandler = step(EventSchema, async ({ runID, executionID, gate, taskToken }, deps) => {
  const { value: run, version } = await readExisting(deps, runID);
  if (isGateOver(run, gate, executionID)) throw new GateOverError(`Run ${runID} waits no more at its ${gate} gate.`);
  const now = deps.clock.now();
  const holder = run.holder?.executionID === executionID ? { executionID, heldUntil: now } : run.holder;
  await deps.ledger.saveRun({ ...withOpenGate(run, gate, taskToken, now), holder }, version);
  return { gate };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
