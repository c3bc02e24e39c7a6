/** Times and spans as a person reads them at a glance. */
import { clockTime } from './fit.ts';

const minuteMs = 60_000;

/** A span of milliseconds to the minute, such as `under 1 min`, `12 min`, `3 h 40 min` or `2 d 3 h`. */
export function spanWords(ms: number): string {
  const minutes = Math.floor(ms / minuteMs);
  if (minutes < 1) return 'under 1 min';
  if (minutes < 100) return `${String(minutes)} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return withRest(`${String(hours)} h`, minutes % 60, 'min');
  return withRest(`${String(Math.floor(hours / 24))} d`, hours % 24, 'h');
}

function withRest(whole: string, rest: number, unit: string): string {
  return rest === 0 ? whole : `${whole} ${String(rest)} ${unit}`;
}

/** How old something is, to the second while it is young: `12 s`, then as {@link spanWords}. */
export function ageWords(ms: number): string {
  return ms < 100_000 ? `${String(Math.max(0, Math.floor(ms / 1_000)))} s` : spanWords(ms);
}

/** An instant (epoch milliseconds) to the minute, as `22:48Z`. */
export function minuteTime(atMs: number): string {
  return `${clockTime(atMs).slice(0, 5)}Z`;
}

/** Making one is slow, and a screen shows its clock every second. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The clock on the wall of an IANA zone at that instant, as `23:14:30`; the zone is one that there is. */
export function zoneClock(atMs: number, zone: string): string {
  const known = formats.get(zone);
  const format =
    known ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  if (known === undefined) formats.set(zone, format);
  return format.format(atMs);
}
