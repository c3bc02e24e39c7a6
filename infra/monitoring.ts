/**
 * The alarms. Each means that a person should look, tonight; what is only a hint, such as a failed launch that the
 * workflow is about to roll back, is on the dashboard and pages nobody. Who is paged, and what the page says, is in
 * `alarm-facts.ts`; that alarms may publish to the topic is said where the topic is made (`notices.ts`).
 */
import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, MathExpression, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarmDescription, alarmFacts, type AlarmName } from './alarm-facts.ts';
import { eventCount, executions, functionMetric, gauge, period } from './metrics.ts';

/** What the alarms watch that has no name known beforehand, and whom they tell. */
export interface MonitoringProps {
  readonly noticeTopic: ITopic;
  readonly deadLetterQueue: IQueue;
}

/** When an alarm goes off: at `threshold` or above. */
interface Condition {
  readonly metric: IMetric;
  readonly threshold?: number;
  /** How many of the latest periods are looked at, any one of which sets the alarm off; 1 unless told. */
  readonly periods?: number;
  /** Whether silence counts as trouble; unless told, it is what nothing having happened looks like. */
  readonly isSilenceTrouble?: boolean;
}

/** All alarms of the stack. */
export class Monitoring extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { noticeTopic, deadLetterQueue }: MonitoringProps) {
    super(scope, id);
    const action = new SnsAction(noticeTopic);
    this.alarms = [
      this.createAlarm('WaveFailed', action, {
        metric: sumOf({
          migration: executions(this, 'migration-run', 'ExecutionsFailed'),
          wave: executions(this, 'wave-cutover', 'ExecutionsFailed'),
        }),
      }),
      this.createAlarm('ExecutionTimedOut', action, {
        metric: sumOf({
          migration: executions(this, 'migration-run', 'ExecutionsTimedOut'),
          wave: executions(this, 'wave-cutover', 'ExecutionsTimedOut'),
          rollback: executions(this, 'rollback', 'ExecutionsTimedOut'),
          commit: executions(this, 'commit', 'ExecutionsTimedOut'),
        }),
      }),
      this.createAlarm('RollbackIncomplete', action, { metric: executions(this, 'rollback', 'ExecutionsFailed') }),
      this.createAlarm('NoProgress', action, {
        metric: gauge(this, 'StalledRuns'),
        // Late figures are no trouble: CloudWatch then looks further back for its three. Three periods in a row are missed.
        periods: 3,
        isSilenceTrouble: true,
      }),
      this.createAlarm('PersonNeeded', action, { metric: eventCount(this, 'RunsNeedingAPerson') }),
      this.createAlarm('DeadLetters', action, {
        metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      }),
      this.createAlarm('WatcherFailing', action, {
        metric: sumOf(
          {
            report: functionMetric(this, 'ReportRun', 'Errors', 'Sum'),
            watch: functionMetric(this, 'WatchRuns', 'Errors', 'Sum'),
          },
          Duration.minutes(15),
        ),
        // Lambda tries an event three times; what succeeded at the second try needs nobody.
        threshold: 3,
      }),
    ];
  }

  private createAlarm(name: AlarmName, action: SnsAction, condition: Condition): Alarm {
    const { metric, threshold = 1, periods = 1, isSilenceTrouble = false } = condition;
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: alarmDescription(name),
      metric,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold,
      evaluationPeriods: periods,
      datapointsToAlarm: 1,
      treatMissingData: isSilenceTrouble ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    if (alarmFacts[name].isToldWhenOver) alarm.addOkAction(action);
    return alarm;
  }
}

/** The sum of counts of which most are missing most of the time. */
function sumOf(metrics: Record<string, IMetric>, ofPeriod: Duration = period): MathExpression {
  const expression = Object.keys(metrics)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics: metrics, period: ofPeriod });
}
