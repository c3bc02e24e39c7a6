/** What is kept, the functions and the state machines as they would be deployed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import manifest from '../../package.json' with { type: 'json' };
import { CutoverStateMachine, UnknownPlaceholderError } from '../../infra/cutover-state-machine.ts';
import { steps } from '../../infra/steps.ts';
import { parseDefinition } from '../../local/asl.ts';
import { statesOf } from '../../local/asl-rules/rule.ts';
import { statementsIn, synthesize } from './synthesize.ts';

const synthesized = synthesize();
const { resources, functions, machines, outputs, ofType, idOf } = synthesized;
const stepFunctions = functions.filter(({ name }) => name in steps);
const folder = path.join(__dirname, '../../statemachine');
const fileNames = readdirSync(folder).map((file) => file.replace('.asl.json', ''));
const readFile = (fileName: string): unknown =>
  JSON.parse(readFileSync(path.join(folder, `${fileName}.asl.json`), 'utf8'));
const machineOf = (fileName: string) => {
  const found = machines.find(({ file }) => file === fileName);
  if (found === undefined) throw new Error(`no machine is named for ${fileName}`);
  return found;
};
const placeholdersOf = (text: string) => [...new Set(text.match(/(?<=\$\{)\w+(?=\})/g))];
const tableID = idOf('AWS::DynamoDB::Table');
const bucketID = idOf('AWS::S3::Bucket');
const topicID = idOf('AWS::SNS::Topic');
const queueID = idOf('AWS::SQS::Queue');
const denialsOf = (type: string) =>
  Object.values(ofType(type)).flatMap(({ PolicyDocument }) =>
    statementsIn(PolicyDocument)
      .filter(({ Effect }) => Effect === 'Deny')
      .map(({ Condition }) => Condition),
  );

describe('the stack', () => {
  it('fits an account and region that it knows nothing of', () => {
    expect(synthesized.environment).toBe('aws://unknown-account/unknown-region');
    expect(JSON.stringify(resources)).not.toMatch(/\b\d{12}\b|\b(us|eu|ap)-[a-z]+-\d/);
    expect(synthesized.missing).toEqual([]);
  });

  it('stays small', () => {
    expect(Object.keys(resources).length).toBeLessThan(120);
  });

  it('is tagged with what it is', () => {
    expect(synthesized.tags).toEqual({ application: 'mgn-cutover', version: manifest.version });
  });

  it('says where to start what, and where everything is', () => {
    expect(outputs).toEqual({
      MigrationRunAliasArn: expect.stringMatching(/^<MigrationRunAlias\w+>$/),
      WaveCutoverAliasArn: expect.stringMatching(/^<WaveCutoverAlias\w+>$/),
      RollbackAliasArn: expect.stringMatching(/^<RollbackAlias\w+>$/),
      CommitAliasArn: expect.stringMatching(/^<CommitAlias\w+>$/),
      LedgerTableName: `<${tableID}>`,
      LedgerRetentionDays: '400',
      SourceServerTag: 'mgn-cutover=allowed',
      PersonMember: 'by',
      EvidenceBucketName: `<${bucketID}>`,
      NoticeTopicArn: `<${topicID}>`,
      OperatorPolicyArn: expect.stringMatching(/^<PeopleOperator\w+>$/),
      ApproverPolicyArn: expect.stringMatching(/^<PeopleApprover\w+>$/),
    });
  });

  it('leaves behind the ledger, the evidence and the versions that executions still call, and nothing else', () => {
    const kept = Object.values(resources).filter(({ DeletionPolicy }) => String(DeletionPolicy).startsWith('Retain'));

    expect([...new Set(kept.map(({ Type }) => Type))].sort()).toEqual([
      'AWS::DynamoDB::Table',
      'AWS::Lambda::Version',
      'AWS::S3::Bucket',
      'AWS::StepFunctions::StateMachineVersion',
    ]);
    for (const { UpdateReplacePolicy } of kept) expect(UpdateReplacePolicy).toBe('Retain');
  });

  it('gives no name to what it leaves behind, which would keep a second installation from being made', () => {
    const kept = Object.values(resources).filter(({ DeletionPolicy }) => String(DeletionPolicy).startsWith('Retain'));

    for (const { Properties } of kept)
      expect(Object.keys(Properties)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(Table|Bucket)Name$/)]),
      );
  });

  it('logs to one group for the functions and one for the machines, each for a bounded time', () => {
    const logGroups = Object.values(ofType('AWS::Logs::LogGroup'));

    expect(logGroups).toEqual([
      { LogGroupName: '/aws/lambda/MgnCutover', RetentionInDays: 180 },
      { LogGroupName: '/aws/vendedlogs/states/MgnCutover', RetentionInDays: 180 },
    ]);
  });
});

describe('for an explicit account and region', () => {
  const explicit = synthesize({ account: '123456789012', region: 'eu-central-1' });

  it('the stack is for that one, and looks nothing up either', () => {
    expect(explicit.environment).toBe('aws://123456789012/eu-central-1');
    expect(explicit.missing).toEqual([]);
  });

  it('gives the same rights as where it is unknown', () => {
    for (const type of [
      'AWS::IAM::Role',
      'AWS::IAM::ManagedPolicy',
      'AWS::S3::BucketPolicy',
      'AWS::SNS::TopicPolicy',
    ]) {
      expect(explicit.ofType(type)).toEqual(ofType(type));
    }
  });

  it('has the same resources, but for the versions, whose names tell what they are versions of', () => {
    const typesOf = (all: typeof resources) => Object.values(all).map(({ Type }) => Type);

    expect(typesOf(explicit.resources)).toEqual(typesOf(resources));
  });
});

describe('the ledger', () => {
  it('is on demand, recoverable to a point in time, and not deleted by a slip', () => {
    expect(ofType('AWS::DynamoDB::Table')).toEqual({
      [tableID]: {
        AttributeDefinitions: [
          { AttributeName: 'partition', AttributeType: 'S' },
          { AttributeName: 'sort', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        KeySchema: [
          { AttributeName: 'partition', KeyType: 'HASH' },
          { AttributeName: 'sort', KeyType: 'RANGE' },
        ],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });
});

describe('the evidence', () => {
  it('is private, versioned, encrypted, cheaper after 90 days, and never expires', () => {
    const cheaper = { StorageClass: 'GLACIER_IR', TransitionInDays: 90 };

    expect(ofType('AWS::S3::Bucket')).toEqual({
      [bucketID]: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'CheaperStorage',
              Status: 'Enabled',
              Transitions: [cheaper],
              NoncurrentVersionTransitions: [cheaper],
            },
          ],
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: 'Enabled' },
      },
    });
  });

  it.each(['AWS::S3::BucketPolicy', 'AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'])(
    'and notices travel over TLS only: %s',
    (type) => {
      expect(denialsOf(type)).toContainEqual({ Bool: { 'aws:SecureTransport': 'false' } });
    },
  );
});

describe('notices', () => {
  it('may be published by this account’s alarms, which a topic with a policy of its own would refuse', () => {
    const [policy] = Object.values(ofType('AWS::SNS::TopicPolicy'));
    const allowed = statementsIn(policy?.['PolicyDocument']).filter(({ Effect }) => Effect === 'Allow');

    expect(allowed).toEqual([
      {
        Sid: 'AlarmsOfThisAccount',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['sns:Publish'],
        Resource: [`<${topicID}>`],
        Condition: {
          StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' },
          ArnLike: {
            'aws:SourceArn': 'arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*',
          },
        },
      },
    ]);
  });

  it('go to the addresses of the setting, and to the queue where one cannot be delivered', () => {
    const noticed = synthesize({ noticeEmails: 'night@example.com,day@example.com' });
    const subscriptions = Object.values(noticed.ofType('AWS::SNS::Subscription'));

    expect(ofType('AWS::SNS::Subscription')).toEqual({});
    expect(subscriptions).toEqual(
      ['night@example.com', 'day@example.com'].map((Endpoint) => ({
        Endpoint,
        Protocol: 'email',
        TopicArn: `<${topicID}>`,
        RedrivePolicy: { deadLetterTargetArn: `<${queueID}.Arn>` },
      })),
    );
  });

  it('that cannot be delivered are kept for 14 days, encrypted', () => {
    expect(ofType('AWS::SQS::Queue')[queueID]).toEqual({
      QueueName: 'MgnCutover-dead-letters',
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
      SqsManagedSseEnabled: true,
    });
  });
});

describe('the functions', () => {
  const called = fileNames.flatMap((fileName) => placeholdersOf(JSON.stringify(readFile(fileName))));

  it('are the steps that the state machines call, each one and no other', () => {
    const names = called.filter((name) => name.endsWith('FunctionArn')).map((name) => name.replace('FunctionArn', ''));

    expect(stepFunctions.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
  });

  it('are one to each file of functions/handlers', () => {
    const files = readdirSync(path.join(__dirname, '../../functions/handlers'));

    expect(
      Object.values(steps)
        .map(({ handlerFile }) => `${handlerFile}.ts`)
        .sort(),
    ).toEqual(files.filter((file) => file !== 'index.ts').sort());
  });

  it('run on Node 24 on arm64, traced, under names that can be told', () => {
    for (const { name, properties } of functions) {
      expect(properties).toMatchObject({
        FunctionName: `MgnCutover-${name}`,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogGroup: expect.stringMatching(/^<FunctionsLog\w+>$/) },
      });
      expect(properties.FunctionName.length).toBeLessThanOrEqual(64);
    }
  });

  it('know the ledger, how long it keeps, and only where it is asked the tag of source servers', () => {
    const all = {
      LEDGER_TABLE_NAME: `<${tableID}>`,
      LEDGER_RETENTION_DAYS: '400',
      NODE_OPTIONS: '--enable-source-maps',
    };
    for (const { name, properties } of stepFunctions) {
      expect([name, properties.Environment.Variables]).toEqual([
        name,
        name === 'AssessReadiness' ? { ...all, SOURCE_SERVER_TAG: 'mgn-cutover=allowed' } : all,
      ]);
    }
  });

  it('all know where MGN is, and what is beside it, where that is elsewhere, and no tag where it is switched off', () => {
    const emulated = synthesize({
      mgnEndpointUrl: 'http://10.0.0.1:8080',
      sourceServerTag: '',
      ledgerRetentionDays: '90',
    });

    for (const { properties } of emulated.functions) {
      expect(properties.Environment.Variables).toMatchObject({
        ...Object.fromEntries(
          ['MGN', 'EC2', 'SERVICE_QUOTAS', 'CLOUDWATCH', 'STS'].map((service) => [
            `AWS_ENDPOINT_URL_${service}`,
            'http://10.0.0.1:8080',
          ]),
        ),
        LEDGER_RETENTION_DAYS: '90',
      });
    }
    expect(JSON.stringify(emulated.functions)).not.toMatch(/SOURCE_SERVER_TAG|aws:ResourceTag/);
  });

  it.each(fileNames)('are over before a state of %s that waits for one may call it again', (fileName) => {
    const states = statesOf(parseDefinition(fileName, readFile(fileName)));
    const late = states.flatMap(({ stateName, state }) => {
      const name = /\$\{(\w+)FunctionArn\}/.exec(String(state['Resource']))?.[1];
      const calledFunction = functions.find((candidate) => candidate.name === name);
      return calledFunction !== undefined && calledFunction.properties.Timeout >= Number(state['TimeoutSeconds'])
        ? [stateName]
        : [];
    });

    expect(late).toEqual([]);
  });
});

describe('the state machines', () => {
  it('are the files of statemachine/', () => {
    expect(machines.map(({ file }) => file).sort()).toEqual([...fileNames].sort());
  });

  it.each(fileNames)('%s is deployed as it is written', (fileName) => {
    expect(JSON.parse(machineOf(fileName).properties.DefinitionString)).toEqual(readFile(fileName));
  });

  it.each(fileNames)('%s logs every event and no payload, and is traced', (fileName) => {
    expect(machineOf(fileName).properties).toMatchObject({
      StateMachineName: `MgnCutover-${fileName}`,
      StateMachineType: 'STANDARD',
      LoggingConfiguration: {
        Level: 'ALL',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: expect.stringMatching(/^<MachinesLog\w+\.Arn>$/) } }],
      },
      TracingConfiguration: { Enabled: true },
    });
  });

  it('cannot be made of a file that asks for what is not there', () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Incomplete');
    const build = () =>
      new CutoverStateMachine(stack, 'Wave', {
        file: 'wave-cutover',
        functions: new Map(),
        children: new Map(),
        logGroup: new LogGroup(stack, 'Log'),
      });

    expect(build).toThrow(UnknownPlaceholderError);
  });
});
