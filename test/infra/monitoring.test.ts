/** The alarms: when they go off, whom they tell, and what they say. */
import { App, Stack } from 'aws-cdk-lib';
import * as v from 'valibot';
import { metricNames } from '../../functions/watch/metrics.ts';
import { alarmFacts, runbookPage } from '../../infra/alarm-facts.ts';
import { eventCountNames, gaugeNames } from '../../infra/metrics.ts';
import { Monitoring } from '../../infra/monitoring.ts';
import { createDeadLetterQueue, createNoticeTopic } from '../../infra/notices.ts';
import { idsOf, resourcesOf, TextSchema } from './resources-of.ts';

const stack = new Stack(new App({ analyticsReporting: false }), 'MgnCutover');
const deadLetterQueue = createDeadLetterQueue(stack, undefined);
const noticeTopic = createNoticeTopic(stack, { noticeEmails: [], deadLetterQueue, customerKey: undefined });
const { alarms: constructs } = new Monitoring(stack, 'Monitoring', { noticeTopic, deadLetterQueue });
const [topic] = idsOf(stack, 'AWS::SNS::Topic');

const DimensionsSchema = v.array(v.object({ Name: v.string(), Value: TextSchema }));
const MetricSchema = v.object({
  Id: v.string(),
  Expression: v.optional(v.string()),
  MetricStat: v.optional(
    v.object({
      Metric: v.object({ Namespace: v.string(), MetricName: v.string(), Dimensions: DimensionsSchema }),
      Period: v.number(),
      Stat: v.string(),
    }),
  ),
});
const AlarmSchema = v.object({
  AlarmName: v.string(),
  AlarmDescription: v.string(),
  AlarmActions: v.array(TextSchema),
  OKActions: v.optional(v.array(TextSchema), []),
  ComparisonOperator: v.literal('GreaterThanOrEqualToThreshold'),
  Threshold: v.number(),
  EvaluationPeriods: v.number(),
  DatapointsToAlarm: v.number(),
  TreatMissingData: v.picklist(['breaching', 'notBreaching']),
  Namespace: v.optional(v.string()),
  MetricName: v.optional(v.string()),
  Dimensions: v.optional(DimensionsSchema),
  Statistic: v.optional(v.string()),
  Period: v.optional(v.number()),
  Metrics: v.optional(v.array(MetricSchema)),
});
const alarms = resourcesOf(stack, 'AWS::CloudWatch::Alarm', AlarmSchema);
const alarmOf = (name: string) => {
  const found = alarms.find(({ AlarmName }) => AlarmName === `MgnCutover-${name}`);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
};
const machineArn = (file: string) =>
  `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:MgnCutover-${file}`;

describe('the alarms', () => {
  it('are those that the runbook is written for, each of them', () => {
    expect(alarms.map(({ AlarmName }) => AlarmName.replace('MgnCutover-', '')).sort()).toEqual(
      Object.keys(alarmFacts).sort(),
    );
    expect(constructs).toHaveLength(alarms.length);
  });

  it('tell the topic', () => {
    for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([`<${String(topic)}>`]);
  });

  it('of the account may publish there', () => {
    expect(resourcesOf(stack, 'AWS::SNS::TopicPolicy', v.unknown())).toEqual([
      expect.objectContaining({
        PolicyDocument: expect.objectContaining({
          Statement: expect.arrayContaining([
            expect.objectContaining({
              Effect: 'Allow',
              Action: 'sns:Publish',
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Condition: expect.objectContaining({
                StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              }),
            }),
          ]),
        }),
      }),
    ]);
  });

  it.each(Object.entries(alarmFacts))('%s say in one sentence what happened, and where to read on', (name, facts) => {
    const { AlarmDescription } = alarmOf(name);

    expect(AlarmDescription).toBe(`${facts.says} What to do: ${runbookPage}#${facts.anchor}`);
    expect(facts.says).toMatch(/^[A-Z][^.]+\.$/);
    expect(facts.anchor).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(AlarmDescription.length).toBeLessThanOrEqual(1_024);
  });

  it('have a section of the runbook each to themselves', () => {
    const anchors = Object.values(alarmFacts).map(({ anchor }) => anchor);

    expect(new Set(anchors).size).toBe(anchors.length);
  });

  it('say when it is over only where that is good news, and not just that time has passed', () => {
    const told = alarms.filter(({ OKActions }) => OKActions.length > 0).map(({ AlarmName }) => AlarmName);

    expect(told.sort()).toEqual(['MgnCutover-DeadLetters', 'MgnCutover-NoProgress', 'MgnCutover-WatcherFailing']);
  });

  it('watch figures that are written under these names', () => {
    expect([...gaugeNames, ...eventCountNames].sort()).toEqual([...metricNames].sort());
  });
});

