/** What the nights of a rehearsal come to, taken together: durations, the chance to fit the window, the long pole, mishaps. */
import { percentileOf } from '../../functions/domain/run-timings.ts';
import { sumsOf, type LongPole, type Night, type NightVerdict } from './night.ts';

/** Half and nine tenths of the nights took no longer, in seconds, with the shortest and the longest. */
export interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly min: number;
  readonly max: number;
}

/** A source server that was the last to be verified, and in how many nights. */
export interface PoleCount {
  readonly sourceServerID: string;
  readonly hostname?: string | undefined;
  readonly nights: number;
}

/** Something that kept source servers from being verified, and what became of them, over all nights. */
export interface MishapCount {
  readonly code: string;
  readonly nights: number;
  readonly servers: number;
  readonly verdicts: Readonly<Partial<Record<NightVerdict, number>>>;
}

/** The figures. */
export interface Figures {
  readonly nights: number;
  readonly cutoverSeconds: Spread;
  readonly rollbackSeconds: Spread;
  readonly totalSeconds: Spread;
  /** The fraction of the nights in which launch, verification and rollback fit the window; undefined without one. */
  readonly fits?: number | undefined;
  /** The most frequent ones first. */
  readonly longPoles: readonly PoleCount[];
  readonly mishaps: readonly MishapCount[];
  /** Over all nights, source servers of each verdict. */
  readonly verdicts: Readonly<Partial<Record<NightVerdict, number>>>;
  /** Nights in which a source server needed a person, in the night's work or on the way back. */
  readonly nightsWithPerson: number;
  readonly faults: Night['faults'];
  readonly lostAndFound: number;
  readonly resumed: number;
}

/** The figures of these nights; undefined for none. */
export function figuresOf(nights: readonly Night[]): Figures | undefined {
  const cutoverSeconds = spreadOf(nights.map((night) => night.cutoverSeconds));
  const rollbackSeconds = spreadOf(nights.map((night) => night.rollbackSeconds));
  const totalSeconds = spreadOf(nights.map((night) => night.cutoverSeconds + night.rollbackSeconds));
  if (cutoverSeconds === undefined || rollbackSeconds === undefined || totalSeconds === undefined) return undefined;
  const judged = nights.flatMap(({ fits }) => fits ?? []);
  return {
    nights: nights.length,
    cutoverSeconds,
    rollbackSeconds,
    totalSeconds,
    ...(judged.length > 0 && { fits: judged.filter(Boolean).length / judged.length }),
    longPoles: longPolesOf(nights.flatMap(({ longPole }) => longPole ?? [])),
    mishaps: mishapsOf(nights),
    verdicts: sumsOf(nights.flatMap(({ verdicts }) => entriesOf(verdicts))),
    nightsWithPerson: nights.filter(needsAPerson).length,
    faults: sumsOf(nights.flatMap(({ faults }) => entriesOf(faults))),
    lostAndFound: nights.reduce((sum, night) => sum + night.lostAndFound, 0),
    resumed: nights.reduce((sum, night) => sum + night.resumed, 0),
  };
}

/** Whether somebody had to be called in that night: nobody knows what became of a source server, or it is not back. */
export function needsAPerson({ verdicts, rollback }: Night): boolean {
  return (verdicts.NEEDS_A_PERSON ?? 0) + (verdicts.UNDECIDED ?? 0) + rollback.needsAPerson > 0;
}

function spreadOf(values: readonly number[]): Spread | undefined {
  const p50 = percentileOf(values, 50);
  const p90 = percentileOf(values, 90);
  if (p50 === undefined || p90 === undefined) return undefined;
  return { p50, p90, min: Math.min(...values), max: Math.max(...values) };
}

function longPolesOf(poles: readonly LongPole[]): PoleCount[] {
  const counts = new Map<string, PoleCount>();
  for (const { sourceServerID, hostname } of poles)
    counts.set(sourceServerID, { sourceServerID, hostname, nights: (counts.get(sourceServerID)?.nights ?? 0) + 1 });
  return [...counts.values()].sort(
    (one, other) => other.nights - one.nights || (one.sourceServerID < other.sourceServerID ? -1 : 1),
  );
}

function mishapsOf(nights: readonly Night[]): MishapCount[] {
  const codes = new Set(nights.flatMap(({ mishaps }) => mishaps.map(({ code }) => code)));
  const counts = [...codes].map((code): MishapCount => {
    const ofNights = nights.map(({ mishaps }) => mishaps.filter((mishap) => mishap.code === code));
    const all = ofNights.flat();
    return {
      code,
      nights: ofNights.filter((mishaps) => mishaps.length > 0).length,
      servers: all.length,
      verdicts: sumsOf(all.map(({ verdict }) => [verdict, 1] as const)),
    };
  });
  return counts.sort((one, other) => other.servers - one.servers || (one.code < other.code ? -1 : 1));
}

function entriesOf<Kind extends string>(counts: Readonly<Partial<Record<Kind, number>>>): [Kind, number][] {
  const kinds: [string, unknown][] = Object.entries(counts);
  return kinds.flatMap(([kind, count]) => (isKindOf(counts, kind) && typeof count === 'number' ? [[kind, count]] : []));
}

function isKindOf<Kind extends string>(counts: Readonly<Partial<Record<Kind, number>>>, kind: string): kind is Kind {
  return Object.hasOwn(counts, kind);
}
