/** What every ledger store promises; the ledger is right on any store that keeps this contract. */
import { ledgerChangesMax, type LedgerChange, type LedgerStore } from '../../../functions/domain/ports.ts';

/** A store under test, and a second way into the same data: another connection, another client. */
export interface StoreUnderTest {
  readonly store: LedgerStore;
  readonly other: LedgerStore;
}

const put = (sort: string, expect: LedgerChange['expect'], value: unknown): LedgerChange => ({
  partition: 'p',
  sort,
  expect,
  value,
});
const remove = (sort: string, expect: LedgerChange['expect']): LedgerChange => ({ partition: 'p', sort, expect });

/** The contract's tests; `open` gives an empty store for each of them. */
export function describeStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a ledger store`, () => {
    let store: LedgerStore;
    let other: LedgerStore;
    beforeEach(async () => {
      ({ store, other } = await open());
    });

    it('knows nothing at first', async () => {
      expect(await store.read('p', 'a')).toBeUndefined();
      expect(await store.readAll('p')).toEqual([]);
    });

    it('counts versions from 1, one for each write, insisted upon or not', async () => {
      const versions: (number | undefined)[] = [];
      for (const expectation of ['absent', 'any', 2, 'any'] as const) {
        expect(await store.write([put('a', expectation, {})])).toBe(true);
        versions.push((await store.read('p', 'a'))?.version);
      }

      expect(versions).toEqual([1, 2, 3, 4]);
    });

    it('begins at version 1 where anything is expected and nothing is there', async () => {
      await store.write([put('a', 'any', 'x')]);

      expect(await store.read('p', 'a')).toEqual({ partition: 'p', sort: 'a', version: 1, value: 'x' });
    });

    it.each([
      ['absent', 'absent'],
      ['an older version', 1],
      ['a newer version', 3],
    ] as const)('refuses a write that expects %s, and changes nothing', async (_, expectation) => {
      await store.write([put('a', 'absent', 'first')]);
      await store.write([put('a', 1, 'second')]);

      expect(await store.write([put('a', expectation, 'third')])).toBe(false);
      expect(await store.read('p', 'a')).toMatchObject({ version: 2, value: 'second' });
    });

    it('refuses a version of what is not there', async () => {
      expect(await store.write([put('a', 1, 'x')])).toBe(false);
      expect(await store.read('p', 'a')).toBeUndefined();
    });

    it('deletes what is of the expected version, and only that', async () => {
      await store.write([put('a', 'absent', 'x')]);

      expect(await store.write([remove('a', 2)])).toBe(false);
      expect(await store.write([remove('a', 1)])).toBe(true);
      expect(await store.read('p', 'a')).toBeUndefined();
      expect(await store.write([remove('a', 1)])).toBe(false);
      expect(await store.write([remove('a', 'any')])).toBe(true);
      expect(await store.write([put('a', 'absent', 'y')])).toBe(true);
      expect(await store.read('p', 'a')).toMatchObject({ version: 1, value: 'y' });
    });

    it('makes all changes or none', async () => {
      await store.write([put('b', 'absent', 'kept'), put('c', 'absent', 'kept')]);
      const changes = [put('a', 'absent', 'new'), remove('b', 1), put('c', 'any', 'new'), put('d', 1, 'not there')];

      expect(await store.write(changes)).toBe(false);
      expect(await store.readAll('p')).toEqual([
        { partition: 'p', sort: 'b', version: 1, value: 'kept' },
        { partition: 'p', sort: 'c', version: 1, value: 'kept' },
      ]);
      expect(await store.write(changes.slice(0, 3))).toBe(true);
      expect((await store.readAll('p')).map(({ sort, version, value }) => [sort, version, value])).toEqual([
        ['a', 1, 'new'],
        ['c', 2, 'new'],
      ]);
    });

    it('takes the most changes it has to take at once', async () => {
      const sorts = Array.from({ length: ledgerChangesMax }, (_, index) => String(index).padStart(3, '0'));

      expect(await store.write(sorts.map((sort) => put(sort, 'absent', sort)))).toBe(true);
      expect((await store.readAll('p')).map((item) => item.sort)).toEqual(sorts);
    });

    it('reads one partition, in the order of its sort keys', async () => {
      for (const sort of ['b', 'a#2', 'a', 'a#10']) await store.write([put(sort, 'absent', sort)]);
      await store.write([{ partition: 'p2', sort: 'z', expect: 'absent', value: 'elsewhere' }]);

      expect((await store.readAll('p')).map((item) => item.sort)).toEqual(['a', 'a#10', 'a#2', 'b']);
    });

    it('reads a partition of several megabytes whole', async () => {
      const big = 'x'.repeat(200_000);
      for (let index = 0; index < 12; index += 1) await store.write([put(`item-${index}`, 'absent', { big, index })]);

      const items = await store.readAll('p');
      expect(items).toHaveLength(12);
      expect(items.every((item) => JSON.stringify(item.value).length > big.length)).toBe(true);
    });

    it('gives values back as they were, and keeps them apart from what the caller does with them', async () => {
      const value = { text: 'ä"\\\n', list: [1, 2.5, null, true], nested: { empty: {} } };
      await store.write([put('a', 'absent', value)]);
      value.list.push(3);

      const read = await store.read('p', 'a');
      expect(read?.value).toEqual({ text: 'ä"\\\n', list: [1, 2.5, null, true], nested: { empty: {} } });
    });

    it('shows another way in what was just written', async () => {
      await store.write([put('a', 'absent', 'x')]);
      expect(await other.read('p', 'a')).toMatchObject({ version: 1, value: 'x' });

      await other.write([put('a', 1, 'y')]);
      expect(await store.readAll('p')).toMatchObject([{ version: 2, value: 'y' }]);
    });

    it('lets exactly one of many writers win that insist on the same version', async () => {
      await store.write([put('a', 'absent', 'start')]);
      const writers = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? store : other));

      const won = await Promise.all(writers.map((writer, index) => writer.write([put('a', 1, index)])));

      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.read('p', 'a')).toMatchObject({ version: 2, value: won.indexOf(true) });
    });

    it('lets exactly one of two overlapping sets through', async () => {
      const sets = [
        ['a', 'b', 'c'],
        ['c', 'd', 'e'],
      ];

      const write = (writer: LedgerStore, index: number) =>
        writer.write((sets[index] ?? []).map((sort) => put(sort, 'absent', index)));
      const won = await Promise.all([write(store, 0), write(other, 1)]);

      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.readAll('p')).map((item) => item.sort)).toEqual(sets[won.indexOf(true)]);
    });
  });
}
