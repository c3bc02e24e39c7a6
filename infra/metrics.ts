/** The figures that alarms and the dashboard are made of: those of AWS's services, and the stack's own. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { functionNameOf, machineArnOf, type MachineFile } from './names.ts';

/**
 * Figures arrive minutes late at times; a window of five minutes, which moves on every minute, still sees them
 * (CloudWatch: metrics are delivered at best effort).
 */
export const period = Duration.minutes(5);

/** How many executions came to this; of all versions of the machine, however they were started. */
export type ExecutionCount =
  'ExecutionsStarted' | 'ExecutionsSucceeded' | 'ExecutionsFailed' | 'ExecutionsTimedOut' | 'ExecutionsAborted';

/** The number of executions of the machine of this file that came to this within a period (namespace `AWS/States`). */
export function executions(scope: IConstruct, file: MachineFile, metricName: ExecutionCount): Metric {
  return new Metric({
    namespace: 'AWS/States',
    metricName,
    dimensionsMap: { StateMachineArn: machineArnOf(scope, file) },
    statistic: Stats.SUM,
    period,
  });
}

/** What WatchRuns counts over all open runs at each tick. */
export const gaugeNames = [
  'OpenRuns',
  'StalledRuns',
  'ServersWaiting',
  'ServersUnderWay',
  'ServersVerified',
  'ServersRollingBack',
  'ServersNeedingAPerson',
] as const;
/** What is counted when it happens: by WatchRuns at MGN's events, by ReportRun at the end of a run. */
export const eventCountNames = ['CutoverLaunchFailures', 'ReplicationStalls', 'RunsNeedingAPerson'] as const;

/** A gauge of the stack: its highest value at the ticks of a period. */
export function gauge(scope: IConstruct, metricName: (typeof gaugeNames)[number]): Metric {
  return ownMetric(scope, metricName, Stats.MAXIMUM);
}

/** How often something happened within a period. */
export function eventCount(scope: IConstruct, metricName: (typeof eventCountNames)[number]): Metric {
  return ownMetric(scope, metricName, Stats.SUM);
}

function ownMetric(scope: IConstruct, metricName: string, statistic: string): Metric {
  const dimensionsMap = { Stack: Stack.of(scope).stackName };
  return new Metric({ namespace: 'MgnCutover', metricName, dimensionsMap, statistic, period });
}

/** What Lambda counts of a function's calls, and how long they took. */
export type FunctionFigure = 'Errors' | 'Throttles' | 'Duration';

/** A figure of a function of the stack, of all its versions (namespace `AWS/Lambda`); `name` is the step's or watcher's. */
export function functionMetric(scope: IConstruct, name: string, metricName: FunctionFigure, statistic: string): Metric {
  const dimensionsMap = { FunctionName: functionNameOf(scope, name) };
  return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, statistic, period });
}
