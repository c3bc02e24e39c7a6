/** The roles of a target account: who may be them, and what they may do, word for word. */
import { rmSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import * as v from 'valibot';
import { launchTargetReads } from '../../infra/mgn-actions.ts';
import { TargetAccountStack } from '../../infra/target-account-stack.ts';
import { steps } from '../../infra/steps.ts';
import { synthesize } from './synthesize.ts';

const RoleSchema = v.strictObject({
  RoleName: v.unknown(),
  Description: v.string(),
  AssumeRolePolicyDocument: v.strictObject({ Version: v.literal('2012-10-17'), Statement: v.array(v.unknown()) }),
  Policies: v.tuple([
    v.strictObject({
      PolicyName: v.literal('Rights'),
      PolicyDocument: v.strictObject({ Version: v.literal('2012-10-17'), Statement: v.array(v.unknown()) }),
    }),
  ]),
});
const TemplateSchema = v.strictObject({
  Description: v.string(),
  Parameters: v.record(v.string(), v.looseObject({ Default: v.optional(v.string()), AllowedPattern: v.string() })),
  Conditions: v.record(v.string(), v.unknown()),
  Resources: v.strictObject({
    Cutover: v.strictObject({ Type: v.literal('AWS::IAM::Role'), Properties: RoleSchema }),
    Finalizer: v.strictObject({ Type: v.literal('AWS::IAM::Role'), Properties: RoleSchema }),
  }),
  Outputs: v.record(v.string(), v.looseObject({ Value: v.unknown() })),
});

function synthesizeTarget(settings: ConstructorParameters<typeof TargetAccountStack>[2]['settings']) {
  const app = new App({ analyticsReporting: false });
  new TargetAccountStack(app, 'MgnCutoverTargetAccount', { settings });
  const assembly = app.synth();
  const template: unknown = assembly.getStackByName('MgnCutoverTargetAccount').template;
  rmSync(assembly.directory, { recursive: true });
  return v.parse(TemplateSchema, template);
}

const template = synthesizeTarget({ targetInstanceRoleNames: ['team/web'], sourceServerTag: 'mgn-cutover=allowed' });
const { Cutover: cutover, Finalizer: finalizer } = template.Resources;

/** What `Fn::Join` makes, with the names of what is referred to in braces. */
const JoinSchema = v.object({
  'Fn::Join': v.tuple([v.literal(''), v.array(v.union([v.string(), v.object({ Ref: v.string() })]))]),
});
const joined = (value: unknown): string =>
  v
    .parse(JoinSchema, value)
    ['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : `{${part.Ref}}`))
    .join('');
/** The value with every `Fn::Join` written out. */
const written = (value: unknown): unknown => {
  if (v.is(JoinSchema, value)) return joined(value);
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, written(member)]));
};

const IfSchema = v.object({ 'Fn::If': v.tuple([v.string(), v.unknown(), v.unknown()]) });
/** The value as it is when every parameter is given. */
const asGiven = (value: unknown): unknown => {
  if (v.is(IfSchema, value)) return asGiven(value['Fn::If'][1]);
  if (Array.isArray(value)) return value.map(asGiven);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asGiven(member)]));
};

const ifGiven = (condition: string, value: unknown) => ({ 'Fn::If': [condition, value, { Ref: 'AWS::NoValue' }] });
const externalID = ifGiven('HasExternalId', { 'sts:ExternalId': { Ref: 'ExternalId' } });
/** Functions present no external ID, and are not asked for one. */
const trustOf = (names: readonly string[]) => ({
  Effect: 'Allow',
  Principal: { AWS: 'arn:{AWS::Partition}:iam::{OrchestratorAccountId}:root' },
  Action: 'sts:AssumeRole',
  Condition: {
    ArnLike: {
      'aws:PrincipalArn': names.map(
        (name) => `arn:{AWS::Partition}:iam::{OrchestratorAccountId}:role/{OrchestratorStackName}-${name}Role*`,
      ),
    },
  },
});
const trustOfPerson = (parameter: string) =>
  ifGiven(`Has${parameter}`, {
    Effect: 'Allow',
    Principal: {
      AWS: {
        'Fn::Join': [
          '',
          [
            'arn:',
            { Ref: 'AWS::Partition' },
            ':iam::',
            { 'Fn::Select': [4, { 'Fn::Split': [':', `{${parameter}}:::::`] }] },
            ':root',
          ],
        ],
      },
    },
    Action: 'sts:AssumeRole',
    Condition: { ArnLike: { 'aws:PrincipalArn': [{ Ref: parameter }] }, StringEquals: externalID },
  });

