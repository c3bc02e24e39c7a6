/**
 * The names that only a ledger knows, for a shell that completes a word: of runs, and of source servers. Reads the ledger
 * of this machine only; a person who presses a key waits for no network.
 */
import { createLedger } from '../../functions/ledger/ledger.ts';
import type { Io } from '../io.ts';
import { hasLedger, ledgerPathOf, openKnownLedger } from '../ledger-file.ts';
import { readRuns } from '../ledger-runs.ts';

/** The verb by which a script of ours asks; it is for shells, and in no help. */
export const completeVerb = '__complete';

/** So many of the newest runs have their source servers offered. */
const runsOfServersMax = 5;

/**
 * The names, the newest first; none where there is no ledger or nobody can read it.
 *
 * @param argv - after {@link completeVerb}: `runs` or `servers`, and the ledger file if `--ledger` names one
 */
export async function knownNames([what, ledger]: readonly string[], env: Io['env']): Promise<string[]> {
  const flag = ledger === undefined || ledger === '' ? undefined : ledger;
  if (flag?.startsWith('stack:') === true || !hasLedger(ledgerPathOf(flag, env))) return [];
  try {
    const { store } = openKnownLedger(flag, env);
    try {
      const ledger = createLedger(store);
      const runs = await readRuns(store, await ledger.listRunIDs());
      const newest = runs.sort((one, other) => other.createdAt - one.createdAt).map(({ runID }) => runID);
      if (what === 'runs') return [...newest, ...(await ledger.listMigrationIDs())].filter(isOneWord);
      const servers = await Promise.all(newest.slice(0, runsOfServersMax).map((runID) => ledger.readServers(runID)));
      const names = servers.flat().map(({ hostname, sourceServerID }) => hostname ?? sourceServerID);
      return [...new Set(names)].filter(isOneWord);
    } finally {
      store.close();
    }
  } catch {
    return [];
  }
}

/** Host names come from machines that nobody vouches for, and what is offered here goes into a command line. */
function isOneWord(name: string): boolean {
  return /^\w[\w.-]*$/.test(name);
}
