/** The part of the ledger that keeps hooks: which were begun for which scope of a run, and what became of them. */
import { LedgerConflictError } from '../domain/errors.ts';
import { HookRecordSchema, type HookRecord } from '../domain/hook-record.ts';
import type { RunID } from '../domain/identifiers.ts';
import type { LedgerStore } from '../domain/ports.ts';
import { parseItem } from './parse-item.ts';

/** A hook record with the version it was read at; 0 for one that is not stored yet. */
export type StoredHook = HookRecord & { readonly version: number };

/** The hooks of runs. */
export interface HooksLedger {
  readHooks(runID: RunID): Promise<StoredHook[]>;
  /** Writes the record if the stored one is still of its version, and gives it with the new one. */
  saveHook(runID: RunID, hook: StoredHook): Promise<StoredHook>;
}

/** The hooks kept in `store`, in the partition of their run. */
export function createHooksLedger(store: LedgerStore, runPartition: (runID: RunID) => string): HooksLedger {
  return {
    async readHooks(runID) {
      const items = await store.readAll(runPartition(runID));
      return items
        .filter((item) => item.sort.startsWith('hook#'))
        .map((item) => ({ ...parseItem(HookRecordSchema, item), version: item.version }));
    },

    async saveHook(runID, { version, ...value }) {
      const sort = `hook#${value.name}#${value.scope}`;
      const expect = version === 0 ? 'absent' : version;
      if (await store.write([{ partition: runPartition(runID), sort, expect, value }]))
        return { ...value, version: version + 1 };
      throw new LedgerConflictError(`${sort} of run ${runID} was changed by somebody else meanwhile`);
    },
  };
}
