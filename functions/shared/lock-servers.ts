/** Locking the run's source servers in the ledger before anything else is done about them, so that two runs never share one. */
import { LedgerConflictError } from '../domain/errors.ts';
import { commitWaitUntil, startWaitUntil } from '../domain/waiting.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { LockConflict } from '../ledger/ledger.ts';
import type { OpenRun } from './open-run.ts';
import type { StepDeps } from './step.ts';

const daySpareMs = 24 * 3_600_000;

/**
 * Until when a lock taken now holds, epoch milliseconds: a day longer than all deadlines of one batch and all waits for a
 * person together.
 */
export function lockUntil(run: RunRecord, now: number): number {
  const deadlinesSeconds = Object.values(run.input.options.deadlines).reduce((sum, seconds) => sum + seconds, 0);
  const waitedUntil = Math.max(now, startWaitUntil(run), commitWaitUntil(run, now));
  return waitedUntil + deadlinesSeconds * 1_000 + daySpareMs;
}

/**
 * Takes or renews the locks of a run that has not started anything: all or none when a blocked server refuses the wave. A
 * run that goes on takes what it can, because it works on those servers anyway. A run that was set aside meanwhile, because
 * its execution was stopped, gets none: nobody would ever release them.
 *
 * @throws LedgerConflictError when the run was changed meanwhile.
 */
export async function lockServers(
  deps: StepDeps,
  { run, version }: Pick<OpenRun, 'run' | 'version'>,
  records: readonly ServerRecord[],
  goesOn = false,
): Promise<LockConflict[]> {
  const { runID } = run;
  const arns = records.map((record) => record.arn);
  const now = deps.clock.now();
  const { onBlocked, onLocked } = run.input.options;
  // Two runs that wait for each other must not each hold some of what the other one needs.
  const mode = !goesOn && (onBlocked === 'refuse' || onLocked === 'wait') ? 'all' : 'free';
  const conflicts = await deps.ledger.takeLocks(arns, runID, { now, expiresAt: lockUntil(run, now) }, mode);
  const after = await deps.ledger.readRun(runID);
  if (after?.version === version) return conflicts;
  // With a plan the locks are in use: then this is a late invocation of a step that was repeated and has ended since.
  if (after?.value.plan?.decision !== 'PROCEED') await deps.ledger.releaseLocks(arns, runID);
  throw new LedgerConflictError(`run ${runID} was changed by somebody else while its source servers were locked`);
}
