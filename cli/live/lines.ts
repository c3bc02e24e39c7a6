/** Progress for a pipe: one line a change, with the time in UTC. */
import { writeLine, type OutputStream } from '../io.ts';
import type { RunInput } from '../../functions/domain/run-input.ts';
import { readWindow, showTime } from '../../functions/domain/window.ts';
import { clockTime, plain } from './fit.ts';
import type { ExecutionNews, Progress } from './progress.ts';
import { noteOf, serverName } from './server-words.ts';
import { phaseLabel } from './style.ts';
import { waveSentence, wavesThatCameOn } from './wave-words.ts';

/** Writes lines to `stream`. */
export function createLineProgress(stream: OutputStream): Progress {
  const told = new Map<string, string>();
  const toldWindows = new Map<string, string>();
  const cameOn = wavesThatCameOn();
  const say = (at: number, what: string) => {
    writeLine(stream, `${clockTime(at)}  ${what}`.trimEnd());
  };
  return {
    begin({ name, kind, target, place }, at) {
      say(at, `${kind} ${name}: ${target}, ${place}`);
    },
    server(record, at, wave) {
      const name = wave === undefined ? serverName(record) : `${wave}  ${serverName(record)}`;
      const line = `${name.padEnd(20)}  ${phaseLabel(record.phase).padEnd(15)}  ${noteOf(record)}`;
      const isNews = told.get(record.sourceServerID) !== line;
      told.set(record.sourceServerID, line);
      if (isNews) say(at, line);
    },
    run({ runID, input, plan }, at, wave) {
      const about = windowWords(input.window, plan?.lastSafeStartAt);
      if (about === undefined || toldWindows.get(runID) === about) return;
      toldWindows.set(runID, about);
      say(at, wave === undefined ? about : `${wave}  ${about}`);
    },
    heard: () => undefined,
    waves(records, at) {
      for (const record of cameOn(records)) say(at, plain(waveSentence(record) ?? ''));
    },
    execution(news, at) {
      const sentence = sentenceOf(news);
      if (sentence !== undefined) say(at, sentence);
    },
    waiting(lines, at) {
      for (const line of lines) say(at, line);
    },
    remark(sentence, at) {
      say(at, sentence);
    },
    end: () => undefined,
  };
}

/** Such as `window 2026-01-10 23:00 Europe/Berlin (22:00 UTC) to …; last safe start …`; undefined without a window. */
function windowWords(input: RunInput['window'], lastSafeStartAt: number | undefined): string | undefined {
  if (input === undefined) return undefined;
  const { opensAt, closesAt, zone } = readWindow(input);
  const window = `window ${showTime(opensAt, zone)} to ${showTime(closesAt, zone)}`;
  return lastSafeStartAt === undefined ? window : `${window}; last safe start ${showTime(lastSafeStartAt, zone)}`;
}

/** A failed step in words; other news of executions is for machines. */
export function sentenceOf(news: ExecutionNews): string | undefined {
  if (news.status !== 'STEP_FAILED') return undefined;
  const attempt = news.attempt === 1 ? '' : ` (attempt ${String(news.attempt)})`;
  return `step ${news.step} failed${attempt}: ${news.error}: ${plain(news.message)}`;
}
