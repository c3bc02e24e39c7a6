/** Progress on a terminal: a picture, drawn again as things change; the last one stays. */
import { summarizeWaves } from '../../functions/domain/migration-course.ts';
import { messageOf } from '../exit-code.ts';
import { writeLine, type Io } from '../io.ts';
import { Board } from './board.ts';
import { Canvas } from './canvas.ts';
import { clockTime, plain } from './fit.ts';
import { Framer, type Frame } from './frame.ts';
import { sentenceOf } from './lines.ts';
import type { Progress, RunHeader } from './progress.ts';
import { paletteOf } from './style.ts';
import { firstView, pressed, type Key, type ViewState } from './view-state.ts';
import { waveSentence, wavesThatCameOn } from './wave-words.ts';

/** The screen is drawn on the wall's time whatever time the run goes by, which may replace the global timers. */
const wall = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  nowMs: () => performance.now(),
};

/** The clock goes on though nothing else does. */
const idleDrawMs = 1_000;
/** News are shown soon, but not each of hundreds that come together. */
const changeDrawMs = 250;
/** The hours of a rehearsal pass in seconds. */
const rehearsalDrawMs = 100;
/** How long a piece of news stays, in milliseconds of the run. */
const newsMs = 10 * 60_000;

/** Draws on `io.stdout`; `now` is the run's clock in epoch milliseconds. */
export function createScreenProgress(io: Io, now: () => number): Progress {
  const screen = new Screen(io, now);
  return {
    begin: (...told) => {
      screen.begin(...told);
    },
    server: (...told) => {
      screen.server(...told);
    },
    run: (...told) => {
      screen.run(...told);
    },
    heard: (at) => {
      screen.heard(at);
    },
    waves: (...told) => {
      screen.waves(...told);
    },
    execution: (...told) => {
      screen.execution(...told);
    },
    // The gates of all runs are read off their records, and stay in sight.
    waiting: () => undefined,
    remark: (...told) => {
      screen.remark(...told);
    },
    end: (at) => {
      screen.end(at);
    },
  };
}

