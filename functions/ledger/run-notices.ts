/**
 * The part of the ledger that keeps what people were told about open runs. It is in partitions of its own, so that who
 * tells them needs no right to write anything else of a run.
 */
import * as v from 'valibot';
import type { RunID } from '../domain/identifiers.ts';
import type { LedgerStore } from '../domain/ports.ts';
import { noticesPartitionPrefix, RunNoticeRecordSchema, type RunNoticeRecord } from '../domain/run-notice-record.ts';

/** Notices about open runs. */
export interface RunNoticesLedger {
  /** Notes that people were told; noting the same notice again notes it in place. */
  record(runID: RunID, notice: RunNoticeRecord): Promise<void>;
  /** What people were told. A record that cannot be read tells nothing: at worst people are told twice. */
  read(runID: RunID): Promise<RunNoticeRecord[]>;
}

/**
 * The notices kept in `store`. What could not be written is remembered as long as this lives, so that people are not told
 * the same at every look while the ledger takes nothing.
 */
export function createRunNoticesLedger(store: LedgerStore): RunNoticesLedger {
  const partitionOf = (runID: RunID) => `${noticesPartitionPrefix}${runID}`;
  const unwritten = new Map<string, RunNoticeRecord[]>();
  return {
    async record(runID, notice) {
      const { asOf, kind, key, channel } = notice;
      const partition = partitionOf(runID);
      const sort = `${String(asOf).padStart(15, '0')}#${kind}#${key}#${channel}`;
      try {
        await store.write([{ partition, sort, expect: 'any', value: notice }]);
      } catch (error) {
        unwritten.set(partition, [...(unwritten.get(partition) ?? []), notice]);
        throw error;
      }
    },

    async read(runID) {
      const partition = partitionOf(runID);
      const items = await store.readAll(partition);
      const written = items.flatMap(({ value }) => {
        const notice = v.safeParse(RunNoticeRecordSchema, value);
        return notice.success ? [notice.output] : [];
      });
      return [...written, ...(unwritten.get(partition) ?? [])];
    },
  };
}
