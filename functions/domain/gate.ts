/**
 * Gates: where a run waits for a person, and what their word or their silence means. The truth is in the run's record;
 * the callback token only makes an answer heard at once.
 */
import type { Gate, RunRecord } from './run-record.ts';
import type { ServerRecord } from './server-record.ts';
import { commitWaitUntil, startWaitUntil } from './waiting.ts';

/** Before the start, or before the point of no return. */
export type GateKind = Gate['gate'];

/** The run's gate of this kind; undefined when it has not come to it. */
export function gateOf(run: Pick<RunRecord, 'gates'>, kind: GateKind): Gate | undefined {
  return run.gates?.find(({ gate }) => gate === kind);
}

/**
 * The gate at which the run waits for a person; undefined when it waits at none. Somebody who has begun to answer, by a
 * commit or a rollback, holds the run meanwhile.
 */
export function waitingGate(run: Pick<RunRecord, 'gates' | 'end'>): Gate | undefined {
  if (run.end !== undefined) return undefined;
  return run.gates?.find((gate) => gate.taskToken !== undefined && gate.answer === undefined);
}

/**
 * Whether the execution that is about to wait here would not be called back any more: the run has ended, a person has
 * answered, or the execution itself has gone on meanwhile, so that this is a late repetition.
 */
export function isGateOver(
  run: Pick<RunRecord, 'gates' | 'end' | 'holder'>,
  kind: GateKind,
  executionID: string,
): boolean {
  const gate = gateOf(run, kind);
  const hasGoneOn = gate?.closedAt !== undefined && run.holder?.executionID === executionID;
  return run.end !== undefined || gate?.answer !== undefined || hasGoneOn;
}

/** The run waiting at the gate under a new token; when it first came there is kept, and so when waiting ends. */
export function withOpenGate(run: RunRecord, kind: GateKind, taskToken: string, now: number): RunRecord {
  const openedAt = gateOf(run, kind)?.openedAt ?? now;
  return withGate(run, { gate: kind, openedAt, closesAt: waitUntil(run, kind, openedAt), taskToken });
}

/** The run that goes on by itself from its commit gate, at `now`: from there on nobody can answer it. */
export function withClosedGate(run: RunRecord, now: number): RunRecord {
  const gate = gateOf(run, 'COMMIT');
  return gate === undefined ? run : withGate(run, { ...gate, taskToken: undefined, closedAt: gate.closedAt ?? now });
}

/** The run with a person's word at its start gate; unchanged when it never came there. */
export function withAnswer(run: RunRecord, answer: NonNullable<Gate['answer']>): RunRecord {
  const gate = gateOf(run, 'START');
  return gate === undefined ? run : withGate(run, { ...gate, answer });
}

function withGate(run: RunRecord, gate: Gate): RunRecord {
  const others = (run.gates ?? []).filter((known) => known.gate !== gate.gate);
  return { ...run, gates: [...others, gate] };
}

function waitUntil(run: RunRecord, kind: GateKind, openedAt: number): number {
  return kind === 'START' ? startWaitUntil(run) : commitWaitUntil(run, openedAt);
}

/** What was said at the start gate, which closes at `closesAt` (epoch milliseconds): an answer stands, however old it is. */
export function startGateOf(
  run: Pick<RunRecord, 'gates'>,
  closesAt: number,
  now: number,
): 'APPROVED' | 'REFUSED' | 'AWAIT' | 'TIMED_OUT' {
  const answer = gateOf(run, 'START')?.answer;
  if (answer !== undefined) return answer.approved ? 'APPROVED' : 'REFUSED';
  return now < closesAt ? 'AWAIT' : 'TIMED_OUT';
}

/**
 * What becomes of the verified source servers of a run whose commit a person decides.
 *
 * - ENDED: a person's commit or rollback has ended the run.
 * - AWAIT: nobody has decided yet, or somebody is at it (`isAtWork`) and is left alone, however late it is.
 * - RECORD: nothing is left to decide, or nobody came in time (`isTimedOut`) and the servers are left as they are.
 * - ROLL_BACK: nobody came in time, and then everything is to be brought back.
 */
export type CommitGateJudgement =
  | { readonly state: 'ENDED'; readonly end: NonNullable<RunRecord['end']> }
  | { readonly state: 'AWAIT'; readonly isAtWork: boolean; readonly openedAt: number; readonly closesAt: number }
  | { readonly state: 'RECORD'; readonly isTimedOut: boolean; readonly closesAt: number }
  | { readonly state: 'ROLL_BACK' };

/** Judges the commit gate for the execution that waits there. */
export function judgeCommitGate(
  run: RunRecord,
  records: readonly Pick<ServerRecord, 'verdict'>[],
  executionID: string,
  now: number,
): CommitGateJudgement {
  if (run.end !== undefined) return { state: 'ENDED', end: run.end };
  const openedAt = gateOf(run, 'COMMIT')?.openedAt ?? now;
  const closesAt = commitWaitUntil(run, openedAt);
  const { holder } = run;
  const isAtWork = holder !== undefined && holder.executionID !== executionID && holder.heldUntil > now;
  if (isAtWork) return { state: 'AWAIT', isAtWork, openedAt, closesAt };
  if (!records.some(({ verdict }) => verdict === 'VERIFIED')) return { state: 'RECORD', isTimedOut: false, closesAt };
  if (now < closesAt) return { state: 'AWAIT', isAtWork, openedAt, closesAt };
  return run.input.options.onCommitTimeout === 'rollback'
    ? { state: 'ROLL_BACK' }
    : { state: 'RECORD', isTimedOut: true, closesAt };
}

/** A look may be as late as this part of the time waited so far, which bounds how many there are in a week of waiting. */
const latenessPart = 1 / 30;

/**
 * How long to wait for an answer until the run looks by itself, in whole seconds: `leastSeconds`, or longer the longer it
 * has waited already, and never beyond the time at which waiting ends.
 */
export function lookSeconds(
  { openedAt, closesAt }: Pick<Gate, 'openedAt' | 'closesAt'>,
  now: number,
  leastSeconds: number,
): number {
  const usual = Math.max(leastSeconds, Math.ceil(((now - openedAt) / 1_000) * latenessPart));
  const left = Math.ceil((closesAt - now) / 1_000);
  return Math.max(1, left > 0 ? Math.min(usual, left) : usual);
}
