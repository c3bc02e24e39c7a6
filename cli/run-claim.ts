/** One process at a time works on a run; where a stack does the work, Step Functions and the ledger's hold see to that. */
import type { RunID } from '../functions/domain/identifiers.ts';
import { claimRunForProcess, renewRunClaim, RunInProcessError } from '../local/process-guard.ts';
import type { ExecutionEnd } from './execute.ts';
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

/**
 * How an execution here ends if the run that this process claimed is no longer its own: another one has taken it over
 * while this one waited for an answer or slept. Undefined while the claim holds; it is renewed then.
 */
export async function endIfTakenOver(
  { store }: World,
  { time }: Session,
  runID: RunID,
): Promise<ExecutionEnd | undefined> {
  try {
    await time.hold(renewRunClaim(store, runID, time.now()));
    return undefined;
  } catch (error) {
    if (!(error instanceof RunInProcessError)) throw error;
    return { status: 'FAILED', error: error.name, cause: error.message };
  }
}
