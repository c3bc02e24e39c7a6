/** Who may do what, in full: a right that is added anywhere has to be added here. */
import { attemptTagKey } from '../../functions/domain/adoption.ts';
import { synthesize, type Statement } from './synthesize.ts';

const { resources, functions, machines } = synthesize(['team/web-server']);

const allowedTo = (statements: readonly Statement[], prefix: string) =>
  statements
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => Action)
    .filter((action) => action.startsWith(`${prefix}:`))
    .map((action) => action.slice(prefix.length + 1))
    .sort();
const everyStatement = [...functions, ...machines].flatMap(({ statements }) => statements);
const having = (statements: readonly Statement[], action: string) =>
  statements.filter(({ Effect, Action }) => Effect === 'Allow' && Action.includes(action));

const reading = ['DescribeJobs', 'DescribeSourceServers'];
const terminating = [...reading, 'TagResource', 'TerminateTargetInstances'];

describe('a function’s role', () => {
  it.each([
    ['ResolveWave', ['DescribeSourceServers', 'ListApplications', 'ListWaves']],
    ['LockSourceServers', []],
    ['AssessReadiness', [...reading, 'GetLaunchConfiguration', 'ListSourceServerActions']],
    ['TerminateTestInstances', terminating],
    ['StartCutover', [...reading, 'ListTagsForResource', 'StartCutover', 'TagResource']],
    ['PollJob', ['DescribeJobLogItems', 'DescribeJobs']],
    ['CheckLaunch', ['DescribeJobLogItems', ...reading]],
    ['CheckPostLaunchActions', ['DescribeJobs']],
    ['SelectRollback', []],
    ['AwaitRunningJobs', reading],
    ['RevertLifeCycle', ['ChangeServerLifeCycleState', ...reading]],
    ['TerminateCutoverInstances', terminating],
    ['VerifyRollback', reading],
    ['FinalizeCutover', ['DescribeSourceServers', 'FinalizeCutover']],
    ['RecordFailure', []],
    ['RecordOutcome', ['DescribeSourceServers']],
  ])('lets %s make these calls to MGN and no others: %j', (name, calls) => {
    const deployed = functions.find((candidate) => candidate.name === name);

    expect(deployed && allowedTo(deployed.statements, 'mgn')).toEqual(calls);
  });

  it('is the function’s own', () => {
    expect(new Set(functions.map(({ properties }) => properties.Role['Fn::GetAtt'][0])).size).toBe(functions.length);
  });

  it('lets one function finalize and denies it to all others, whatever else is attached to them', () => {
    const finalizers = functions.filter(({ statements }) => having(statements, 'mgn:FinalizeCutover').length > 0);
    const denied = functions.filter(({ statements }) =>
      statements.some(({ Effect, Action }) => Effect === 'Deny' && Action.includes('mgn:FinalizeCutover')),
    );

    expect(finalizers.map(({ name }) => name)).toEqual(['FinalizeCutover']);
    expect(denied).toHaveLength(functions.length - 1);
  });

  it('denies every function to delete, disconnect or uninitialize', () => {
    for (const { statements } of functions) {
      const denied = statements.filter(({ Effect }) => Effect === 'Deny');
      expect(denied.flatMap(({ Action }) => Action)).toEqual(
        expect.arrayContaining(['mgn:Delete*', 'mgn:DisconnectFromService', 'mgn:UninitializeService']),
      );
      expect(denied.flatMap(({ Resource }) => Resource)).toEqual(['"*"']);
    }
  });

  it.each(['StartCutover', 'TerminateTargetInstances'])(
    'allows %s only with the tag by which its job is found',
    (call) => {
      const statements = having(everyStatement, `mgn:${call}`);

      expect(statements.length).toBeGreaterThan(0);
      for (const { Condition, Resource } of statements) {
        expect(Condition).toEqual({ Null: { [`aws:RequestTag/${attemptTagKey}`]: 'false' } });
        expect(Resource.join()).toContain(':source-server/*');
      }
    },
  );

  it('allows tagging only as part of the call that makes the job', () => {
    const created = having(everyStatement, 'mgn:TagResource').map(({ Condition }) => JSON.stringify(Condition));

    expect(created.sort()).toEqual([
      '{"StringEquals":{"mgn:CreateAction":"StartCutover"}}',
      '{"StringEquals":{"mgn:CreateAction":"TerminateTargetInstances"}}',
      '{"StringEquals":{"mgn:CreateAction":"TerminateTargetInstances"}}',
    ]);
  });

  it('gives no right in EC2 but through MGN, and only to those who start jobs', () => {
    const holders = functions.filter(({ statements }) => allowedTo(statements, 'ec2').length > 0);
    const statements = everyStatement.filter(({ Action }) => Action.some((action) => action.startsWith('ec2:')));

    expect(holders.map(({ name, statements: own }) => [name, allowedTo(own, 'ec2').length])).toEqual([
      ['TerminateTestInstances', 4],
      ['StartCutover', 34],
      ['TerminateCutoverInstances', 4],
    ]);
    for (const { Condition } of statements) {
      expect(Condition).toEqual({ 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'mgn.amazonaws.com' } });
    }
  });

  it('passes roles only to EC2 and through MGN: MGN’s own, and those the deployment names', () => {
    const passing = having(everyStatement, 'iam:PassRole');

    expect(passing.map(({ Condition }) => Condition)).toEqual([
      {
        'ForAnyValue:StringEquals': { 'aws:CalledVia': 'mgn.amazonaws.com' },
        StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
    ]);
    expect(passing[0]?.Resource.map((resource) => /role\/[\w/-]+/.exec(resource)?.[0])).toEqual([
      'role/service-role/AWSApplicationMigrationConversionServerRole',
      'role/service-role/AWSApplicationMigrationLaunchInstanceWithSsmRole',
      'role/service-role/AWSApplicationMigrationLaunchInstanceWithDrsRole',
      'role/team/web-server',
    ]);
    expect(functions.find(({ statements }) => having(statements, 'iam:PassRole').length > 0)?.name).toBe(
      'StartCutover',
    );
  });

  it('reads and writes the ledger, writes its own log, and that is all beside', () => {
    const [tableID] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::DynamoDB::Table') ?? [];
    for (const { statements, properties } of functions) {
      const services = new Set(statements.flatMap(({ Action }) => Action.map((action) => action.split(':')[0] ?? '')));
      const resourcesOf = (action: string) => having(statements, action).flatMap(({ Resource }) => Resource);

      expect([...services].filter((service) => !['mgn', 'ec2', 'iam', 'xray'].includes(service)).sort()).toEqual([
        'dynamodb',
        'logs',
      ]);
      expect(allowedTo(statements, 'dynamodb')).toEqual(['DeleteItem', 'GetItem', 'Query', 'UpdateItem']);
      expect(resourcesOf('dynamodb:UpdateItem')).toEqual([JSON.stringify({ 'Fn::GetAtt': [tableID, 'Arn'] })]);
      expect(allowedTo(statements, 'logs')).toEqual(['CreateLogStream', 'PutLogEvents']);
      expect(resourcesOf('logs:PutLogEvents')).toEqual([
        JSON.stringify({ 'Fn::GetAtt': [properties.LoggingConfig.LogGroup.Ref, 'Arn'] }),
      ]);
    }
  });
});

