/** The head of the screen, which never scrolls: what this is, what time it is, how old that is, what is safe, how far it is. */
import { ageWords, minuteTime, spanWords, zoneClock } from './clock-words.ts';
import { isAwaitingPerson, type Digest } from './board.ts';
import { clockDuration, clockTime, cut, plain, widthOf } from './fit.ts';
import { horizonEnd } from './forecast.ts';
import type { RunHeader } from './progress.ts';
import type { Palette, Standing } from './style.ts';

/** What the head is made of. Times are epoch milliseconds. */
export interface HeaderView {
  readonly header: RunHeader;
  readonly startedAt: number;
  readonly now: number;
  readonly digest: Digest;
  /** The newest instant that something known is of. */
  readonly factsAt: number | undefined;
  /** Of a migration: how far its waves are, in words. */
  readonly waves?: string | undefined;
}

/** A piece of the head that stays on one line; `short` is for narrow terminals. */
interface Segment {
  readonly text: string;
  readonly short?: string;
  readonly standing?: Standing | 'strong';
  /** 1 stays whatever the room; what is least important goes first. */
  readonly importance: 1 | 2 | 3;
}

/** Below this many columns the short words are used. */
const narrowColumns = 70;
const gap = '  ';

/** The head in at most `linesMax` lines of at most `columns`. */
export function headerLines(view: HeaderView, columns: number, linesMax: number, palette: Palette): string[] {
  const groups = [titleOf(view), clockOf(view), windowOf(view), progressOf(view)];
  let lines: string[] = [];
  for (const least of [3, 2, 1] as const) {
    const kept = groups.map((group) => group.filter(({ importance }) => importance <= least));
    for (const isShared of columns >= 2 * narrowColumns ? [true] : [false, true]) {
      lines = packed(kept, columns, isShared, palette);
      if (lines.length <= linesMax) return lines;
    }
  }
  return lines;
}

/** Whether it is a rehearsal, a simulator or the real thing. */
export function modeOf({ isRehearsal, place }: Pick<RunHeader, 'isRehearsal' | 'place'>): {
  readonly mode: 'REHEARSAL' | 'SIMULATOR' | 'LIVE';
  readonly rest: string;
} {
  const rest = plain(place).replace(/^(?:REHEARSAL|SIMULATOR|LIVE) ?/, '');
  if (isRehearsal) return { mode: 'REHEARSAL', rest };
  return { mode: place.startsWith('SIMULATOR') ? 'SIMULATOR' : 'LIVE', rest };
}

const modeStandings = { REHEARSAL: 'working', SIMULATOR: 'undone', LIVE: 'bad' } as const;

function titleOf({ header }: HeaderView): Segment[] {
  const { mode, rest } = modeOf(header);
  const name = plain(header.name);
  const target = plain(header.target);
  return [
    { text: mode, standing: modeStandings[mode], importance: 1 },
    { text: `${header.kind} ${name}`, standing: 'strong', importance: 1 },
    ...(name.includes(target) ? [] : [{ text: target, importance: 2 } as const]),
    ...(rest === '' ? [] : [{ text: rest, importance: 2 } as const]),
  ];
}

function clockOf(view: HeaderView): Segment[] {
  const { now, startedAt, digest } = view;
  const zones = new Set(digest.runs.flatMap(({ window }) => (window === undefined ? [] : window.zone)));
  zones.delete('UTC');
  return [
    { text: clockTime(now), standing: 'strong', importance: 1 },
    ...[...zones].map((zone) => ({ text: `${zoneClock(now, zone)} ${zone}`, importance: 1 }) as const),
    { text: `+${clockDuration(now - startedAt)}`, importance: 3 },
    factsAge(view),
  ];
}

/** Facts older than this are called old while there is work under way: a step looks every two minutes at least. */
const oldFactsMs = 180_000;
/** A step renews the hold on its run every seven minutes at least, whether anything has changed or not. */
const silentMs = 480_000;

function factsAge({ now, digest, factsAt }: HeaderView): Segment {
  if (factsAt === undefined) return { text: 'no facts yet', importance: 1 };
  const ageMs = now - factsAt;
  const age = `facts ${ageWords(ageMs)} old`;
  const { underWay, toBringBack } = digest.counts;
  const isAtWork = underWay + toBringBack > 0 && !isAwaitingPerson(digest, now);
  if (!isAtWork || ageMs <= oldFactsMs) return { text: age, importance: 1 };
  const why = ageMs > silentMs ? 'NO STEP HAS BEEN HEARD OF, see whether it still works' : 'nothing newer is known';
  return { text: `! ${age}: ${why}`, short: `! ${age}, OLD`, standing: 'person', importance: 1 };
}

/** Of many runs the window that closes first is the one to keep to. */
function windowOf({ now, digest }: HeaderView): Segment[] {
  const [tightest] = digest.runs
    .flatMap(({ window, record }) => (window === undefined ? [] : [{ window, plan: record.plan }]))
    .sort((one, other) => one.window.closesAt - other.window.closesAt);
  if (tightest === undefined) return [];
  const { opensAt, closesAt, zone } = tightest.window;
  return [windowSegment({ opensAt, closesAt, zone }, now), ...safeStart(tightest.plan?.lastSafeStartAt, now, digest)];
}

