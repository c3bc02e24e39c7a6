/** Tells those who watch what is written while this process does the work: source servers, gates, the waves of a migration. */
import * as v from 'valibot';
import type { RunID } from '../functions/domain/identifiers.ts';
import { MigrationIDSchema, type WaveRecord } from '../functions/domain/migration-record.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import type { RunRecord } from '../functions/domain/run-record.ts';
import type { ServerRecord } from '../functions/domain/server-record.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import type { LocalStart } from '../local/local-runner.ts';
import { observeStore } from '../local/observe-store.ts';
import { tellGates } from './gate-words.ts';
import type { Progress } from './live/progress.ts';
import type { World } from './world.ts';

/** A wave of a migration, and the run that cuts it over. */
export interface WaveRun {
  readonly name: string;
  readonly runID: RunID;
}

/** What is worked on. */
export interface Work {
  readonly start: LocalStart;
  readonly runID: RunID;
  /** Those of a migration; absent where it is a run that is worked on. */
  readonly waves?: readonly WaveRun[] | undefined;
}

/** How far the work is as it begins. */
export interface WorkSoFar {
  readonly waves: readonly WaveRecord[];
  /** The run's record, or those of the waves that are under way. */
  readonly runs: readonly { readonly record: RunRecord; readonly wave?: string | undefined }[];
  /** Of the run, or of those waves that are under way, each with its wave's name. */
  readonly servers: readonly { readonly record: ServerRecord; readonly wave?: string | undefined }[];
}

/** Reads how far it is. */
export async function readWorkSoFar(store: LedgerStore, { start, runID, waves }: Work): Promise<WorkSoFar> {
  const ledger = createLedger(store);
  if (waves === undefined) {
    const records = await ledger.readServers(runID);
    const run = (await ledger.readRun(runID))?.value;
    return {
      waves: [],
      runs: run === undefined ? [] : [{ record: run }],
      servers: records.map((record) => ({ record })),
    };
  }
  const stored = await ledger.readMigration(v.parse(MigrationIDSchema, start.name));
  const known = stored?.record.waves ?? [];
  const servers: WorkSoFar['servers'][number][] = [];
  const runs: WorkSoFar['runs'][number][] = [];
  for (const { name, runID: ofWave } of known.filter(({ state }) => state === 'RUNNING')) {
    servers.push(...(await ledger.readServers(ofWave)).map((record) => ({ record, wave: name })));
    const run = (await ledger.readRun(ofWave))?.value;
    if (run !== undefined) runs.push({ record: run, wave: name });
  }
  return { waves: known, runs, servers };
}

/**
 * Tells how far the work is.
 *
 * @returns the ledger's store, which from then on tells what is written to it.
 */
export function tellWork(
  world: World,
  { start, waves }: Work,
  soFar: WorkSoFar,
  progress: Progress,
  now: () => number,
): LedgerStore {
  if (waves !== undefined) progress.waves(soFar.waves, now());
  for (const { record, wave } of soFar.runs) progress.run(record, now(), wave);
  for (const { record, wave } of soFar.servers) progress.server(record, now(), wave);
  const waveOf = new Map(waves?.map((wave) => [wave.runID, wave.name]));
  const gatesOf = new Map<RunID, ReturnType<typeof tellGates>>();
  return observeStore(world.store, {
    onServer: (record, ofRun) => {
      progress.server(record, now(), waveOf.get(ofRun));
    },
    onRun: (run) => {
      progress.run(run, now(), waveOf.get(run.runID));
      if (start.machine !== 'wave-cutover' && !waveOf.has(run.runID)) return;
      const tell = gatesOf.get(run.runID) ?? tellGates(progress, world);
      gatesOf.set(run.runID, tell);
      tell(run, now());
    },
    onMigration: ({ waves: records }) => {
      progress.waves(records, now());
    },
  });
}
