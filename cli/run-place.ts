/**
 * Where the run was worked on from here: at AWS, or at an endpoint such as a simulator. The run's own records do not say,
 * and whoever watches or reports it later has to call it LIVE or not.
 */
import * as v from 'valibot';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import type { World } from './world.ts';

const PlaceSchema = v.object({ endpoint: v.optional(v.pipe(v.string(), v.url())) });
/** Where a run was worked on; without an endpoint that was AWS. */
export type RunPlace = v.InferOutput<typeof PlaceSchema>;

const keyOf = (runID: RunID) => ({ partition: `process#${runID}`, sort: 'place' });

/** Notes the world's place for the runs; a rehearsal's ledger ends with it, and a stack's runs are where the stack is. */
export async function noteRunPlace(
  { store, endpoint, isRehearsal }: Pick<World, 'store' | 'endpoint' | 'isRehearsal'>,
  runIDs: readonly RunID[],
): Promise<void> {
  if (isRehearsal) return;
  const value = endpoint === undefined ? {} : { endpoint };
  for (const runID of runIDs) await store.write([{ ...keyOf(runID), expect: 'any', value }]);
}

/** The place that was noted last; undefined where none was, or what is there is no place. */
export async function readRunPlace(store: LedgerStore, runID: RunID): Promise<RunPlace | undefined> {
  const { partition, sort } = keyOf(runID);
  const parsed = v.safeParse(PlaceSchema, (await store.read(partition, sort))?.value);
  return parsed.success ? parsed.output : undefined;
}
