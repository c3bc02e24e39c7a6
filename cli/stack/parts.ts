/** What a deployed stack of mgn-cutover consists of, as far as an operator needs it: read from its outputs. */
import { DescribeStacksCommand, type CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import * as v from 'valibot';
import type { Tag } from '../../functions/domain/source-server.ts';
import { translateError } from '../../functions/mgn/translate-error.ts';
import { TagSchema } from '../../functions/shared/environment.ts';
import type { StartableMachine } from '../../local/state-machines.ts';
import { CommandError, messageOf } from '../exit-code.ts';
import { serviceRefusal } from '../service-errors.ts';

/** The parts. */
export interface StackParts {
  /** ARN of the alias `live` of each state machine that a person may start. */
  readonly aliasArns: Readonly<Record<StartableMachine, string>>;
  readonly ledgerTableName: string;
  /** After how many days without a write an item of the ledger expires. */
  readonly ledgerRetentionDays: number;
  /** The tag that the deployment asks of source servers; undefined where it asks for none. */
  readonly sourceServerTag: Tag | undefined;
  /** Whether what a person starts may say who asks (`by`); an earlier version refuses an input that does. */
  readonly takesPerson: boolean;
  /** The SSM parameter that holds the URL of the chat that is told as well; undefined where none is. */
  readonly webhookParameterName?: string | undefined;
}

/** The stack's own name for its outputs; `infra/` gives them. */
const OutputsSchema = v.object({
  MigrationRunAliasArn: v.string(),
  WaveCutoverAliasArn: v.string(),
  RollbackAliasArn: v.string(),
  CommitAliasArn: v.string(),
  LedgerTableName: v.string(),
  LedgerRetentionDays: v.pipe(v.string(), v.digits(), v.transform(Number)),
  SourceServerTag: v.optional(TagSchema),
  PersonMember: v.optional(v.string()),
  WebhookParameterName: v.optional(v.string()),
});

/**
 * Looks the stack up (DescribeStacks).
 *
 * @param endpoint - where the client looks for it instead of AWS, for messages
 * @throws CommandError when there is no such stack, it is not one of ours, or it cannot be looked up from here.
 */
export async function findStack(
  client: CloudFormationClient,
  name: string,
  region: string,
  endpoint?: string,
): Promise<StackParts> {
  if (!/^[A-Za-z][\w-]{0,127}$/.test(name)) {
    throw new CommandError(`--stack: "${name}" is not the name of a stack; expected one such as MgnCutover.`);
  }
  const stack = await describe(client, name, { region, endpoint });
  const outputs = Object.fromEntries(
    (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue }) => [OutputKey, OutputValue]),
  );
  const parsed = v.safeParse(OutputsSchema, outputs);
  if (!parsed.success) throw new CommandError(explainOutputs(name, region, stack, Object.keys(outputs)));
  const { MigrationRunAliasArn, WaveCutoverAliasArn, RollbackAliasArn, CommitAliasArn, ...others } = parsed.output;
  return {
    aliasArns: {
      'migration-run': MigrationRunAliasArn,
      'wave-cutover': WaveCutoverAliasArn,
      rollback: RollbackAliasArn,
      commit: CommitAliasArn,
    },
    ledgerTableName: others.LedgerTableName,
    ledgerRetentionDays: others.LedgerRetentionDays,
    sourceServerTag: others.SourceServerTag,
    takesPerson: others.PersonMember === 'by',
    webhookParameterName: others.WebhookParameterName,
  };
}

async function describe(
  client: CloudFormationClient,
  name: string,
  { region, endpoint }: { region: string; endpoint: string | undefined },
): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) {
      throw new CommandError(
        `--stack: there is no stack ${name} in ${region} of this account. Check the name, the region and the credentials, or deploy it first (npx cdk deploy).`,
      );
    }
    const needs = 'cloudformation:DescribeStacks on the stack';
    const place = { service: 'CloudFormation', region, endpoint, needs };
    throw serviceRefusal(translateError(error, 'DescribeStacks', 'read'), place);
  }
}

/** An earlier version had outputs too, but none of the aliases that keep a start off a half-done upgrade. */
function explainOutputs(name: string, region: string, stack: Stack | undefined, outputs: readonly string[]): string {
  const where = `--stack: ${name} in ${region}`;
  const status = stack?.StackStatus ?? 'unknown';
  if (/^(CREATE|REVIEW|DELETE|ROLLBACK)_/.test(status) && status !== 'CREATE_COMPLETE') {
    return `${where} is ${status}, so it cannot be worked with. Look at it in CloudFormation.`;
  }
  if (outputs.includes('LedgerTableName')) {
    return `${where} was deployed by an earlier version of mgn-cutover. Deploy this version first (npx cdk deploy).`;
  }
  return `${where} is not a stack of mgn-cutover: it has no output WaveCutoverAliasArn. Check the name.`;
}
