/** Who may do what, in full: a right that is added anywhere has to be added here. */
import { attemptTagKey } from '../../functions/domain/adoption.ts';
import { steps } from '../../infra/steps.ts';
import { synthesize, type Statement } from './synthesize.ts';

const { functions, machines, ofType, idOf } = synthesize({ targetInstanceRoleNames: 'team/web-server' });
const stepFunctions = functions.filter(({ name }) => name in steps);
const tableID = idOf('AWS::DynamoDB::Table');

const here = '<AWS::Region>:<AWS::AccountId>';
const functionArn = (name: string) => `arn:<AWS::Partition>:lambda:${here}:function:MgnCutover-${name}`;
const machineArn = (file: string) => `arn:<AWS::Partition>:states:${here}:stateMachine:MgnCutover-${file}`;
const ofMgn = (kind: string) => `arn:<AWS::Partition>:mgn:<AWS::Region>:*:${kind}/*`;

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
const of = (name: string) => functions.find((candidate) => candidate.name === name)?.statements ?? [];
const ofMachine = (file: string) => machines.find((candidate) => candidate.file === file)?.statements ?? [];

const reading = ['DescribeJobs', 'DescribeSourceServers'];
const resolving = ['DescribeSourceServers', 'ListApplications', 'ListWaves'];
const terminating = [...reading, 'TagResource', 'TerminateTargetInstances'];

describe('a step’s role', () => {
  it.each([
    ['PlanMigration', resolving],
    ['TakeWave', []],
    ['RecordMigration', []],
    ['ResolveWave', resolving],
    ['AssessReadiness', ['DescribeJobLogItems', ...reading, 'GetLaunchConfiguration', 'ListSourceServerActions']],
    ['PollJobs', ['DescribeJobLogItems', 'DescribeJobs']],
    ['CheckLaunch', ['DescribeJobLogItems', ...reading]],
    ['CheckPostLaunchActions', ['DescribeJobs', 'DescribeSourceServers']],
    ['RunHooks', ['DescribeSourceServers']],
    ['TerminateTestInstances', terminating],
    ['StartCutover', [...reading, 'ListTagsForResource', 'StartCutover', 'TagResource']],
    ['OpenGate', []],
    ['AnswerGate', []],
    ['KeepCommitGate', ['DescribeSourceServers']],
    ['SelectRollback', []],
    ['AwaitRunningJobs', reading],
    ['RevertLifeCycle', ['ChangeServerLifeCycleState', ...reading]],
    ['TerminateCutoverInstances', terminating],
    ['VerifyRollback', reading],
    ['SelectCommit', []],
    ['FinalizeCutover', ['DescribeSourceServers', 'FinalizeCutover']],
    ['RecordFailure', []],
    ['RecordOutcome', ['DescribeSourceServers']],
  ])('lets %s make these calls to MGN and no others: %j', (name, calls) => {
    const deployed = functions.find((candidate) => candidate.name === name);

    expect(deployed && allowedTo(deployed.statements, 'mgn')).toEqual(calls);
  });

  it('is in the list above, whichever the step', () => {
    expect(stepFunctions.map(({ name }) => name).sort()).toEqual(Object.keys(steps).sort());
  });

  it('is the function’s own', () => {
    expect(new Set(functions.map(({ properties }) => properties.Role)).size).toBe(functions.length);
  });

  it('reads and writes the ledger, writes to the functions’ log, and that is all beside MGN and what it launches in', () => {
    for (const { statements } of stepFunctions) {
      const services = new Set(statements.flatMap(({ Action }) => Action.map((action) => action.split(':')[0] ?? '')));
      const resourcesOf = (action: string) => having(statements, action).flatMap(({ Resource }) => Resource);

      const ofMgn = ['mgn', 'ec2', 'iam', 'servicequotas', 'cloudwatch'];
      expect([...services].filter((service) => ![...ofMgn, 'xray'].includes(service)).sort()).toEqual([
        'dynamodb',
        'logs',
      ]);
      expect(allowedTo(statements, 'dynamodb')).toEqual(['DeleteItem', 'GetItem', 'Query', 'UpdateItem']);
      expect(resourcesOf('dynamodb:UpdateItem')).toEqual([`<${tableID}.Arn>`]);
      expect(allowedTo(statements, 'logs')).toEqual(['CreateLogStream', 'PutLogEvents']);
      expect(resourcesOf('logs:PutLogEvents')).toEqual([expect.stringMatching(/^<FunctionsLog\w+\.Arn>$/)]);
    }
  });
});

