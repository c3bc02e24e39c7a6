/**
 * What a run calls of yours, and when: before source servers start, after they are verified, after they are back. A hook
 * is a Lambda function, an SSM Automation document or, on your own machine, a command.
 */
import * as v from 'valibot';
import { ApplicationIDSchema } from './identifiers.ts';

const daySeconds = 86_400;
/** Longest a Lambda function may take, in seconds: the step waits for its answer, and has 300 seconds itself. */
export const lambdaHookSecondsMax = 240;
const defaultTimeoutSeconds = 600;

/** When a hook runs. */
export const hookTimes = ['beforeStart', 'afterVerified', 'afterRollback'] as const;
/** When a hook runs. */
export type HookTime = (typeof hookTimes)[number];

/** What may stand in braces in a parameter's value. */
export const placeholders = ['runID', 'applicationID', 'sourceServerIDs', 'ec2InstanceIDs'] as const;

/** Finds `{name}`; not `${name}` and not `{{name}}`, which belong to shells and to Systems Manager. */
export const placeholderPattern = /(?<![{$])\{([A-Za-z]\w*)\}(?!\})/g;

const lambdaArnPattern = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:(\$LATEST|[\w-]{1,128}))?$/;
const documentPattern = /^(arn:aws[a-z-]*:ssm:[a-z0-9-]+:(\d{12})?:(automation-definition|document)\/)?[\w.-]{3,128}$/;

const ParameterValueSchema = v.pipe(v.string(), v.maxLength(4_096));

const HookFieldsSchema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[0-9A-Za-z][\w.-]{0,63}$/, 'expected a name: 1 to 64 letters, digits, "-", "_" or "."'),
    v.description('What the hook is called in reports and in the ledger; no two hooks share a name.'),
  ),
  when: v.pipe(
    v.picklist(hookTimes),
    v.description(
      'When it runs: before the source servers of its scope start, after they are verified, or after they are back.',
    ),
  ),
  applicationIDs: v.optional(
    v.pipe(
      v.array(ApplicationIDSchema),
      v.minLength(1, 'expected at least one ID'),
      v.maxLength(200, 'expected at most 200 IDs'),
      v.checkItems((id, index, ids) => ids.indexOf(id) === index, 'is listed twice'),
      v.description('The applications it runs for, once for each; without them it runs once for the whole wave.'),
    ),
  ),
  eachApplication: v.optional(
    v.pipe(v.boolean(), v.description('Run it once for every application of the wave.')),
    false,
  ),
  lambda: v.optional(
    v.pipe(
      v.string(),
      v.regex(lambdaArnPattern, 'expected the ARN of a Lambda function, one of its versions or an alias'),
      v.description('ARN of the Lambda function to invoke, or of one of its versions or aliases.'),
    ),
  ),
  automation: v.optional(
    v.pipe(
      v.string(),
      v.regex(documentPattern, 'expected the name or ARN of an SSM Automation document'),
      v.maxLength(128),
      v.description('Name or ARN of the SSM Automation document to run.'),
    ),
  ),
  command: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(4_096))),
      v.minLength(1, 'expected a program and its arguments'),
      v.maxLength(100, 'expected at most 100 words'),
      v.check(([program]) => program !== undefined && program !== '', 'expected a program first'),
      v.description(
        'Program and arguments to run on this machine, without a shell; only for runs that do not run in AWS.',
      ),
    ),
  ),
  parameters: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[\w.-]{1,50}$/, 'expected 1 to 50 letters, digits, "-", "_" or "."')),
        v.union([ParameterValueSchema, v.array(ParameterValueSchema)], 'expected a text or a list of texts'),
      ),
      v.description(
        'What it is given, as texts or lists of texts, in which {runID}, {applicationID}, {sourceServerIDs} and {ec2InstanceIDs} are filled in.',
      ),
    ),
  ),
  timeoutSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(daySeconds),
      v.description(
        `How long one try may take, in seconds; without it ${String(defaultTimeoutSeconds)}, for a Lambda function ${String(lambdaHookSecondsMax)}, which is also the most there.`,
      ),
    ),
  ),
  retries: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(10),
      v.description('How often it is tried again after it failed.'),
    ),
    0,
  ),
  onFailure: v.optional(
    v.pipe(
      v.picklist(['fail', 'warn']),
      v.description('Whether its failure fails the source servers of its scope, or only adds a warning to them.'),
    ),
    'fail',
  ),
  lagZeroWithinSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(daySeconds),
      v.description(
        'For beforeStart: how long, in seconds, to wait after it for the replication lag of its source servers to be zero; without it nothing is waited for.',
      ),
    ),
  ),
});

/** A hook as a run's input describes it, with every default filled in. */
export type HookInput = v.InferOutput<typeof HookFieldsSchema>;

/** The values of a parameter, one or many. */
export function valuesOf(parameter: string | readonly string[]): readonly string[] {
  return typeof parameter === 'string' ? [parameter] : parameter;
}

/** How long one try of the hook may take, in seconds. */
export function timeoutSecondsOf(hook: HookInput): number {
  return hook.timeoutSeconds ?? (hook.lambda === undefined ? defaultTimeoutSeconds : lambdaHookSecondsMax);
}

/** Whether the hook runs once for each of several applications. */
export function isPerApplication(hook: HookInput): boolean {
  return hook.eachApplication || hook.applicationIDs !== undefined;
}

function placeholdersOf(hook: HookInput): string[] {
  const values = Object.values(hook.parameters ?? {}).flatMap(valuesOf);
  return values.flatMap((value) => [...value.matchAll(placeholderPattern)].map((match) => match[1] ?? ''));
}

const HookSchema = v.pipe(
  HookFieldsSchema,
  v.check(
    ({ lambda, automation, command }) => [lambda, automation, command].filter((way) => way !== undefined).length === 1,
    'exactly one of lambda, automation and command has to be there',
  ),
  v.check(
    ({ applicationIDs, eachApplication }) => applicationIDs === undefined || !eachApplication,
    'applicationIDs and eachApplication exclude each other',
  ),
  v.check(
    ({ lambda, timeoutSeconds }) =>
      lambda === undefined || timeoutSeconds === undefined || timeoutSeconds <= lambdaHookSecondsMax,
    `timeoutSeconds of a lambda hook is at most ${String(lambdaHookSecondsMax)}, because its answer is waited for`,
  ),
  v.check(
    ({ when, lagZeroWithinSeconds }) => lagZeroWithinSeconds === undefined || when === 'beforeStart',
    'lagZeroWithinSeconds is only for a beforeStart hook',
  ),
  v.check(
    (hook) => placeholdersOf(hook).every((name) => placeholders.some((known) => known === name)),
    `parameters may hold ${placeholders.map((name) => `{${name}}`).join(', ')} and nothing else in braces`,
  ),
  v.check(
    (hook) => isPerApplication(hook) || !placeholdersOf(hook).includes('applicationID'),
    '{applicationID} is only for a hook with applicationIDs or eachApplication',
  ),
  v.check(
    (hook) => hook.when !== 'beforeStart' || !placeholdersOf(hook).includes('ec2InstanceIDs'),
    '{ec2InstanceIDs} is not for a beforeStart hook, because no instance was launched by then',
  ),
);

/** Schema of a run's hooks. */
export const HooksSchema = v.pipe(
  v.array(HookSchema),
  v.maxLength(100, 'expected at most 100 hooks'),
  v.checkItems(
    ({ name }, index, hooks) => hooks.findIndex((other) => other.name === name) === index,
    'has the name of an earlier hook',
  ),
);
