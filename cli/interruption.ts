/** What a stopped command leaves behind, and how a person goes on from there. */
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { exitCodes } from './exit-code.ts';
import { applicationName, serverName } from './live/server-words.ts';

/** What is said of a command that was stopped early. */
export const nothingTouched = 'Stopped before anything was started; nothing was touched.';

/** The commands that go on or go back. */
export interface WaysOn {
  /** Undefined where it cannot go on. */
  readonly resume?: string | undefined;
  readonly rollback: string;
}

/** How a stopped command ends. */
export interface Interruption {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

/** Tells what is left behind. A run that has started nothing is let go of, so that its servers are free for others. */
export async function describeInterruption(store: LedgerStore, runID: RunID, ways: WaysOn): Promise<Interruption> {
  const ledger = createLedger(store);
  if ((await ledger.readAttempts(runID)).length > 0) return describeLeftovers(store, runID, ways);
  const servers = await ledger.readServers(runID);
  await ledger.releaseLocks(
    servers.map((server) => server.arn),
    runID,
  );
  return describeLeftovers(store, runID, ways);
}

/** Tells what is left behind of a run that no execution works on, as {@link describeInterruption} does, and only reads. */
export async function describeLeftovers(store: LedgerStore, runID: RunID, ways: WaysOn): Promise<Interruption> {
  const ledger = createLedger(store);
  const servers = await ledger.readServers(runID);
  if ((await ledger.readAttempts(runID)).length === 0) {
    return { exitCode: exitCodes.refused, lines: [nothingTouched] };
  }
  const open = servers.filter((server) => server.verdict === undefined);
  const { resume, rollback } = ways;
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
      ...(rollback === resume ? [] : [`  to bring back what was started: ${rollback}`]),
    ],
  };
}
