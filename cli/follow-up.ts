/**
 * Executions that follow a run on a person's word: rollbacks and commits. Each needs a name of its own, and one may be
 * unfinished. On this machine the ledger counts them; on a stack the executions themselves do.
 */
import * as v from 'valibot';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { resourceName } from '../local/arns.ts';
import { followUpName, nextFollowUp, type FollowUpKind } from './stack/follow-ups.ts';
import type { World } from './world.ts';

/** A follow-up that is about to be executed. */
export interface FollowUp {
  /** The name for its execution, at most 80 characters. */
  readonly executionName: string;
  /** Notes that it has ended, whatever it came to. */
  end(): Promise<void>;
}

/**
 * Begins a follow-up of the run, and notes that where the work is done by this process. On a stack nothing is noted: a
 * command that is repeated after a lost answer gets the same name while that execution runs, and so means the same one.
 *
 * @param input - what the execution will be started with
 * @throws CommandError when one runs on the stack with another input.
 */
export async function beginFollowUp(
  world: Pick<World, 'store' | 'stack' | 'flags'>,
  runID: RunID,
  kind: FollowUpKind,
  input: object,
): Promise<FollowUp> {
  if (world.stack !== undefined) {
    const executionName = await nextFollowUp(world.stack, runID, kind, input);
    return { executionName, end: () => Promise.resolve() };
  }
  const { store } = world;
  const count = (await read(store, runID, kind)).count + 1;
  const note = (isOpen: boolean) =>
    store.write([{ ...keyOf(runID, kind), expect: 'any', value: { count, isOpen } satisfies Note }]);
  await note(true);
  return {
    executionName: followUpName(runID, kind, count),
    async end() {
      await note(false);
    },
  };
}

/**
 * Whether a rollback of the run was begun and never ended, here or on a stack: then its source servers are partly back.
 * What works on a run here notes that; of a stack's executions the last one stays the run's holder, and a run that a
 * rollback holds has its end only once the rollback has.
 */
export async function hasOpenRollback(store: LedgerStore, runID: RunID): Promise<boolean> {
  if ((await read(store, runID, 'rollback')).isOpen) return true;
  const run = (await createLedger(store).readRun(runID))?.value;
  const isLastAtWork = run?.holder !== undefined && resourceName(run.holder.executionID).endsWith('rollback');
  return isLastAtWork && run.end === undefined;
}

const NoteSchema = v.object({ count: v.number(), isOpen: v.boolean() });
type Note = v.InferOutput<typeof NoteSchema>;

const keyOf = (runID: RunID, kind: FollowUpKind) => ({ partition: `process#${runID}`, sort: `${kind}s` });

async function read(store: LedgerStore, runID: RunID, kind: FollowUpKind): Promise<Note> {
  const { partition, sort } = keyOf(runID, kind);
  const item = await store.read(partition, sort);
  return item === undefined ? { count: 0, isOpen: false } : v.parse(NoteSchema, item.value);
}
