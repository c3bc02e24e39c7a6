/** Whether the ledger knows a run, and which ones it knows if not. */
import type { RunID } from '../functions/domain/identifiers.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { CommandError } from './exit-code.ts';
import type { World } from './world.ts';

const namesMax = 10;

/** @throws CommandError when there is no such run, naming those there are. */
export async function assertKnown(
  world: Pick<World, 'store' | 'ledgerPath' | 'stack' | 'flags'>,
  runID: RunID,
): Promise<void> {
  const ledger = createLedger(world.store);
  if ((await ledger.readRun(runID)) === undefined) throw unknownRun(world, runID, await ledger.listRunIDs());
}

/** The refusal of a run that nobody knows. */
export function unknownRun(
  { ledgerPath, stack, flags }: Pick<World, 'ledgerPath' | 'stack' | 'flags'>,
  runID: RunID,
  known: readonly string[],
): CommandError {
  const where = ledgerPath ?? 'the ledger';
  if (known.length === 0) return new CommandError(`RUN: there is no run ${runID}; ${where} knows no run at all.`);
  const list = stack === undefined ? 'mgn-cutover list' : `mgn-cutover list ${flags}`;
  const names = known.length <= namesMax ? known.join(', ') : `${String(known.length)} others, which ${list} shows`;
  return new CommandError(`RUN: there is no run ${runID} in ${where}; it knows ${names}.`);
}
