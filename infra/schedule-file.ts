/**
 * The reviewed file of scheduled starts: which wave, or migration of many waves, starts at which instant. It is wrong
 * before anything is deployed or not at all, so every entry is checked here as its own first step would check it.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { InvalidInputError } from '../functions/domain/errors.ts';
import { isMigrationInput, parseMigration, runIDOfWave } from '../functions/domain/migration-input.ts';
import { describeIssue, parseRunInput } from '../functions/domain/run-input.ts';
import { readWindow } from '../functions/domain/window.ts';

/** With the instant and the hash of the input behind it, a name is at most the 80 characters of an execution's name. */
const nameLengthMax = 54;

const NameSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z_-]+$/, 'expected letters, digits, "-" or "_"'),
  v.maxLength(nameLengthMax, `expected at most ${String(nameLengthMax)} characters`),
);

const InstantSchema = v.pipe(
  v.string(),
  v.regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/,
    'expected an instant in UTC that ends in Z, such as "2027-01-31T22:00:00Z"',
  ),
  v.check((at) => isOnTheCalendar(at), 'expected an instant that the calendar has'),
);

const EntrySchema = v.strictObject({
  name: v.pipe(NameSchema, v.description('Names the schedule, and the runs it starts; no two entries share one.')),
  group: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9A-Za-z_-]{1,32}$/, 'expected 1 to 32 letters, digits, "-" or "_"'),
      v.description('Schedules of one group stand together in the console; without it, in the group of the stack.'),
    ),
  ),
  at: v.pipe(
    InstantSchema,
    v.description(
      'When the run starts: an instant in UTC, such as 2027-01-31T22:00:00Z. The start is up to a minute late.',
    ),
  ),
  windowMinutes: v.pipe(
    v.number(),
    v.integer('expected a whole number of minutes'),
    v.minValue(1, 'expected at least 1 minute'),
    v.maxValue(1_440, 'expected at most 1440 minutes'),
    v.description(
      'How long after that instant, in minutes, a start that failed at first is still tried. After it the start is dropped and an alarm goes off: a cutover that begins too late is worse than none.',
    ),
  ),
  enabled: v.optional(
    v.pipe(v.boolean(), v.description('False keeps the entry and its review, but starts nothing.')),
    true,
  ),
  input: v.pipe(
    v.looseObject({}),
    v.description(
      'The input of the run, as in run-input.schema.json, or of a migration of many waves, as in migration-input.schema.json.',
    ),
  ),
});

/** Schema of the file; that names are unique and inputs are a run's is checked by `parseScheduleFile`. */
export const ScheduleFileSchema = v.strictObject({
  $schema: v.optional(v.pipe(v.string(), v.description('Where the JSON Schema of this file is, for editors.'))),
  schedules: v.pipe(v.array(EntrySchema), v.description('The starts, in any order.')),
});

type Entry = v.InferOutput<typeof EntrySchema>;

/** One start of a run or a migration. */
export interface Schedule {
  readonly name: string;
  /** What it starts. */
  readonly machine: 'wave-cutover' | 'migration-run';
  /** Absent for the stack's own group. */
  readonly group?: string | undefined;
  /** When it starts, in UTC and without a zone, such as `2027-01-31T22:00:00`. */
  readonly at: string;
  /** How long after `at` a start is still tried, in minutes. */
  readonly windowMinutes: number;
  readonly isEnabled: boolean;
  /** The name of the execution, and so of the run or migration: the same for every delivery of this start. */
  readonly runName: string;
  /** The input as it was written, without `$schema`. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** The file cannot be used; the message names every wrong entry and field. */
export class InvalidScheduleFileError extends Error {
  override readonly name = 'InvalidScheduleFileError';
}

/**
 * The schedules in the parsed content of a file, in its order.
 *
 * A run's name is made of the schedule's name, its instant and a hash of its input, the defaults filled in:
 * `wave-07-20270131T220000Z-1a2b3c4d`. So a start that is delivered twice starts one run, and the same wave in another
 * night is another run.
 *
 * @throws InvalidScheduleFileError naming entry and field.
 */
export function parseScheduleFile(content: unknown): Schedule[] {
  const parsed = v.safeParse(ScheduleFileSchema, content, { abortPipeEarly: true });
  if (!parsed.success) throw new InvalidScheduleFileError(sentence(parsed.issues.map(describeEntryIssue)));
  const entries = parsed.output.schedules;
  const read = entries.map(readEntry);
  const problems = [...sharedNames(entries), ...read.flatMap((entry) => ('problem' in entry ? entry.problem : []))];
  if (problems.length > 0) throw new InvalidScheduleFileError(sentence(problems));
  return read.flatMap((entry) => ('problem' in entry ? [] : entry));
}

function readEntry(entry: Entry, index: number): Schedule | { readonly problem: string } {
  try {
    return isMigrationInput(entry.input) ? readMigration(entry) : readRun(entry);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { problem: `${title(index, entry.name)}: input: ${error.message.replace(/\.$/, '')}` };
  }
}

function readRun(entry: Entry): Schedule {
  const input = parseRunInput(entry.input);
  const window = input.window && readWindow(input.window);
  const at = Date.parse(entry.at);
  if (window !== undefined && (at < window.opensAt || at >= window.closesAt))
    throw new InvalidInputError(`window: at ${entry.at} it is not open, so the run would be refused.`);
  return { ...toSchedule(entry, { ...input, $schema: undefined }), machine: 'wave-cutover' };
}

/** Each wave's run is called after the migration, so the names have to be short enough together. */
function readMigration(entry: Entry): Schedule {
  const migration = parseMigration(entry.input);
  const schedule: Schedule = { ...toSchedule(entry, migration), machine: 'migration-run' };
  for (const { name } of migration.waves) runIDOfWave(schedule.runName, name);
  return schedule;
}

/** @param meaning - the input with every default filled in */
function toSchedule(
  { name, group, at, windowMinutes, enabled, input }: Entry,
  meaning: object,
): Omit<Schedule, 'machine'> {
  const written = Object.fromEntries(Object.entries(input).filter(([key]) => key !== '$schema'));
  const instant = new Date(at).toISOString().slice(0, 19);
  const runName = [name, `${instant.replaceAll(/[-:]/g, '')}Z`, hashOf(meaning)].join('-');
  return { name, group, at: instant, windowMinutes, isEnabled: enabled, runName, input: written };
}

function hashOf(meaning: object): string {
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex').slice(0, 8);
}

/** JavaScript reads the 31st of February as a day in March. */
function isOnTheCalendar(at: string): boolean {
  const instant = new Date(at);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(at.slice(0, -1));
}

function sharedNames(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ name }, index) => {
    const first = entries.findIndex((entry) => entry.name === name);
    return first === index ? [] : [`${title(index, name)}: name: entry ${String(first + 1)} has the same`];
  });
}

const NamedSchema = v.object({ name: v.string() });

/** As `describeIssue`, with the entry's number and name where it had its path. */
function describeEntryIssue(issue: v.BaseIssue<unknown>): string {
  const words = describeIssue(issue);
  const entry = issue.path?.[1];
  if (entry === undefined) return words;
  const named = v.safeParse(NamedSchema, entry.value);
  const heading = title(Number(entry.key), named.success ? named.output.name : undefined);
  return words.replace(/^schedules\.\d+(\.|: )/, () => `${heading}: `);
}

const title = (index: number, name: string | undefined) =>
  `entry ${String(index + 1)}${name === undefined ? '' : ` "${name}"`}`;

const sentence = (problems: readonly string[]) => `The schedules cannot be used: ${problems.join('; ')}.`;
