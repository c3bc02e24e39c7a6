/**
 * The change window of a run: when it may start, and until when a start still leaves time to bring everything back.
 * Times are read and shown in the window's IANA zone, whatever zone and language the machine has; the zone's rules come
 * from the ICU data in Node. A local time that the clocks skip or pass twice is refused, never guessed.
 */
import * as v from 'valibot';
import { InvalidInputError } from './errors.ts';
import type { ExpectedTimes } from './expected-times.ts';
import type { Reason } from './reason.ts';
import { shownText } from './shown-text.ts';

const dayMs = 86_400_000;
/** Longest window, in days; a longer one is a slip of the pen. */
export const windowDaysMax = 14;

const timePattern =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?)(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/;
const expectedTime = 'expected a time such as "2026-11-28T22:00", or with an offset "2026-11-28T22:00+01:00"';

/** Schema of a time a person writes; what it means takes a zone too, see `parseTime`. */
export const TimeTextSchema = v.pipe(v.string(), v.regex(timePattern, expectedTime));

/** Schema of a run's change window; what its times mean together is `readWindow`'s. */
export const WindowSchema = v.strictObject({
  opensAt: v.pipe(
    TimeTextSchema,
    v.description('When the window opens: ISO 8601 with an offset or Z, or a local time without one, in `zone`.'),
  ),
  closesAt: v.pipe(
    TimeTextSchema,
    v.description(
      `When the window closes, at most ${String(windowDaysMax)} days later: everything is verified or brought back by then.`,
    ),
  ),
  zone: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(64),
      v.description(
        'The IANA time zone of the times without an offset, such as "Europe/Berlin"; times are shown in it, without it in UTC.',
      ),
    ),
  ),
  rollbackBy: v.optional(
    v.pipe(TimeTextSchema, v.description('What is not verified by then, within the window, is rolled back.')),
  ),
});
/** A change window as a person writes it. */
export type WindowInput = v.InferOutput<typeof WindowSchema>;

/** A change window: times in epoch milliseconds, and the IANA zone to show them in. */
export interface ChangeWindow {
  readonly opensAt: number;
  /** The first moment after the window. */
  readonly closesAt: number;
  /** What is not verified by then is rolled back. */
  readonly rollbackBy?: number | undefined;
  readonly zone: string;
}

/** What a written time means in epoch milliseconds, or what is wrong with it. */
type Reading = { readonly at: number } | { readonly fault: string };

/**
 * The moment that a time means, in epoch milliseconds; one without an offset is a local time in `zone`.
 *
 * @throws InvalidInputError naming `field` when the time is none, has neither offset nor zone, is skipped by the clocks
 * of the zone or passed twice, or the zone is not known.
 */
export function parseTime(text: string, zone: string | undefined, field = 'the time'): number {
  const reading = readTime(text, zone);
  if ('fault' in reading) throw unusable([`${field}: ${reading.fault}`]);
  return reading.at;
}

/**
 * The change window that a person wrote.
 *
 * @throws InvalidInputError naming every wrong field.
 */
export function readWindow(input: WindowInput): ChangeWindow {
  const { zone } = input;
  if (zone !== undefined && !isZone(zone)) throw unusable([`window.zone: ${unknownZone(zone)}`]);
  const opensAt = readTime(input.opensAt, zone);
  const closesAt = readTime(input.closesAt, zone);
  const rollbackBy = input.rollbackBy === undefined ? undefined : readTime(input.rollbackBy, zone);
  if ('fault' in opensAt || 'fault' in closesAt || (rollbackBy !== undefined && 'fault' in rollbackBy)) {
    const faults = Object.entries({ opensAt, closesAt, rollbackBy }).flatMap(([field, reading]) =>
      reading !== undefined && 'fault' in reading ? [`window.${field}: ${reading.fault}`] : [],
    );
    throw unusable(faults);
  }
  const window = { opensAt: opensAt.at, closesAt: closesAt.at, rollbackBy: rollbackBy?.at, zone: zone ?? 'UTC' };
  const faults = orderFaults(window);
  if (faults.length > 0) throw unusable(faults);
  return window;
}

