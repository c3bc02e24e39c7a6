/** What DynamoDB can do to the ledger beyond the contract: lost answers, refusals, a table that is not there. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { AccessDeniedError, NotFoundError, TransientServiceError } from '../../../functions/domain/errors.ts';
import type { LedgerStore } from '../../../functions/domain/ports.ts';
import { createDynamoDbStore } from '../../../functions/ledger/dynamodb-store.ts';
import { startLedgerTable, type LedgerTable } from '../../support/ledger-table.ts';

const namespace = 'com.amazonaws.dynamodb.v20120810';
const putOne = { partition: 'p', sort: 'a', expect: 'absent', value: 'x' } as const;

describe('createDynamoDbStore', () => {
  let table: LedgerTable;
  let store: LedgerStore;
  beforeEach(async () => {
    table = await startLedgerTable();
    store = createDynamoDbStore({ client: table.newClient(), tableName: table.tableName });
    table.requests.length = 0;
  });
  afterEach(() => table.close());

  it('makes a write once whose answer was lost, and does not take its own effect for somebody else’s', async () => {
    table.loseAnswers(1);

    expect(await store.write([putOne])).toBe(true);
    expect(table.requests).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(await store.read('p', 'a')).toMatchObject({ version: 1, value: 'x' });
  });

  it('reads a large partition page by page', async () => {
    const value = 'x'.repeat(300_000);
    for (const sort of ['a', 'b', 'c', 'd']) await store.write([{ partition: 'p', sort, expect: 'absent', value }]);
    table.requests.length = 0;

    expect(await store.readAll('p')).toHaveLength(4);
    expect(table.requests).toEqual(['Query', 'Query']);
  });

  it('does not call it a refused expectation when two transactions met on one item', async () => {
    const reasons = [{ Code: 'None' }, { Code: 'TransactionConflict' }];
    table.refuse(1, { __type: `${namespace}#TransactionCanceledException`, CancellationReasons: reasons });

    await expect(store.write([putOne])).rejects.toThrow(TransientServiceError);
    expect(await store.write([putOne])).toBe(true);
  });

  it('waits out a throttle', async () => {
    table.refuse(1, { __type: `${namespace}#ThrottlingException`, message: 'Rate exceeded' });

    expect(await store.write([putOne])).toBe(true);
  });

  it('gives up on a throttle that lasts with an error that the state machines retry', async () => {
    const impatient = createDynamoDbStore({ client: table.newClient(1), tableName: table.tableName });
    table.refuse(1, { __type: `${namespace}#ProvisionedThroughputExceededException`, message: 'slow down' });

    await expect(impatient.read('p', 'a')).rejects.toThrow(TransientServiceError);
  });

  describe('with a retention', () => {
    const start = Date.parse('2026-03-07T22:00:00.750Z');
    const dayMs = 86_400_000;
    let now = start;
    const keeping = (ms: number) =>
      createDynamoDbStore({
        client: table.newClient(),
        tableName: table.tableName,
        retention: { ms, clock: { now: () => now } },
      });
    const attributesOf = async (sort: string) => {
      const Key = { partition: { S: 'p' }, sort: { S: sort } };
      const { Item } = await table.newClient().send(new GetItemCommand({ TableName: table.tableName, Key }));
      return Item;
    };
    beforeEach(() => {
      now = start;
    });

    it('gives every item it writes the epoch second at which it expires, counted from that write', async () => {
      const kept = keeping(400 * dayMs);
      await kept.write([putOne, { ...putOne, sort: 'b' }]);
      now += 90_000;
      await kept.write([{ ...putOne, expect: 1, value: 'y' }]);

      const expiresAt = Math.floor(start / 1_000) + 400 * 86_400;
      expect((await attributesOf('a'))?.['expiresAt']).toEqual({ N: String(expiresAt + 90) });
      expect((await attributesOf('b'))?.['expiresAt']).toEqual({ N: String(expiresAt) });
    });

    it('reads and replaces what has it and what has not as one', async () => {
      await store.write([putOne]);
      const kept = keeping(30 * dayMs);
      await kept.write([{ ...putOne, expect: 1, value: 'y' }]);

      expect(await store.read('p', 'a')).toEqual({ partition: 'p', sort: 'a', version: 2, value: 'y' });
      expect(await kept.readAll('p')).toEqual([{ partition: 'p', sort: 'a', version: 2, value: 'y' }]);
    });

    it('lets nothing expire any more that is written after it was switched off', async () => {
      await keeping(30 * dayMs).write([putOne]);
      await store.write([{ ...putOne, expect: 1, value: 'y' }]);

      expect(Object.keys((await attributesOf('a')) ?? {}).sort()).toEqual(['partition', 'sort', 'value', 'version']);
    });

    it('sends a write again as it was, however late: another one would be refused', async () => {
      const clock = { now: () => (now += 60_000) };
      const retention = { ms: 30 * dayMs, clock };
      const late = createDynamoDbStore({ client: table.newClient(), tableName: table.tableName, retention });
      table.loseAnswers(1);

      expect(await late.write([putOne])).toBe(true);
      expect((await store.read('p', 'a'))?.version).toBe(1);
    });
  });

  it('says so when the caller may not use the table', async () => {
    table.refuse(1, { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'not yours' });

    await expect(store.readAll('p')).rejects.toThrow(AccessDeniedError);
  });

  it('says so when there is no such table', async () => {
    const nowhere = createDynamoDbStore({ client: table.newClient(), tableName: 'elsewhere' });

    await expect(nowhere.read('p', 'a')).rejects.toThrow(NotFoundError);
    await expect(nowhere.write([putOne])).rejects.toThrow(NotFoundError);
  });
});
