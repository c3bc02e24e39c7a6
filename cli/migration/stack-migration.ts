/** A migration on a deployed stack: its execution, and its record in the ledger. */
import * as v from 'valibot';
import { AccessDeniedError } from '../../functions/domain/errors.ts';
import type { RunID } from '../../functions/domain/identifiers.ts';
import { MigrationIDSchema, type MigrationID, type MigrationRecord } from '../../functions/domain/migration-record.ts';
import type { LedgerStore } from '../../functions/domain/ports.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { tellGates } from '../gate-words.ts';
import type { Progress } from '../live/progress.ts';
import type { ExecutionDescription } from '../stack/executions.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import type { WaveRun } from '../tell-work.ts';
import type { World } from '../world.ts';

/** What there is of a migration. */
export interface StackMigration {
  readonly migrationID: MigrationID;
  /** Undefined of one that Step Functions does not know, or that another machine works on. */
  readonly execution: ExecutionDescription | undefined;
  /** Undefined of one that has not got that far, or was refused. */
  readonly record: MigrationRecord | undefined;
}

/**
 * The migration of this name; undefined when there is none, as where the name is that of a run. Who may not read the
 * ledger may still find its execution.
 */
export async function findMigration({ stack, store }: StackWorld, name: RunID): Promise<StackMigration | undefined> {
  const migrationID = v.parse(MigrationIDSchema, name);
  const { record, isRun } = await readLedger(store, migrationID, name);
  if (isRun) return undefined;
  const execution = await stack.executions.describe('migration-run', migrationID);
  return record === undefined && execution === undefined ? undefined : { migrationID, execution, record };
}

async function readLedger(store: LedgerStore, migrationID: MigrationID, name: RunID) {
  const ledger = createLedger(store);
  try {
    const record = (await ledger.readMigration(migrationID))?.record;
    return { record, isRun: record === undefined && (await ledger.readRun(name)) !== undefined };
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    return { record: undefined, isRun: false };
  }
}

/** Those of the waves that have been started and have not ended. */
export function wavesUnderWay(record: MigrationRecord | undefined): WaveRun[] {
  return (record?.waves ?? []).filter(({ state }) => state === 'RUNNING');
}

/** Looks at the migration's waves, and at the source servers of those under way, and tells what is new. */
export function lookAtMigration(
  world: Pick<World, 'store' | 'flags' | 'isRehearsal'>,
  migrationID: MigrationID,
  progress: Progress,
): (now: number) => Promise<void> {
  const ledger = createLedger(world.store);
  const looks = new Map<RunID, (now: number) => Promise<void>>();
  return async (now) => {
    const records = (await ledger.readMigration(migrationID))?.record.waves ?? [];
    for (const { name, runID, state } of records) {
      if (state === 'RUNNING' && !looks.has(runID)) looks.set(runID, lookAtWave(world, { name, runID }, progress));
      await looks.get(runID)?.(now);
      // What has ended is looked at a last time, and then as it was.
      if (state !== 'RUNNING') looks.delete(runID);
    }
    progress.waves(records, now);
  };
}

/** Each wave has a ledger of its own, which gives the same object for a record that has not changed. */
function lookAtWave(
  world: Pick<World, 'store' | 'flags' | 'isRehearsal'>,
  { name, runID }: WaveRun,
  progress: Progress,
): (now: number) => Promise<void> {
  const ledger = createLedger(world.store);
  const told = new Map<string, ServerRecord>();
  const tellGate: (run: RunRecord, at: number) => void = tellGates(progress, world);
  return async (now) => {
    const run = (await ledger.readRun(runID))?.value;
    if (run !== undefined) progress.run(run, now, name);
    for (const record of await ledger.readServers(runID)) {
      if (told.get(record.sourceServerID) === record) continue;
      told.set(record.sourceServerID, record);
      progress.server(record, now, name);
    }
    if (run !== undefined) tellGate(run, now);
  };
}