function unusable(faults: readonly string[]): InvalidInputError {
  return new InvalidInputError(`The input cannot be used: ${faults.join('; ')}.`);
}

function orderFaults({ opensAt, closesAt, rollbackBy, zone }: ChangeWindow): string[] {
  const opens = `window.opensAt, ${showTime(opensAt, zone)}`;
  const closes = `window.closesAt, ${showTime(closesAt, zone)}`;
  if (closesAt <= opensAt) return [`${closes}, is not after ${opens}`];
  const faults: string[] = [];
  if (closesAt - opensAt > windowDaysMax * dayMs)
    faults.push(`${closes}, is more than ${windowDaysMax} days after ${opens}`);
  if (rollbackBy !== undefined && (rollbackBy <= opensAt || rollbackBy > closesAt))
    faults.push(
      `window.rollbackBy, ${showTime(rollbackBy, zone)}, is not within the window: after ${opens}, by ${closes}`,
    );
  return faults;
}

function readTime(text: string, zone: string | undefined): Reading {
  const [, local, offset] = timePattern.exec(text) ?? [];
  if (local === undefined) return { fault: `${expectedTime} (found "${shownText(text)}")` };
  const nominal = Date.parse(`${local}Z`);
  // Date.parse takes a 30 February for 2 March.
  if (!new Date(nominal).toISOString().startsWith(local.slice(0, 10)))
    return { fault: `${text} is not in the calendar` };
  if (offset !== undefined) return { at: Date.parse(text) };
  if (zone === undefined)
    return { fault: `${text} names no zone; add an offset, as in "${text}+01:00", or set window.zone` };
  return isZone(zone) ? readLocalTime(local, nominal, zone) : { fault: unknownZone(zone) };
}

/**
 * A local time is a moment for each offset that the zone has around it and, at that moment, really has: usually one,
 * none where the clocks skip it, two where they pass it twice.
 */
function readLocalTime(local: string, nominal: number, zone: string): Reading {
  const offsets = new Set([offsetAt(nominal - dayMs, zone), offsetAt(nominal + dayMs, zone)]);
  const moments = [...offsets]
    .map((offset) => ({ text: `${local}${offset}`, at: Date.parse(`${local}${offset}`), offset }))
    .filter(({ at, offset }) => offsetAt(at, zone) === offset);
  const [first, second] = moments;
  if (first === undefined)
    return { fault: `${local} does not exist in ${zone}, where the clocks are put forward past it; give another time` };
  if (second === undefined) return { at: first.at };
  return {
    fault: `${local} comes twice in ${zone}, where the clocks are put back; say with an offset which is meant: ${first.text} or ${second.text}`,
  };
}

/** The zone's offset from UTC at that moment, as ISO 8601 writes it, such as `+05:45`. */
function offsetAt(atMs: number, zone: string): string {
  const parts = formatOf(zone)?.formatToParts(atMs) ?? [];
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return name.slice('GMT'.length) || '+00:00';
}

/** Making one is slow, and a wave looks at its window again and again. Only zones that there are get in, some hundreds. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** What tells the offsets of a zone; undefined if there is none of that name. */
function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    formats.set(zone, format);
    return format;
  } catch {
    return undefined;
  }
}

/** Node also takes bare offsets for zones; those know no clock changes, so they are not what a person means by a zone. */
function isZone(zone: string): boolean {
  return /^[A-Za-z]/.test(zone) && formatOf(zone) !== undefined;
}

function unknownZone(zone: string): string {
  return `"${shownText(zone)}" is not a time zone of the IANA database, such as "Europe/Berlin" or "UTC"`;
}

/**
 * A moment (epoch milliseconds) in the zone and in UTC, to the minute, such as `2026-11-28 22:00 Europe/Berlin (21:00
 * UTC)`; with the date in UTC where it is another one.
 */
export function showTime(atMs: number, zone: string): string {
  const utc = showClock(atMs);
  if (zone === 'UTC') return `${utc} UTC`;
  const offsetMs = -Date.parse(`1970-01-01T00:00${offsetAt(atMs, zone)}`);
  const local = showClock(atMs + offsetMs);
  const isSameDate = local.slice(0, 10) === utc.slice(0, 10);
  return `${local} ${zone} (${isSameDate ? utc.slice(11) : utc} UTC)`;
}

