/**
 * The input of a run: what a person pastes into the Step Functions console. One closed schema with a default for
 * everything but the servers; the published JSON Schema is generated from it.
 */
import * as v from 'valibot';
import { InvalidInputError } from './errors.ts';
import { ExpectedTimesSchema } from './expected-times.ts';
import { FailurePolicySchema } from './failure-policy-options.ts';
import {
  AccountIDSchema,
  ApplicationIDSchema,
  RegionSchema,
  RoleArnPatternSchema,
  SourceServerIDSchema,
  WaveIDSchema,
} from './identifiers.ts';
import { refuseCombinations } from './input-combinations.ts';
import { DeadlinesSchema, OptionsSchema } from './run-options.ts';
import { SavedPlanSchema } from './saved-plan-input.ts';
import { listProblems, shownText } from './shown-text.ts';
import { WindowSchema } from './window.ts';

/** Most source servers one run takes. */
export const runServersMax = 1_000;
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
  region: v.optional(
    v.pipe(RegionSchema, v.description('The region the servers are replicated into, when it is not the tool’s own.')),
  ),
  roleArn: v.optional(
    v.pipe(
      RoleArnPatternSchema,
      v.description(
        'The role to assume in that account, such as "arn:aws:iam::{accountID}:role/MgnCutover"; without it accountID is passed to MGN (its global view). {region} may stand for the region.',
      ),
    ),
  ),
  finalizerRoleArn: v.optional(
    v.pipe(
      RoleArnPatternSchema,
      v.description('The role to assume for finalizing, when roleArn may not finalize; a pattern as roleArn is.'),
    ),
  ),
  window: v.optional(
    v.pipe(
      WindowSchema,
      v.description(
        'The change window: nothing is started outside it, or so late that bringing everything back would not fit.',
      ),
    ),
  ),
  plan: v.optional(
    v.pipe(
      SavedPlanSchema,
      v.description('What a saved plan recorded of each source server; the run is refused where the facts differ now.'),
    ),
  ),
  options: v.optional(v.pipe(OptionsSchema, v.description('How to go about it.')), {}),
});

/** A run's input with every default filled in. */
export type RunInput = v.InferOutput<typeof RunInputSchema>;
const targets = ['waveID', 'applicationIDs', 'sourceServerIDs'] as const;

/**
 * Parses what a person wrote.
 *
 * @throws InvalidInputError naming every wrong field and what it should be.
 */
export function parseRunInput(input: unknown): RunInput {
  const parsed = v.safeParse(RunInputSchema, withoutStarter(input));
  if (!parsed.success) {
    throw new InvalidInputError(`The input cannot be used: ${listProblems(parsed.issues.map(describeInputIssue))}.`);
  }
  const named = targets.filter((target) => parsed.output[target] !== undefined);
  if (named.length !== 1) {
    const found = named.length === 0 ? 'none is there' : `${named.join(' and ')} are there`;
    throw new InvalidInputError(
      `The input must name what to cut over by exactly one of waveID, applicationIDs or sourceServerIDs; ${found}.`,
    );
  }
  refuseCombinations(parsed.output);
  return parsed.output;
}

/** The member by which the console of Step Functions links a wave's execution to the migration's; nobody writes it. */
const starterField = 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID';

function withoutStarter(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !(starterField in input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([field]) => field !== starterField));
}

/** One wrong field in words: where it is, what was expected, what was found; not that of a parameter, which may be a secret. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = shownText(v.getDotPath(issue) ?? 'the input');
  if (issue.type === 'strict_object' && issue.expected === 'never') return `${path} is not a known field`;
  if (issue.message.startsWith('Invalid key: Expected') && issue.received === 'undefined') return `${path} is missing`;
  if (/\.parameters(\.|$)/.test(path)) return `${path}: expected ${shownText(issue.expected ?? 'another value')}`;
  const found = typeof issue.input === 'object' ? '' : ` (found ${shownText(issue.received)})`;
  return `${path}: ${shownText(issue.message, messageMax)}${issue.message.includes('eceived') ? '' : found}`;
}

/** The longest message is the list of what may stand in a place; what was found there comes at the end of it. */
const messageMax = 400;

/** The fields there are, by where they stand. */
const knownFields: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(RunInputSchema.entries),
  options: Object.keys(OptionsSchema.entries),
  'options.deadlines': Object.keys(DeadlinesSchema.entries),
  'options.expected': Object.keys(ExpectedTimesSchema.entries),
  'options.failurePolicy': Object.keys(FailurePolicySchema.entries),
  window: Object.keys(WindowSchema.entries),
};

/** As `describeIssue`; a field that is not known comes with the one that was meant, or with those there are. */
function describeInputIssue(issue: v.BaseIssue<unknown>): string {
  const words = describeIssue(issue);
  if (issue.type !== 'strict_object' || issue.expected !== 'never') return words;
  const path = (v.getDotPath(issue) ?? '').split('.');
  const field = path.pop() ?? '';
  const known = knownFields[path.join('.')] ?? [];
  if (known.length === 0) return words;
  const meant = known.find((name) => name.toLowerCase() === field.toLowerCase());
  const listed = known.filter((name) => name !== '$schema').join(', ');
  return `${words} (${meant === undefined ? `there are ${listed}` : `did you mean ${meant}?`})`;
}
