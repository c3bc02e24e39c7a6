/** The rollbacks a person started for a run, in the ledger: each needs a name of its own, and one may be unfinished. */
import * as v from 'valibot';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';

const RollbacksSchema = v.object({ count: v.number(), isOpen: v.boolean() });

const keyOf = (runID: RunID) => ({ partition: `process#${runID}`, sort: 'rollbacks' });

async function read(store: LedgerStore, runID: RunID): Promise<v.InferOutput<typeof RollbacksSchema>> {
  const { partition, sort } = keyOf(runID);
  const item = await store.read(partition, sort);
  return item === undefined ? { count: 0, isOpen: false } : v.parse(RollbacksSchema, item.value);
}

/** Whether a rollback of the run was begun and never ended: then its source servers are partly back. */
export async function hasOpenRollback(store: LedgerStore, runID: RunID): Promise<boolean> {
  return (await read(store, runID)).isOpen;
}

/** Notes that a rollback begins; gives its execution a name of at most 80 characters that no other has. */
export async function beginRollback(store: LedgerStore, runID: RunID): Promise<string> {
  const count = (await read(store, runID)).count + 1;
  await store.write([{ ...keyOf(runID), expect: 'any', value: { count, isOpen: true } }]);
  const suffix = `-rollback-${String(count)}`;
  return `${runID.slice(0, 80 - suffix.length)}${suffix}`;
}

/** Notes that the latest rollback has ended, whatever it came to. */
export async function endRollback(store: LedgerStore, runID: RunID): Promise<void> {
  const { count } = await read(store, runID);
  await store.write([{ ...keyOf(runID), expect: 'any', value: { count, isOpen: false } }]);
}
