/** Progress on a terminal: the table, drawn again as things change; the last picture stays. */
import { createLogUpdate } from 'log-update';
import { summarizeWaves } from '../../functions/domain/migration-course.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { writeLine, type Io } from '../io.ts';
import { clockTime } from './fit.ts';
import { sentenceOf } from './lines.ts';
import type { Progress, RunHeader } from './progress.ts';
import { paletteOf } from './style.ts';
import { renderTable } from './table.ts';
import { waveSentence, wavesThatCameOn } from './wave-words.ts';

/** The screen is drawn on the wall's time whatever time the run goes by, which may replace the global timers. */
const wall = { setInterval: globalThis.setInterval, clearInterval: globalThis.clearInterval };

const drawEveryMs = 80;
/** How long a piece of news stays, in milliseconds of the run. */
const newsMs = 10 * 60_000;

/** Draws on `io.stdout`; `now` is the run's clock in epoch milliseconds. */
export function createScreenProgress(io: Io, now: () => number): Progress {
  const palette = paletteOf(io);
  const draw = createLogUpdate(io.stdout);
  const servers = new Map<string, ServerRecord>();
  const waveOf = new Map<string, string>();
  const cameOn = wavesThatCameOn();
  let summary: string | undefined;
  let begun: { header: RunHeader; at: number } | undefined;
  let news: { readonly text: string; readonly at: number } | undefined;
  let waiting: string | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  const redraw = (at: number) => {
    if (begun === undefined) return;
    const size = { columns: io.stdout.columns ?? 80, rows: io.stdout.rows ?? 24 };
    const isFresh = news !== undefined && at - news.at < newsMs;
    const view = {
      header: begun.header,
      startedAt: begun.at,
      now: at,
      servers: [...servers.values()],
      ...(summary === undefined ? {} : { waves: { summary, of: waveOf } }),
      news: isFresh ? news?.text : waiting,
    };
    draw(renderTable(view, size, palette).join('\n'));
  };
  return {
    begin(header, at) {
      begun = { header, at };
      timer = wall.setInterval(() => {
        redraw(now());
      }, drawEveryMs);
    },
    server(record, _at, wave) {
      servers.set(record.sourceServerID, record);
      if (wave !== undefined) waveOf.set(record.sourceServerID, wave);
    },
    // What a wave came to is told below the table; its source servers make room for those of the next.
    waves(records, at) {
      summary = summarizeWaves(records);
      const running = new Set(records.filter(({ state }) => state === 'RUNNING').map(({ name }) => name));
      for (const [id, wave] of waveOf) if (!running.has(wave)) servers.delete(id);
      const sentence = cameOn(records).map(waveSentence).at(-1);
      if (sentence !== undefined) news = { text: `${clockTime(at)}  ${sentence}`, at };
    },
    execution(execution, at) {
      const text = sentenceOf(execution);
      if (text !== undefined) news = { text: `${clockTime(at)}  ${text}`, at };
    },
    // Above the table, where commands keep their length and stay when it is drawn again.
    waiting(lines) {
      waiting = lines[0];
      if (lines.length === 0) return;
      draw.clear();
      for (const line of lines) writeLine(io.stdout, line);
    },
    remark(text, at) {
      news = { text, at };
    },
    end(at) {
      wall.clearInterval(timer);
      news = undefined;
      waiting = undefined;
      redraw(at);
      draw.done();
    },
  };
}
