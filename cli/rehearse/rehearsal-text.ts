/** A rehearsal in words: what would block tonight, how long it takes, what went wrong, and what of that is an estimate. */
import { showTime } from '../../functions/domain/window.ts';
import { plain } from '../live/fit.ts';
import type { Palette } from '../live/style.ts';
import { serverCount } from '../live/wave-words.ts';
import { planLines } from '../plan-text.ts';
import { targetWords } from '../target-words.ts';
import { histogram } from './histogram.ts';
import { mishapLines } from './mishap-text.ts';
import { lastSafeStartOf, type Rehearsal } from './rehearsal.ts';
import type { LongPole, Night } from './night.ts';
import type { MisfortuneLevel } from './misfortune.ts';
import type { PlannedRun } from './subject.ts';

/** What the heading says beside the rehearsal itself. */
export interface RehearsalHeading {
  /** Where the fleet comes from, such as a region or a file. */
  readonly place: string;
  readonly faults: MisfortuneLevel;
  readonly firstSeed: number;
}

/** The rehearsal as lines. */
export function rehearsalLines(rehearsal: Rehearsal, heading: RehearsalHeading, palette: Palette): string[] {
  const { subject, clean } = rehearsal;
  return [
    ...subject.runs.flatMap((run, at) => [...(at === 0 ? [] : ['']), ...runLines(run, heading, palette)]),
    '',
    ...(clean === undefined
      ? nothingPlayed(rehearsal, palette)
      : playedLines(rehearsal, clean.night, heading, palette)),
    ...noteLines(rehearsal, palette),
  ];
}

/** What `plan` says of a run. */
function runLines({ plan, runID, wave, input }: PlannedRun, { place }: RehearsalHeading, palette: Palette): string[] {
  const runName = wave === undefined ? runID : `${runID} (wave ${wave})`;
  return planLines(plan, { runName, target: targetWords(input), place }, palette, true);
}

function nothingPlayed({ obstacles }: Rehearsal, palette: Palette): string[] {
  return [
    palette.of('bad', '✗ No night could be rehearsed: nothing of this would be started.'),
    ...obstacles.map((fact) => `    - ${plain(fact)}`),
    '  Mend what blocks it (above), then rehearse again.',
  ];
}

function playedLines(rehearsal: Rehearsal, clean: Night, heading: RehearsalHeading, palette: Palette): string[] {
  return [
    palette.strong(`Rehearsed: ${nightsWords(rehearsal, heading)}`),
    ...partLines(rehearsal),
    ...durationLines(rehearsal, clean),
    ...windowLines(rehearsal, palette),
    '',
    palette.strong('Long pole, the source server that is verified last'),
    ...longPoleLines(rehearsal, clean),
    '',
    ...mishapLines(rehearsal, palette),
  ];
}

function nightsWords({ nights, asked }: Rehearsal, { faults, firstSeed }: RehearsalHeading): string {
  const seeds = nights.length === 0 ? '' : ` (${seedWords(firstSeed, nights.length)}, faults "${faults}")`;
  const cut = nights.length < asked ? `, stopped before the other ${String(asked - nights.length)}` : '';
  const count = nights.length === 0 ? '' : ` and ${String(nights.length)} more${seeds}`;
  return `a clean night${count}${cut}`;
}

function seedWords(first: number, count: number): string {
  return count === 1 ? `seed ${String(first)}` : `seeds ${String(first)} to ${String(first + count - 1)}`;
}

/** Who took part, where that is not everybody. */
function partLines({ clean, subject }: Rehearsal): string[] {
  const all = subject.runs.reduce((sum, { plan }) => sum + plan.report.servers.length, 0);
  const blocked = clean?.night.verdicts.BLOCKED ?? 0;
  return blocked === 0 ? [] : [`  ${serverCount(all - blocked)} of ${String(all)} took part; what is blocked did not.`];
}

const columns = [26, 13, 13, 13, 10] as const;

