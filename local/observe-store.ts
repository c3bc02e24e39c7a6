/** A ledger store that tells what was written of runs and migrations, so that a screen can follow as it happens. */
import * as v from 'valibot';
import { RunIDSchema, type RunID } from '../functions/domain/identifiers.ts';
import { MigrationRecordSchema, type MigrationRecord } from '../functions/domain/migration-record.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { RunRecordSchema, type RunRecord } from '../functions/domain/run-record.ts';
import { ServerRecordSchema, type ServerRecord } from '../functions/domain/server-record.ts';

/** Who hears of what was written. */
export interface StoreObserver {
  readonly onServer: (record: ServerRecord, runID: RunID) => void;
  readonly onRun?: (run: RunRecord) => void;
  readonly onMigration?: (record: MigrationRecord) => void;
}

/** The store, with its observer called after every write of a server's, a run's or a migration's record. */
export function observeStore(store: LedgerStore, { onServer, onRun, onMigration }: StoreObserver): LedgerStore {
  return {
    read: (partition, sort) => store.read(partition, sort),
    readAll: (partition) => store.readAll(partition),
    async write(changes) {
      const isWritten = await store.write(changes);
      if (!isWritten) return false;
      for (const { partition, sort, value } of changes) {
        if (value === undefined) continue;
        if (sort.startsWith('server#')) onServer(v.parse(ServerRecordSchema, value), runIDOf(partition));
        if (sort === 'run') onRun?.(v.parse(RunRecordSchema, value));
        if (sort === 'migration') onMigration?.(v.parse(MigrationRecordSchema, value));
      }
      return true;
    },
  };
}

/** A run's records are kept under its ID (`ledger.ts`). */
function runIDOf(partition: string): RunID {
  return v.parse(RunIDSchema, partition.replace(/^run#/, ''));
}
