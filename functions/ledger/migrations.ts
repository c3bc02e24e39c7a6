/** The part of the ledger that keeps migrations: what each was asked to do, and how far its waves are. */
import { LedgerConflictError } from '../domain/errors.ts';
import { MigrationSchema, type Migration } from '../domain/migration-input.ts';
import {
  MigrationIDSchema,
  MigrationRecordSchema,
  type MigrationID,
  type MigrationRecord,
} from '../domain/migration-record.ts';
import type { LedgerStore } from '../domain/ports.ts';
import { parseItem } from './parse-item.ts';

/** A migration as it is stored; writing its record back insists on the version it was read at. */
export interface StoredMigration {
  readonly migration: Migration;
  readonly record: MigrationRecord;
  readonly version: number;
}

/** The migrations there are. */
export interface MigrationsLedger {
  /**
   * Creates the migration; throws LedgerConflictError if one of this ID exists. The input is kept beside the record,
   * because it is long and never changes.
   */
  createMigration(record: MigrationRecord, migration: Migration): Promise<void>;
  readMigration(migrationID: MigrationID): Promise<StoredMigration | undefined>;
  /** Writes the record if it is still of `version`; throws LedgerConflictError if not. */
  saveMigration(record: MigrationRecord, version: number): Promise<void>;
  /** IDs of all migrations the ledger knows, in order of their names. */
  listMigrationIDs(): Promise<MigrationID[]>;
}

const migrationPartition = (migrationID: MigrationID) => `migration#${migrationID}`;
const migrationsPartition = 'migrations';

/** The migrations kept in `store`. */
export function createMigrationsLedger(store: LedgerStore): MigrationsLedger {
  /** The list's entry is written each time, so that with a retention it lives as long as the migration. */
  const write = async (record: MigrationRecord, expect: 'absent' | number, migration?: Migration) => {
    const { migrationID, createdAt } = record;
    const partition = migrationPartition(migrationID);
    const isWritten = await store.write([
      { partition, sort: 'migration', expect, value: record },
      ...(migration === undefined ? [] : [{ partition, sort: 'input', expect: 'any' as const, value: migration }]),
      { partition: migrationsPartition, sort: migrationID, expect: 'any', value: { createdAt } },
    ]);
    if (!isWritten)
      throw new LedgerConflictError(`the ledger's migration ${migrationID} was changed by somebody else meanwhile`);
  };

  return {
    createMigration: (record, migration) => write(record, 'absent', migration),

    async readMigration(migrationID) {
      const partition = migrationPartition(migrationID);
      const own = await store.read(partition, 'migration');
      const input = own && (await store.read(partition, 'input'));
      if (own === undefined || input === undefined) return undefined;
      return {
        migration: parseItem(MigrationSchema, input),
        record: parseItem(MigrationRecordSchema, own),
        version: own.version,
      };
    },

    saveMigration: (record, version) => write(record, version),

    async listMigrationIDs() {
      return (await store.readAll(migrationsPartition)).map((item) =>
        parseItem(MigrationIDSchema, { ...item, value: item.sort }),
      );
    },
  };
}
