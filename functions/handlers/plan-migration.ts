/** First step of a migration: is every wave what it should be, and do they keep off each other's source servers? */
import * as v from 'valibot';
import { InvalidInputError, RunExistsError } from '../domain/errors.ts';
import { refuseHooksFor } from '../domain/hook-refusals.ts';
import { RunIDSchema, type RunID } from '../domain/identifiers.ts';
import {
  parseMigration,
  runIDOfWave,
  unusable,
  type Migration,
  type MigrationWave,
} from '../domain/migration-input.ts';
import { findPastTimes } from '../domain/migration-order.ts';
import type { MigrationID, WaveRecord } from '../domain/migration-record.ts';
import { heldAs, insistOnFree, MigrationEventSchema } from '../shared/open-migration.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';
import { resolveRecords } from './resolve-wave.ts';

const EventSchema = v.object({ ...MigrationEventSchema.entries, input: v.unknown() });

/**
 * Resolves every wave, reading only, and writes the migration to the ledger; or goes on with the one of this name and
 * input. Answers with the slots that take waves. Until that is written nothing is touched, and the name stays free.
 *
 * @throws InvalidInputError when the input or one of its waves is wrong, or two waves have a source server in common;
 *   RunExistsError when the name, or that of a wave's run, is taken; RunHeldError when another execution works on the
 *   migration; TransientServiceError when MGN cannot be read.
 */
export const createHandler = step(EventSchema, async ({ migrationID, executionID, input }, deps) => {
  const migration = parseMigration(input);
  const now = deps.clock.now();
  const known = await deps.ledger.readMigration(migrationID);
  if (known === undefined) {
    const waves = await planWaves(deps, migrationID, migration);
    const record = { migrationID, createdAt: now, waves };
    await deps.ledger.createMigration(heldAs(record, executionID, deps.clock.now()), migration);
  } else {
    const { record, version } = known;
    if (record.end !== undefined) throw existing(migrationID, `has already ended (${record.end.summary})`);
    if (JSON.stringify(known.migration) !== JSON.stringify(migration))
      throw existing(migrationID, 'was begun with another input');
    await insistOnFree(deps, record, executionID);
    await deps.ledger.saveMigration(heldAs(record, executionID, now), version);
  }
  const slotCount = Math.min(migration.wavesAtOnceMax, migration.waves.length);
  return { migrationID, executionID, slots: Array.from({ length: slotCount }, (_, index) => index + 1) };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

function existing(migrationID: MigrationID, what: string): RunExistsError {
  return new RunExistsError(`A migration named ${migrationID} ${what}; start this one under another name.`);
}

async function planWaves(deps: StepDeps, migrationID: MigrationID, migration: Migration): Promise<WaveRecord[]> {
  const waves = migration.waves.map((wave) => ({ ...wave, runID: runIDOfWave(migrationID, wave.name) }));
  await refuseTakenNames(deps, [v.parse(RunIDSchema, migrationID), ...waves.map(({ runID }) => runID)]);
  const problems = findPastTimes(migration.waves, deps.clock.now());
  const waveOf = new Map<string, string>();
  const planned: WaveRecord[] = [];
  for (const wave of waves) {
    const { name, runID } = wave;
    const arns = await resolveWave(deps, wave, problems);
    for (const arn of arns) {
      const other = waveOf.get(arn);
      if (other !== undefined) problems.push(`${arn} is in the waves "${other}" and "${name}"`);
      waveOf.set(arn, name);
    }
    planned.push({ name, runID, sourceServerCount: arns.length, state: 'WAITING' });
  }
  if (problems.length > 0) throw unusable(problems);
  return planned;
}

/** A run of such a name that this migration did not begin would be taken for one of its own, or for itself. */
async function refuseTakenNames({ ledger }: StepDeps, runIDs: readonly RunID[]): Promise<void> {
  const taken: string[] = [];
  for (const runID of runIDs) if ((await ledger.readRun(runID)) !== undefined) taken.push(runID);
  if (taken.length === 0) return;
  throw new RunExistsError(
    `There is a run named ${taken.join(', ')} already, as the migration or a wave's run would be called; start the migration under another name.`,
  );
}

/** The ARNs of the wave's source servers; what is wrong with it goes to `problems`. */
async function resolveWave(
  deps: StepDeps,
  { name, runID, input }: MigrationWave & Pick<WaveRecord, 'runID'>,
  problems: string[],
): Promise<string[]> {
  try {
    refuseHooksFor(deps.hookPlace, input.options.hooks);
    const records = await resolveRecords(deps, { runID, input }, deps.clock.now());
    return records.map(({ arn }) => arn);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    problems.push(`wave "${name}": ${error.message.replace(/\.$/, '')}`);
    return [];
  }
}
