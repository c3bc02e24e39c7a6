/** One process at a time works on a run; where a stack does the work, Step Functions and the ledger's hold see to that. */
import { waitingGate } from '../functions/domain/gate.ts';
import type { RunID } from '../functions/domain/identifiers.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { claimRunForProcess, isRunInProcess, renewRunClaim, RunInProcessError } from '../local/process-guard.ts';
import type { ExecutionEnd } from './execute.ts';
import type { Session, World } from './world.ts';

/**
 * How a process has a run. OWN: no other one works on it. GUEST: another one has it and waits at its commit gate for what
 * this one does; the ledger's hold keeps the two apart, as it keeps executions of a stack.
 */
export type RunClaim = 'OWN' | 'GUEST';

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
 * Does work on the run that a person has asked for: while this process has it, or as a guest of the one that waits for it.
 *
 * @throws RunInProcessError when another process works on it.
 */
export async function withRunAnswered<Result>(
  world: World,
  session: Session,
  runID: RunID,
  work: (claim: RunClaim) => Promise<Result>,
): Promise<Result> {
  const isGuest = world.stack === undefined && (await isAwaitedElsewhere(world, session, runID));
  return isGuest ? work('GUEST') : withRunClaimed(world, session, runID, () => work('OWN'));
}

/** A process that has died waits for nobody: its run is claimed as any other. */
async function isAwaitedElsewhere({ store }: World, { time }: Session, runID: RunID): Promise<boolean> {
  const run = (await createLedger(store).readRun(runID))?.value;
  if (run === undefined || waitingGate(run)?.gate !== 'COMMIT') return false;
  const isFree = run.holder === undefined || run.holder.heldUntil <= time.now();
  return isFree && (await time.hold(isRunInProcess(store, runID, time.now())));
}

/**
 * How an execution here ends if the run that this process claimed is no longer its own: another one has taken it over
 * while this one waited for an answer or slept. Undefined while the claim holds; it is renewed then.
 */
export async function endIfTakenOver(
  { store }: World,
  { time }: Session,
  runID: RunID,
  claim: RunClaim = 'OWN',
): Promise<ExecutionEnd | undefined> {
  if (claim === 'GUEST') return undefined;
  try {
    await time.hold(renewRunClaim(store, runID, time.now()));
    return undefined;
  } catch (error) {
    if (!(error instanceof RunInProcessError)) throw error;
    return { status: 'FAILED', error: error.name, cause: error.message };
  }
}
