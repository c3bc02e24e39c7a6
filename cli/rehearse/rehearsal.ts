/** A rehearsal: a clean night, then nights of misfortune from seeds, each with its way back; and what they come to. */
import { readWindow, type ChangeWindow } from '../../functions/domain/window.ts';
import type { FullReport } from '../full-report.ts';
import { exitCodes } from '../exit-code.ts';
import { figuresOf, needsAPerson, type Figures } from './figures.ts';
import { withMisfortune, type MisfortuneLevel } from './misfortune.ts';
import { nightInput, type NightInput } from './night-input.ts';
import { playNight, type Night, type NightScript, type PlayedNight } from './night.ts';
import { rehearsedRuns } from './rehearsed-runs.ts';
import { plansAt, type PlannedRun, type Subject } from './subject.ts';

/** How a subject is rehearsed. */
export interface RehearsalOptions {
  /** How many nights after the clean one. */
  readonly seeds: number;
  /** Seed of the first of them. */
  readonly firstSeed: number;
  readonly faults: MisfortuneLevel;
  /** Hears of each night that was played, the clean one first. */
  readonly onNight?: ((night: Night, played: number) => void) | undefined;
  /** Whether to play no further night; asked before each. */
  readonly isStopped?: (() => boolean) | undefined;
}

/** A rehearsal. */
export interface Rehearsal {
  readonly subject: Subject;
  /** From the opening of the first window to the closing of the last one, where every run has one. */
  readonly window?: ChangeWindow | undefined;
  /** When the nights begin, epoch milliseconds: when the window opens, or the moment of the scenario where that is later. */
  readonly startMs: number;
  /** What was changed in the input for the nights, in words. */
  readonly notes: readonly string[];
  /** Why no night could be played, in words. */
  readonly obstacles: readonly string[];
  /** The night in which nothing goes wrong but what the scenario holds; undefined where nothing could be started. */
  readonly clean?: PlayedNight | undefined;
  readonly nights: readonly Night[];
  /** Of the nights; of the clean one where there is no other. */
  readonly figures?: Figures | undefined;
  /** How many of the nights were asked for. */
  readonly asked: number;
}

/** Rehearses the subject. */
export async function rehearse(subject: Subject, options: RehearsalOptions): Promise<Rehearsal> {
  const window = windowOf(subject);
  const startMs = Math.max(subject.atMs, window?.opensAt ?? 0);
  const { night, obstacles } = await prepare(subject, startMs);
  const base = { subject, window, startMs, notes: night.notes, obstacles, asked: options.seeds };
  if (obstacles.length > 0) return { ...base, nights: [] };
  const script = scriptOf(subject, night, startMs, window);
  const clean = await playNight(script(options.firstSeed, 'none'));
  options.onNight?.(clean.night, 0);
  const nights: Night[] = [];
  while (nights.length < options.seeds && options.isStopped?.() !== true) {
    const { night: played } = await playNight(script(options.firstSeed + nights.length, options.faults));
    nights.push(played);
    options.onNight?.(played, nights.length);
  }
  return { ...base, clean, nights, figures: figuresOf(nights.length === 0 ? [clean.night] : nights) };
}

function windowOf({ runs }: Subject): ChangeWindow | undefined {
  const windows = runs.flatMap(({ input }) => (input.window === undefined ? [] : [readWindow(input.window)]));
  const [first] = windows;
  if (first === undefined || windows.length < runs.length) return undefined;
  return {
    opensAt: Math.min(...windows.map(({ opensAt }) => opensAt)),
    closesAt: Math.max(...windows.map(({ closesAt }) => closesAt)),
    zone: first.zone,
  };
}

/**
 * The input for the nights, and why none can be played. A run that is refused for the sake of its window is measured
 * without it; a migration waits for the windows of its waves by itself, and leaves out the waves that are refused.
 */
async function prepare(subject: Subject, startMs: number): Promise<{ night: NightInput; obstacles: string[] }> {
  const { rawInput, runs, isCaptured, machine } = subject;
  const hasBlocked = runs.some(({ plan }) => plan.report.servers.some(({ verdict }) => verdict === 'BLOCKED'));
  const given = { isCaptured, hasBlocked, isWindowOff: false, startMs };
  const night = nightInput(rawInput, runs, given);
  const planned = await plansAt(subject, rehearsedRuns(night.input).runs, startMs);
  if (machine === 'migration-run') return { night, obstacles: obstaclesOf(planned.filter(isRefused), planned.length) };
  const isKeptOut = planned.some(({ plan }) => plan.reasons.some(({ code }) => windowCodes.has(code)));
  if (!isKeptOut) return { night, obstacles: obstaclesOf(planned.filter(isRefused), 1) };
  const withoutWindow = nightInput(rawInput, runs, { ...given, isWindowOff: true });
  const again = await plansAt(subject, rehearsedRuns(withoutWindow.input).runs, startMs);
  return { night: withoutWindow, obstacles: obstaclesOf(again.filter(isRefused), 1) };
}

const windowCodes: ReadonlySet<string> = new Set(['LAST_SAFE_START_PASSED', 'WINDOW_CLOSED', 'WINDOW_NOT_OPEN']);

const isRefused = ({ plan }: PlannedRun) => plan.decision === 'REFUSE';

/** Something is played as long as one of the runs would start. */
function obstaclesOf(refused: readonly PlannedRun[], runCount: number): string[] {
  if (refused.length < runCount) return [];
  const reasons = refused.flatMap(({ plan }) => plan.reasons.map(({ fact }) => fact));
  return reasons.length === 0 ? ['no source server is ready'] : [...new Set(reasons)];
}

function scriptOf(subject: Subject, night: NightInput, startMs: number, window: ChangeWindow | undefined) {
  const { scenario, timings, sourceServerTag, name, machine, runs } = subject;
  return (seed: number, level: MisfortuneLevel): NightScript => ({
    place: { scenario: withMisfortune(scenario, level, seed), seed, startMs, timings, sourceServerTag },
    start: { machine, name, input: night.input },
    runs: runs.map(({ runID, plan }) => ({ runID, servers: plan.report.servers.length })),
    closesAt: window?.closesAt,
  });
}

/**
 * When the run must have been started for launch, verification and rollback still to fit the window in nine nights of ten
 * as long as these, epoch milliseconds; undefined without a window or a night.
 */
export function lastSafeStartOf({ window, figures }: Pick<Rehearsal, 'window' | 'figures'>): number | undefined {
  if (window === undefined || figures === undefined) return undefined;
  return window.closesAt - figures.totalSeconds.p90 * 1_000;
}

/** The fraction of the nights that has to fit the window. */
export const fitsMin = 0.9;

/**
 * 0 when a run would start, fits the window and needs nobody; 1 when it would not fit in nine nights of ten, or a person
 * is needed in one; 2 when a run would be refused.
 */
export function exitCodeOfRehearsal({ subject, clean, nights, figures }: Rehearsal): number {
  if (subject.runs.some(isRefused) || clean === undefined) return exitCodes.refused;
  const isTight = figures?.fits !== undefined && figures.fits < fitsMin;
  const isAsked = [clean.night, ...nights].some(needsAPerson);
  return isTight || clean.night.fits === false || isAsked ? exitCodes.notAll : exitCodes.done;
}

/**
 * The reports of the night in which nothing went wrong, one for each run, as `run` would have written them; none where no
 * night was played.
 */
export function cleanNightReports({ clean }: Rehearsal): readonly FullReport[] {
  return clean?.reports ?? [];
}
