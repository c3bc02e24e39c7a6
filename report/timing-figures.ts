/** How long the night took, in figures: from a source server's start to each milestone, against what was planned. */
import type { ServerReport } from '../functions/domain/report.ts';
import { percentileOf } from '../functions/domain/run-timings.ts';

/** Half and nine tenths took no longer than this, and none longer than `maxMs`; of so many source servers. */
export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly maxMs: number;
}

/** One measure of a run. */
export interface Measure {
  readonly key: 'launched' | 'booted' | 'verified' | 'rolledBack';
  readonly words: string;
  /** Each source server's time, in milliseconds. */
  readonly valuesMs: readonly number[];
  readonly actual: Spread;
  /** What was planned of the same source servers; undefined where nothing was. */
  readonly planned?: Spread | undefined;
}

type Stretch = (server: ServerReport) => number | undefined;

const measures: readonly { key: Measure['key']; words: string; actual: Stretch; planned: Stretch }[] = [
  {
    key: 'launched',
    words: 'from StartCutover to launched',
    actual: ({ timings }) => between(timings.cutoverStartedAt, timings.launchedAt),
    planned: ({ planned }) => between(planned?.cutoverStartsAt, planned?.launchedAt),
  },
  {
    key: 'booted',
    words: 'from StartCutover to first boot',
    actual: ({ timings }) => between(timings.cutoverStartedAt, timings.bootedAt),
    planned: () => undefined,
  },
  {
    key: 'verified',
    words: 'from StartCutover to verified',
    actual: ({ timings }) => between(timings.cutoverStartedAt, timings.verifiedAt),
    planned: ({ planned }) => between(planned?.cutoverStartsAt, planned?.verifiedAt),
  },
  {
    key: 'rolledBack',
    words: 'from the decision to roll back to the proof that it is back',
    actual: ({ timings }) => between(timings.rollbackRequestedAt, timings.rolledBackAt),
    planned: () => undefined,
  },
];

/** The measures that some source server of the run gives. */
export function measuresOf(servers: readonly ServerReport[]): Measure[] {
  return measures.flatMap(({ key, words, actual, planned }) => {
    const measured = servers.flatMap((server) => {
      const ms = actual(server);
      return ms === undefined ? [] : [{ ms, plannedMs: planned(server) }];
    });
    const valuesMs = measured.map(({ ms }) => ms);
    const spread = spreadOf(valuesMs);
    if (spread === undefined) return [];
    return [
      { key, words, valuesMs, actual: spread, planned: spreadOf(measured.flatMap(({ plannedMs }) => plannedMs ?? [])) },
    ];
  });
}

/** The spread of these durations, undefined where there is none. */
export function spreadOf(valuesMs: readonly number[]): Spread | undefined {
  const p50Ms = percentileOf(valuesMs, 50);
  const p90Ms = percentileOf(valuesMs, 90);
  const maxMs = percentileOf(valuesMs, 100);
  if (p50Ms === undefined || p90Ms === undefined || maxMs === undefined) return undefined;
  return { count: valuesMs.length, p50Ms, p90Ms, maxMs };
}

/** From one moment to a later one, in milliseconds; undefined where either is not known. */
export function between(from: string | undefined, to: string | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