class Screen {
  readonly #io: Io;
  readonly #now: () => number;
  readonly #canvas: Canvas;
  readonly #framer: Framer;
  readonly #board = new Board();
  readonly #cameOn = wavesThatCameOn();
  readonly #onResize = () => {
    this.#draw();
  };
  #begun: { readonly header: RunHeader; readonly at: number } | undefined;
  #waves: string | undefined;
  #news: { readonly text: string; readonly at: number } | undefined;
  #state: ViewState = firstView;
  #shown: Frame['shown'] = { rowCount: 0, pageRows: 1, isGrouped: false, application: undefined };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drawnAtMs = -Infinity;
  #dueAtMs = Infinity;
  #restore: (() => void) | undefined;

  constructor(io: Io, now: () => number) {
    this.#io = io;
    this.#now = now;
    this.#canvas = new Canvas(io.stdout);
    this.#framer = new Framer(paletteOf(io));
  }

  begin(header: RunHeader, at: number): void {
    this.#begun = { header, at };
    const stopKeys = this.#io.keys?.listen((key) => {
      this.#press(key);
    });
    const stopExit = this.#io.onExit?.(() => {
      this.#restore?.();
    });
    this.#io.stdout.on('resize', this.#onResize);
    this.#restore = () => {
      this.#restore = undefined;
      wall.clearTimeout(this.#timer);
      this.#io.stdout.off('resize', this.#onResize);
      stopKeys?.();
      stopExit?.();
      this.#canvas.close();
    };
    this.#schedule(0);
  }

  server(...[record, at, wave]: Parameters<Progress['server']>): void {
    this.#board.server(record, at, wave);
    this.#changed();
  }

  run(...[record, , wave]: Parameters<Progress['run']>): void {
    this.#board.run(record, wave);
    this.#changed();
  }

  heard(at: number): void {
    this.#board.heard(at);
  }

  // What a wave came to is told below the rows; its source servers make room for those of the next.
  waves(...[records, at]: Parameters<Progress['waves']>): void {
    this.#waves = summarizeWaves(records);
    this.#board.keepWaves(new Set(records.filter(({ state }) => state === 'RUNNING').map(({ name }) => name)));
    const sentence = this.#cameOn(records).map(waveSentence).at(-1);
    if (sentence !== undefined) this.#tell(sentence, at);
    this.#changed();
  }

  execution(...[execution, at]: Parameters<Progress['execution']>): void {
    const text = sentenceOf(execution);
    if (text !== undefined) this.#tell(text, at);
  }

  remark(sentence: string, at: number): void {
    this.#tell(sentence, at);
  }

  end(at: number): void {
    if (this.#restore === undefined) return;
    this.#news = undefined;
    this.#state = firstView;
    this.#harmlessly(() => {
      const { lines } = this.#frame(at, false);
      this.#restore?.();
      this.#canvas.leave(lines);
    });
  }

  /** A picture that cannot be drawn must not take the work down with it. */
  #harmlessly(draw: () => void): void {
    try {
      draw();
    } catch (error) {
      this.#restore?.();
      const why = plain(messageOf(error));
      writeLine(
        this.#io.stderr,
        `mgn-cutover: the screen cannot be drawn any more (${why}); the work goes on without it.`,
      );
    }
  }

  #tell(text: string, at: number): void {
    this.#news = { text: `${clockTime(at)}  ${plain(text)}`, at };
    this.#changed();
  }

  #press(key: Key): void {
    const { view, action } = pressed(this.#state, key, this.#shown);
    this.#state = view;
    if (action === 'redraw') this.#canvas.forget();
    if (action === 'leave') {
      if (this.#begun?.header.isDetachable === true) this.#io.keys?.interrupt();
      else this.#tell('q does nothing here: this command does the work; Ctrl-C stops it', this.#now());
    }
    this.#draw();
  }

  #changed(): void {
    this.#schedule(this.#begun?.header.isRehearsal === true ? rehearsalDrawMs : changeDrawMs);
  }

  /** Draws when the last picture is so old, or sooner if that is due sooner. */
  #schedule(ageMs: number): void {
    if (this.#restore === undefined) return;
    const dueAtMs = this.#drawnAtMs + ageMs;
    if (dueAtMs >= this.#dueAtMs) return;
    wall.clearTimeout(this.#timer);
    this.#dueAtMs = dueAtMs;
    this.#timer = wall.setTimeout(
      () => {
        this.#draw();
      },
      Math.max(0, dueAtMs - wall.nowMs()),
    );
  }

  #draw(): void {
    if (this.#restore === undefined) return;
    this.#harmlessly(() => {
      this.#drawNow();
    });
  }

  #drawNow(): void {
    const { lines, shown } = this.#frame(this.#now(), true);
    this.#shown = shown;
    this.#state = { ...this.#state, row: Math.max(0, Math.min(this.#state.row, shown.rowCount - 1)) };
    this.#canvas.draw(lines);
    this.#drawnAtMs = wall.nowMs();
    this.#dueAtMs = Infinity;
    this.#schedule(this.#begun?.header.isRehearsal === true ? rehearsalDrawMs : idleDrawMs);
  }

  #frame(at: number, isLive: boolean): Frame {
    if (this.#begun === undefined) return { lines: [], shown: this.#shown };
    const isFresh = this.#news !== undefined && at - this.#news.at < newsMs;
    const view = {
      header: this.#begun.header,
      startedAt: this.#begun.at,
      now: at,
      digest: this.#board.digest(),
      factsAt: this.#board.factsAt(at),
      waves: this.#waves,
      news: isFresh ? this.#news?.text : undefined,
      state: this.#state,
      hasKeys: isLive && this.#io.keys !== undefined,
    };
    return this.#framer.frame(view, this.#canvas.size);
  }
}
