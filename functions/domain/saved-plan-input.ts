/** What a saved plan hands to a run: a fingerprint of each source server's facts on the day the plan was made. */
import * as v from 'valibot';
import { SourceServerIDSchema } from './identifiers.ts';

/** Schema of the part of a saved plan that a run's input carries; small enough for a thousand source servers. */
export const SavedPlanSchema = v.strictObject({
  savedAt: v.pipe(v.string(), v.isoTimestamp(), v.description('When the plan was saved.')),
  fingerprints: v.pipe(
    v.record(SourceServerIDSchema, v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/, 'expected 12 hexadecimal digits'))),
    v.description('Of each source server the first 12 hexadecimal digits of the SHA-256 of its facts.'),
  ),
});
/** The part of a saved plan that a run's input carries. */
export type SavedPlan = v.InferOutput<typeof SavedPlanSchema>;
