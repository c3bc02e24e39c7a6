/** `check --stack` on the stack as it is synthesized: its roles are what it asks for, and it sees when they are not. */
import * as v from 'valibot';
import { startFakeAws, type FakeAccount, type KnownIdentity } from '../support/fake-aws.ts';
import { PolicySchema, type Policy } from '../support/policy-evaluator.ts';
import { commandLine } from '../cli/command-line.ts';
import { statementsIn, synthesize } from './synthesize.ts';

jest.setTimeout(30_000);

const account = '123456789012';
const operatorArn = `arn:aws:iam::${account}:role/operator`;

/** Deploys the stack with these settings: every reference becomes what CloudFormation would put there. */
function deploy(context: Readonly<Record<string, unknown>> = {}) {
  const stack = synthesize(context);
  const [ledger, evidence, notices] = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::SNS::Topic'].map(stack.idOf);
  const topicArn = `arn:aws:sns:eu-west-1:${account}:notices`;
  const names: Record<string, string> = {
    'AWS::Partition': 'aws',
    'AWS::Region': 'eu-west-1',
    'AWS::AccountId': account,
    [`${ledger ?? ''}.Arn`]: `arn:aws:dynamodb:eu-west-1:${account}:table/ledger`,
    [`${evidence ?? ''}.Arn`]: 'arn:aws:s3:::evidence',
    [notices ?? '']: topicArn,
    ...Object.fromEntries(
      stack.machines.map(({ logicalID, file }) => [
        logicalID,
        `arn:aws:states:eu-west-1:${account}:stateMachine:MgnCutover-${file}`,
      ]),
    ),
  };
  const deployed = (value: unknown): Policy => {
    const text = JSON.stringify({ Statement: value }).replace(/<([^>]+)>/g, (_, name: string) => names[name] ?? name);
    return v.parse(v.pipe(v.string(), v.parseJson(), PolicySchema), text);
  };
  const roleArnOf = (logicalID: string) => `arn:aws:iam::${account}:role/MgnCutover-${logicalID}-XYZ`;
  const functions = stack.functions.map(({ properties, statements }) => {
    const logicalID = properties.Role.replace(/^<(.*)\.Arn>$/, '$1');
    return { logicalID, roleArn: roleArnOf(logicalID), rights: deployed(statements) };
  });
  const people = Object.entries(stack.ofType('AWS::IAM::ManagedPolicy'));
  const policyOf = (name: string) => {
    const [, properties] = people.find(([id]) => id.includes(name)) ?? [];
    return deployed(statementsIn(properties?.['PolicyDocument']));
  };
  const alias = (name: string) => `arn:aws:states:eu-west-1:${account}:stateMachine:MgnCutover-${name}:live`;
  const fake = (change: Readonly<Record<string, KnownIdentity>> = {}): FakeAccount => ({
    callerArn: `arn:aws:sts::${account}:assumed-role/operator/ann`,
    identities: {
      [operatorArn]: { policies: { Operator: policyOf('Operator') } },
      ...Object.fromEntries(functions.map(({ roleArn, rights }) => [roleArn, { policies: { Rights: rights } }])),
      ...change,
    },
    stackOutputs: {
      MigrationRunAliasArn: alias('migration-run'),
      WaveCutoverAliasArn: alias('wave-cutover'),
      RollbackAliasArn: alias('rollback'),
      CommitAliasArn: alias('commit'),
      LedgerTableName: 'ledger',
      LedgerRetentionDays: '400',
      SourceServerTag: 'mgn-cutover=allowed',
      ...(typeof context['webhookParameter'] === 'string' && { WebhookParameterName: context['webhookParameter'] }),
    },
    stackResources: {
      ...Object.fromEntries(functions.map(({ logicalID }) => [logicalID, `MgnCutover-${logicalID}-XYZ`])),
      [ledger ?? '']: 'ledger',
      [evidence ?? '']: 'evidence',
      [notices ?? '']: topicArn,
    },
  });
  const roleOf = (name: string) => {
    const found = functions.find(({ logicalID }) => logicalID.includes(`${name}Role`));
    if (found === undefined) throw new Error(`no function ${name}`);
    return found;
  };
  return { fake, roleOf, policyOf, functionCount: functions.length };
}