describe('every role', () => {
  it('has a right on everything only where the service knows no narrower one', () => {
    const unbounded = everyStatement.filter(
      ({ Effect, Resource, Condition }) => Effect === 'Allow' && Condition === undefined && Resource.includes('"*"'),
    );

    expect([...new Set(unbounded.flatMap(({ Action }) => Action))].sort()).toEqual([
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'mgn:DescribeJobs',
      'mgn:DescribeSourceServers',
      'mgn:ListApplications',
      'mgn:ListWaves',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  it('names no action by wildcard that it allows, and takes no managed policy', () => {
    const allowed = everyStatement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
    const roles = Object.values(resources).filter(({ Type }) => Type === 'AWS::IAM::Role');

    expect(allowed.filter((action) => action.includes('*'))).toEqual([]);
    expect(JSON.stringify(roles)).not.toContain('ManagedPolicyArns');
  });

  it('is assumed by the service it is for, and a state machine’s only on behalf of this account', () => {
    const trusts = Object.values(resources)
      .filter(({ Type }) => Type === 'AWS::IAM::Role')
      .map(({ Properties }) => JSON.stringify(Properties));
    const ofMachines = trusts.filter((trust) => trust.includes('"Service":"states.amazonaws.com"'));

    expect(trusts.filter((trust) => trust.includes('"Service":"lambda.amazonaws.com"'))).toHaveLength(functions.length);
    expect(ofMachines).toHaveLength(machines.length);
    expect(trusts).toHaveLength(functions.length + machines.length);
    for (const trust of ofMachines) expect(trust).toContain('"aws:SourceAccount":{"Ref":"AWS::AccountId"}');
  });
});
