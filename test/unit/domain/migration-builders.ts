/** Migrations in a few words: each wave is its name, what it comes after, and where it is. */
import { parseMigration, runIDOfWave, type Migration } from '../../../functions/domain/migration-input.ts';
import type { WaveRecord } from '../../../functions/domain/migration-record.ts';
import { waveID } from '../../support/domain-builders.ts';

/** What a test says of a wave. */
export interface WaveWords {
  readonly name: string;
  readonly after?: readonly string[];
  readonly canary?: boolean;
  readonly input?: Readonly<Record<string, unknown>>;
}

/** The input of a migration of these waves; the number of a wave is that of its MGN wave. */
export function migrationInput(waves: readonly (string | WaveWords)[], rest: object = {}): unknown {
  return {
    waves: waves.map((wave, index) => {
      const words: WaveWords = typeof wave === 'string' ? { name: wave } : wave;
      return { ...words, input: { waveID: waveID(index + 1), ...words.input } };
    }),
    ...rest,
  };
}

/** The same, parsed. */
export function aMigration(waves: readonly (string | WaveWords)[], rest: object = {}): Migration {
  return parseMigration(migrationInput(waves, rest));
}

/** The records of the migration's waves: WAITING, or as `states` says by name. */
export function recordsOf(
  { waves }: Migration,
  states: Readonly<Record<string, Partial<WaveRecord>>> = {},
): WaveRecord[] {
  return waves.map(({ name }) => ({
    name,
    runID: runIDOfWave('mig', name),
    sourceServerCount: 3,
    state: 'WAITING',
    ...states[name],
  }));
}

/** A wave that is under way. */
export const running: Partial<WaveRecord> = { state: 'RUNNING', slot: 1 };
/** A wave that came to what it was started for. */
export const verified: Partial<WaveRecord> = { state: 'ENDED', outcome: 'VERIFIED' };
/** A wave of which not all is cut over. */
export const partial: Partial<WaveRecord> = { state: 'ENDED', outcome: 'PARTIAL' };