function showClock(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

/**
 * The latest start, in epoch milliseconds, after which launch, actions and rollback still fit the window, and launch and
 * actions are over by `rollbackBy`: who starts later is expected to be rolled back.
 */
export function lastSafeStart(window: ChangeWindow, expected: ExpectedTimes): number {
  return Math.min(window.closesAt - expected.totalSeconds * 1_000, lastUsefulStart(window, expected));
}

function lastUsefulStart({ rollbackBy }: ChangeWindow, { launchSeconds, actionsSeconds }: ExpectedTimes): number {
  return rollbackBy === undefined ? Infinity : rollbackBy - (launchSeconds + actionsSeconds) * 1_000;
}

/** May the wave start now? NOT_YET passes by waiting, the others do not. */
export type StartJudgement =
  { readonly start: 'OPEN' } | { readonly start: 'NOT_YET' | 'CLOSED' | 'TOO_LATE'; readonly reason: Reason };

/**
 * Judges a start at `now` (epoch milliseconds). A window that is too short for what is expected is TOO_LATE even before
 * it opens, because waiting for it would help nobody.
 */
export function judgeStart(window: ChangeWindow, expected: ExpectedTimes, now: number): StartJudgement {
  const { opensAt, closesAt, zone } = window;
  const show = (atMs: number) => showTime(atMs, zone);
  const safeUntil = lastSafeStart(window, expected);
  const reason = (code: string, fact: string, remedy: string): Reason => ({ code, fact, source: 'window', remedy });
  if (now >= closesAt) {
    const fact = `it is ${show(now)}, and the window closed at ${show(closesAt)}`;
    return { start: 'CLOSED', reason: reason('WINDOW_CLOSED', fact, 'Start in a later window.') };
  }
  if (now > safeUntil || safeUntil < opensAt) {
    const sum = `the last safe start is ${show(safeUntil)}, ${showBound(window, expected)}`;
    const fact =
      now > safeUntil
        ? `it is ${show(now)}, and ${sum}`
        : `${sum}, so that it is before the window opens at ${show(opensAt)}`;
    return { start: 'TOO_LATE', reason: reason('LAST_SAFE_START_PASSED', fact, tooLateRemedy) };
  }
  if (now < opensAt) {
    const fact = `it is ${show(now)}, and the window opens at ${show(opensAt)}`;
    const remedy = `Start between ${show(opensAt)} and ${show(safeUntil)}, the last safe start.`;
    return { start: 'NOT_YET', reason: reason('WINDOW_NOT_OPEN', fact, remedy) };
  }
  return { start: 'OPEN' };
}

const tooLateRemedy =
  'Start in a later or longer window, cut over fewer source servers at once, or state in options.expected how long it takes.';

/** What bounds the last safe start: the end of the window or, where that comes first, what `rollbackBy` would undo. */
function showBound(window: ChangeWindow, expected: ExpectedTimes): string {
  const { closesAt, rollbackBy, zone } = window;
  if (rollbackBy === undefined || lastSafeStart(window, expected) < lastUsefulStart(window, expected))
    return `${showExpected(expected)} before the window closes at ${showTime(closesAt, zone)}`;
  const minutes = Math.ceil((expected.launchSeconds + expected.actionsSeconds) / 60);
  return `launch and actions (${String(minutes)} min) before what is not verified is rolled back at ${showTime(rollbackBy, zone)} (rollbackBy)`;
}

/** Such as `65 min (launch 30 by default, actions 15 by earlier runs, rollback 20 by input)`. */
function showExpected(expected: ExpectedTimes): string {
  const minutes = (seconds: number) => String(Math.ceil(seconds / 60));
  const { basis, launchSeconds, actionsSeconds, rollbackSeconds, totalSeconds } = expected;
  return `${minutes(totalSeconds)} min (launch ${minutes(launchSeconds)} by ${basis.launchSeconds}, actions ${minutes(actionsSeconds)} by ${basis.actionsSeconds}, rollback ${minutes(rollbackSeconds)} by ${basis.rollbackSeconds})`;
}
