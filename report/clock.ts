/** Times of a report as a reader sees them: in UTC, and in the zone of the change window where it has one. */
import type { FullReport } from '../cli/full-report.ts';

/** How this report tells times. */
export interface Clock {
  /** The IANA zone of the window; UTC where there is none. */
  readonly zone: string;
  /** When the run began and when it ended, or the last moment anything is known of it; epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Time of day in UTC to the second, with the date where it is not that of the start. */
  short(iso: string): string;
  /** Date and time in UTC and, where it is another one, in the zone. */
  long(iso: string): string;
  /** How long before the end of the report, such as `1:05:20`; undefined for what came after it. */
  before(iso: string): string | undefined;
}

/** The clock of a report. */
export function clockOf(report: FullReport): Clock {
  const { run } = report;
  const zone = zoneOrUtc(run.window?.zone);
  const startMs = Date.parse(run.startedAt);
  const endMs = Math.max(startMs, endOf(report));
  const startDate = run.startedAt.slice(0, 10);
  const local = localClock(zone);
  return {
    zone,
    startMs,
    endMs,
    short: (iso) => (iso.startsWith(startDate) ? iso.slice(11, 19) : iso.slice(0, 19).replace('T', ' ')),
    long: (iso) => {
      const utc = `${iso.slice(0, 19).replace('T', ' ')} UTC`;
      return zone === 'UTC' ? utc : `${utc} (${local(Date.parse(iso))} ${zone})`;
    },
    before: (iso) => {
      const ms = endMs - Date.parse(iso);
      return ms < 0 ? undefined : duration(ms);
    },
  };
}

/** The zone of a report that somebody kept may not be one that this machine knows. */
function zoneOrUtc(zone: string | undefined): string {
  try {
    return zone === undefined ? 'UTC' : new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

/** When the run ended, or was looked at, or the last moment that anything is known of. */
function endOf({ run, madeAt, servers, jobStarts, failures }: FullReport): number {
  const known = run.endedAt ?? madeAt;
  if (known !== undefined) return Date.parse(known);
  const times = [
    ...servers.flatMap(({ phases, timings }) => [timings.phaseSince, ...phases.map(({ at }) => at)]),
    ...jobStarts.map(({ calledAt }) => calledAt),
    ...failures.map(({ at }) => at),
  ];
  return times.reduce((latest, iso) => Math.max(latest, Date.parse(iso)), 0);
}

/** Date and time of a moment (epoch milliseconds) in a zone, to the minute. */
function localClock(zone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return (atMs) => format.format(atMs).replace(', ', ' ');
}

/** Time of day in a zone, as `22:05`; with month and day where `withDate` says so. */
export function axisClock(zone: string): (atMs: number, withDate: boolean) => string {
  const local = localClock(zone);
  return (atMs, withDate) => (withDate ? local(atMs).slice(5, 16) : local(atMs).slice(11, 16));
}

/** A duration in milliseconds as `0:42`, `12:05` or `1:02:05`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const rest = `${hours > 0 ? two(Math.floor(seconds / 60) % 60) : String(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${String(hours)}:${rest}` : rest;
}

/** A duration in milliseconds in words, such as `1 h 5 min` or `42 s`. */
export function durationWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  const rest = minutes % 60;
  return `${String(Math.floor(minutes / 60))} h${rest === 0 ? '' : ` ${String(rest)} min`}`;
}
