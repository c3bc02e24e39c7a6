/** A ledger store that tells what was written of source servers, so that a screen can follow a run as it happens. */
import * as v from 'valibot';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { ServerRecordSchema, type ServerRecord } from '../functions/domain/server-record.ts';

/** The store, with `onRecord` called after every write of a server's record. */
export function observeStore(store: LedgerStore, onRecord: (record: ServerRecord) => void): LedgerStore {
  return {
    read: (partition, sort) => store.read(partition, sort),
    readAll: (partition) => store.readAll(partition),
    async write(changes) {
      const isWritten = await store.write(changes);
      if (!isWritten) return false;
      for (const { sort, value } of changes) {
        if (sort.startsWith('server#') && value !== undefined) onRecord(v.parse(ServerRecordSchema, value));
      }
      return true;
    },
  };
}