const { fake, roleOf, policyOf, functionCount } = deploy();
const withChat = deploy({ webhookParameter: '/mgn-cutover/webhook' });

const check = async (world: FakeAccount, ...argv: readonly string[]) => {
  const aws = await startFakeAws(world);
  try {
    return await commandLine(['check', '--stack', 'MgnCutover', '--region', 'eu-west-1', ...argv], {
      env: { AWS_ENDPOINT_URL: aws.url },
    });
  } finally {
    await aws.close();
  }
};

const deny = (Action: string): Policy => ({ Statement: [{ Effect: 'Deny', Action, Resource: '*' }] });
const allow = (Action: string): Policy => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
/** The role with other policies than its own. */
const changed = (name: string, change: (rights: Policy) => Record<string, Policy>) => {
  const { roleArn, rights } = roleOf(name);
  return { [roleArn]: { policies: change(rights) } };
};

describe('check --stack', () => {
  it('finds that every function and the operator have what they need, and the last word is another’s', async () => {
    const { exitCode, out } = await check(fake());

    expect(out).toContain('All that is needed is allowed.');
    expect(exitCode).toBe(0);
    expect(out.match(/^ {2}✓ /gm)).toHaveLength(functionCount + 4);
    for (const duty of ['watch, list', 'start', 'rollback', 'stop']) expect(out).toMatch(new RegExp(`✓ ${duty} +\\d`));
    expect(out).toContain('· commit  not needed here; not allowed');
    expect(out).not.toContain('Not denied outright');
  });

  it('tells an approver that commit is allowed', async () => {
    const policies = { Approver: policyOf('Approver'), Operator: policyOf('Operator') };
    const { out } = await check(fake({ [operatorArn]: { policies } }));

    expect(out).toContain('· commit  not needed here; allowed');
  });

  it.each([
    ['StartCutover', 'ec2:RunInstances'],
    ['StartCutover', 'iam:PassRole'],
    ['PollJobs', 'mgn:DescribeJobLogItems'],
    ['OpenGate', 'dynamodb:UpdateItem'],
    ['ReportRun', 'sns:Publish'],
    ['ReportRun', 's3:PutObject'],
    ['WatchRuns', 'sns:Publish'],
    ['WatchRuns', 'dynamodb:UpdateItem'],
  ])('sees that %s lacks %s, and sends its reader to the template', async (name, action) => {
    const world = fake(
      changed(name, ({ Statement }) => ({
        Rights: {
          Statement: Statement.map((one) => ({
            ...one,
            Action: [one.Action].flat().filter((each) => each !== action),
          })),
        },
      })),
    );
    const { exitCode, out } = await check(world);

    expect(exitCode).toBe(2);
    expect(out).toMatch(new RegExp(`✗ ${name} +${roleOf(name).roleArn}\n +missing: ${action}`));
    expect(out.match(/✗/g)).toHaveLength(1);
    expect(out).toContain('deploy it again (npx cdk deploy)');
    expect(out).not.toContain('To be added');
  });

  it('asks for the parameter of the chat that the deployment names, and sees when it cannot be read', async () => {
    const { exitCode } = await check(withChat.fake());
    const { roleArn, rights } = withChat.roleOf('WatchRuns');
    const Statement = rights.Statement.filter(({ Action }) => ![Action].flat().includes('ssm:GetParameter'));
    const without = await check(withChat.fake({ [roleArn]: { policies: { Rights: { Statement } } } }));

    expect(exitCode).toBe(0);
    expect(without.exitCode).toBe(2);
    expect(without.out).toMatch(/✗ WatchRuns .*\n +missing: ssm:GetParameter on parameter\/mgn-cutover\/webhook/);
  });

  it('sees a function that may finalize though it must not', async () => {
    const world = fake(
      changed('PollJobs', ({ Statement }) => ({
        Rights: { Statement: Statement.filter(({ Effect }) => Effect === 'Allow') },
        Attached: allow('mgn:FinalizeCutover'),
      })),
    );
    const { exitCode, out } = await check(world);

    expect(exitCode).toBe(2);
    expect(out).toMatch(/✗ PollJobs .*\n +should be denied, and is allowed: mgn:FinalizeCutover on source-server\/\*/);
  });

  it('is not shaken by a policy that is attached to a role: the role’s own denial holds', async () => {
    const world = fake(changed('PollJobs', (Rights) => ({ Rights, Attached: allow('mgn:FinalizeCutover') })));

    expect((await check(world)).exitCode).toBe(0);
  });

  it('notes a function that is no longer denied what no step does', async () => {
    const world = fake(
      changed('PollJobs', ({ Statement }) => ({
        Rights: { Statement: Statement.filter(({ Effect }) => Effect === 'Allow') },
      })),
    );
    const { exitCode, out } = await check(world);

    expect(exitCode).toBe(0);
    expect(out).toContain('Not denied outright to every function, as the template has it: mgn:DeleteSourceServer');
  });

  it('names what forbids a call to a function', async () => {
    const { exitCode, out } = await check(
      fake(changed('StartCutover', (Rights) => ({ Rights, Freeze: deny('mgn:StartCutover') }))),
    );

    expect(exitCode).toBe(2);
    expect(out).toMatch(/✗ StartCutover .*\n +denied by policy Freeze \(IAM Policy\): mgn:StartCutover/);
  });

  it('says what the one who works with the stack lacks, as a policy to add', async () => {
    const Operator = {
      Statement: policyOf('Operator').Statement.filter(
        ({ Action }) => ![Action].flat().includes('states:StartExecution'),
      ),
    };
    const { exitCode, out } = await check(fake({ [operatorArn]: { policies: { Operator } } }));

    expect(exitCode).toBe(2);
    expect(out).toMatch(/✗ start\n +missing: states:StartExecution on stateMachine:MgnCutover-wave-cutover/);
    expect(out).toMatch(/To be added to the policies of that identity:[^]*"states:StateMachineQualifier": "live"/);
  });

  it('asks with the tag of the deployment', async () => {
    const tagged = deploy({ sourceServerTag: 'team=blue' });

    expect((await check(tagged.fake())).exitCode).toBe(3);
    expect((await check(tagged.fake(), '--source-server-tag', 'team=blue')).exitCode).toBe(0);
    expect((await check(deploy({ sourceServerTag: '' }).fake())).exitCode).toBe(0);
  });

  it('asks whether the roles of target instances may be passed', async () => {
    const named = deploy({ targetInstanceRoleNames: 'team/web' });

    expect((await check(named.fake(), '--target-instance-role', 'team/web')).exitCode).toBe(0);
    expect((await check(fake(), '--target-instance-role', 'team/web')).out).toContain(
      'missing: iam:PassRole on role/team/web',
    );
  });

  it('cannot tell of a function that the stack does not have', async () => {
    const world = fake();
    const stackResources = Object.fromEntries(
      Object.entries(world.stackResources ?? {}).filter(([id]) => id !== roleOf('PollJobs').logicalID),
    );
    const { exitCode, out } = await check({ ...world, stackResources });

    expect(exitCode).toBe(3);
    expect(out).toMatch(/\? PollJobs +cannot tell: the stack has no such function/);
  });

  it('says that there is no such stack', async () => {
    const { callerArn, identities } = fake();
    const { exitCode, err } = await check({ callerArn, identities });

    expect(exitCode).toBe(2);
    expect(err).toContain('there is no stack MgnCutover in eu-west-1');
  });
});

it('a run from here that uses the stack’s ledger is asked whether it may write it', async () => {
  const aws = await startFakeAws(
    fake({ [operatorArn]: { policies: { mgn: allow('mgn:*'), ec2: allow('ec2:*'), iam: allow('iam:*') } } }),
  );
  const { exitCode, out } = await commandLine(['check', '--region', 'eu-west-1', '--ledger', 'stack:MgnCutover'], {
    env: { AWS_ENDPOINT_URL: aws.url },
  });
  await aws.close();

  expect(exitCode).toBe(2);
  expect(out).toMatch(/✗ the ledger of the stack\n +missing: dynamodb:GetItem on table\/ledger; .*dynamodb:DeleteItem/);
});
