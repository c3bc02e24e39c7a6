/**
 * The input of a migration run: many waves, each with the input of a run of its own, in which order they start and what a
 * failed one means for the others. Everything that can be known to be wrong without asking MGN is refused here at once.
 */
import * as v from 'valibot';
import { InvalidInputError } from './errors.ts';
import { RunIDSchema, type RunID } from './identifiers.ts';
import { findCycle, findWindowContradictions } from './migration-order.ts';
import { describeIssue, parseRunInput, RunInputSchema, type RunInput } from './run-input.ts';
import { OptionsSchema } from './run-options.ts';
import { listProblems } from './shown-text.ts';

/** Most waves one migration takes. */
export const migrationWavesMax = 50;
/** Most waves that are cut over at once. */
export const wavesAtOnceMaxMax = 5;
/** Longest input in bytes of JSON: with what goes along it stays below 64 KB, a quarter of what a state may carry. */
export const migrationInputBytesMax = 60_000;

const WaveNameSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z_-]{1,32}$/, 'expected the name of a wave: 1 to 32 letters, digits, "-" or "_"'),
);

/** The names of the waves that start before one, none of them twice. */
const AfterSchema = v.pipe(
  v.array(WaveNameSchema),
  v.minLength(1, 'expected at least one name'),
  v.maxLength(migrationWavesMax, `expected at most ${String(migrationWavesMax)} names`),
  v.checkItems((name, index, names) => names.indexOf(name) === index, 'is listed twice'),
);

const WrittenWaveSchema = v.strictObject({
  name: v.pipe(
    WaveNameSchema,
    v.description('What the wave is called here; its run is called after the migration and this name.'),
  ),
  input: v.pipe(
    v.looseObject({}),
    v.description('The input of the wave’s run; what it does not say is taken from `defaults`, option by option.'),
  ),
  after: v.optional(
    v.pipe(AfterSchema, v.description('The waves that must be verified or finalized before this one starts.')),
  ),
  canary: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Whether it goes first and alone: all other waves wait until every canary is verified.'),
    ),
    false,
  ),
});

/** Schema of the part of a wave's input that waves may share. */
const WaveDefaultsSchema = v.strictObject({
  ...v.omit(RunInputSchema, ['$schema', 'waveID', 'applicationIDs', 'sourceServerIDs', 'plan', 'options']).entries,
  options: v.optional(OptionsSchema),
});

/** Schema of a migration's input as a person writes it; `parseMigration` checks the rest. */
export const MigrationInputSchema = v.strictObject({
  $schema: v.optional(v.pipe(v.string(), v.description('Where the JSON Schema of this file is, for editors.'))),
  waves: v.pipe(
    v.array(WrittenWaveSchema),
    v.minLength(1, 'expected at least one wave'),
    v.maxLength(migrationWavesMax, `expected at most ${String(migrationWavesMax)} waves`),
    v.description('The waves, in the order in which they start where no `after` says otherwise.'),
  ),
  defaults: v.optional(
    v.pipe(WaveDefaultsSchema, v.description('What holds for every wave whose own input does not say otherwise.')),
    {},
  ),
  wavesAtOnceMax: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(wavesAtOnceMaxMax),
      v.description('Most waves that are cut over at once; they share MGN’s quotas in their account and region.'),
    ),
    1,
  ),
  onWaveFailed: v.optional(
    v.pipe(
      v.picklist(['stop', 'continue']),
      v.description(
        'What a wave that is not verified or finalized means: start no other wave, or go on with those that do not come after it.',
      ),
    ),
    'stop',
  ),
});
type WrittenMigration = v.InferOutput<typeof MigrationInputSchema>;
type WrittenWave = WrittenMigration['waves'][number];

/** Schema of a migration, each wave with its whole input. */
export const MigrationSchema = v.object({
  waves: v.array(
    v.object({ name: v.string(), input: RunInputSchema, after: v.array(v.string()), canary: v.boolean() }),
  ),
  wavesAtOnceMax: v.number(),
  onWaveFailed: v.picklist(['stop', 'continue']),
});
/** A migration, each wave with its whole input: what it leaves out is filled in from the defaults. */
export type Migration = v.InferOutput<typeof MigrationSchema>;
/** A wave of a migration. */
export type MigrationWave = Migration['waves'][number];

/** Whether it is meant as a migration's input, right or wrong, and not as a run's. */
export function isMigrationInput(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'waves' in input;
}

/**
 * Parses what a person wrote.
 *
 * @throws InvalidInputError naming everything that is wrong, each wave's own faults with its name.
 */
