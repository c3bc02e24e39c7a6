/** The batches of a wave, one cutover job each: they are cut one by one, when there is room, and numbered as they come. */
import type { AttemptRecord } from './run-record.ts';
import type { ServerRecord } from './server-record.ts';

const batchPattern = /^batch-(\d+)$/;

/**
 * The ID of the next batch: `batch-001` and so on. One that was ever attempted is not used again, even where its call came to
 * nothing: its attempt goes on saying for which source servers a call was made.
 */
export function nextBatchID(
  records: readonly Pick<ServerRecord, 'batchID'>[],
  attempts: readonly Pick<AttemptRecord, 'batchID'>[],
): string {
  const numbers = [...records, ...attempts].map(({ batchID }) => Number(batchPattern.exec(batchID ?? '')?.[1] ?? 0));
  return `batch-${String(Math.max(0, ...numbers) + 1).padStart(3, '0')}`;
}

/** The list in pieces of at most `size`. */
export function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
