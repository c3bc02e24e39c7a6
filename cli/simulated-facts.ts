/**
 * What runs of one account and region share in a ledger, kept apart for a simulator: it may show the same account, Region
 * and source servers as AWS. Times learned there would predict a real night, and a lock would hold a real server.
 */
import type { LedgerStore } from '../functions/domain/ports.ts';

/** Partitions that are not a run's own: locks by ARN, times and the quota desk by account and region (`ledger/`). */
const sharedPrefixes: readonly string[] = ['lock#', 'timings#', 'quota#'];

const nameOf = (partition: string) =>
  sharedPrefixes.some((prefix) => partition.startsWith(prefix)) ? `simulated#${partition}` : partition;

/** The store, in which what is shared between runs is only shared between those at simulators. */
export function withSimulatedFactsApart<Store extends LedgerStore>(store: Store): Store {
  return {
    ...store,
    async read(partition, sort) {
      const item = await store.read(nameOf(partition), sort);
      return item && { ...item, partition };
    },
    readAll: async (partition) => (await store.readAll(nameOf(partition))).map((item) => ({ ...item, partition })),
    write: (changes) => store.write(changes.map((change) => ({ ...change, partition: nameOf(change.partition) }))),
  };
}
