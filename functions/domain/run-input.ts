/**
 * The input of a run: what a person pastes into the Step Functions console. One closed schema with a default for
 * everything but the servers; the published JSON Schema is generated from it.
 */
import * as v from 'valibot';
import { InvalidInputError } from './errors.ts';
import { AccountIDSchema, ApplicationIDSchema, SourceServerIDSchema, WaveIDSchema } from './identifiers.ts';

/** Most source servers one run takes. */
export const runServersMax = 1_000;
/** Most source servers in one job, and in all active jobs together (`mgn.md` E). */
export const jobServersMax = 200;

const seconds = (defaultSeconds: number, maxSeconds: number, description: string) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxSeconds), v.description(description)),
    defaultSeconds,
  );

const daySeconds = 86_400;

const DeadlinesSchema = v.strictObject({
  terminateSeconds: seconds(
    3_600,
    daySeconds,
    'How long a terminate job may take, in seconds, before a person is asked.',
  ),
  launchSeconds: seconds(
    7_200,
    daySeconds,
    'How long a cutover job may take, in seconds, before what it has not launched counts as failed.',
  ),
  firstBootSeconds: seconds(
    1_800,
    daySeconds,
    'How long a launched instance may take to report its first boot, in seconds.',
  ),
  agentSeconds: seconds(
    1_800,
    daySeconds,
    'How long the SSM agent of a launched instance may stay unseen, in seconds, when actions are expected.',
  ),
  actionsSeconds: seconds(
    3_600,
    daySeconds,
    'How long the expected post-launch actions may take in all, in seconds, after the SSM agent was seen; an action with a longer time-out of its own extends it.',
  ),
  runningJobsSeconds: seconds(
    7_200,
    daySeconds,
    'How long a rollback waits for jobs that still hold its source servers, in seconds, before a person is asked.',
  ),
});

const OptionsSchema = v.strictObject({
  onBlocked: v.optional(
    v.pipe(
      v.picklist(['refuse', 'skip']),
      v.description(
        'What to do when a source server fails validation: refuse the whole wave, or skip the server and go on with the others.',
      ),
    ),
    'refuse',
  ),
  commit: v.optional(
    v.pipe(
      v.picklist(['never', 'auto']),
      v.description(
        'Whether verified source servers are finalized. "auto" calls FinalizeCutover, the point of no return, without asking; "never" leaves them verified and revertible.',
      ),
    ),
    'never',
  ),
  batchServersMax: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(jobServersMax),
      v.description('Most source servers in one cutover job. Smaller batches limit what one bad launch holds up.'),
    ),
    jobServersMax,
  ),
  terminateTestInstances: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Terminate the instances that test launches left before the cutover starts, and wait for it.'),
    ),
    true,
  ),
  requireTestLaunch: v.optional(
    v.pipe(v.boolean(), v.description('Block source servers that were never launched as a test.')),
    true,
  ),
  lagMaxSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(daySeconds),
      v.description('Highest replication lag, in seconds, a source server may have at the start.'),
    ),
    300,
  ),
  lastSeenMaxSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(60),
      v.maxValue(daySeconds),
      v.description('How long ago, in seconds, MGN may have last heard from the source server’s agent.'),
    ),
    3_600,
  ),
  settleSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(600),
      v.description(
        'How long, in seconds, a call whose answer was lost is looked for in MGN’s job list before it counts as never made.',
      ),
    ),
    60,
  ),
  deadlines: v.optional(v.pipe(DeadlinesSchema, v.description('How long each phase may take.')), {}),
});

const uniqueList = <Item extends v.GenericSchema<unknown, string>>(item: Item, max: number, description: string) =>
  v.optional(
    v.pipe(
      v.array(item),
      v.minLength(1, 'expected at least one ID'),
      v.maxLength(max, `expected at most ${String(max)} IDs`),
      v.checkItems((id, index, ids) => ids.indexOf(id) === index, 'is listed twice'),
      v.description(description),
    ),
  );

/** Schema of a run's input; the members that name servers exclude each other, which `parseRunInput` checks. */
export const RunInputSchema = v.strictObject({
  $schema: v.optional(v.pipe(v.string(), v.description('Where the JSON Schema of this file is, for editors.'))),
  waveID: v.optional(
    v.pipe(WaveIDSchema, v.description('The wave to cut over: all source servers of all its applications.')),
  ),
  applicationIDs: uniqueList(ApplicationIDSchema, 200, 'The applications to cut over, instead of a wave.'),
  sourceServerIDs: uniqueList(
    SourceServerIDSchema,
    runServersMax,
    'The source servers to cut over, instead of a wave or applications.',
  ),
  accountID: v.optional(
    v.pipe(
      AccountIDSchema,
      v.description('The account the servers are in, when it is not the caller’s own (MGN’s global view).'),
    ),
  ),
  options: v.optional(v.pipe(OptionsSchema, v.description('How to go about it.')), {}),
});

/** A run's input with every default filled in. */
export type RunInput = v.InferOutput<typeof RunInputSchema>;
/** How a run goes about it, with every default filled in. */
export type RunOptions = RunInput['options'];

const targets = ['waveID', 'applicationIDs', 'sourceServerIDs'] as const;

/**
 * Parses what a person wrote.
 *
 * @throws InvalidInputError naming every wrong field and what it should be.
 */
export function parseRunInput(input: unknown): RunInput {
  const parsed = v.safeParse(RunInputSchema, input);
  if (!parsed.success) {
    throw new InvalidInputError(`The input cannot be used: ${parsed.issues.map(describeInputIssue).join('; ')}.`);
  }
  const named = targets.filter((target) => parsed.output[target] !== undefined);
  if (named.length !== 1) {
    const found = named.length === 0 ? 'none is there' : `${named.join(' and ')} are there`;
    throw new InvalidInputError(
      `The input must name what to cut over by exactly one of waveID, applicationIDs or sourceServerIDs; ${found}.`,
    );
  }
  return parsed.output;
}

/** One wrong field in words: where it is, what was expected, what was found. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? 'the input';
  if (issue.type === 'strict_object' && issue.expected === 'never') return `${path} is not a known field`;
  const found = typeof issue.input === 'object' ? '' : ` (found ${issue.received})`;
  return `${path}: ${issue.message}${issue.message.includes('eceived') ? '' : found}`;
}

/** The fields there are, by where they stand. */
const knownFields: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(RunInputSchema.entries),
  options: Object.keys(OptionsSchema.entries),
  'options.deadlines': Object.keys(DeadlinesSchema.entries),
};

/** As `describeIssue`; a field that is not known comes with the one that was meant, or with those there are. */
function describeInputIssue(issue: v.BaseIssue<unknown>): string {
  const words = describeIssue(issue);
  if (issue.type !== 'strict_object' || issue.expected !== 'never') return words;
  const path = (v.getDotPath(issue) ?? '').split('.');
  const field = path.pop() ?? '';
  const known = knownFields[path.join('.')] ?? [];
  const meant = known.find((name) => name.toLowerCase() === field.toLowerCase());
  const listed = known.filter((name) => name !== '$schema').join(', ');
  return `${words} (${meant === undefined ? `there are ${listed}` : `did you mean ${meant}?`})`;
}
