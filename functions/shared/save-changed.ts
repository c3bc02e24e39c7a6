/** Writing the records of a run's source servers. */
import type { RunID } from '../domain/identifiers.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { StepDeps } from './step.ts';

/** Saves those records that have changed, compared with how they were read. */
export async function saveChanged(
  deps: StepDeps,
  { runID }: { runID: RunID },
  before: readonly ServerRecord[],
  after: readonly ServerRecord[],
): Promise<void> {
  const known = new Map(before.map((record) => [record.sourceServerID, record]));
  const changed = after.filter((record) => {
    const old = known.get(record.sourceServerID);
    return record !== old && JSON.stringify(record) !== JSON.stringify(old);
  });
  await deps.ledger.saveServers(runID, changed);
}
