/** What a migration is called, and what its waves' runs are called after it. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { runIDOfWave, type Migration } from '../../functions/domain/migration-input.ts';
import { MigrationIDSchema, type MigrationID } from '../../functions/domain/migration-record.ts';
import { shownText } from '../../functions/domain/shown-text.ts';
import { CommandError } from '../exit-code.ts';
import type { WaveRun } from '../tell-work.ts';

/** The same input gives the same name, so that a migration can be resumed: a hash of all of it, its defaults filled in. */
export function defaultMigrationName(migration: Migration): MigrationID {
  const hash = createHash('sha256').update(JSON.stringify(migration)).digest('hex').slice(0, 8);
  return v.parse(MigrationIDSchema, `migration-${hash}`);
}

/**
 * Parses a name that a person gave.
 *
 * @throws CommandError when no execution can have that name.
 */
export function parseMigrationName(what: string, name: string): MigrationID {
  const parsed = v.safeParse(MigrationIDSchema, name);
  if (parsed.success) return parsed.output;
  throw new CommandError(`${what}: ${parsed.issues[0].message} (found "${shownText(name)}").`);
}

/**
 * The migration's waves with the names of their runs, in the order of the input.
 *
 * @throws InvalidInputError when the names are too long.
 */
export function waveRunsOf(migrationID: MigrationID, { waves }: Pick<Migration, 'waves'>): WaveRun[] {
  return waves.map(({ name }) => ({ name, runID: runIDOfWave(migrationID, name) }));
}
