/** Opening a migration: only the execution that holds it may go on, as with a run. */
import * as v from 'valibot';
import { RunHeldError, RunNotFoundError } from '../domain/errors.ts';
import { waitingGate } from '../domain/gate.ts';
import { MigrationIDSchema, type MigrationRecord } from '../domain/migration-record.ts';
import type { StoredMigration } from '../ledger/migrations.ts';
import { holdMs } from './open-run.ts';
import type { StepDeps } from './step.ts';

/** An event about a migration, from the execution that works on it. */
export const MigrationEventSchema = v.object({
  migrationID: MigrationIDSchema,
  executionID: v.pipe(v.string(), v.nonEmpty()),
});
/** An event about a migration. */
export type MigrationEvent = v.InferOutput<typeof MigrationEventSchema>;

/**
 * Reads the migration for the execution that holds it.
 *
 * @throws RunNotFoundError when there is none; RunHeldError when another execution holds it.
 */
export async function openMigration(
  { ledger }: StepDeps,
  { migrationID, executionID }: MigrationEvent,
): Promise<StoredMigration> {
  const stored = await ledger.readMigration(migrationID);
  if (stored === undefined)
    throw new RunNotFoundError(`There is no migration ${migrationID} in the ledger; check the name and the ledger.`);
  if (stored.record.holder?.executionID !== executionID) throw heldBy(stored.record);
  return stored;
}

/**
 * Insists that an execution may take the migration: it is free, held by this same execution, or its hold has run out and
 * none of its waves is being worked on. For as long as a wave is, the migration's execution takes no step of its own.
 *
 * @throws RunHeldError when another execution works on it.
 */
export async function insistOnFree(
  { ledger, clock }: StepDeps,
  record: MigrationRecord,
  executionID: string,
): Promise<void> {
  const { holder, waves } = record;
  if (holder === undefined || holder.executionID === executionID) return;
  if (holder.heldUntil > clock.now()) throw heldBy(record, holder.heldUntil);
  for (const { runID } of waves.filter(({ state }) => state === 'RUNNING')) {
    const run = (await ledger.readRun(runID))?.value;
    if (run === undefined || run.end !== undefined) continue;
    const heldUntil = run.holder?.heldUntil ?? 0;
    if (heldUntil > clock.now()) throw heldBy(record, heldUntil);
    // Nobody holds a run that waits for a person, and still its execution goes on once they have come.
    if (waitingGate(run) !== undefined) throw heldBy(record);
  }
}

/**
 * The record held by an execution from now on, until its next step is due in `delaySeconds` and some time longer; a slot
 * that waits longer keeps it longer.
 */
export function heldAs(record: MigrationRecord, executionID: string, now: number, delaySeconds = 0): MigrationRecord {
  const { holder } = record;
  const before = holder?.executionID === executionID ? holder.heldUntil : 0;
  return { ...record, holder: { executionID, heldUntil: Math.max(before, now + delaySeconds * 1_000 + holdMs) } };
}

function heldBy({ migrationID, holder }: MigrationRecord, heldUntil?: number): RunHeldError {
  const who = holder === undefined ? 'no longer held by this execution' : `held by execution ${holder.executionID}`;
  const freeAt =
    heldUntil === undefined ? '' : ` If it was stopped, the migration is free at ${new Date(heldUntil).toISOString()}.`;
  return new RunHeldError(
    `Migration ${migrationID} is ${who}; stop that execution or wait for it before another one works on it.${freeAt}`,
  );
}
