/** What the command line needs of the process around it, so that a test can be that process. */
import { neutral } from './live/neutral.ts';
import type { Key } from './live/view-state.ts';

/** A stream that text is written to; `columns` and `rows` are those of a terminal. */
export type OutputStream = NodeJS.WritableStream & {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** The keys that a person presses while a screen is shown. */
export interface Keys {
  /** Calls `listener` for each key but Ctrl-C; the function returned gives the terminal back as it was. */
  listen(listener: (key: Key) => void): () => void;
  /** Does what Ctrl-C does. */
  interrupt(): void;
}

/** The process around a command. */
export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: NodeJS.ReadableStream;
  /** Whether a person watches stdout. */
  readonly isTerminal: boolean;
  /** Whether a person can answer on stdin. */
  readonly isAnswerable: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` when the process is asked to stop; the function returned takes the listener away. */
  onInterrupt(listener: () => void): () => void;
  /** Undefined where stdin is no terminal. */
  readonly keys?: Keys | undefined;
  /** Calls `listener` when the process ends, however it does; the function returned takes the listener away. */
  onExit?(listener: () => void): () => void;
}

/** Writes a line of text; of control characters only our own colours come through. */
export function writeLine(stream: OutputStream, line: string): void {
  stream.write(`${neutral(line)}\n`);
}
