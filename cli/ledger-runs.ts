/** The runs in a ledger, as a list of them needs them. */
import * as v from 'valibot';
import { RunIDSchema, type RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import type { RunRecord } from '../functions/domain/run-record.ts';
import type { ServerRecord } from '../functions/domain/server-record.ts';
import { chunksOf } from '../functions/domain/wave-plan.ts';
import { createLedger } from '../functions/ledger/ledger.ts';

/** A run with what says how it stands. */
export interface LedgerRun {
  readonly run: RunRecord;
  readonly servers: readonly ServerRecord[];
  /** Whether any job was started for it. */
  readonly isTouched: boolean;
}

/** So many runs are read at once. */
const readsAtOnce = 25;

/** The names of all runs, and the newest `max` of them. */
export async function readLedgerRuns(
  store: LedgerStore,
  max: number,
): Promise<{ readonly names: readonly string[]; readonly newest: readonly LedgerRun[] }> {
  const names = await createLedger(store).listRunIDs();
  const runs = await readRuns(store, names);
  const newest = runs.sort((one, other) => other.createdAt - one.createdAt).slice(0, max);
  const withServers: LedgerRun[] = [];
  for (const run of newest) withServers.push({ run, ...(await readStanding(store, run.runID)) });
  return { names, newest: withServers };
}

/** The runs of these names that the ledger has. */
export async function readRuns(store: LedgerStore, names: readonly string[]): Promise<RunRecord[]> {
  const ledger = createLedger(store);
  const runs: RunRecord[] = [];
  for (const chunk of chunksOf(names, readsAtOnce)) {
    const found = await Promise.all(chunk.map((name) => ledger.readRun(v.parse(RunIDSchema, name))));
    runs.push(...found.flatMap((stored) => (stored === undefined ? [] : [stored.value])));
  }
  return runs;
}

async function readStanding(store: LedgerStore, runID: RunID): Promise<Omit<LedgerRun, 'run'>> {
  const ledger = createLedger(store);
  const servers = await ledger.readServers(runID);
  return { servers, isTouched: (await ledger.readAttempts(runID)).length > 0 };
}
