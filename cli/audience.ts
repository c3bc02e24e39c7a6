/** Who is told what: progress and results go to stdout, for a person or as NDJSON; with NDJSON, prose goes to stderr. */
import { writeLine, type Io, type OutputStream } from './io.ts';
import { createLineProgress } from './live/lines.ts';
import { createJsonProgress, writeEvent } from './live/ndjson.ts';
import type { Progress } from './live/progress.ts';
import { createScreenProgress } from './live/screen.ts';
import { wrapped } from './live/wrap.ts';
import { paletteOf, type Palette } from './live/style.ts';

/** The audience of one command. */
export interface Audience {
  readonly isJson: boolean;
  readonly palette: Palette;
  /** Where prose goes. */
  readonly prose: OutputStream;
  progress(now: () => number): Progress;
  /** Tells a person. */
  say(lines: readonly string[]): void;
  /** Tells a program; nothing where a person listens. */
  event(type: string, at: number, body: object): void;
}

/**
 * The audience that `--json` and the terminal make. A terminal that cannot move its cursor (`TERM=dumb`), and whoever asks
 * for `--lines` because something reads the screen to them, gets one plain line a change instead of a picture.
 */
export function audienceOf(io: Io, isJson: boolean, isLines = false): Audience {
  const prose = isJson ? io.stderr : io.stdout;
  // A pipe gets whole lines: what reads them there looks for words in them.
  const columns = isJson || !io.isTerminal ? undefined : io.stdout.columns;
  const fitting = (line: string) => (columns === undefined ? [line] : wrapped(line, columns));
  return {
    isJson,
    palette: isJson ? paletteOf({ isTerminal: false, env: {} }) : paletteOf(io),
    prose,
    progress: (now) => {
      if (isJson) return createJsonProgress(io.stdout);
      const isScreen = io.isTerminal && !isLines && io.env['TERM'] !== 'dumb';
      return isScreen ? createScreenProgress(io, now) : createLineProgress(io.stdout);
    },
    say: (lines) => {
      for (const line of lines.flatMap(fitting)) writeLine(prose, line);
    },
    event: (type, at, body) => {
      if (isJson) writeEvent(io.stdout, type, at, body);
    },
  };
}
