/** Source servers in batches, one MGN job each: applications stay whole where they fit. */
import type { ApplicationID, SourceServerID } from './identifiers.ts';

/** A source server to be placed. */
export interface PlannedServer {
  readonly sourceServerID: SourceServerID;
  readonly applicationID?: ApplicationID | undefined;
}

/** One batch: the servers of one cutover job. */
export interface Batch {
  readonly batchID: string;
  readonly sourceServerIDs: readonly SourceServerID[];
}

/**
 * Fills batches of at most `serversMax` with whole applications, largest first, and splits only an application that is
 * larger than a batch. The same servers always give the same batches, whatever order they come in.
 */
export function planBatches(servers: readonly PlannedServer[], serversMax: number): Batch[] {
  const batches: SourceServerID[][] = [];
  for (const group of applicationGroups(servers).flatMap((ids) => chunksOf(ids, serversMax))) {
    const roomy = batches.find((batch) => batch.length + group.length <= serversMax);
    if (roomy === undefined) batches.push([...group]);
    else roomy.push(...group);
  }
  return batches.map((sourceServerIDs, index) => ({
    batchID: `batch-${String(index + 1).padStart(3, '0')}`,
    sourceServerIDs,
  }));
}

/** The servers of each application, and each server without one on its own; larger groups first, then by ID. */
function applicationGroups(servers: readonly PlannedServer[]): SourceServerID[][] {
  const groups = new Map<string, SourceServerID[]>();
  const sorted = [...servers].sort((one, other) => (one.sourceServerID < other.sourceServerID ? -1 : 1));
  for (const { sourceServerID, applicationID } of sorted) {
    const key = applicationID ?? sourceServerID;
    groups.set(key, [...(groups.get(key) ?? []), sourceServerID]);
  }
  return [...groups.entries()]
    .sort(([oneKey, one], [otherKey, other]) => other.length - one.length || (oneKey < otherKey ? -1 : 1))
    .map(([, ids]) => ids);
}

/** The list in pieces of at most `size`. */
export function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
