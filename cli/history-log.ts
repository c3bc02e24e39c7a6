/** Where `--log` puts the history of the executions: one JSON line an event, as Step Functions would keep it. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { HistoryEvent } from '../local/history.ts';
import { CommandError, messageOf } from './exit-code.ts';

/** A log that has to be closed. */
export interface HistoryLog {
  record(event: HistoryEvent): void;
  close(): void;
}

/**
 * Opens the log at `path`, which is written anew, or one that keeps nothing.
 *
 * @throws CommandError when the file cannot be written.
 */
export function openHistoryLog(path: string | undefined): HistoryLog {
  if (path === undefined) return { record: () => undefined, close: () => undefined };
  const file = open(path);
  return {
    record({ timestampMs, ...event }) {
      writeSync(file, `${JSON.stringify({ at: new Date(timestampMs).toISOString(), ...event })}\n`);
    },
    close() {
      closeSync(file);
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new CommandError(`--log: ${path} cannot be written: ${messageOf(error)}.`);
  }
}
