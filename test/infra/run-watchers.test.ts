/** The two watchers: what calls them, what they may do, and where goes what they could not handle. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { createEvidenceBucket, createLedgerTable } from '../../infra/kept-data.ts';
import { createDeadLetterQueue, createNoticeTopic } from '../../infra/notices.ts';
import { RunWatchers } from '../../infra/run-watchers.ts';
import { readSettings } from '../../infra/settings.ts';
import { allResourcesOf, idsOf, resourcesOf, TextSchema } from './resources-of.ts';

const names = ['ReportRun', 'WatchRuns'];
const bundlesFolder = mkdtempSync(path.join(tmpdir(), 'watchers-'));
for (const name of names) {
  mkdirSync(path.join(bundlesFolder, name));
  writeFileSync(path.join(bundlesFolder, name, 'index.js'), `// ${name}`);
}
afterAll(() => {
  rmSync(bundlesFolder, { recursive: true });
});

const watched = ({ hasKey = false, context = {} } = {}) => {
  const app = new App({ analyticsReporting: false, context });
  const stack = new Stack(app, 'MgnCutover');
  const customerKey = hasKey ? new Key(stack, 'Key') : undefined;
  const deadLetterQueue = createDeadLetterQueue(stack, customerKey);
  new RunWatchers(stack, 'Watchers', {
    surroundings: {
      bundlesFolder,
      logGroup: new LogGroup(stack, 'Log'),
      ledgerTable: createLedgerTable(stack, customerKey),
      customerKey,
      settings: readSettings(app.node),
    },
    evidenceBucket: createEvidenceBucket(stack, customerKey),
    noticeTopic: createNoticeTopic(stack, { noticeEmails: [], deadLetterQueue, customerKey }),
    deadLetterQueue,
  });
  return stack;
};

const stack = watched();
const [table = ''] = idsOf(stack, 'AWS::DynamoDB::Table');
const [bucket = ''] = idsOf(stack, 'AWS::S3::Bucket');
const [topic = ''] = idsOf(stack, 'AWS::SNS::Topic');
const [queue = ''] = idsOf(stack, 'AWS::SQS::Queue');

const RuleSchema = v.object({
  EventPattern: v.optional(v.looseObject({ source: v.array(v.string()), detail: v.optional(v.unknown()) })),
  ScheduleExpression: v.optional(v.string()),
  Targets: v.array(v.object({ Arn: TextSchema, RetryPolicy: v.unknown(), DeadLetterConfig: v.unknown() })),
});
const rules = resourcesOf(stack, 'AWS::Events::Rule', RuleSchema);
const ruleFor = (source: string) => rules.find(({ EventPattern }) => EventPattern?.source.includes(source));

const ListSchema = v.pipe(
  v.unknown(),
  v.transform((value): unknown[] => (Array.isArray(value) ? value : [value])),
);
const StatementSchema = v.object({
  Effect: v.string(),
  Action: v.pipe(ListSchema, v.array(v.string())),
  Resource: v.pipe(ListSchema, v.array(TextSchema)),
  Condition: v.optional(v.unknown()),
});
const RoleSchema = v.object({
  Policies: v.array(v.object({ PolicyDocument: v.object({ Statement: v.array(StatementSchema) }) })),
});
const FunctionSchema = v.object({
  FunctionName: v.string(),
  Timeout: v.number(),
  DeadLetterConfig: v.unknown(),
  Environment: v.object({ Variables: v.record(v.string(), TextSchema) }),
  Role: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
});
const functionOf = (name: string, inStack = stack) => {
  const functions = resourcesOf(inStack, 'AWS::Lambda::Function', FunctionSchema);
  const found = functions.find(({ FunctionName }) => FunctionName === `MgnCutover-${name}`);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const rightsOf = (name: string, inStack = stack) => {
  const role = allResourcesOf(inStack)[functionOf(name, inStack).Role['Fn::GetAtt'][0]];
  return v.parse(RoleSchema, role?.Properties).Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
};
const allowed = (name: string, inStack = stack) =>
  rightsOf(name, inStack)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource }) => Action.map((action) => `${action} on ${Resource.join()}`))
    .sort();

describe('the end of an execution', () => {
  it('of any of the machines that people start, however it ended, is reported', () => {
    expect(ruleFor('aws.states')?.EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: ['migration-run', 'wave-cutover', 'rollback', 'commit'].map((file) => ({
          'Fn::Join': [
            '',
            [
              'arn:',
              { Ref: 'AWS::Partition' },
              ':states:',
              { Ref: 'AWS::Region' },
              ':',
              { Ref: 'AWS::AccountId' },
              `:stateMachine:MgnCutover-${file}`,
            ],
          ],
        })),
        status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    });
    expect(ruleFor('aws.states')?.Targets.map(({ Arn }) => Arn)).toEqual([expect.stringContaining('ReportRun')]);
  });
});

describe('MGN’s events and the passing of time', () => {
  it('wake the watcher of open runs', () => {
    expect(ruleFor('aws.mgn')?.EventPattern).toEqual({
      source: ['aws.mgn'],
      'detail-type': ['MGN Source Server Launch Result', 'MGN Source Server Data Replication Stalled Change'],
    });
    const tick = rules.find(({ ScheduleExpression }) => ScheduleExpression === 'rate(1 minute)');
    for (const rule of [ruleFor('aws.mgn'), tick])
      expect(rule?.Targets.map(({ Arn }) => Arn)).toEqual([expect.stringContaining('WatchRuns')]);
  });
});

describe('what cannot be delivered', () => {
  const deadLetterArn = { 'Fn::GetAtt': [queue, 'Arn'] };

  it('is tried for an hour at most, a tick until the next one, and then left in the dead-letter queue', () => {
    expect(rules.map(({ Targets }) => Targets[0]?.RetryPolicy)).toEqual([
      { MaximumEventAgeInSeconds: 3_600 },
      { MaximumEventAgeInSeconds: 3_600 },
      { MaximumEventAgeInSeconds: 60 },
    ]);
    for (const { Targets } of rules) expect(Targets[0]?.DeadLetterConfig).toEqual({ Arn: deadLetterArn });
  });

  it('or what a function failed on each time is left there as well', () => {
    for (const name of names) {
      expect(functionOf(name).DeadLetterConfig).toEqual({ TargetArn: deadLetterArn });
      expect(allowed(name)).toContain(`sqs:SendMessage on <${queue}.Arn>`);
    }
  });

  it('is taken by the queue from these rules', () => {
    const policies = JSON.stringify(resourcesOf(stack, 'AWS::SQS::QueuePolicy', v.unknown()));

    for (const rule of idsOf(stack, 'AWS::Events::Rule'))
      expect(policies).toContain(`{"ArnEquals":{"aws:SourceArn":{"Fn::GetAtt":["${rule}","Arn"]}}}`);
  });
});

describe('the rights of the watchers', () => {
  const ownLogAndTraces = [
    expect.stringMatching(/^logs:CreateLogStream on /),
    expect.stringMatching(/^logs:PutLogEvents on /),
    'xray:PutTelemetryRecords on *',
    'xray:PutTraceSegments on *',
  ];
  const reading = [`dynamodb:GetItem on <${table}.Arn>`, `dynamodb:Query on <${table}.Arn>`];
  const deadLetters = `sqs:SendMessage on <${queue}.Arn>`;

  it('let ReportRun read MGN, settle the ledger, keep evidence of runs and tell people, and nothing else', () => {
    const rights = [
      ...reading,
      `dynamodb:DeleteItem on <${table}.Arn>`,
      `dynamodb:UpdateItem on <${table}.Arn>`,
      'mgn:DescribeJobs on *',
      'mgn:DescribeSourceServers on *',
      `s3:PutObject on <${bucket}.Arn>/runs/*`,
      `sns:Publish on <${topic}>`,
      deadLetters,
    ];

    expect(allowed('ReportRun')).toEqual(expect.arrayContaining([...rights, ...ownLogAndTraces]));
    expect(allowed('ReportRun')).toHaveLength(rights.length + ownLogAndTraces.length);
  });

  it('let WatchRuns read the ledger, note in it what people were told, and tell them, and nothing else', () => {
    const rights = [...reading, `dynamodb:UpdateItem on <${table}.Arn>`, `sns:Publish on <${topic}>`, deadLetters];

    expect(allowed('WatchRuns')).toEqual(expect.arrayContaining([...rights, ...ownLogAndTraces]));
    expect(allowed('WatchRuns')).toHaveLength(rights.length + ownLogAndTraces.length);
  });

  it('let WatchRuns write in the ledger where people’s notices are kept, and of no run', () => {
    const writing = rightsOf('WatchRuns').filter(({ Action }) => Action.includes('dynamodb:UpdateItem'));

    expect(writing.map(({ Action, Condition }) => [Action, Condition])).toEqual([
      [
        ['dynamodb:UpdateItem'],
        {
          ArnLike: expect.anything(),
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['notices#*'] },
        },
      ],
    ]);
  });

  it.each(['/mgn-cutover/webhook', 'chat-webhook'])(
    'come with the one parameter that holds a chat’s webhook, where one is named: %s',
    (webhookParameter) => {
      const withChat = watched({ context: { webhookParameter } });
      const parameter = `parameter/${webhookParameter.replace(/^\//, '')}`;
      for (const name of names) {
        expect(allowed(name, withChat).filter((right) => right.startsWith('ssm:'))).toEqual([
          `ssm:GetParameter on arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:${parameter}`,
        ]);
        expect(functionOf(name, withChat).Environment.Variables['WEBHOOK_PARAMETER_NAME']).toBe(webhookParameter);
        expect(allowed(name).filter((right) => right.startsWith('ssm:'))).toEqual([]);
        expect(functionOf(name).Environment.Variables).not.toHaveProperty('WEBHOOK_PARAMETER_NAME');
      }
    },
  );

  it.each(names)(
    'deny %s to finalize, delete, disconnect or change settings, whatever else is attached to its role',
    (name) => {
      const denied = rightsOf(name).filter(({ Effect }) => Effect === 'Deny');

      expect(denied.flatMap(({ Action }) => Action)).toEqual(
        expect.arrayContaining(['mgn:Delete*', 'mgn:DisconnectFromService', 'mgn:Update*', 'mgn:FinalizeCutover']),
      );
      expect(denied.flatMap(({ Resource }) => Resource)).toEqual(['*']);
    },
  );

  it('come with the use of the customer’s key, for what they reach and no more', () => {
    const keyed = watched({ hasKey: true, context: { webhookParameter: 'chat' } });
    const servicesOf = (name: string) =>
      rightsOf(name, keyed)
        .filter(({ Action }) => Action.some((action) => action.startsWith('kms:')))
        .map(({ Condition }) => JSON.stringify(Condition))
        .join();

    for (const service of ['dynamodb', 's3', 'sns', 'sqs', 'ssm'])
      expect(servicesOf('ReportRun')).toContain(`"${service}.`);
    expect(servicesOf('WatchRuns')).not.toMatch(/"s3\./);
    for (const service of ['dynamodb', 'sns', 'sqs', 'ssm']) expect(servicesOf('WatchRuns')).toContain(`"${service}.`);
  });

  it('are all they have: nobody but their rules may call them, each by its own ARN', () => {
    const PermissionSchema = v.object({ Principal: v.string(), SourceArn: TextSchema });
    const permissions = resourcesOf(stack, 'AWS::Lambda::Permission', PermissionSchema);

    expect(permissions.map(({ SourceArn }) => SourceArn).sort()).toEqual(
      idsOf(stack, 'AWS::Events::Rule')
        .map((rule) => `<${rule}.Arn>`)
        .sort(),
    );
    expect(new Set(permissions.map(({ Principal }) => Principal))).toEqual(new Set(['events.amazonaws.com']));
  });
});

describe('a watcher', () => {
  it.each(names)('%s knows its stack, the ledger, the topic and the bucket', (name) => {
    expect(functionOf(name).Environment.Variables).toMatchObject({
      STACK_NAME: 'MgnCutover',
      LEDGER_TABLE_NAME: `<${table}>`,
      NOTICE_TOPIC_ARN: `<${topic}>`,
      EVIDENCE_BUCKET_NAME: `<${bucket}>`,
    });
  });

  it('is done with a tick before the next one', () => {
    expect(functionOf('WatchRuns').Timeout).toBeLessThan(60);
  });
});