describe('a mutation', () => {
  const withAttemptTag = { Null: { [`aws:RequestTag/${attemptTagKey}`]: 'false' } };
  const withServerTag = { StringEquals: { 'aws:ResourceTag/mgn-cutover': 'allowed' } };
  const within = (name: string) => ({
    ArnLike: { 'lambda:SourceFunctionArn': [functionArn(name), `${functionArn(name)}:*`] },
  });

  it.each([
    ['StartCutover', 'StartCutover', { ...withAttemptTag, ...withServerTag }],
    ['TerminateTestInstances', 'TerminateTargetInstances', { ...withAttemptTag, ...withServerTag }],
    ['TerminateCutoverInstances', 'TerminateTargetInstances', withAttemptTag],
    ['RevertLifeCycle', 'ChangeServerLifeCycleState', {}],
    ['FinalizeCutover', 'FinalizeCutover', withServerTag],
  ])(
    'by %s (%s) needs the tags it is bounded by, and the function’s own code; the way back asks for no tag of a server',
    (name, call, tags) => {
      expect(having(of(name), `mgn:${call}`)).toEqual([
        {
          Effect: 'Allow',
          Action: [`mgn:${call}`],
          Resource: [ofMgn('source-server')],
          Condition: { ...tags, ...within(name) },
        },
      ]);
    },
  );

  it('is bounded by the tag of the setting', () => {
    const [statement] = having(
      synthesize({ sourceServerTag: 'Night=2027=01' }).functions.find(({ name }) => name === 'StartCutover')
        ?.statements ?? [],
      'mgn:StartCutover',
    );

    expect(statement?.Condition?.['StringEquals']).toEqual({ 'aws:ResourceTag/Night': '2027=01' });
  });

  it('of the ledger comes from the function’s own code too', () => {
    for (const { name } of functions) {
      expect(having(of(name), 'dynamodb:GetItem').map(({ Condition }) => Condition)).toEqual([within(name)]);
    }
  });

  it('finalizes by one function and is denied to all others, whatever else is attached to them', () => {
    const finalizers = functions.filter(({ statements }) => having(statements, 'mgn:FinalizeCutover').length > 0);
    const denied = functions.filter(({ statements }) =>
      statements.some(({ Effect, Action }) => Effect === 'Deny' && Action.includes('mgn:FinalizeCutover')),
    );

    expect(finalizers.map(({ name }) => name)).toEqual(['FinalizeCutover']);
    expect(denied).toHaveLength(functions.length - 1);
  });

  it('never deletes, disconnects or changes settings', () => {
    for (const { statements } of functions) {
      const denied = statements.filter(({ Effect }) => Effect === 'Deny');
      expect(denied.flatMap(({ Action }) => Action)).toEqual(
        expect.arrayContaining(['mgn:Delete*', 'mgn:DisconnectFromService', 'mgn:Update*']),
      );
      expect(denied.flatMap(({ Resource }) => Resource)).toEqual(['*']);
      expect(denied.map(({ Condition }) => Condition)).toEqual([undefined]);
    }
  });

  it('tags only the job it makes', () => {
    expect(
      functions.flatMap(({ name, statements }) =>
        having(statements, 'mgn:TagResource').map(({ Condition, Resource }) => [name, Condition, Resource]),
      ),
    ).toEqual(
      [
        ['TerminateTestInstances', 'TerminateTargetInstances'],
        ['StartCutover', 'StartCutover'],
        ['TerminateCutoverInstances', 'TerminateTargetInstances'],
      ].map(([name, call]) => [name, { StringEquals: { 'mgn:CreateAction': call } }, [ofMgn('job')]]),
    );
  });

  it('reaches EC2 through MGN only, and only for those who start jobs', () => {
    const throughMgn = (statements: readonly Statement[]) => statements.filter(({ Condition }) => Condition);
    const holders = functions.filter(({ statements }) => allowedTo(throughMgn(statements), 'ec2').length > 0);
    const changes = everyStatement
      .filter(({ Condition }) => Condition === undefined)
      .flatMap(({ Action }) => Action.filter((action) => /^ec2:(?!Describe)/.test(action)));

    expect(holders.map(({ name, statements }) => [name, allowedTo(throughMgn(statements), 'ec2').length])).toEqual([
      ['TerminateTestInstances', 4],
      ['StartCutover', 34],
      ['TerminateCutoverInstances', 4],
    ]);
    for (const { Condition } of having(throughMgn(everyStatement), 'ec2:DescribeInstances')) {
      expect(Condition).toEqual({ 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'mgn.amazonaws.com' } });
    }
    expect(changes).toEqual([]);
  });

  it('passes roles only to EC2 and through MGN: MGN’s own, and those the deployment names', () => {
    const holders = functions.filter(({ statements }) => having(statements, 'iam:PassRole').length > 0);

    expect(holders.map(({ name }) => name)).toEqual(['StartCutover']);
    expect(having(everyStatement, 'iam:PassRole')).toEqual([
      {
        Effect: 'Allow',
        Action: ['iam:PassRole'],
        Resource: [
          'service-role/AWSApplicationMigrationConversionServerRole',
          'service-role/AWSApplicationMigrationLaunchInstanceWithSsmRole',
          'service-role/AWSApplicationMigrationLaunchInstanceWithDrsRole',
          'team/web-server',
        ].map((name) => `arn:<AWS::Partition>:iam::<AWS::AccountId>:role/${name}`),
        Condition: {
          'ForAnyValue:StringEquals': { 'aws:CalledVia': 'mgn.amazonaws.com' },
          StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
        },
      },
    ]);
  });
});