export function parseMigration(input: unknown): Migration {
  const bytes = Buffer.byteLength(JSON.stringify([input]));
  if (bytes > migrationInputBytesMax) {
    throw unusable([
      `it is ${String(bytes)} bytes of JSON, and at most ${String(migrationInputBytesMax)} are taken: name waves or applications instead of source servers, or make several migrations of it`,
    ]);
  }
  const parsed = v.safeParse(MigrationInputSchema, input);
  if (!parsed.success) throw unusable(parsed.issues.map(describeIssue));
  const { waves: written, defaults, wavesAtOnceMax, onWaveFailed } = parsed.output;
  const read = written.map((wave) => ({ wave, ...readWaveInput(wave, defaults) }));
  const waves = read.flatMap(({ wave: { name, after = [], canary }, input: waveInput }) =>
    waveInput === undefined ? [] : [{ name, input: waveInput, after, canary }],
  );
  const problems = [
    ...orderProblems(written),
    ...read.flatMap(({ problem }) => problem ?? []),
    ...findNamedTwice(waves),
  ];
  if (problems.length === 0) problems.push(...findWindowContradictions(waves));
  if (problems.length > 0) throw unusable(problems);
  return { waves, wavesAtOnceMax, onWaveFailed };
}

/**
 * The name of a wave's run, which is its execution's too.
 *
 * @throws InvalidInputError when the two names together are longer than an execution's may be.
 */
export function runIDOfWave(migrationID: string, waveName: string): RunID {
  const name = `${migrationID}-${waveName}`;
  const parsed = v.safeParse(RunIDSchema, name);
  if (parsed.success) return parsed.output;
  throw new InvalidInputError(
    `The migration's name is too long: the run of wave "${waveName}" would be called ${name}, and a name has at most 80 characters.`,
  );
}

/** The refusal of a migration with these problems. */
export function unusable(problems: readonly string[]): InvalidInputError {
  return new InvalidInputError(`The migration's input cannot be used: ${listProblems(problems)}.`);
}

/** The wave's input over the defaults; an option that it gives replaces the default one as a whole. */
function readWaveInput(
  { name, input }: WrittenWave,
  { options, ...others }: WrittenMigration['defaults'],
): { readonly input?: RunInput; readonly problem?: string } {
  const own = input['options'];
  const isMergeable = typeof own === 'object' && own !== null && options !== undefined;
  const merged = { ...others, ...(options && { options }), ...input };
  try {
    return { input: parseRunInput(isMergeable ? { ...merged, options: { ...options, ...own } } : merged) };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const words = error.message.replace(/^The input cannot be used: /, '').replace(/\.$/, '');
    return { problem: `wave "${name}": ${words}` };
  }
}

function orderProblems(written: readonly WrittenWave[]): string[] {
  const waves = written.map(({ name, after = [], canary }) => ({ name, after, canary }));
  const names = waves.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const unknown = waves.flatMap(({ name, after }) =>
    after
      .filter((before) => !names.includes(before))
      .map((before) => `wave "${name}" comes after "${before}", which is no wave of the migration`),
  );
  const problems = [...[...twice].map((name) => `two waves are called "${name}"`), ...unknown];
  if (problems.length > 0) return problems;
  const cycle = findCycle(waves);
  return cycle === undefined ? [] : [cycleWords(cycle, waves)];
}

/** Such as `the waves wait for each other: "a" comes after "b", "b" after "a"`. */
function cycleWords(cycle: readonly string[], waves: readonly { name: string; after: readonly string[] }[]): string {
  const steps = cycle.slice(1).map((before, index) => {
    const name = cycle[index] ?? '';
    const isWritten = waves.some((wave) => wave.name === name && wave.after.includes(before));
    return `"${name}" comes after "${before}"${isWritten ? '' : ', a canary'}`;
  });
  return `the waves wait for each other: ${steps.join(', ')}`;
}

/** Two waves must not name the same thing; what waves and applications come to is known only once they are resolved. */
function findNamedTwice(waves: readonly MigrationWave[]): string[] {
  const namedBy = new Map<string, string[]>();
  for (const { name, input } of waves) {
    const ids = [input.waveID ?? [], input.applicationIDs ?? [], input.sourceServerIDs ?? []].flat();
    for (const id of ids) namedBy.set(id, [...(namedBy.get(id) ?? []), name]);
  }
  return [...namedBy].flatMap(([id, names]) =>
    names.length > 1 ? [`${id} is named by the waves ${names.map((name) => `"${name}"`).join(' and ')}`] : [],
  );
}
