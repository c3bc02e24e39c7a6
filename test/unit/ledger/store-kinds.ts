/** Every kind of store there is, for what the ledger promises on each of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDynamoDbStore } from '../../../functions/ledger/dynamodb-store.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { openSqliteStore } from '../../../functions/ledger/sqlite-store.ts';
import { startLedgerTable } from '../../support/ledger-table.ts';
import type { StoreUnderTest } from './store-contract.ts';

let cleanUp: () => Promise<void> | void = () => undefined;
afterEach(async () => {
  await cleanUp();
  cleanUp = () => undefined;
});

const inMemory = (): Promise<StoreUnderTest> => {
  const store = createMemoryStore();
  return Promise.resolve({ store, other: store });
};

const inFile = (): Promise<StoreUnderTest> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
  const file = path.join(folder, 'ledger.sqlite');
  const [store, other] = [openSqliteStore(file), openSqliteStore(file)];
  cleanUp = () => {
    store.close();
    other.close();
    rmSync(folder, { recursive: true });
  };
  return Promise.resolve({ store, other });
};

const inTable = async (): Promise<StoreUnderTest> => {
  const table = await startLedgerTable();
  cleanUp = () => table.close();
  const newStore = () => createDynamoDbStore({ client: table.newClient(), tableName: table.tableName });
  return { store: newStore(), other: newStore() };
};

/** Every kind of store by its name; what is opened is closed after the test. */
export const storeKinds = [
  ['memory', inMemory],
  ['an SQLite file', inFile],
  ['a DynamoDB table', inTable],
] as const;
