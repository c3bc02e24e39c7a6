/** Migrations at a glance: how each stands, its waves, and what comes next. */
import { summarizeWaves } from '../../functions/domain/migration-course.ts';
import type { MigrationRecord, WaveState } from '../../functions/domain/migration-record.ts';
import type { LedgerStore } from '../../functions/domain/ports.ts';
import type { Outcome } from '../../functions/domain/run-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { plain } from '../live/fit.ts';
import { symbolOfStanding, type Palette, type Standing } from '../live/style.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import { standingOfOutcome } from './migration-report.ts';
import { readPresentMigration } from './present-migration.ts';

/** One migration as it is listed. Times are ISO 8601 in UTC. */
export interface ListedMigration {
  readonly name: string;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly status: 'RUNNING' | 'ENDED' | 'STOPPED';
  readonly outcome?: Outcome | undefined;
  readonly summary: string;
  readonly waves: readonly {
    readonly name: string;
    readonly runID: string;
    readonly state: WaveState;
    readonly outcome?: Outcome | undefined;
  }[];
  /** Commands, without the program's name and the flags of the place. */
  readonly next: readonly string[];
}

/** The newest `max` migrations in a ledger of this machine, newest first. */
export async function readMigrationsHere(store: LedgerStore, max: number, now: number): Promise<ListedMigration[]> {
  const records = await readNewest(store, max);
  return Promise.all(
    records.map(async (record) => {
      const isRunning = await isHeld(store, record, now);
      return listed(record, isRunning, { look: [], goOn: `run INPUT.json --name ${record.migrationID}` });
    }),
  );
}

/** The newest `max` migrations of a deployed stack, newest first. */
export async function readStackMigrations({ stack, store }: StackWorld, max: number): Promise<ListedMigration[]> {
  const records = await readNewest(store, max);
  if (records.length === 0) return [];
  const running = await stack.executions.list('migration-run', executionsMax, 'RUNNING');
  const isRunning = ({ migrationID }: MigrationRecord) => running.some(({ name }) => name === migrationID);
  return records.map((record) => {
    const { migrationID: name } = record;
    const commands = { look: [`watch ${name}`], goOn: `start INPUT.json --name ${name} --resume` };
    return listed(record, isRunning(record), commands);
  });
}

const executionsMax = 100;

async function readNewest(store: LedgerStore, max: number): Promise<MigrationRecord[]> {
  const ledger = createLedger(store);
  const ids = await ledger.listMigrationIDs();
  const records = await Promise.all(ids.map((id) => readPresentMigration(store, id)));
  return records
    .filter((record) => record !== undefined)
    .sort((one, other) => other.createdAt - one.createdAt)
    .slice(0, max);
}

/** A migration takes no step while its waves do. */
async function isHeld(store: LedgerStore, { holder, end, waves }: MigrationRecord, now: number): Promise<boolean> {
  if (end !== undefined || holder === undefined) return false;
  if (holder.heldUntil > now) return true;
  const ledger = createLedger(store);
  const runs = await Promise.all(
    waves.filter(({ state }) => state === 'RUNNING').map(({ runID }) => ledger.readRun(runID)),
  );
  return runs.some((run) => run?.value.end === undefined && (run?.value.holder?.heldUntil ?? 0) > now);
}

function listed(
  record: MigrationRecord,
  isRunning: boolean,
  { look, goOn }: { readonly look: readonly string[]; readonly goOn: string },
): ListedMigration {
  const { migrationID: name, createdAt, end, waves } = record;
  const status = end !== undefined ? 'ENDED' : isRunning ? 'RUNNING' : 'STOPPED';
  const isStarted = waves.some(({ startedAt }) => startedAt !== undefined);
  const isAllFinal = waves.every(({ startedAt, outcome }) => startedAt === undefined || outcome === 'FINALIZED');
  const rollback = isStarted && !isAllFinal ? [`rollback ${name}`] : [];
  const next = { RUNNING: look, ENDED: rollback, STOPPED: [goOn, ...rollback] };
  return {
    name,
    startedAt: new Date(createdAt).toISOString(),
    endedAt: end && new Date(end.endedAt).toISOString(),
    status,
    outcome: end?.outcome,
    summary: end?.summary ?? summarizeWaves(waves),
    waves: waves.map((wave) => ({ name: wave.name, runID: wave.runID, state: wave.state, outcome: wave.outcome })),
    next: next[status],
  };
}

/** The migrations for a person; nothing where there is none. `next` has whole commands by now. */
export function migrationListLines(migrations: readonly ListedMigration[], where: string, palette: Palette): string[] {
  if (migrations.length === 0) return [];
  return [
    palette.strong(`Migrations in ${where}, the newest first:`),
    ...migrations.flatMap((migration) => migrationLines(migration, palette)),
    '',
  ];
}

function migrationLines({ name, startedAt, status, outcome, summary, waves, next }: ListedMigration, palette: Palette) {
  const standing: Standing =
    outcome === undefined ? (status === 'RUNNING' ? 'working' : 'person') : standingOfOutcome(outcome);
  const head = `${symbolOfStanding(standing)} ${name}  ${outcome?.replaceAll('_', ' ') ?? status}`;
  const started = `${startedAt.slice(0, 16).replace('T', ' ')}Z`;
  return [
    palette.of(standing, head),
    `    ${started}  ${plain(summary)}`,
    ...waves.map((wave) => waveLine(wave, palette)),
    ...next.map((command) => palette.faint(`    ${command}`)),
  ];
}

function waveLine({ name, runID, state, outcome }: ListedMigration['waves'][number], palette: Palette): string {
  const standing = outcome === undefined ? (state === 'RUNNING' ? 'working' : 'waiting') : standingOfOutcome(outcome);
  const words = outcome?.replaceAll('_', ' ') ?? state;
  return `    ${palette.of(standing, `${symbolOfStanding(standing)} ${name}  ${words}`)}  ${palette.faint(`run ${runID}`)}`;
}