describe('where source servers are going to be launched', () => {
  it('is read by the step that assesses a wave, and by no other', () => {
    const readers = functions.filter(({ statements }) => having(statements, 'ec2:DescribeSubnets').length > 0);
    const ofReader = of('AssessReadiness');

    expect(readers.filter(({ name }) => name !== 'StartCutover').map(({ name }) => name)).toEqual(['AssessReadiness']);
    expect(['ec2', 'servicequotas', 'cloudwatch'].flatMap((service) => allowedTo(ofReader, service))).toEqual([
      'DescribeInstanceTypes',
      'DescribeLaunchTemplateVersions',
      'DescribeSecurityGroupVpcAssociations',
      'DescribeSecurityGroups',
      'DescribeSubnets',
      'GetServiceQuota',
      'GetMetricStatistics',
    ]);
  });
});

describe('a state machine’s role', () => {
  const calledBy = (file: string) =>
    Object.keys(machines.find((machine) => machine.file === file)?.properties.DefinitionSubstitutions ?? {});

  it.each(machines.map(({ file }) => file))(
    'lets %s call the functions it names, in any version, and no others',
    (file) => {
      const names = calledBy(file).flatMap((key) =>
        key.endsWith('FunctionArn') ? [key.replace('FunctionArn', '')] : [],
      );
      const granted = having(ofMachine(file), 'lambda:InvokeFunction').flatMap(({ Resource }) => Resource);

      expect(granted).toEqual(names.map((name) => `${functionArn(name)}:*`));
      for (const name of names) expect(stepFunctions.map((deployed) => deployed.name)).toContain(name);
    },
  );

  it.each([
    ['migration-run', ['wave-cutover']],
    ['wave-cutover', ['cutover-shift', 'rollback']],
    ['cutover-shift', []],
    ['rollback', []],
    ['commit', []],
  ])('lets %s start, await and stop these and no others: %j', (file, children) => {
    const granted = (action: string) => having(ofMachine(file), action).flatMap(({ Resource }) => Resource);
    const executions = children.map((child) => `arn:<AWS::Partition>:states:${here}:execution:MgnCutover-${child}:*`);

    expect(granted('states:StartExecution')).toEqual(children.map(machineArn));
    expect(granted('states:DescribeExecution')).toEqual(executions);
    expect(granted('states:StopExecution')).toEqual(executions);
    expect(granted('events:PutRule')).toEqual(
      children.length === 0
        ? []
        : [`arn:<AWS::Partition>:events:${here}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`],
    );
  });

  it('lets a rollback and a commit call the wave back that waits for them, and nobody else call anything back', () => {
    const holders = machines.filter(({ statements }) => having(statements, 'states:SendTaskSuccess').length > 0);

    expect(holders.map(({ file }) => file).sort()).toEqual(['commit', 'rollback']);
    expect(having(everyStatement, 'states:SendTaskSuccess').flatMap(({ Resource }) => Resource)).toEqual(['*', '*']);
  });

  it('has no other right but for its log and traces', () => {
    for (const { statements } of machines) {
      const services = new Set(statements.flatMap(({ Action }) => Action.map((action) => action.split(':')[0])));
      expect([...services].filter((service) => !['lambda', 'states', 'events'].includes(service ?? ''))).toEqual([
        'logs',
        'xray',
      ]);
    }
  });

  it.each(machines.map((machine) => [machine.file, machine.trust] as const))(
    'of %s is assumed on behalf of that machine alone',
    (file, trust) => {
      expect(trust).toEqual([
        {
          Effect: 'Allow',
          Principal: { Service: 'states.amazonaws.com' },
          Action: ['sts:AssumeRole'],
          Resource: [],
          Condition: {
            StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' },
            ArnLike: { 'aws:SourceArn': [machineArn(file), `${machineArn(file)}:*`] },
          },
        },
      ]);
    },
  );
});

