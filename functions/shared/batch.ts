/** Reading and writing the records of one batch. */
import type { ServerRecord } from '../domain/server-record.ts';
import type { BatchEvent } from './events.ts';
import type { StepDeps } from './step.ts';

/** The records of the batch's source servers. */
export async function readBatch(deps: StepDeps, { runID, batchID }: BatchEvent): Promise<ServerRecord[]> {
  return (await deps.ledger.readServers(runID)).filter((record) => record.batchID === batchID);
}

/** Saves those records that have changed, compared with how they were read. */
export async function saveChanged(
  deps: StepDeps,
  { runID }: { runID: BatchEvent['runID'] },
  before: readonly ServerRecord[],
  after: readonly ServerRecord[],
): Promise<void> {
  const known = new Map(before.map((record) => [record.sourceServerID, JSON.stringify(record)]));
  const changed = after.filter((record) => known.get(record.sourceServerID) !== JSON.stringify(record));
  await deps.ledger.saveServers(runID, changed);
}
