/**
 * A migration as it is now: what a wave's run came to may have changed since the migration ended, by a rollback or a
 * commit of that run.
 */
import { judgeMigration } from '../../functions/domain/migration-course.ts';
import type { MigrationID, MigrationRecord, WaveRecord } from '../../functions/domain/migration-record.ts';
import type { LedgerStore } from '../../functions/domain/ports.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';

/** The migration with what its waves' runs have come to by now; undefined when there is none of this name. */
export async function readPresentMigration(
  store: LedgerStore,
  migrationID: MigrationID,
): Promise<MigrationRecord | undefined> {
  const ledger = createLedger(store);
  const record = (await ledger.readMigration(migrationID))?.record;
  if (record === undefined) return undefined;
  const waves = await Promise.all(
    record.waves.map(async (wave): Promise<WaveRecord> => {
      if (wave.state !== 'ENDED') return wave;
      const end = (await ledger.readRun(wave.runID))?.value.end;
      return end === undefined ? wave : { ...wave, outcome: end.outcome, summary: end.summary };
    }),
  );
  return { ...record, waves, end: record.end && { ...record.end, ...judgeMigration(waves) } };
}
