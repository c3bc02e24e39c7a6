/**
 * How a migration goes on: which wave a free slot takes next, which waves are not started any more, and what a wave whose
 * execution has come back has come to. A wave's run in the ledger decides that, never its execution's error alone.
 */
import * as v from 'valibot';
import type { Migration } from './migration-input.ts';
import { inOrder, isInListOrder, predecessorsOf } from './migration-order.ts';
import { hasSucceeded, type WaveFailure, type WaveRecord } from './migration-record.ts';
import type { Outcome, RunRecord } from './run-record.ts';
import { readWindow } from './window.ts';

/** What a free slot does: cut a wave over, wait, or end because no wave is left. */
export type Turn =
  | { readonly turn: 'START'; readonly name: string }
  /** `opensAt`: only a change window is waited for, until then. */
  | { readonly turn: 'WAIT'; readonly opensAt?: number | undefined }
  | { readonly turn: 'DONE' };

/** What a free slot does at `now` (epoch milliseconds), once {@link skipWaves} has been done. */
export function nextTurn(migration: Migration, records: readonly WaveRecord[], now: number): Turn {
  const waiting = inOrder(migration.waves).filter(({ name }) => stateOf(records, name) === 'WAITING');
  if (waiting.length === 0) return { turn: 'DONE' };
  const running = migration.waves.filter(({ name }) => stateOf(records, name) === 'RUNNING');
  const predecessors = predecessorsOf(migration.waves);
  const mayStart = ({ name, canary }: { name: string; canary: boolean }) =>
    (predecessors.get(name) ?? []).every((before) => records.some((it) => it.name === before && hasSucceeded(it))) &&
    !(canary && running.length > 0);
  const offered = isInListOrder(migration.waves) ? waiting.slice(0, 1) : waiting;
  const candidates = offered
    .filter(mayStart)
    .map(({ name, input: { window } }) => ({ name, opensAt: window === undefined ? 0 : readWindow(window).opensAt }));
  const open = candidates.find(({ opensAt }) => opensAt <= now);
  if (open !== undefined) return { turn: 'START', name: open.name };
  const isOnlyWindow = running.length === 0 && candidates.length > 0;
  return isOnlyWindow
    ? { turn: 'WAIT', opensAt: Math.min(...candidates.map(({ opensAt }) => opensAt)) }
    : { turn: 'WAIT' };
}

function stateOf(records: readonly WaveRecord[], name: string): WaveRecord['state'] | undefined {
  return records.find((record) => record.name === name)?.state;
}

/** The records with those waves SKIPPED that will not be started any more, each with the reason. */
export function skipWaves(migration: Migration, records: readonly WaveRecord[], now: number): WaveRecord[] {
  const predecessors = predecessorsOf(migration.waves);
  const failed = records.find((record) => record.state === 'ENDED' && !hasSucceeded(record));
  let after = [...records];
  for (;;) {
    const before = after;
    after = before.map((record) => {
      if (record.state !== 'WAITING') return record;
      const why =
        whyNot(before, predecessors.get(record.name) ?? []) ??
        (failed !== undefined && migration.onWaveFailed === 'stop'
          ? `not started: wave "${failed.name}" ended as ${failed.outcome ?? ''} (onWaveFailed is "stop")`
          : undefined);
      return why === undefined ? record : { ...record, state: 'SKIPPED' as const, summary: why, endedAt: now };
    });
    if (after.every((record, index) => record === before[index])) return after;
  }
}

/** Why a wave that comes after these cannot start any more. */
function whyNot(records: readonly WaveRecord[], predecessors: readonly string[]): string | undefined {
  for (const { name, state, outcome } of records) {
    if (!predecessors.includes(name)) continue;
    if (state === 'SKIPPED') return `not started: it comes after wave "${name}", which was not started`;
    if (state === 'ENDED' && !hasSucceeded({ state, outcome }))
      return `not started: it comes after wave "${name}", which ended as ${outcome ?? ''}`;
  }
  return undefined;
}

/** What is known of the run of a wave whose execution has come back. */
export interface ReturnedRun {
  /** Undefined where the ledger has no such run. */
  readonly run: RunRecord | undefined;
  /** Whether any job was started for it. */
  readonly hasAttempts: boolean;
  /** Until when an execution may be at work on it, epoch milliseconds. */
  readonly heldUntil: number;
}

/** What a wave has come to; WAIT: its run has no end and something may be at work on it. */
export type ReturnJudgement = 'WAIT' | { readonly outcome: Outcome; readonly summary: string };

/**
 * Judges a wave whose execution has come back, with `failure` if it did not succeed. A run that an execution still holds
 * is waited for: somebody resumed it, or brings it back. One without an end that nobody works on needs a person, unless
 * nothing was started.
 */
export function judgeReturn(
  { run, hasAttempts, heldUntil }: ReturnedRun,
  failure: WaveFailure | undefined,
  now: number,
): ReturnJudgement {
  if (run?.end !== undefined) return { outcome: run.end.outcome, summary: run.end.summary };
  const isUntouched = !hasAttempts && run?.plan?.decision !== 'PROCEED';
  const words = failure?.words ?? 'its execution ended without an end of its run';
  const isNeverStarted = run === undefined && failure?.isNameTaken === false;
  if (isUntouched && (isNeverStarted || failure?.isOver === true)) return { outcome: 'REFUSED', summary: words };
  if (now < heldUntil) return 'WAIT';
  return isUntouched
    ? { outcome: 'REFUSED', summary: `nothing was started: ${words}` }
    : { outcome: 'NEEDS_A_PERSON', summary: `its run has no end, and nobody works on it: ${words}` };
}

