/**
 * One page for the night: the alarms, how runs and their source servers stand, what MGN says of its own, how the
 * functions fare, and the latest steps that failed. Nothing on it is bound to a region or an account.
 */
import { Aws, Duration, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  LogQueryWidget,
  SearchExpression,
  TextWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { runbookPage } from './alarm-facts.ts';
import {
  eventCount,
  executions,
  functionMetric,
  gauge,
  period,
  type ExecutionCount,
  type FunctionFigure,
} from './metrics.ts';
import { functionsLogNameOf, machineFiles } from './names.ts';

/** As wide as a dashboard is. */
const fullWidth = 24;
const graphHeight = 6;

/** What the dashboard shows beside what has its name from the stack. */
export interface RunDashboardProps {
  readonly alarms: readonly IAlarm[];
  /** The steps and watchers, by their names without the stack's. */
  readonly functionNames: readonly string[];
}

/** The dashboard, named after stack and region, because an account has one list of dashboards for all regions. */
export class RunDashboard extends Construct {
  constructor(scope: Construct, id: string, { alarms, functionNames }: RunDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: `${Stack.of(this).stackName}-${Aws.REGION}`,
      defaultInterval: Duration.hours(12),
      widgets: [
        [this.guide()],
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: fullWidth, height: 3 })],
        this.runs(),
        this.executions(),
        this.mgn(),
        this.functions(functionNames),
        [this.failedSteps()],
      ],
    });
  }

  private guide(): TextWidget {
    const { stackName } = Stack.of(this);
    const where = `--stack ${stackName} --region ${Aws.REGION}`;
    return new TextWidget({
      width: fullWidth,
      height: 5,
      markdown: [
        `# ${stackName}: cutovers with AWS Application Migration Service`,
        `\`npx mgn-cutover list ${where}\` shows every run and what is next; \`npx mgn-cutover watch RUN ${where}\` one run, ` +
          'every source server. Neither changes anything.',
        '',
        `\`npx mgn-cutover rollback RUN ${where}\` brings a run back; \`npx mgn-cutover commit RUN ${where}\` finalizes what ` +
          'it verified, which cannot be undone.',
        '',
        `Each alarm has a section in \`${runbookPage}\`. In the Step Functions console an execution of ` +
          `\`${stackName}-wave-cutover\` has the run’s name, one of \`${stackName}-migration-run\` the migration’s.`,
      ].join('\n'),
    });
  }

  private runs(): IWidget[] {
    return rowOf([
      { title: 'Runs', left: [gauge(this, 'OpenRuns'), gauge(this, 'StalledRuns')] },
      {
        title: 'Source servers of open runs',
        stacked: true,
        left: [
          gauge(this, 'ServersWaiting').with({ label: 'waiting' }),
          gauge(this, 'ServersUnderWay').with({ label: 'under way' }),
          gauge(this, 'ServersVerified').with({ label: 'verified' }),
          gauge(this, 'ServersRollingBack').with({ label: 'rolling back' }),
          gauge(this, 'ServersNeedingAPerson').with({ label: 'needing a person' }),
        ],
      },
    ]);
  }

  private executions(): IWidget[] {
    const counts: readonly ExecutionCount[] = [
      'ExecutionsStarted',
      'ExecutionsSucceeded',
      'ExecutionsFailed',
      'ExecutionsTimedOut',
      'ExecutionsAborted',
    ];
    return rowOf(
      machineFiles.map((file) => ({
        title: `Executions of ${file}`,
        left: counts.map((count) => executions(this, file, count).with({ label: count.replace('Executions', '') })),
      })),
    );
  }

  private mgn(): IWidget[] {
    return rowOf([
      {
        title: 'MGN’s events for source servers in runs',
        left: [
          eventCount(this, 'CutoverLaunchFailures').with({ label: 'failed cutover launches' }),
          eventCount(this, 'ReplicationStalls').with({ label: 'stalled replications' }),
        ],
      },
      { title: 'Replication lag by source server', left: [ofEverySourceServer('LagDuration')] },
      { title: 'Replication backlog by source server', left: [ofEverySourceServer('Backlog')] },
    ]);
  }

  private functions(names: readonly string[]): IWidget[] {
    const ofEach = (metricName: FunctionFigure, statistic: string) =>
      names.map((name) => functionMetric(this, name, metricName, statistic).with({ label: name }));
    return rowOf([
      { title: 'Errors of functions', left: ofEach('Errors', 'Sum') },
      { title: 'Throttled calls', left: ofEach('Throttles', 'Sum') },
      { title: 'Duration (p95), in milliseconds', left: ofEach('Duration', 'p95') },
    ]);
  }

  /** What `functions/shared/step.ts` writes when a step throws. */
  private failedSteps(): LogQueryWidget {
    return new LogQueryWidget({
      title: 'Latest failed steps (most are retried)',
      logGroupNames: [functionsLogNameOf(this)],
      width: fullWidth,
      height: 8,
      queryLines: [
        'fields @timestamp, runID, migrationID, function_name, errorName, errorMessage',
        "filter message = 'step failed'",
        'sort @timestamp desc',
        'limit 50',
      ],
    });
  }
}

interface Graph {
  readonly title: string;
  readonly left: IMetric[];
  readonly stacked?: boolean;
}

/** The graphs side by side, together as wide as the dashboard. */
function rowOf(graphs: readonly Graph[]): IWidget[] {
  const size = { width: Math.floor(fullWidth / graphs.length), height: graphHeight };
  return graphs.map((graph) => new GraphWidget({ ...graph, ...size, leftYAxis: { min: 0, showUnits: false } }));
}

/** A figure that MGN itself keeps of each source server in the account (`mgn.md` F), the highest hundred of them. */
function ofEverySourceServer(metricName: 'LagDuration' | 'Backlog'): SearchExpression {
  const search = `SEARCH('{AWS/MGN,SourceServerID} MetricName="${metricName}"', 'Maximum', ${period.toSeconds()})`;
  return new SearchExpression({
    expression: `SORT(${search}, MAX, DESC, 100)`,
    label: "${PROP('Dim.SourceServerID')}",
    period,
  });
}
