/** The stack's own metrics in CloudWatch: written to the log in the embedded metric format, so that no call is made. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** All metrics there are; namespace `MgnCutover`, dimension `Stack`. */
export const metricNames = [
  'OpenRuns',
  'StalledRuns',
  'ServersWaiting',
  'ServersUnderWay',
  'ServersVerified',
  'ServersRollingBack',
  'ServersNeedingAPerson',
  'CutoverLaunchFailures',
  'ReplicationStalls',
  'RunsNeedingAPerson',
] as const;
/** Name of a metric. */
export type MetricName = (typeof metricNames)[number];

/** Writes values of metrics, all of the same moment. */
export type EmitMetrics = (values: Partial<Record<MetricName, number>>) => void;

/** Metrics of the stack of that name. */
export function createMetrics(stackName: string): EmitMetrics {
  const metrics = new Metrics({ namespace: 'MgnCutover' });
  // The library puts a dimension of its own first; alarms and the dashboard know the stack's name only.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ Stack: stackName });
  return (values) => {
    for (const name of metricNames) {
      const value = values[name];
      if (value !== undefined) metrics.addMetric(name, MetricUnit.Count, value);
    }
    metrics.publishStoredMetrics();
  };
}