function windowSegment(
  { opensAt, closesAt, zone }: { opensAt: number; closesAt: number; zone: string },
  now: number,
): Segment {
  const at = (time: number) => (zone === 'UTC' ? minuteTime(time) : `${zoneClock(time, zone).slice(0, 5)} ${zone}`);
  if (now < opensAt) {
    const text = `window opens in ${spanWords(opensAt - now)}`;
    return { text: `${text} (${at(opensAt)})`, short: text, standing: 'undone', importance: 1 };
  }
  if (now >= closesAt) {
    const text = `! window CLOSED ${spanWords(now - closesAt)} ago`;
    return { text: `${text} (${at(closesAt)})`, short: text, standing: 'person', importance: 1 };
  }
  const text = `window closes in ${spanWords(closesAt - now)}`;
  return { text: `${text} (${at(closesAt)})`, short: text, importance: 1 };
}

/** Once everything has been started it is history, and only told where there is room. */
function safeStart(at: number | undefined, now: number, { counts }: Digest): Segment[] {
  if (at === undefined) return [];
  const isAhead = counts.waiting > 0 || counts.total === 0;
  const time = `last safe start ${minuteTime(at)}`;
  if (!isAhead) return [{ text: time, importance: 3 }];
  if (now <= at) return [{ text: `${time}, in ${spanWords(at - now)}`, importance: 1 }];
  return [{ text: `! ${time}, PASSED ${spanWords(now - at)} ago`, standing: 'person', importance: 1 }];
}

function progressOf(view: HeaderView): Segment[] {
  const { digest, waves } = view;
  const segments = countSegments(view);
  if (digest.counts.total === 0 && waves === undefined)
    return [{ text: 'resolving what is to be cut over', importance: 1 }];
  return [
    ...(waves === undefined ? [] : [{ text: waves, importance: 2 } as const]),
    ...segments,
    ...forecastSegments(view),
  ];
}

/** Counts up while servers come to AWS, and down again while they are brought back. */
function countSegments({ header, digest }: HeaderView): Segment[] {
  const { total, inAws, verified, finalized, underWay, waiting, toBringBack, broughtBack, person, notStarted } =
    digest.counts;
  if (total === 0) return [];
  const isWayBack = toBringBack > 0 || header.kind === 'rollback';
  const up = `${String(inAws)} of ${String(total)} in AWS by this run, ${String(verified)} verified`;
  const some = (count: number, words: string, standing?: Standing): Segment[] =>
    count === 0
      ? []
      : [{ text: `${String(count)} ${words}`, importance: 3, ...(standing === undefined ? {} : { standing }) }];
  const back = `${String(toBringBack)} still to bring back, ${String(broughtBack)} back`;
  return [
    ...(isWayBack
      ? [{ text: `${toBringBack > 0 ? '↺' : '✓'} ${back}`, standing: 'undone', importance: 1 } as const]
      : []),
    { text: up, short: `${String(inAws)}/${String(total)} in AWS, ${String(verified)} verified`, importance: 1 },
    ...(person === 0
      ? []
      : [
          {
            text: `! ${String(person)} need${person === 1 ? 's' : ''} a person`,
            standing: 'person',
            importance: 1,
          } as const,
        ]),
    ...(finalized === 0 ? [] : [{ text: `${String(finalized)} committed`, standing: 'good', importance: 2 } as const]),
    ...some(underWay, 'under way'),
    ...some(waiting, 'waiting'),
    ...(isWayBack ? [] : some(broughtBack, 'rolled back', 'undone')),
    ...some(notStarted, 'not started'),
  ];
}

function forecastSegments({ now, digest }: HeaderView): Segment[] {
  const { horizon, runs } = digest;
  if (isAwaitingPerson(digest, now)) return [{ text: '! waits for a person', standing: 'person', importance: 1 }];
  if (horizon === undefined) return [];
  const endAt = horizonEnd(horizon, now);
  const end = `all done ≈ ${minuteTime(endAt)}, in ${spanWords(endAt - now)}`;
  const closesAt = Math.min(...runs.flatMap(({ window }) => (window === undefined ? [] : window.closesAt)));
  if (closesAt === Infinity) return [{ text: end, short: `done ≈ ${minuteTime(endAt)}`, importance: 1 }];
  const marginMs = closesAt - endAt;
  const isInTime = marginMs >= 0;
  return [
    {
      text: `${isInTime ? '' : '! '}${end}, ${spanWords(Math.abs(marginMs))} ${isInTime ? 'before' : 'AFTER'} the window closes`,
      short: isInTime ? `done ≈ ${minuteTime(endAt)}, in time` : `! done ≈ ${minuteTime(endAt)}, AFTER the window`,
      importance: 1,
      ...(isInTime ? {} : { standing: 'person' as const }),
    },
  ];
}

/** Segments side by side as far as they fit; where the terminal is wide, or has few rows, the groups share lines too. */
function packed(
  groups: readonly (readonly Segment[])[],
  columns: number,
  isShared: boolean,
  palette: Palette,
): string[] {
  const lines: { text: string; width: number }[] = [];
  for (const group of groups) {
    let isFresh = !isShared;
    for (const segment of group) {
      const words = columns < narrowColumns ? (segment.short ?? segment.text) : segment.text;
      const text = cut(words, columns);
      const width = widthOf(text);
      const last = lines.at(-1);
      if (last === undefined || isFresh || last.width + gap.length + width > columns)
        lines.push({ text: painted(segment, text, palette), width });
      else {
        last.text += gap + painted(segment, text, palette);
        last.width += gap.length + width;
      }
      isFresh = false;
    }
  }
  return lines.map(({ text }) => text);
}

function painted({ standing }: Segment, text: string, palette: Palette): string {
  if (standing === undefined) return text;
  if (standing === 'strong') return palette.strong(text);
  return palette.of(standing, palette.strong(text));
}