function durationLines({ nights, figures }: Rehearsal, clean: Night): string[] {
  const row = (cells: readonly string[]) =>
    `  ${cells.map((cell, at) => (at === 0 ? cell.padEnd(columns[0]) : cell.padStart(columns[at] ?? 0))).join('')}`.trimEnd();
  const cleanSeconds = [clean.cutoverSeconds, clean.rollbackSeconds, clean.cutoverSeconds + clean.rollbackSeconds];
  const spreads = figures === undefined ? [] : [figures.cutoverSeconds, figures.rollbackSeconds, figures.totalSeconds];
  const names = ['launch and verify', 'bring all of it back', 'both'];
  const hasNights = nights.length > 0;
  return [
    row(['', 'clean night', ...(hasNights ? ['p50', 'p90', 'longest'] : [])]),
    ...names.map((name, at) => {
      const spread = spreads[at];
      const ofNights = hasNights && spread !== undefined ? [spread.p50, spread.p90, spread.max].map(minutes) : [];
      return row([name, minutes(cleanSeconds[at] ?? 0), ...ofNights]);
    }),
    ...(nights.length < 2
      ? []
      : [`  ${histogram(nights.map((night) => night.cutoverSeconds + night.rollbackSeconds))}`]),
  ];
}

function windowLines(rehearsal: Rehearsal, palette: Palette): string[] {
  const { window, clean, nights, figures } = rehearsal;
  if (window === undefined) return ['  No window is given, so nothing is said about fitting one.'];
  const fitting = nights.filter(({ fits }) => fits === true).length;
  const share = figures?.fits ?? 0;
  const ofNights = `launch plus rollback fit the window in ${String(fitting)} of ${String(nights.length)} nights (${String(Math.round(100 * share))} %)`;
  const ofClean = `launch plus rollback ${clean?.night.fits === true ? 'fit' : 'do not fit'} the window in the clean night`;
  const isFine = nights.length === 0 ? clean?.night.fits === true : share >= 0.9 && clean?.night.fits === true;
  const safe = lastSafeStartOf(rehearsal);
  const shown = (at: number) => showTime(at, window.zone);
  const planned = rehearsal.subject.runs.length === 1 ? rehearsal.subject.runs[0]?.plan.lastSafeStartAt : undefined;
  return [
    `  ${palette.of(isFine ? 'good' : 'bad', `${isFine ? '✓' : '✗'} ${nights.length === 0 ? ofClean : ofNights}`)}`,
    ...(safe === undefined
      ? []
      : [`  Last safe start by the rehearsal (${nights.length === 0 ? 'clean night' : 'p90'}): ${shown(safe)}`]),
    ...(planned === undefined ? [] : [`  Last safe start by the plan, which a run keeps to: ${shown(planned)}`]),
  ];
}

const polesShown = 3;

function longPoleLines({ nights, figures }: Rehearsal, clean: Night): string[] {
  const most = (figures?.longPoles ?? []).slice(0, polesShown);
  const others = most.map(
    ({ hostname, sourceServerID, nights: count }) => `${plain(hostname ?? sourceServerID)} in ${String(count)}`,
  );
  return [
    `  clean night: ${clean.longPole === undefined ? 'none, nothing was verified' : poleWords(clean.longPole)}`,
    ...(nights.length === 0
      ? []
      : [`  of ${String(nights.length)} nights: ${others.length === 0 ? 'none' : others.join(', ')}`]),
  ];
}

function poleWords({ hostname, sourceServerID, applicationName, ...pole }: LongPole): string {
  const name = `${plain(hostname ?? sourceServerID)}${applicationName === undefined ? '' : ` (${plain(applicationName)})`}`;
  return `${name}, ${minutes(pole.totalSeconds)}: ${minutes(pole.waitSeconds)} until its job, ${minutes(pole.launchSeconds)} launch, ${minutes(pole.actionsSeconds)} boot and actions`;
}

function noteLines({ notes, nights, subject }: Rehearsal, palette: Palette): string[] {
  const all = [...subject.notes, ...notes, ...fewNotes(nights.length)];
  return [
    '',
    palette.strong('What this rests on'),
    `  Estimates, no promise: launches take what ${subject.isCaptured ? 'their test launches took' : 'the scenario says'}, give or take; the rest takes usual times; the odds of faults are assumed (mgn-cutover rehearse --help).`,
    ...all.map((note) => `  - ${plain(note)}`),
  ];
}

/** Fewer nights than this have their longest one as p90. */
const nightsMin = 10;

function fewNotes(nights: number): string[] {
  return nights > 0 && nights < nightsMin
    ? [
        `Of ${String(nights)} ${nights === 1 ? 'night' : 'nights'} p90 is the longest; --seeds ${String(2 * nightsMin)} says more.`,
      ]
    : [];
}

/** Whole minutes, rounded up. */
export function minutes(seconds: number): string {
  return `${String(Math.ceil(seconds / 60))} min`;
}
