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

/**
 * Of a source server's reasons the one to tell where there is room for one: the job log says why a launch failed, the
 * launch status only that it did.
 */
export function tellingReason(reasons: readonly Reason[]): Reason | undefined {
  return reasons.find(({ source }) => source === 'DescribeJobLogItems') ?? reasons[0];
}

/** What was seen, without saying that a job log said so. */
export function bareFact({ fact }: Reason): string {
  return fact.replace(/^job log: /, '');
}

/** The reasons with those that are new among `added`; the same list where none is. */
export function withReasons(known: Reason[], added: readonly Reason[]): Reason[] {
  const isKnown = (reason: Reason) => known.some(({ code, fact }) => code === reason.code && fact === reason.fact);
  return added.every(isKnown) ? known : [...known, ...added.filter((reason) => !isKnown(reason))];
}
