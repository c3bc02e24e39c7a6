/** The runs that an input means: one of a wave, or those of all waves of a migration; and the execution that does them. */
import * as v from 'valibot';
import { RunIDSchema, type RunID } from '../../functions/domain/identifiers.ts';
import { isMigrationInput, parseMigration } from '../../functions/domain/migration-input.ts';
import { inOrder } from '../../functions/domain/migration-order.ts';
import { parseRunInput, type RunInput } from '../../functions/domain/run-input.ts';
import { defaultMigrationName, waveRunsOf } from '../migration/migration-name.ts';
import { defaultRunName } from '../run-name.ts';

/** A run of an input. */
export interface RehearsedRun {
  /** The wave's name in the migration; absent where the input is a run's own. */
  readonly wave?: string | undefined;
  readonly runID: RunID;
  readonly input: RunInput;
}

/** All runs of an input, in the order in which they start. */
export interface RehearsedRuns {
  /** The execution's name: the run's, or the migration's. */
  readonly name: RunID;
  readonly machine: 'wave-cutover' | 'migration-run';
  readonly runs: readonly RehearsedRun[];
}

/**
 * The runs of an input.
 *
 * @throws InvalidInputError naming everything that is wrong with it.
 */
export function rehearsedRuns(rawInput: unknown): RehearsedRuns {
  if (!isMigrationInput(rawInput)) {
    const input = parseRunInput(rawInput);
    const runID = defaultRunName(input);
    return { name: runID, machine: 'wave-cutover', runs: [{ runID, input }] };
  }
  const migration = parseMigration(rawInput);
  const migrationID = defaultMigrationName(migration);
  const runIDs = new Map(waveRunsOf(migrationID, migration).map(({ name, runID }) => [name, runID]));
  const runs = inOrder(migration.waves).flatMap(({ name, input }) => {
    const runID = runIDs.get(name);
    return runID === undefined ? [] : [{ wave: name, runID, input }];
  });
  return { name: v.parse(RunIDSchema, migrationID), machine: 'migration-run', runs };
}
