/**
 * A night as data: who is there, what is asked for, who interferes and what goes wrong, each at its moment. A seed gives
 * one script, a script always plays the same way, and it may be cut down as plain JSON.
 */
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';

/**
 * A night. In every `input`, the text `wave:NAME` stands for that wave's ID, `server:HOSTNAME` for that source server's,
 * and `+120s` for the moment so many seconds after the night began.
 */
export interface Script {
  /** Seeds the simulator, the rules of its faults and the engine's jitter. */
  readonly seed: number;
  /** What sort of night it is, for figures of speed: one batch of up to three source servers, a larger wave, several waves. */
  readonly kind: ScriptKind;
  /** Fleet, how its launches go, what others do at the console, and what goes wrong on the way to MGN. */
  readonly scenario: ScenarioInput;
  /** What people ask of this tool, in the order of `atSeconds`. The first act starts the night's first execution. */
  readonly acts: readonly Act[];
  readonly stepFaults: readonly StepFault[];
  readonly ledgerFaults: readonly LedgerFault[];
  readonly hookFaults: readonly HookFault[];
  /** How far the clock of the steps runs ahead of MGN's, in milliseconds. */
  readonly skewMs: number;
  /** Whether somebody brings everything back in the end, and then asks for it a second time. */
  readonly isUndone: boolean;
}

/** What sort of night it is. */
export type ScriptKind = 'one batch' | 'wave' | 'migration';

/** The machines a person may start. */
export type Machine = 'wave-cutover' | 'migration-run' | 'rollback' | 'commit';

/** What a person does with this tool at a moment: starts an execution (again), or stops all those of a name. */
export type Act = StartAct | StopAct;

/** A person starts an execution: one of a name that has ended is gone on with, as a redrive does. */
export interface StartAct {
  readonly act: 'start';
  readonly atSeconds: number;
  readonly machine: Machine;
  readonly name: string;
  readonly input: unknown;
}

/** A person stops the executions of that name; a step in flight ends its work unheard. */
export interface StopAct {
  readonly act: 'stop';
  readonly atSeconds: number;
  readonly name: string;
}

/** Which invocation of a step: the n-th of the whole night from 1, or the first of a state, as `MACHINE/STATE`. */
export type Where = { readonly step: number } | { readonly place: string };

/**
 * What happens to one invocation of a step:
 * - `error`: Lambda answers with that error and the code has not run; `times` in a row for the same state.
 * - `lost`: the code has run and Lambda answers with that error.
 * - `twice`: it is invoked again after it has answered.
 * - `atOnce`: two of it run at the same time.
 * - `late`: Lambda answers with that error at once and the code runs `seconds` later.
 * - `timeout`: it hangs until its task has timed out, and runs after that.
 * - `dies`: the process is gone at its n-th call of MGN or n-th ledger write, before or after that has taken effect.
 * - `stop`: the execution it belongs to is stopped as it begins; the code runs `seconds` later, or never without them.
 */
export type StepFault = Where & Trouble;

/** What happens to an invocation of a step. */
export type Trouble =
  | { readonly fault: 'error'; readonly error: string; readonly times: number }
  | { readonly fault: 'lost'; readonly error: string }
  | { readonly fault: 'twice' | 'atOnce' | 'timeout' }
  | { readonly fault: 'late'; readonly error: string; readonly seconds: number }
  | { readonly fault: 'dies'; readonly at: 'call' | 'ledgerWrite'; readonly nth: number; readonly effect: boolean }
  | { readonly fault: 'stop'; readonly seconds?: number };

/**
 * What happens to one write of the ledger, counted from 1 over the whole night: somebody else's write comes first
 * (`conflict`), the table cannot be reached (`unavailable`), or the write is made and its answer lost (`lost`).
 */
export interface LedgerFault {
  readonly write: number;
  readonly fault: 'conflict' | 'unavailable' | 'lost';
}

/** What happens to one start of a hook, counted from 1: it fails, or nobody knows whether it was begun. */
export interface HookFault {
  readonly start: number;
  readonly fault: 'fails' | 'lostBefore' | 'lostAfter';
}
