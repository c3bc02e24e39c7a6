/** What a team may set at deployment, with `cdk deploy --context name=value` or under `context` in `cdk.json`. */
import type { Node } from 'constructs';
import * as v from 'valibot';

/** The settings of a deployment. */
export interface Settings {
  /**
   * Names (with path, as `team/web-server`) of the IAM roles in the instance profiles that the servers' launch
   * templates give to target instances. Starting a cutover needs the right to pass them (`mgn.md` G, gaps).
   */
  readonly targetInstanceRoleNames: readonly string[];
  /** ARNs of the Lambda functions that runs may call as hooks, each with the version or alias that it is called by, if any. */
  readonly hookFunctionArns: readonly string[];
  /** Names of the SSM Automation documents that runs may start as hooks. */
  readonly hookDocumentNames: readonly string[];
  /** ARNs of the roles that such documents are given to act as. */
  readonly hookAutomationRoleArns: readonly string[];
  /** ARNs of the roles in other accounts that the functions take on to work there. */
  readonly targetAccountRoleArns: readonly string[];
  /** ARNs of those that only the function that finalizes takes on. */
  readonly targetAccountFinalizerRoleArns: readonly string[];
  /** `key=value`; absent when it is switched off, and then every source server may be cut over. */
  readonly sourceServerTag?: string;
  /** Whether a key of the customer's own encrypts what is kept. */
  readonly customerKey: boolean;
  /** Who is written to when a run needs somebody or has ended, and when an alarm has gone off. */
  readonly noticeEmails: readonly string[];
  /**
   * Name of the SSM parameter (SecureString) that holds the URL of a chat's incoming webhook; absent where no chat is told.
   * The URL itself is a secret and is no setting.
   */
  readonly webhookParameter?: string;
  /** How long a run stays in the ledger after it was last written. */
  readonly ledgerRetentionDays: number;
  /** Where MGN is, and what the simulator answers beside it: for emulators; absent for AWS's own. */
  readonly mgnEndpointUrl?: string;
  /** The account to synthesize for; absent to fit any. */
  readonly account?: string;
  /** The region to synthesize for; absent to fit any. */
  readonly region?: string;
  /** The reviewed file of schedules, relative to the repository's root. */
  readonly schedulesFile: string;
}

/** A setting that cannot be used, by its name. */
export class InvalidSettingError extends Error {
  override readonly name = 'InvalidSettingError';
}

/** Each is a list, or the list's text with commas: on the command line a context value is always text. */
const listOf = (ItemSchema: v.GenericSchema<string, string>) =>
  v.pipe(
    v.union([
      v.pipe(
        v.string(),
        v.transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))),
      ),
      v.array(v.string()),
    ]),
    v.array(ItemSchema),
  );

const BooleanSchema = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false'], 'must be true or false'),
      v.transform((text) => text === 'true'),
    ),
  ],
  'must be true or false',
);

const DaysSchema = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.digits('must be a whole number of days'), v.transform(Number))]),
  v.integer('must be a whole number of days'),
  v.minValue(30, 'must be at least 30 days'),
  v.maxValue(3650, 'must be at most 3650 days'),
);

/** IAM compares the tag's text as it is, so only what a tag may hold is let through. */
const tagPattern = /^[\w .:/+\-@]+=[\w .:/=+\-@]*$/u;

/** A role of one account; whoever wants several names each, so that a policy says what it means. */
const RoleArnsSchema = v.optional(
  listOf(
    v.pipe(v.string(), v.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'must be ARNs of roles, without *')),
  ),
  [],
);

const SettingsSchema = v.object({
  targetInstanceRoleNames: v.optional(
    listOf(v.pipe(v.string(), v.regex(/^[\w+=,.@/-]+$/, 'must be names of roles, with path and without ARN'))),
    [],
  ),
  hookFunctionArns: v.optional(
    listOf(
      v.pipe(
        v.string(),
        v.regex(
          /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:(\$LATEST|[\w-]{1,128}))?$/,
          'must be ARNs of Lambda functions, of versions or of aliases',
        ),
      ),
    ),
    [],
  ),
  hookDocumentNames: v.optional(
    listOf(v.pipe(v.string(), v.regex(/^[\w.-]{3,128}$/, 'must be names of SSM documents, without ARN'))),
    [],
  ),
  hookAutomationRoleArns: RoleArnsSchema,
  targetAccountRoleArns: RoleArnsSchema,
  targetAccountFinalizerRoleArns: RoleArnsSchema,
  sourceServerTag: v.optional(
    v.pipe(
      v.string('must be key=value, or empty to switch it off'),
      v.check((text) => text === '' || tagPattern.test(text), 'must be key=value, or empty to switch it off'),
    ),
    'mgn-cutover=allowed',
  ),
  customerKey: v.optional(BooleanSchema, false),
  noticeEmails: v.optional(listOf(v.pipe(v.string(), v.email('must be addresses of e-mail'))), []),
  webhookParameter: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(?!\/?(?:aws|ssm))(?:[\w.-]+|(?:\/[\w.-]+)+)$/i,
        'must be the name of an SSM parameter, such as /mgn-cutover/webhook, and not the URL itself',
      ),
      v.maxLength(1_011, 'must be at most 1011 characters long'),
    ),
  ),
  ledgerRetentionDays: v.optional(DaysSchema, 400),
  mgnEndpointUrl: v.optional(v.pipe(v.string(), v.url('must be a URL'), v.regex(/^https?:/, 'must be a URL'))),
  account: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be 12 digits'))),
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1'))),
  schedulesFile: v.optional(v.pipe(v.string(), v.nonEmpty('must be the path of a file')), 'infra/schedules.json'),
});

/** Names of all settings. */
export const settingNames: readonly string[] = Object.keys(SettingsSchema.entries);

/**
 * The settings in the context of `node`, which must be the app's.
 *
 * @throws InvalidSettingError that names every setting whose value cannot be used, and every name that is no setting.
 */
export function readSettings(node: Node): Settings {
  const context = v.parse(v.record(v.string(), v.unknown()), node.getAllContext());
  const unknown = Object.keys(context).filter((name) => !settingNames.includes(name) && !isOfCdk(name));
  const { success, output, issues = [] } = v.safeParse(SettingsSchema, context);
  const complaints = [
    ...issues.map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`),
    ...unknown.map((name) => `${name} is not a setting; there are ${settingNames.join(', ')}`),
  ];
  if (!success || complaints.length > 0) throw new InvalidSettingError(complaints.join('\n'));
  const { sourceServerTag, webhookParameter, mgnEndpointUrl, account, region, ...others } = output;
  return {
    ...others,
    ...(sourceServerTag === '' ? {} : { sourceServerTag }),
    ...(webhookParameter === undefined ? {} : { webhookParameter }),
    ...(mgnEndpointUrl === undefined ? {} : { mgnEndpointUrl }),
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
  };
}

/** CDK keeps switches and looked-up values of its own in the same place: `@aws-cdk/...`, `aws:cdk:...`. */
function isOfCdk(name: string): boolean {
  return name.includes(':') || name.startsWith('@') || name === 'cdk-migrate';
}
