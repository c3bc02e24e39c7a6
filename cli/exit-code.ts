/** How a command ends, as a number that scripts can act on and an error that carries it. */
import type { Outcome } from '../functions/domain/run-record.ts';

/** The exit codes of every command; `--help` lists them. */
export const exitCodes = {
  /** Every source server is verified, or finalized where that was asked for. */
  done: 0,
  /** Some source servers were not cut over: rolled back, blocked or not started. */
  notAll: 1,
  /** Refused; nothing was touched. */
  refused: 2,
  /** A person is needed. */
  person: 3,
  /** The watcher went away; what it watched goes on (128 and the number of SIGINT, as shells have it). */
  detached: 130,
} as const;

const exitCodeOfOutcome: Readonly<Record<Outcome, number>> = {
  VERIFIED: exitCodes.done,
  FINALIZED: exitCodes.done,
  PARTIAL: exitCodes.notAll,
  REFUSED: exitCodes.refused,
  NEEDS_A_PERSON: exitCodes.person,
};

/** The exit code of a run that ended so, or has not ended. */
export function exitCodeOf(outcome: Outcome | 'UNFINISHED'): number {
  return outcome === 'UNFINISHED' ? exitCodes.person : exitCodeOfOutcome[outcome];
}

/** A command that cannot go on: its message is all a person needs to see. Unless told otherwise nothing was touched. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.refused, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return stringMember(error, 'message') ?? String(error);
}

/** The system's error code, such as ENOENT, of whatever was thrown; empty where there is none. */
export function systemCodeOf(error: unknown): string {
  return stringMember(error, 'code') ?? '';
}

function stringMember(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === 'string' ? member : undefined;
}