const sourceServers = 'arn:{AWS::Partition}:mgn:{AWS::Region}:*:source-server/*';
const jobs = 'arn:{AWS::Partition}:mgn:{AWS::Region}:*:job/*';
const attempt = { Null: { 'aws:RequestTag/CutoverAttempt': 'false' } };
const tag = { StringEquals: { 'aws:ResourceTag/mgn-cutover': 'allowed' } };
const calledVia = { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'mgn.amazonaws.com' } };
const allow = (Action: unknown, Resource: unknown, Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const deny = (...more: string[]) => ({
  Effect: 'Deny',
  Action: ['mgn:Delete*', 'mgn:DisconnectFromService', 'mgn:Update*', ...more],
  Resource: ['*'],
});
const rightsOf = (role: typeof cutover) => written(role.Properties.Policies[0].PolicyDocument.Statement);
const trustsOf = (role: typeof cutover) => written(role.Properties.AssumeRolePolicyDocument.Statement);

describe('the role Cutover of a target account', () => {
  it('may cut tagged servers over and bring any back, and is denied the rest', () => {
    const passRole = (name: string) => `arn:{AWS::Partition}:iam::{AWS::AccountId}:role/${name}`;
    expect(rightsOf(cutover)).toEqual([
      allow(['mgn:ListWaves', 'mgn:ListApplications', 'mgn:DescribeSourceServers', 'mgn:DescribeJobs'], ['*']),
      allow(['mgn:DescribeJobLogItems'], [jobs]),
      allow(
        ['mgn:GetLaunchConfiguration', 'mgn:ListSourceServerActions', 'mgn:ChangeServerLifeCycleState'],
        [sourceServers],
      ),
      allow([...launchTargetReads], ['*']),
      allow(['mgn:StartCutover'], [sourceServers], { ...attempt, ...tag }),
      allow(['mgn:TagResource'], [jobs], { StringEquals: { 'mgn:CreateAction': 'StartCutover' } }),
      allow(['mgn:ListTagsForResource'], [sourceServers]),
      allow(['mgn:TerminateTargetInstances'], [sourceServers], attempt),
      allow(['mgn:TagResource'], [jobs], { StringEquals: { 'mgn:CreateAction': 'TerminateTargetInstances' } }),
      allow(expect.arrayContaining(['ec2:RunInstances', 'ec2:TerminateInstances']), ['*'], calledVia),
      allow(
        ['iam:PassRole'],
        [
          passRole('service-role/AWSApplicationMigrationConversionServerRole'),
          passRole('service-role/AWSApplicationMigrationLaunchInstanceWithSsmRole'),
          passRole('service-role/AWSApplicationMigrationLaunchInstanceWithDrsRole'),
          passRole('team/web'),
        ],
        { ...calledVia, StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      ),
      deny('mgn:FinalizeCutover'),
    ]);
  });

  it('trusts the functions of the one stack that call MGN, and the one that reports, but not the one that finalizes', () => {
    const calling = Object.keys(steps).filter(
      (name) => name !== 'FinalizeCutover' && (steps[name]?.mgnActions.length ?? 0) > 0,
    );
    expect(calling).toContain('StartCutover');
    expect(calling).not.toContain('RecordFailure');
    expect(trustsOf(cutover)).toEqual([
      trustOf([...calling, 'WatchersReportRun']),
      trustOfPerson('OperatorRoleArnPattern'),
    ]);
  });
});

describe('the role Finalizer of a target account', () => {
  it('may finalize tagged servers, look at them, and nothing else', () => {
    expect(rightsOf(finalizer)).toEqual([
      allow(['mgn:DescribeSourceServers'], ['*']),
      allow(['mgn:FinalizeCutover'], [sourceServers], tag),
      deny(),
    ]);
  });

  it('trusts only the function that finalizes, and an approver where one is named', () => {
    expect(trustsOf(finalizer)).toEqual([trustOf(['FinalizeCutover']), trustOfPerson('ApproverRoleArnPattern')]);
  });
});

it('the trusted names are those that CloudFormation gives to the roles of the stack’s functions, whole', () => {
  const roleIDs = new Map(
    synthesize().functions.map(({ name, properties }) => [name, properties.Role.replace(/^<(.*)\.Arn>$/, '$1')]),
  );
  const unique = 13; // A hyphen and twelve characters.
  const trusted = Object.entries(steps).flatMap(([name, { mgnActions }]) => (mgnActions.length > 0 ? [name] : []));
  for (const [name, idStart] of [...trusted.map((name) => [name, name] as const), ['ReportRun', 'WatchersReportRun']]) {
    const roleID = roleIDs.get(name) ?? '';
    expect(roleID).toMatch(new RegExp(`^${idStart}Role`));
    expect(`MgnCutover-${roleID}`.length + unique).toBeLessThanOrEqual(64);
  }
});

describe('the template of a target account', () => {
  it('asks for the orchestrator’s account, and trusts nobody else by default', () => {
    expect(Object.entries(template.Parameters).map(([name, { Default }]) => [name, Default])).toEqual([
      ['OrchestratorAccountId', undefined],
      ['OrchestratorStackName', 'MgnCutover'],
      ['ExternalId', ''],
      ['OperatorRoleArnPattern', ''],
      ['ApproverRoleArnPattern', ''],
    ]);
    for (const name of ['ExternalId', 'OperatorRoleArnPattern', 'ApproverRoleArnPattern']) {
      expect(template.Conditions[`Has${name}`]).toEqual({ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: name }, ''] }] });
    }
  });

  it.each([
    ['OrchestratorAccountId', '123456789012', true],
    ['OrchestratorAccountId', '*', false],
    ['OrchestratorStackName', 'MgnCutover-eu', true],
    ['OrchestratorStackName', 'M'.repeat(17), false],
    ['OrchestratorStackName', 'Any*', false],
    ['ExternalId', 'e'.repeat(64), true],
    ['ExternalId', 'e'.repeat(65), false],
    ['OperatorRoleArnPattern', '', true],
    ['OperatorRoleArnPattern', 'arn:aws:iam::123456789012:role/team/operator', true],
    [
      'OperatorRoleArnPattern',
      'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Migration_*',
      true,
    ],
    ['OperatorRoleArnPattern', '*', false],
    ['OperatorRoleArnPattern', 'arn:aws:iam::*:role/operator', false],
    ['ApproverRoleArnPattern', 'arn:aws:iam::123456789012:user/eve', false],
  ])('takes for %s %j: %p', (parameter, text, isTaken) => {
    expect(new RegExp(template.Parameters[parameter]?.AllowedPattern ?? '').test(text)).toBe(isTaken);
  });

  it('keeps within what IAM takes with long parameters: 2,048 characters of trust, 10,240 of rights', () => {
    const long: Readonly<Record<string, string>> = {
      'AWS::Partition': 'aws-us-gov',
      OrchestratorAccountId: '123456789012',
      OrchestratorStackName: 'M'.repeat(16),
      ExternalId: 'e'.repeat(64),
      OperatorRoleArnPattern: 'arn:aws-us-gov:iam::123456789012:role/'.padEnd(160, 'r'),
    };
    const sizeOf = (statements: unknown) =>
      JSON.stringify(asGiven(statements))
        .replaceAll(/\{"Ref":"([\w:]+)"\}/g, (_, name: string) => JSON.stringify(long[name] ?? ''))
        .replaceAll(/\{([A-Z][\w:]+)\}/g, (_, name: string) => long[name] ?? 'ap-northeast-1').length;

    expect(sizeOf(trustsOf(cutover))).toBeLessThan(2_048);
    expect(sizeOf(rightsOf(cutover))).toBeLessThan(10_240);
  });

  it('names roles so that they can be assumed unseen, and tells their ARNs', () => {
    expect([cutover, finalizer].map(({ Properties }) => joined(Properties.RoleName))).toEqual([
      '{OrchestratorStackName}-Cutover-{AWS::Region}',
      '{OrchestratorStackName}-Finalizer-{AWS::Region}',
    ]);
    expect(template.Outputs).toMatchObject({
      CutoverRoleArn: { Value: { 'Fn::GetAtt': ['Cutover', 'Arn'] } },
      FinalizerRoleArn: { Value: { 'Fn::GetAtt': ['Finalizer', 'Arn'] } },
    });
  });

  it('needs no bootstrapped account, and leaves out the tag where a deployment has none', () => {
    expect(JSON.stringify(template)).not.toMatch(/Bootstrap/i);
    expect(JSON.stringify(synthesizeTarget({ targetInstanceRoleNames: [] }))).not.toContain('aws:ResourceTag');
  });
});
