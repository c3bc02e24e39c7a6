/** One process at a time works on a run; where a stack does the work, Step Functions and the ledger's hold see to that. */
import type { RunID } from '../functions/domain/identifiers.ts';
import { claimRunForProcess } from '../local/process-guard.ts';
import type { Session, World } from './world.ts';

/**
 * Does work on the run while this process has it.
 *
 * @throws RunInProcessError when another process works on it.
 */
export async function withRunClaimed<Result>(
  world: World,
  { time }: Session,
  runID: RunID,
  work: () => Promise<Result>,
): Promise<Result> {
  if (world.stack !== undefined) return work();
  const claim = await time.hold(claimRunForProcess(world.store, runID, time.now()));
  try {
    return await work();
  } finally {
    await claim.release();
  }
}
