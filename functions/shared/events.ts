/** The events of the steps: IDs only, because the facts are in the ledger and a state's payload is bounded. */
import * as v from 'valibot';
import { RunIDSchema } from '../domain/identifiers.ts';

/** The longest ARN there is has fewer characters. */
const ExecutionIDSchema = v.pipe(v.string(), v.nonEmpty(), v.maxLength(2_048));

/** An event about a whole run, from the execution that works on it. */
export const RunEventSchema = v.object({ runID: RunIDSchema, executionID: ExecutionIDSchema });
/** An event about a whole run. */
export type RunEvent = v.InferOutput<typeof RunEventSchema>;
