/** Many writers at once, on every store there is. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { LedgerStore } from '../../../functions/domain/ports.ts';
import { createDynamoDbStore } from '../../../functions/ledger/dynamodb-store.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { openSqliteStore, type ClosableStore } from '../../../functions/ledger/sqlite-store.ts';
import { runID } from '../../support/domain-builders.ts';
import { startLedgerTable, type LedgerTable } from '../../support/ledger-table.ts';
import { describeConcurrency } from './concurrency-contract.ts';

jest.setTimeout(30_000);

/** Each operation takes a turn of the event loop or several, as one over a network does, so that others come between. */
function slowly(store: LedgerStore, turns: number): LedgerStore {
  const after = async <Answer>(act: () => Promise<Answer>) => {
    for (let turn = 0; turn < turns; turn += 1) await setImmediate();
    return act();
  };
  return {
    read: (partition, sort) => after(() => store.read(partition, sort)),
    readAll: (partition) => after(() => store.readAll(partition)),
    write: (changes) => after(() => store.write(changes)),
  };
}

const six = [0, 1, 2, 3, 4, 5];

describeConcurrency('memory', () => {
  const store = createMemoryStore();
  return Promise.resolve(six.map((index) => slowly(store, 1 + (index % 3))));
});

describe('in files', () => {
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

  describeConcurrency('an SQLite file', () => {
    opened = six.map(() => openSqliteStore(path.join(folder, 'ledger.sqlite')));
    return Promise.resolve(opened.map((store, index) => slowly(store, 1 + (index % 3))));
  });

  it('lets one of several processes have what all of them want', async () => {
    const file = path.join(folder, 'ledger.sqlite');
    const GotSchema = v.object({
      name: v.string(),
      nonce: v.string(),
      hasAttempt: v.boolean(),
      arns: v.array(v.string()),
      isWinner: v.boolean(),
    });
    const race = async (index: number) => {
      const args = [path.join(__dirname, 'race.ts'), file, `run-${index}`, String(index * 60), '150'];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      return v.parse(GotSchema, JSON.parse(stdout));
    };

    const got = await Promise.all([0, 1, 2, 3].map(race));

    const store = openSqliteStore(file);
    opened = [store];
    const ledger = createLedger(store);
    expect(new Set(got.map(({ nonce }) => nonce)).size).toBe(1);
    expect(got.filter(({ hasAttempt }) => hasAttempt)).toHaveLength(1);
    const attempts = await ledger.readAttempts(runID('shared'));
    expect(attempts.map(({ token }) => token)).toEqual(
      got.filter(({ hasAttempt }) => hasAttempt).map(({ name }) => name),
    );
    const winners = got.filter(({ isWinner }) => isWinner);
    expect(winners.length).toBeGreaterThan(0);
    const locks = await ledger.readLocks([...new Set(got.flatMap(({ arns }) => arns))], 0);
    const held = [...locks].map(([arn, lock]) => `${arn} ${lock.runID}`).sort();
    expect(held).toEqual(winners.flatMap(({ name, arns }) => arns.map((arn) => `${arn} ${name}`)).sort());
  });
});

describe('in tables', () => {
  let table: LedgerTable | undefined;
  afterEach(async () => {
    await table?.close();
  });

  const openTable = async () => {
    const started = await startLedgerTable();
    table = started;
    const open = () => createDynamoDbStore({ client: started.newClient(), tableName: started.tableName });
    return { started, stores: [open(), open(), open()] };
  };

  describeConcurrency('a DynamoDB table', async () => (await openTable()).stores);

  describeConcurrency('a DynamoDB table whose first answers are lost', async () => {
    const { started, stores } = await openTable();
    started.loseEveryFirstAnswer();
    return stores;
  });
});
