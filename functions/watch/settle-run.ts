/**
 * What is left of a run's hold and locks when an execution has ended without ending the run. Nothing is ever done about
 * the servers: people are told, and the way is cleared for what they decide.
 */
import { LedgerConflictError } from '../domain/errors.ts';
import type { RunID } from '../domain/identifiers.ts';
import type { Standing } from '../domain/notice-record.ts';
import type { AttemptRecord, RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { holdMs } from '../shared/open-run.ts';
import type { StepDeps } from '../shared/step.ts';
import type { EndedExecution } from './ended-execution.ts';

/** What the ledger holds of a run after an execution of it has ended. */
export interface SettledRun {
  readonly run: RunRecord;
  readonly standing: Standing;
  readonly servers: readonly ServerRecord[];
  readonly attempts: readonly AttemptRecord[];
}

/**
 * How long a function that was invoked before can still be running, in milliseconds: a Lambda invocation cannot be
 * stopped, and of the steps that may change anything in MGN the longest may run for 290 s.
 */
export const inFlightMs = 300_000;

const triesMax = 4;

/** How the run stands after that execution has ended. */
export function standingAfter(
  { executionID, endedAt }: Pick<EndedExecution, 'executionID' | 'endedAt'>,
  run: RunRecord,
  attempts: readonly AttemptRecord[],
): Standing {
  if (run.end !== undefined) return 'ENDED';
  const { holder } = run;
  if (holder !== undefined && holder.executionID !== executionID) return 'ELSEWHERE';
  if (holder !== undefined && holder.heldUntil - holdMs > endedAt) return 'AT_WORK';
  const mayStart = run.plan?.decision === 'PROCEED';
  return attempts.length === 0 && !mayStart ? 'UNTOUCHED' : 'LEFT';
}

/**
 * Reads how the run stands; undefined when the ledger knows no such run.
 *
 * @throws TransientServiceError when the ledger cannot be read.
 */
export async function readSettled(
  deps: StepDeps,
  ended: EndedExecution,
  runID: RunID,
): Promise<SettledRun | undefined> {
  return (await readVersioned(deps, ended, runID))?.settled;
}

/**
 * Reads the run and shortens what keeps people from it: of a run that was LEFT the hold, of an UNTOUCHED one the locks
 * (`setRunAside`). Undefined when the ledger knows no such run.
 *
 * A shortened hold lasts for `inFlightMs` from now. Whatever was invoked before is over by then, and every step that is
 * invoked later, of a redriven execution or a nested one that outlived its parent, reads the run first and renews a hold
 * that short; so there is never a step at work without a hold, however late the end is told.
 *
 * @throws LedgerConflictError when the run was changed under every try; TransientServiceError from the ledger.
 */
export async function settleRun(deps: StepDeps, ended: EndedExecution, runID: RunID): Promise<SettledRun | undefined> {
  for (let tryNumber = 1; ; tryNumber += 1) {
    const read = await readVersioned(deps, ended, runID);
    if (read === undefined || ended.status === 'SUCCEEDED') return read?.settled;
    try {
      return { ...read.settled, run: await clearTheWay(deps, read.settled, read.version) };
    } catch (error) {
      if (!(error instanceof LedgerConflictError) || tryNumber === triesMax) throw error;
    }
  }
}

/** The run is read first: what is read after it is at least as new, and a write insists that it has not changed since. */
async function readVersioned(deps: StepDeps, ended: EndedExecution, runID: RunID) {
  const stored = await deps.ledger.readRun(runID);
  if (stored === undefined) return undefined;
  const { value: run, version } = stored;
  const attempts = await deps.ledger.readAttempts(runID);
  const servers = await deps.ledger.readServers(runID);
  return { version, settled: { run, standing: standingAfter(ended, run, attempts), servers, attempts } };
}

async function clearTheWay(
  deps: StepDeps,
  { run, standing, servers }: SettledRun,
  version: number,
): Promise<RunRecord> {
  if (standing === 'UNTOUCHED') {
    const arns = servers.map((record) => record.arn);
    await deps.ledger.setRunAside(run, version, arns);
    return run;
  }
  const heldUntil = deps.clock.now() + inFlightMs;
  if (standing !== 'LEFT' || run.holder === undefined || run.holder.heldUntil <= heldUntil) return run;
  const shortened = { ...run, holder: { ...run.holder, heldUntil } };
  await deps.ledger.saveRun(shortened, version);
  return shortened;
}
