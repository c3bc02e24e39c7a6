/** Last step of a migration: what its waves came to, all of them together. */
import { judgeMigration } from '../domain/migration-course.ts';
import type { WaveRecord } from '../domain/migration-record.ts';
import { MigrationEventSchema, openMigration } from '../shared/open-migration.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

/**
 * Ends the migration. A wave that its slot had to leave is told by its run: with its outcome where it has an end, and
 * otherwise it stays RUNNING and needs a person. A wave that no slot took is not started any more.
 *
 * @throws RunNotFoundError, RunHeldError when the migration is not this execution's; LedgerConflictError;
 *   TransientServiceError when the ledger cannot be read.
 */
export const createHandler = step(MigrationEventSchema, async (event, deps) => {
  const { record, version } = await openMigration(deps, event);
  const now = deps.clock.now();
  const waves: WaveRecord[] = [];
  for (const wave of record.waves) waves.push(await conclude(deps, wave, now));
  const { outcome, summary } = judgeMigration(waves);
  const holder = { executionID: event.executionID, heldUntil: now };
  await deps.ledger.saveMigration({ ...record, waves, holder, end: { endedAt: now, outcome, summary } }, version);
  return { outcome, summary };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

async function conclude({ ledger }: StepDeps, wave: WaveRecord, now: number): Promise<WaveRecord> {
  if (wave.state === 'WAITING')
    return { ...wave, state: 'SKIPPED', summary: 'not started: the migration ended before', endedAt: now };
  if (wave.state !== 'RUNNING') return wave;
  const end = (await ledger.readRun(wave.runID))?.value.end;
  if (end === undefined) return { ...wave, summary: 'the migration lost sight of it before its run ended' };
  return { ...wave, state: 'ENDED', endedAt: now, outcome: end.outcome, summary: end.summary };
}
