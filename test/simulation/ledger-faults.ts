/** A ledger store of which some writes meet somebody else's, or lose their answer. */
import { TransientServiceError } from '../../functions/domain/errors.ts';
import type { LedgerStore } from '../../functions/domain/ports.ts';
import { passing } from './invocation.ts';
import type { LedgerFault } from './script.ts';

/** What stands between a ledger and its store. */
export interface LedgerFaults {
  wrap(store: LedgerStore): LedgerStore;
  /** From now on nothing goes wrong any more. */
  end(): void;
}

/** The faults of a script, told to `tell` as they happen. */
export function createLedgerFaults(faults: readonly LedgerFault[], tell: (fault: LedgerFault) => void): LedgerFaults {
  const due = new Map(faults.map((fault) => [fault.write, fault]));
  let writes = 0;
  return {
    wrap: (store) => ({
      read: (partition, sort) => store.read(partition, sort),
      readAll: (partition) => store.readAll(partition),
      write: (changes) => {
        writes += 1;
        const fault = due.get(writes);
        if (fault !== undefined) tell(fault);
        return passing('ledgerWrite', () => spoiled(fault?.fault, () => store.write(changes)));
      },
    }),
    end: () => {
      due.clear();
    },
  };
}

async function spoiled(fault: LedgerFault['fault'] | undefined, write: () => Promise<boolean>): Promise<boolean> {
  if (fault === undefined) return write();
  if (fault === 'conflict') return false;
  if (fault === 'lost') await write();
  throw new TransientServiceError('the ledger’s answer did not come');
}
