import * as v from 'valibot';
import { MigrationIDSchema, type MigrationRecord } from '../../../functions/domain/migration-record.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { createMigrationsLedger } from '../../../functions/ledger/migrations.ts';
import { nowMs } from '../../support/domain-builders.ts';
import { aMigration, recordsOf, running } from '../domain/migration-builders.ts';

const idOf = (name: string) => v.parse(MigrationIDSchema, name);
const migration = aMigration(['a', 'b']);
const recordOf = (name: string): MigrationRecord => ({
  migrationID: idOf(name),
  createdAt: nowMs,
  holder: { executionID: 'execution-1', heldUntil: nowMs + 1 },
  waves: recordsOf(migration),
});

describe('the ledger of migrations', () => {
  it('gives back what was created, and lists it', async () => {
    const ledger = createMigrationsLedger(createMemoryStore());
    await ledger.createMigration(recordOf('move-2'), migration);
    await ledger.createMigration(recordOf('move-1'), migration);

    expect(await ledger.readMigration(idOf('move-2'))).toEqual({ migration, record: recordOf('move-2'), version: 1 });
    expect(await ledger.listMigrationIDs()).toEqual(['move-1', 'move-2']);
    expect(await ledger.readMigration(idOf('move-3'))).toBeUndefined();
  });

  it('lets only one create a migration', async () => {
    const ledger = createMigrationsLedger(createMemoryStore());
    await ledger.createMigration(recordOf('move'), migration);
    const second = ledger.createMigration({ ...recordOf('move'), createdAt: 0 }, aMigration(['c']));

    await expect(second).rejects.toMatchObject({ name: 'LedgerConflictError' });
    expect(await ledger.readMigration(idOf('move'))).toMatchObject({ migration, record: { createdAt: nowMs } });
  });

  it('saves a record over the version it was read at, and over no other', async () => {
    const ledger = createMigrationsLedger(createMemoryStore());
    await ledger.createMigration(recordOf('move'), migration);
    const after = { ...recordOf('move'), waves: recordsOf(migration, { a: running }) };
    await ledger.saveMigration(after, 1);
    const late = ledger.saveMigration(recordOf('move'), 1);

    await expect(late).rejects.toMatchObject({ name: 'LedgerConflictError', message: expect.stringContaining('move') });
    expect(await ledger.readMigration(idOf('move'))).toEqual({ migration, record: after, version: 2 });
  });
});