describe('every role', () => {
  /** Actions that their service authorizes on no resource, and what else bounds them. */
  const reviewed = [
    // What tells where source servers are launched, and whether there is room.
    'cloudwatch:GetMetricStatistics',
    'ec2:DescribeInstanceTypes',
    'ec2:DescribeLaunchTemplateVersions',
    'ec2:DescribeSecurityGroupVpcAssociations',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    // Step Functions delivers its logs through the account's log deliveries.
    'logs:CreateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:DescribeLogGroups',
    'logs:DescribeResourcePolicies',
    'logs:GetLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:UpdateLogDelivery',
    // MGN's calls over all of an account's records.
    'mgn:DescribeJobs',
    'mgn:DescribeSourceServers',
    'mgn:ListApplications',
    'mgn:ListWaves',
    'servicequotas:GetServiceQuota',
    // A callback is authorized by its token.
    'states:SendTaskSuccess',
    // X-Ray takes traces for the account.
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ];

  it('has a right on everything only where the service knows no narrower one, or through MGN', () => {
    const unbounded = everyStatement.filter(({ Effect, Resource }) => Effect === 'Allow' && Resource.includes('*'));
    const conditions = unbounded.flatMap(({ Condition }) => (Condition === undefined ? [] : [Object.keys(Condition)]));
    const unconditional = unbounded.filter(({ Condition }) => Condition === undefined);

    expect([...new Set(unconditional.flatMap(({ Action }) => Action))].sort()).toEqual(reviewed);
    expect(conditions).toEqual([
      ['ForAnyValue:StringEquals'],
      ['ForAnyValue:StringEquals'],
      ['ForAnyValue:StringEquals'],
    ]);
  });

  it('names no action by wildcard that it allows, and takes no managed policy', () => {
    const allowed = everyStatement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);

    expect(allowed.filter((action) => action.includes('*'))).toEqual([]);
    expect(JSON.stringify(ofType('AWS::IAM::Role'))).not.toContain('ManagedPolicyArns');
    expect(ofType('AWS::IAM::Policy')).toEqual({});
  });

  it('is of a function, assumed by Lambda, or of a state machine', () => {
    for (const { trust } of functions) {
      expect(trust).toEqual([
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: ['sts:AssumeRole'], Resource: [] },
      ]);
    }
    expect(Object.keys(ofType('AWS::IAM::Role'))).toHaveLength(functions.length + machines.length);
  });

  it('keeps within what IAM takes: 10,240 characters of inline policy', () => {
    for (const { statements } of [...functions, ...machines]) {
      expect(JSON.stringify(statements).length).toBeLessThan(10_240);
    }
  });
});
