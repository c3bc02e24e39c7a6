/** A ledger store in memory: for rehearsals whose world ends with the process, and for looking without writing. */
import type { LedgerItem, LedgerStore } from '../domain/ports.ts';
import { parseStored } from './parse-item.ts';

const keyOf = (partition: string, sort: string) => `${partition}\u0000${sort}`;

/** An empty store in memory. Values are copied through JSON, as every other store does, when somebody looks at them. */
export function createMemoryStore(): LedgerStore {
  const items = new Map<string, Map<string, { version: number; json: string }>>();
  const find = (partition: string, sort: string) => items.get(partition)?.get(sort);
  const toItem = (
    partition: string,
    sort: string,
    { version, json }: { version: number; json: string },
  ): LedgerItem => ({
    partition,
    sort,
    version,
    get value() {
      return parseStored(json, { partition, sort });
    },
  });

  return {
    read(partition, sort) {
      const stored = find(partition, sort);
      return Promise.resolve(stored && toItem(partition, sort, stored));
    },

    readAll(partition) {
      const entries = [...(items.get(partition) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
      return Promise.resolve(entries.map(([sort, stored]) => toItem(partition, sort, stored)));
    },

    write(changes) {
      const holds = changes.every(({ partition, sort, expect }) => {
        const version = find(partition, sort)?.version;
        return expect === 'any' || (expect === 'absent' ? version === undefined : version === expect);
      });
      if (!holds) return Promise.resolve(false);
      for (const { partition, sort, value } of changes) {
        const inPartition = items.get(partition) ?? new Map<string, { version: number; json: string }>();
        items.set(partition, inPartition);
        const version = (inPartition.get(sort)?.version ?? 0) + 1;
        if (value === undefined) inPartition.delete(sort);
        else inPartition.set(sort, { version, json: JSON.stringify(value) });
      }
      return Promise.resolve(true);
    },
  };
}

/**
 * A store that shows what `base` holds and keeps every change to itself: for a plan, which must see other runs' locks
 * and change nothing.
 */
export function createOverlayStore(base: LedgerStore): LedgerStore {
  const own = createMemoryStore();
  const copies = new Map<string, Promise<void>>();
  const copy = async (partition: string, sort: string) => {
    const item = await base.read(partition, sort);
    if (item !== undefined) await own.write([{ partition, sort, expect: 'absent', value: item.value }]);
  };
  const copyOnce = (partition: string, sort: string) => {
    const key = keyOf(partition, sort);
    const copying = copies.get(key) ?? copy(partition, sort);
    copies.set(key, copying);
    return copying;
  };

  return {
    async read(partition, sort) {
      await copyOnce(partition, sort);
      return own.read(partition, sort);
    },
    async readAll(partition) {
      for (const item of await base.readAll(partition)) await copyOnce(partition, item.sort);
      return own.readAll(partition);
    },
    async write(changes) {
      for (const { partition, sort } of changes) await copyOnce(partition, sort);
      return own.write(changes);
    },
  };
}
