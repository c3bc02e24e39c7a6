/** What a checker sees of a night, and what a checker is. */
import type { RunReport, ServerReport } from '../../functions/domain/report.ts';
import type { InspectedAccount } from '../../simulator/world/inspect.ts';
import type { Night, RunLeft, Step, Walk, Write } from '../support/a-run.ts';
import type { Machine, Script } from './script.ts';

/** An execution a person started, and where it is. */
export interface Started {
  readonly machine: Machine;
  readonly name: string;
  /** The run it works on: its own name for a wave, the one its input names for a rollback or a commit. */
  readonly runID: string;
  /** Why: the script says so, or in the calm to settle what is open, to ask for the same once more, or to take it back. */
  readonly purpose: 'script' | 'settle' | 'repeat' | 'undo';
  /** The input as it was given, IDs and times filled in. */
  readonly input: unknown;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** How it ended; undefined while it runs. */
  readonly walk: Walk | undefined;
  readonly endedAt: number | undefined;
}

/** The night as a checker may look at it: the simulated world is the truth, the ledger what the tool believes. */
export interface Scene {
  readonly script: Script;
  readonly night: Night;
  /** Every execution that a person started so far, in order; waves of a migration are not among them. */
  readonly started: readonly Started[];
  /** The world now; looked up once for each moment at which checkers are asked. */
  account(): InspectedAccount;
  /** What was sent through the writing client so far, in order, with the servers as they were then. */
  readonly writes: readonly Write[];
  /** IDs of all runs that the ledger knows. */
  runIDs(): Promise<readonly string[]>;
  /** What the ledger says of a run now; read once for each moment at which checkers are asked. */
  left(runID: string): Promise<RunLeft>;
  /** The run's report as `RecordOutcome` and the tool's own report would build it now. */
  report(runID: string): Promise<{ readonly run: RunReport; readonly servers: readonly ServerReport[] }>;
  /** Whether nothing goes wrong any more: the script is over and the calm after it has begun. */
  readonly isCalm: boolean;
}

/**
 * One promise of the tool's, watched over a whole night. Each member answers with what is broken, in words that name the
 * source server and the run; an empty list when the promise holds. A checker is made anew for each night and may remember.
 */
export interface Checker {
  /** The file's name. */
  readonly name: string;
  /** Asked when a call that could change something is about to be sent, before it takes effect. */
  onWrite?(write: Write, scene: Scene): readonly string[];
  /** Asked when such a call was answered, or its answer was lost (`write.error`). */
  onAnswer?(write: Write, scene: Scene): readonly string[];
  /** Asked after every invocation of a step, however it ended. */
  afterStep?(step: Omit<Step, 'stop'>, scene: Scene): readonly string[] | Promise<readonly string[]>;
  /** Asked when an execution has ended. */
  afterExecution?(
    ended: Started & { readonly walk: Walk },
    scene: Scene,
  ): readonly string[] | Promise<readonly string[]>;
  /** Asked once, when every execution has ended, faults have stopped and each open run was brought to its end. */
  atEnd?(scene: Scene): readonly string[] | Promise<readonly string[]>;
}

/** Makes a checker for one night. */
export type MakeChecker = () => Checker;

/** A promise that was broken. */
export interface Breach {
  readonly checker: string;
  readonly what: string;
  /** Seconds after the night began. */
  readonly atSeconds: number;
}
