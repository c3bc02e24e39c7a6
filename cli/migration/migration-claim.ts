/** One process at a time works on a migration and on its waves' runs; an ended wave is free for whoever wants it back. */
import * as v from 'valibot';
import { RunIDSchema, type RunID } from '../../functions/domain/identifiers.ts';
import type { MigrationID, WaveRecord } from '../../functions/domain/migration-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { claimRunForProcess, freeLocalMigrationHold, type ProcessClaim } from '../../local/process-guard.ts';
import type { Progress } from '../live/progress.ts';
import type { WaveRun } from '../tell-work.ts';
import type { Session, World } from '../world.ts';

/** The claims of this process. */
export interface MigrationClaim {
  /** The progress, which gives the run of each wave back once that has ended. */
  releasing(progress: Progress): Progress;
}

/**
 * Does work on the migration while this process has it and the runs of those of its waves that have not ended.
 *
 * @throws RunInProcessError when another process works on one of them.
 */
export async function withMigrationClaimed<Result>(
  world: World,
  { time }: Session,
  migrationID: MigrationID,
  waves: readonly WaveRun[],
  work: (claim: MigrationClaim) => Promise<Result>,
): Promise<Result> {
  const { store } = world;
  if (world.stack !== undefined) return work({ releasing: (progress) => progress });
  const claims = new Map<RunID, ProcessClaim>();
  const released: Promise<void>[] = [];
  const release = (runID: RunID) => {
    const claim = claims.get(runID);
    claims.delete(runID);
    if (claim !== undefined) released.push(time.hold(claim.release()));
  };
  try {
    const known = (await createLedger(store).readMigration(migrationID))?.record.waves;
    const open = waves.filter(({ name }) => known?.find((wave) => wave.name === name)?.endedAt === undefined);
    for (const runID of [v.parse(RunIDSchema, migrationID), ...open.map((wave) => wave.runID)])
      claims.set(runID, await time.hold(claimRunForProcess(store, runID, time.now())));
    await time.hold(freeLocalMigrationHold(store, migrationID));
    const releaseEnded = (records: readonly WaveRecord[]) => {
      for (const { runID, endedAt } of records) if (endedAt !== undefined) release(runID);
    };
    return await work({
      releasing: (progress) => ({
        ...progress,
        waves: (records, at) => {
          progress.waves(records, at);
          releaseEnded(records);
        },
      }),
    });
  } finally {
    for (const runID of [...claims.keys()]) release(runID);
    await Promise.all(released);
  }
}
