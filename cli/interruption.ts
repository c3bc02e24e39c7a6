/** What a stopped command leaves behind, and how a person goes on from there. */
import { LedgerConflictError } from '../functions/domain/errors.ts';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger, type Ledger } from '../functions/ledger/ledger.ts';
import { isLocalArn } from '../local/arns.ts';
import { exitCodes } from './exit-code.ts';
import { applicationName, serverName } from './live/server-words.ts';

/** What is said of a command that was stopped early. */
export const nothingTouched = 'Stopped before anything was started; nothing was touched.';

/** The commands that go on or go back. */
export interface WaysOn {
  /** Undefined where it cannot go on. */
  readonly resume?: string | undefined;
  readonly rollback: string;
  /** Finalizes what is verified; absent where that is not for this command to say. */
  readonly commit?: string | undefined;
}

/** How a stopped command ends. */
export interface Interruption {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

const triesMax = 4;

/**
 * Tells what is left behind. A run that has started nothing is set aside: its servers are free for others, and nobody is
 * told that it is open and stands still.
 *
 * @throws LedgerConflictError when the run was changed under every try.
 */
export async function describeInterruption(store: LedgerStore, runID: RunID, ways: WaysOn): Promise<Interruption> {
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      await setAsideIfUntouched(createLedger(store), runID);
      return await describeLeftovers(store, runID, ways);
    } catch (error) {
      if (!(error instanceof LedgerConflictError) || tryNumber === triesMax) throw error;
    }
  }
}

/** The run is read first: what is read after it is at least as new, and the write insists that it has not changed since. */
async function setAsideIfUntouched(ledger: Ledger, runID: RunID): Promise<void> {
  const stored = await ledger.readRun(runID);
  if (stored === undefined || (await ledger.readAttempts(runID)).length > 0) return;
  const { value: run, version } = stored;
  // In a ledger that is shared, the stack may hold the run; a command that it refused has nothing to clear up.
  if (run.end !== undefined || (run.holder !== undefined && !isLocalArn(run.holder.executionID))) return;
  const arns = (await ledger.readServers(runID)).map((server) => server.arn);
  await ledger.setRunAside(run, version, arns);
}

/** Tells what is left behind of a run that no execution works on, as {@link describeInterruption} does, and only reads. */
export async function describeLeftovers(store: LedgerStore, runID: RunID, ways: WaysOn): Promise<Interruption> {
  const ledger = createLedger(store);
  const servers = await ledger.readServers(runID);
  if ((await ledger.readAttempts(runID)).length === 0) {
    return { exitCode: exitCodes.refused, lines: [nothingTouched] };
  }
  const open = servers.filter((server) => server.verdict === undefined);
  const { resume, rollback, commit } = ways;
  const isCommittable = open.length === 0 && servers.some(({ verdict }) => verdict === 'VERIFIED');
  return {
    exitCode: exitCodes.person,
    lines: [
      open.length === 0
        ? 'Stopped. Every source server has its verdict; only the end of the run is not written down.'
        : `Stopped. MGN’s jobs go on all the same; ${String(open.length)} of ${String(servers.length)} source servers are not settled:`,
      ...open.map((server) =>
        `  ${serverName(server)}  ${applicationName(server)}  ${server.phase}  ${server.cutover?.jobID ?? ''}`.trimEnd(),
      ),
      'Next steps:',
      ...(resume === undefined ? [] : [`  to go on: ${resume}`]),
      ...(commit !== undefined && isCommittable ? [`  to keep what is verified (cannot be undone): ${commit}`] : []),
      ...(rollback === resume ? [] : [`  to bring back what was started: ${rollback}`]),
    ],
  };
}
