/** What a stopped command leaves behind, and how a person goes on from there. */
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { exitCodes } from './exit-code.ts';
import { applicationName, serverName } from './live/server-words.ts';

/** The commands that go on or go back. */
export interface WaysOn {
  readonly resume: string;
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
  const servers = await ledger.readServers(runID);
  if ((await ledger.readAttempts(runID)).length === 0) {
    await ledger.releaseLocks(
      servers.map((server) => server.arn),
      runID,
    );
    return { exitCode: exitCodes.refused, lines: ['Stopped before anything was started; nothing was touched.'] };
  }
  const open = servers.filter((server) => server.verdict === undefined);
  return {
    exitCode: exitCodes.person,
    lines: [
      `Stopped. MGN’s jobs go on without this command; ${String(open.length)} of ${String(servers.length)} source servers are not settled:`,
      ...open.map((server) =>
        `  ${serverName(server)}  ${applicationName(server)}  ${server.phase}  ${server.cutover?.jobID ?? ''}`.trimEnd(),
      ),
      'Next steps:',
      `  to go on: ${ways.resume}`,
      ...(ways.rollback === ways.resume ? [] : [`  to bring back what was started: ${ways.rollback}`]),
    ],
  };
}
