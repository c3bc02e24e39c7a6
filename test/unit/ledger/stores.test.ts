/** The same contract on every store there is. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createDynamoDbStore } from '../../../functions/ledger/dynamodb-store.ts';
import { createMemoryStore, createOverlayStore } from '../../../functions/ledger/memory-store.ts';
import { openSqliteStore, type ClosableStore } from '../../../functions/ledger/sqlite-store.ts';
import { startLedgerTable, type LedgerTable } from '../../support/ledger-table.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('memory', () => {
  const store = createMemoryStore();
  return Promise.resolve({ store, other: store });
});

describeStoreContract('an overlay', () => {
  const store = createOverlayStore(createMemoryStore());
  return Promise.resolve({ store, other: store });
});

describe('files', () => {
  let folder: string;
  let opened: ClosableStore[] = [];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
  });
  afterEach(() => {
    for (const store of opened) store.close();
    opened = [];
    rmSync(folder, { recursive: true });
  });

  describeStoreContract('an SQLite file', () => {
    const file = path.join(folder, 'ledger.sqlite');
    const [store, other] = [openSqliteStore(file), openSqliteStore(file)];
    opened = [store, other];
    return Promise.resolve({ store, other });
  });

  it('keep what was written when they are opened again', async () => {
    const file = path.join(folder, 'ledger.sqlite');
    const first = openSqliteStore(file);
    await first.write([{ partition: 'p', sort: 's', expect: 'absent', value: 'kept' }]);
    first.close();
    const second = openSqliteStore(file);
    opened = [second];

    expect(await second.read('p', 's')).toEqual({ partition: 'p', sort: 's', version: 1, value: 'kept' });
  });

  it('are waited for while another process makes them', async () => {
    const file = path.join(folder, 'ledger.sqlite');
    const maker = new Worker(
      `const { DatabaseSync } = require('node:sqlite');
       const database = new DatabaseSync(require('node:worker_threads').workerData);
       database.exec('BEGIN IMMEDIATE; CREATE TABLE other (a)');
       require('node:worker_threads').parentPort.postMessage('has it');
       setTimeout(() => { database.exec('COMMIT'); database.close(); }, 200);`,
      { eval: true, workerData: file },
    );
    await once(maker, 'message');

    opened = [openSqliteStore(file)];
    await once(maker, 'exit');

    expect(await opened[0]?.readAll('p')).toEqual([]);
  });

  it('lose no write of several processes that open and use them at once', async () => {
    const file = path.join(folder, 'ledger.sqlite');
    const countUp = () => promisify(execFile)(process.execPath, [path.join(__dirname, 'count-up.ts'), file, '25']);

    await Promise.all(Array.from({ length: 4 }, countUp));

    const store = openSqliteStore(file);
    opened = [store];
    expect(await store.read('p', 'count')).toMatchObject({ version: 100, value: 100 });
  });
});

describe('tables', () => {
  let table: LedgerTable | undefined;
  afterEach(async () => {
    await table?.close();
  });

  describeStoreContract('a DynamoDB table', async () => {
    const started = await startLedgerTable();
    table = started;
    const open = () => createDynamoDbStore({ client: started.newClient(), tableName: started.tableName });
    return { store: open(), other: open() };
  });
});

describe('createOverlayStore', () => {
  it('shows what lies beneath, and never changes it', async () => {
    const base = createMemoryStore();
    await base.write([
      { partition: 'p', sort: 'a', expect: 'absent', value: 'base' },
      { partition: 'p', sort: 'b', expect: 'absent', value: 'base' },
    ]);
    const overlay = createOverlayStore(base);

    await overlay.write([
      { partition: 'p', sort: 'a', expect: 1, value: 'changed' },
      { partition: 'p', sort: 'b', expect: 'any' },
      { partition: 'p', sort: 'c', expect: 'absent', value: 'new' },
    ]);

    expect((await overlay.readAll('p')).map(({ sort, value }) => [sort, value])).toEqual([
      ['a', 'changed'],
      ['c', 'new'],
    ]);
    expect((await base.readAll('p')).map(({ sort, value }) => [sort, value])).toEqual([
      ['a', 'base'],
      ['b', 'base'],
    ]);
  });

  it('shows an item to everybody who asks for it at the same time', async () => {
    const base = createMemoryStore();
    await base.write([{ partition: 'p', sort: 'a', expect: 'absent', value: 'base' }]);
    const slowly = async <Value>(value: Promise<Value>) => (await setImmediate(), value);
    const slow = { ...base, read: (partition: string, sort: string) => slowly(base.read(partition, sort)) };
    const overlay = createOverlayStore(slow);

    const read = await Promise.all([overlay.read('p', 'a'), overlay.read('p', 'a'), overlay.readAll('p')]);

    expect(read).toMatchObject([{ value: 'base' }, { value: 'base' }, [{ value: 'base' }]]);
  });
});
