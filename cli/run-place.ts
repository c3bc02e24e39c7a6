/**
 * Where the run was worked on from here: at AWS, or at an endpoint such as a simulator. The run's own records do not say,
 * and whoever watches or reports it later has to call it LIVE or not.
 */
import * as v from 'valibot';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { CommandError } from './exit-code.ts';
import { isSimulator } from './live-services.ts';
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

/**
 * Makes sure that the runs were not worked on in the other world: what a simulator said of a source server is no fact at
 * AWS, and names, IDs and ledger may well be the same.
 *
 * @throws CommandError when one was.
 */
export async function insistOnWorld(
  { store, endpoint, label }: Pick<World, 'store' | 'endpoint' | 'label'>,
  runIDs: readonly RunID[],
): Promise<void> {
  for (const runID of runIDs) {
    const place = await readRunPlace(store, runID);
    if (place === undefined || isSimulator(place.endpoint) === isSimulator(endpoint)) continue;
    const where = isSimulator(place.endpoint) ? `in the simulator ${place.endpoint ?? ''}` : 'at AWS';
    throw new CommandError(
      `Run ${runID} was worked on ${where}, and here is ${label}: its records say nothing of this place, so nothing was touched. Go on with it there, or begin another one with --name or --ledger.`,
    );
  }
}

/** The place that was noted last; undefined where none was, or what is there is no place. */
export async function readRunPlace(store: LedgerStore, runID: RunID): Promise<RunPlace | undefined> {
  const { partition, sort } = keyOf(runID);
  const parsed = v.safeParse(PlaceSchema, (await store.read(partition, sort))?.value);
  return parsed.success ? parsed.output : undefined;
}
