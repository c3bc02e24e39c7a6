/** What a migration came to, as a document to keep: its waves with their outcomes, and the report of each one's run. */
import type { MigrationID, WaveRecord, WaveState } from '../../functions/domain/migration-record.ts';
import { summarizeWaves } from '../../functions/domain/migration-course.ts';
import type { Outcome } from '../../functions/domain/run-record.ts';
import {
  makeReport,
  stateMachineReport,
  type FullReport,
  type ReportCircumstances,
  type ReportSource,
} from '../full-report.ts';
import { serverCount } from '../live/wave-words.ts';
import { plain } from '../live/fit.ts';
import { symbolOfStanding, type Palette, type Standing } from '../live/style.ts';
import { costLines, summaryLines } from '../summary.ts';
import { readPresentMigration } from './present-migration.ts';

/** One wave. Times are ISO 8601 in UTC. */
export interface WaveReport {
  readonly name: string;
  readonly runID: string;
  readonly state: WaveState;
  readonly outcome?: Outcome | undefined;
  /** What it came to, or why it was not started. */
  readonly summary?: string | undefined;
  readonly sourceServerCount: number;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** The report of its run; absent where it was not started. */
  readonly report?: FullReport | undefined;
}

/** A migration, as it is when the report is made: a wave's run may have been brought back or finalized since. */
export interface MigrationReport {
  readonly migration: {
    readonly name: string;
    /** UNFINISHED: it was stopped or is still under way. */
    readonly outcome: Outcome | 'UNFINISHED';
    readonly summary: string;
    readonly startedAt: string;
    readonly endedAt?: string | undefined;
  };
  /** In the order of their start. */
  readonly waves: readonly WaveReport[];
  readonly world: FullReport['world'];
  /** Calls sent to MGN by operation, and what the state machines cost, where this process did the work. */
  readonly apiCalls?: FullReport['apiCalls'];
  readonly stateMachine?: FullReport['stateMachine'];
}

/** Makes the report of a migration in the ledger; undefined when there is none of this name. */
export async function makeMigrationReport(
  source: ReportSource,
  migrationID: MigrationID,
  { meter, calls, madeAt }: ReportCircumstances = {},
): Promise<MigrationReport | undefined> {
  const record = await readPresentMigration(source.store, migrationID);
  if (record === undefined) return undefined;
  const waves: WaveReport[] = [];
  for (const wave of inStartOrder(record.waves)) waves.push(await waveReport(source, wave, madeAt));
  const { createdAt, end } = record;
  return {
    migration: {
      name: migrationID,
      outcome: end?.outcome ?? 'UNFINISHED',
      summary: end?.summary ?? summarizeWaves(record.waves),
      startedAt: iso(createdAt),
      endedAt: end && iso(end.endedAt),
    },
    waves,
    world: { isRehearsal: source.isRehearsal, place: source.label },
    ...(meter === undefined || calls === undefined ? {} : stateMachineReport(meter, calls)),
  };
}

/** Those that were not started come last. */
function inStartOrder(waves: readonly WaveRecord[]): WaveRecord[] {
  return waves.toSorted((one, other) => (one.startedAt ?? Infinity) - (other.startedAt ?? Infinity) || 0);
}

async function waveReport(source: ReportSource, wave: WaveRecord, madeAt: number | undefined): Promise<WaveReport> {
  const { name, runID, state, outcome, summary, sourceServerCount, startedAt, endedAt } = wave;
  return {
    name,
    runID,
    state,
    outcome,
    summary,
    sourceServerCount,
    startedAt: startedAt === undefined ? undefined : iso(startedAt),
    endedAt: endedAt === undefined ? undefined : iso(endedAt),
    report: startedAt === undefined ? undefined : await makeReport(source, runID, { madeAt }),
  };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

const standings: Readonly<Record<Outcome, Standing>> = {
  VERIFIED: 'good',
  FINALIZED: 'good',
  PARTIAL: 'undone',
  REFUSED: 'undone',
  NEEDS_A_PERSON: 'person',
};

/** How a wave or a migration looks that ended so. */
export function standingOfOutcome(outcome: Outcome): Standing {
  return standings[outcome];
}

/** The migration's end for a person: each wave with its source servers, and all of them together. */
export function migrationLines(report: MigrationReport, palette: Palette): string[] {
  const { migration, waves } = report;
  const { name, outcome, summary } = migration;
  return [
    ...waves.flatMap((wave) => ['', ...waveLines(wave, palette)]),
    '',
    ...costLines(report, palette),
    palette.strong(`Migration ${name}: ${outcome.replaceAll('_', ' ')}: ${summary}`),
  ];
}

function waveLines({ name, runID, state, outcome, summary, report, sourceServerCount }: WaveReport, palette: Palette) {
  const standing = outcome === undefined ? 'waiting' : standingOfOutcome(outcome);
  const words = outcome?.replaceAll('_', ' ') ?? state;
  const head = palette.of(standing, `${symbolOfStanding(standing)} wave ${name}  ${words}`);
  const about = report === undefined ? serverCount(sourceServerCount) : `run ${runID}`;
  return [
    `${head}  ${palette.faint(about)}`,
    ...(summary === undefined || outcome !== undefined ? [] : [`    ${plain(summary)}`]),
    ...(report === undefined ? [] : summaryLines(report, palette).map((line) => (line === '' ? '' : `  ${line}`))),
  ];
}
