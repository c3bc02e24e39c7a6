/** What the command line needs of the process around it, so that a test can be that process. */
import { neutral } from './live/neutral.ts';

/** A stream that text is written to; `columns` and `rows` are those of a terminal. */
export type OutputStream = NodeJS.WritableStream & {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

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
}

/** Writes a line of text; of control characters only our own colours come through. */
export function writeLine(stream: OutputStream, line: string): void {
  stream.write(`${neutral(line)}\n`);
}
