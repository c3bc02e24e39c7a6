/** The part of the ledger that outlives runs for the sake of later ones: how long each run's source servers took. */
import * as v from 'valibot';
import type { LedgerStore } from '../domain/ports.ts';
import { earlierRunsMax, RunTimingsSchema, type RunTimings } from '../domain/run-timings.ts';

/** What earlier runs teach about time, by place: `ACCOUNT/REGION`, such as `111122223333/eu-central-1`. */
export interface TimingsLedger {
  /** Notes what an ended run teaches; noting the same end again notes it in place. */
  recordTimings(place: string, timings: RunTimings): Promise<void>;
  /**
   * What the latest `earlierRunsMax` runs of the place teach, newest first; of a run that was opened again and ended
   * more than once, its last end. What cannot be read teaches nothing, and keeps nothing from starting.
   */
  readTimings(place: string): Promise<RunTimings[]>;
}

const timingsPartition = (place: string) => `timings#${place}`;

/** The timings kept in `store`. */
export function createTimingsLedger(store: LedgerStore): TimingsLedger {
  return {
    async recordTimings(place, timings) {
      const sort = `${String(timings.endedAt).padStart(15, '0')}#${timings.runID}`;
      await store.write([{ partition: timingsPartition(place), sort, expect: 'any', value: timings }]);
    },

    async readTimings(place) {
      const items = await store.readAll(timingsPartition(place));
      const newestOf = new Map<string, RunTimings>();
      for (const item of items.toReversed()) {
        const timings = v.safeParse(RunTimingsSchema, item.value);
        if (timings.success && !newestOf.has(timings.output.runID)) newestOf.set(timings.output.runID, timings.output);
        if (newestOf.size === earlierRunsMax) break;
      }
      return [...newestOf.values()];
    },
  };
}
