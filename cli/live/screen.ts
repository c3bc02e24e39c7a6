/** Progress on a terminal: the table, drawn again as things change; the last picture stays. */
import { createLogUpdate } from 'log-update';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import type { Io } from '../io.ts';
import { clockTime } from './fit.ts';
import { sentenceOf } from './lines.ts';
import type { Progress, RunHeader } from './progress.ts';
import { paletteOf } from './style.ts';
import { renderTable } from './table.ts';

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
  let begun: { header: RunHeader; at: number } | undefined;
  let news: { readonly text: string; readonly at: number } | undefined;
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
      news: isFresh ? news?.text : undefined,
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
    server(record) {
      servers.set(record.sourceServerID, record);
    },
    execution(execution, at) {
      const text = sentenceOf(execution);
      if (text !== undefined) news = { text: `${clockTime(at)}  ${text}`, at };
    },
    remark(text, at) {
      news = { text, at };
    },
    end(at) {
      wall.clearInterval(timer);
      news = undefined;
      redraw(at);
      draw.done();
    },
  };
}