const wordsMax = 500;
const JsonTextSchema = v.pipe(v.string(), v.parseJson());
const LambdaCauseSchema = v.pipe(JsonTextSchema, v.object({ errorMessage: v.string() }));
/** DescribeExecution's answer, which is the cause when a nested execution did not succeed. */
const ExecutionCauseSchema = v.pipe(
  JsonTextSchema,
  v.object({ Status: v.string(), Error: v.optional(v.string()), Cause: v.optional(v.string()) }),
);

/** What Step Functions says that a wave's execution failed with (`Error` and `Cause` of the task that began it). */
export function readFailure({
  Error: error,
  Cause: cause = '',
}: {
  Error: string;
  Cause?: string | undefined;
}): WaveFailure {
  const isNameTaken = error.startsWith('StepFunctions.ExecutionAlreadyExists');
  const execution = v.safeParse(ExecutionCauseSchema, cause);
  // A cause that was too long is cut short, and then no JSON any more.
  if (!execution.success)
    return { isOver: false, isNameTaken, words: wordsOf(error, cause.startsWith('{') ? '' : cause) };
  const { Status: status, Error: own = '', Cause: ownCause = '' } = execution.output;
  const isOver = status === 'FAILED' && own !== '' && !own.startsWith('States.');
  return { isOver, isNameTaken, words: own === '' ? `its execution ended as ${status}` : wordsOf(own, ownCause) };
}

function wordsOf(error: string, cause: string): string {
  const lambdaCause = v.safeParse(LambdaCauseSchema, cause);
  const words = lambdaCause.success ? lambdaCause.output.errorMessage : cause;
  return `${error}${words === '' ? '' : `: ${words}`}`.slice(0, wordsMax);
}

const firstWaitSeconds = 60;
const usualWaitSeconds = 300;
const longWaitSeconds = 3_600;
/** So many waits make 12 hours; whoever has waited that long is not in a hurry. */
const usualWaitsMax = 146;

/**
 * How long a slot that waits for other waves waits before it looks again, in seconds, after `waits` looks in vain. Four
 * slots that wait for a fifth add some 3,600 events to the history in a night of eight hours, and fewer than 25,000 in
 * the 20 days that an execution lasts at most (`engine.md` section 2: 9 events a look).
 */
export function waitSeconds(waits: number): number {
  if (waits >= usualWaitsMax) return longWaitSeconds;
  return Math.min(usualWaitSeconds, firstWaitSeconds * 2 ** waits);
}

/** The longest wait for a change window, in seconds. */
const windowWaitSecondsMax = 86_400;

/** As {@link waitSeconds}, but no longer than until the window that is waited for opens, and then only that. */
export function waitSecondsUntil(opensAt: number, now: number): number {
  return Math.min(windowWaitSecondsMax, Math.max(1, Math.ceil((opensAt - now) / 1_000)));
}

const outcomeWords: Readonly<Record<Outcome, string>> = {
  FINALIZED: 'finalized',
  VERIFIED: 'verified',
  PARTIAL: 'partly or not cut over',
  REFUSED: 'refused',
  NEEDS_A_PERSON: 'needing a person',
};

/**
 * What a migration came to: a person is needed if any wave needs one or has no end; FINALIZED or VERIFIED if all waves are;
 * REFUSED if nothing of any was touched; anything else is PARTIAL.
 */
export function judgeMigration(records: readonly WaveRecord[]): { outcome: Outcome; summary: string } {
  return { outcome: outcomeOf(records), summary: summarizeWaves(records) };
}

function outcomeOf(records: readonly WaveRecord[]): Outcome {
  if (records.some(({ state, outcome }) => state === 'RUNNING' || outcome === 'NEEDS_A_PERSON'))
    return 'NEEDS_A_PERSON';
  if (records.every(({ outcome }) => outcome === 'FINALIZED')) return 'FINALIZED';
  if (records.every(hasSucceeded)) return 'VERIFIED';
  return records.every(({ state, outcome }) => state !== 'ENDED' || outcome === 'REFUSED') ? 'REFUSED' : 'PARTIAL';
}

/** Such as `5 waves: 3 verified, 1 partly or not cut over (shop), 1 not started (crm)`. */
export function summarizeWaves(records: readonly WaveRecord[]): string {
  const groups = [
    ...(['FINALIZED', 'VERIFIED', 'PARTIAL', 'REFUSED', 'NEEDS_A_PERSON'] as const).map((outcome) => ({
      words: outcomeWords[outcome],
      isGood: outcome === 'FINALIZED' || outcome === 'VERIFIED',
      names: namesWhere(records, (record) => record.state === 'ENDED' && record.outcome === outcome),
    })),
    { words: 'not started', isGood: false, names: namesWhere(records, ({ state }) => state === 'SKIPPED') },
    { words: 'under way', isGood: false, names: namesWhere(records, ({ state }) => state === 'RUNNING') },
    { words: 'waiting', isGood: true, names: namesWhere(records, ({ state }) => state === 'WAITING') },
  ];
  const parts = groups
    .filter(({ names }) => names.length > 0)
    .map(({ words, isGood, names }) => `${String(names.length)} ${words}${isGood ? '' : ` (${names.join(', ')})`}`);
  return `${String(records.length)} wave${records.length === 1 ? '' : 's'}: ${parts.join(', ')}`;
}

function namesWhere(records: readonly WaveRecord[], isMeant: (record: WaveRecord) => boolean): string[] {
  return records.filter(isMeant).map(({ name }) => name);
}
