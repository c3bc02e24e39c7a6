/** A person's word at a run's start gate: approved or refused, and by whom. */
import * as v from 'valibot';
import { InvalidInputError } from '../domain/errors.ts';
import { gateOf, withAnswer } from '../domain/gate.ts';
import { RunIDSchema, type RunID } from '../domain/identifiers.ts';
import { describeIssue } from '../domain/run-input.ts';
import { listProblems } from '../domain/shown-text.ts';
import type { Gate, RunRecord } from '../domain/run-record.ts';
import { showTime } from '../domain/window.ts';
import { readExisting } from '../shared/open-run.ts';
import { PersonSchema } from '../shared/person.ts';
import { onLambda, step } from '../shared/step.ts';

/** Input of the commit state machine that answers a start gate instead: one of `approve` and `refuse`. */
export const AnswerInputSchema = v.pipe(
  v.strictObject({
    runID: RunIDSchema,
    approve: v.optional(v.literal('start')),
    refuse: v.optional(v.literal('start')),
    by: v.optional(PersonSchema),
  }),
  v.check(
    ({ approve, refuse }) => (approve === undefined) !== (refuse === undefined),
    'give either "approve": "start" or "refuse": "start"',
  ),
);

const EventSchema = v.object({ executionID: v.pipe(v.string(), v.nonEmpty()), input: v.unknown() });

/**
 * Writes the answer into the run, without a claim on it: the run that waits reads it at its next look, or at once if it is
 * called by the token that is answered here. The first word stands; the same word again changes nothing.
 *
 * @throws InvalidInputError when the input is wrong or the run waits for no such answer; RunNotFoundError;
 *   LedgerConflictError when the run was changed meanwhile.
 */
export const createHandler = step(EventSchema, async ({ executionID, input }, deps) => {
  const parsed = v.safeParse(AnswerInputSchema, input);
  if (!parsed.success) {
    throw new InvalidInputError(`The input cannot be used: ${listProblems(parsed.issues.map(describeIssue))}.`);
  }
  const { runID, approve, by: person } = parsed.output;
  const { value: run, version } = await readExisting(deps, runID);
  const now = deps.clock.now();
  const approved = approve !== undefined;
  const gate = answerableGate(run, approved, now);
  if (gate.answer === undefined) {
    await deps.ledger.saveRun(withAnswer(run, { approved, at: now, by: executionID, person }), version);
  }
  return { runID, answer: approved ? 'APPROVED' : 'REFUSED', taskToken: gate.taskToken };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/**
 * The start gate that this word may be said at, or has been said at before.
 *
 * @throws InvalidInputError when there is none.
 */
function answerableGate(run: RunRecord, approved: boolean, now: number): Gate {
  const gate = gateOf(run, 'START');
  const zone = run.input.window?.zone ?? 'UTC';
  if (gate?.answer?.approved === approved) return gate;
  if (gate?.answer !== undefined) {
    const { answer } = gate;
    throw refusal(
      run.runID,
      `its start was ${answer.approved ? 'approved' : 'refused'} at ${showTime(answer.at, zone)} by ${answer.person ?? answer.by}`,
    );
  }
  if (run.end !== undefined) throw refusal(run.runID, `it has ended (${run.end.summary})`);
  if (gate === undefined) throw refusal(run.runID, 'it does not wait for anybody to approve its start');
  if (now >= gate.closesAt) throw refusal(run.runID, `it waited until ${showTime(gate.closesAt, zone)}`);
  return gate;
}

function refusal(runID: RunID, why: string): InvalidInputError {
  return new InvalidInputError(`Run ${runID} takes no such answer: ${why}. Nothing was changed.`);
}