describe('an alarm', () => {
  it('RollbackIncomplete goes off at the first failed execution of rollback', () => {
    expect(alarmOf('RollbackIncomplete')).toMatchObject({
      Namespace: 'AWS/States',
      MetricName: 'ExecutionsFailed',
      Dimensions: [{ Name: 'StateMachineArn', Value: machineArn('rollback') }],
      Statistic: 'Sum',
      Period: 300,
      Threshold: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  it.each([
    ['WaveFailed', 'ExecutionsFailed', ['migration-run', 'wave-cutover']],
    ['ExecutionTimedOut', 'ExecutionsTimedOut', ['migration-run', 'wave-cutover', 'rollback', 'commit']],
  ])('%s goes off at the first of %s of any of %j', (name, metricName, files) => {
    const { Metrics = [], ...alarm } = alarmOf(name);
    const watched = Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat]));

    expect(alarm).toMatchObject({ Threshold: 1, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' });
    expect(watched.map(({ Metric }) => [Metric.MetricName, Metric.Dimensions[0]?.Value])).toEqual(
      files.map((file) => [metricName, machineArn(file)]),
    );
    expect(Metrics.find(({ Expression }) => Expression !== undefined)?.Expression).toBe(
      Metrics.flatMap(({ Id, MetricStat }) => (MetricStat === undefined ? [] : [`FILL(${Id}, 0)`])).join(' + '),
    );
  });

  it('NoProgress goes off at the first tick with a stalled run, and when three ticks in a row are missing', () => {
    expect(alarmOf('NoProgress')).toMatchObject({
      Namespace: 'MgnCutover',
      MetricName: 'StalledRuns',
      Dimensions: [{ Name: 'Stack', Value: 'MgnCutover' }],
      Statistic: 'Maximum',
      Period: 300,
      Threshold: 1,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 1,
      TreatMissingData: 'breaching',
    });
  });

  it('PersonNeeded goes off when a run ends that needs one', () => {
    expect(alarmOf('PersonNeeded')).toMatchObject({
      Namespace: 'MgnCutover',
      MetricName: 'RunsNeedingAPerson',
      Dimensions: [{ Name: 'Stack', Value: 'MgnCutover' }],
      Statistic: 'Sum',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  it('DeadLetters goes off at the first message, a start that was missed or an event that nobody took', () => {
    const [queue] = idsOf(stack, 'AWS::SQS::Queue');

    expect(alarmOf('DeadLetters')).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: `<${String(queue)}.QueueName>` }],
      Statistic: 'Maximum',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  it('WatcherFailing goes off when an event failed at all three tries that Lambda makes', () => {
    const { Metrics = [], Threshold, TreatMissingData } = alarmOf('WatcherFailing');
    const watched = Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat]));

    expect({ Threshold, TreatMissingData }).toEqual({ Threshold: 3, TreatMissingData: 'notBreaching' });
    expect(watched).toEqual(
      ['ReportRun', 'WatchRuns'].map((name) => ({
        Metric: {
          Namespace: 'AWS/Lambda',
          MetricName: 'Errors',
          Dimensions: [{ Name: 'FunctionName', Value: `MgnCutover-${name}` }],
        },
        Period: 900,
        Stat: 'Sum',
      })),
    );
  });
});
