/** The part of the ledger where runs take turns with MGN's quotas: one desk for each account and region. */
import { LedgerConflictError } from '../domain/errors.ts';
import type { LedgerStore } from '../domain/ports.ts';
import { emptyQuotaDesk, QuotaDeskSchema, type QuotaDesk } from '../domain/quota-desk.ts';
import type { Versioned } from './ledger.ts';
import { parseItem } from './parse-item.ts';

/** The quota desks, by place: `ACCOUNT/REGION`, such as `111122223333/eu-central-1`. */
export interface QuotaDesksLedger {
  /** The place's desk; an empty one of version 0 where nobody has come yet. */
  readQuotaDesk(place: string): Promise<Versioned<QuotaDesk>>;
  /**
   * Writes the desk if the stored one is still of `version` (0 or undefined: there is none yet); throws
   * LedgerConflictError if not.
   */
  saveQuotaDesk(place: string, desk: QuotaDesk, version: number | undefined): Promise<void>;
}

const deskPartition = (place: string) => `quota#${place}`;
const deskSort = 'desk';

/** The quota desks kept in `store`. */
export function createQuotaDesksLedger(store: LedgerStore): QuotaDesksLedger {
  return {
    async readQuotaDesk(place) {
      const item = await store.read(deskPartition(place), deskSort);
      if (item === undefined) return { value: emptyQuotaDesk, version: 0 };
      return { value: parseItem(QuotaDeskSchema, item), version: item.version };
    },

    async saveQuotaDesk(place, desk, version = 0) {
      const expect = version === 0 ? 'absent' : version;
      if (await store.write([{ partition: deskPartition(place), sort: deskSort, expect, value: desk }])) return;
      throw new LedgerConflictError(`the quota desk of ${place} was changed by somebody else meanwhile`);
    },
  };
}
