/** Why something was decided: a stable code for machines, the fact in MGN's words, where it was read, what to do. */
import * as v from 'valibot';

/** Schema of a reason. */
export const ReasonSchema = v.object({
  code: v.string(),
  fact: v.string(),
  source: v.string(),
  remedy: v.optional(v.string()),
});

/**
 * One reason behind a verdict: `code` is stable, `fact` says what was seen, `source` names the API the fact came from
 * and `remedy`, where there is one, what a person does about it.
 */
export type Reason = v.InferOutput<typeof ReasonSchema>;
