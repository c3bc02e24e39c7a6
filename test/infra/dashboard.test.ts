/** The dashboard: that it shows what a person looks for at night, in whatever region and account it is deployed to. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as v from 'valibot';
import { RunDashboard } from '../../infra/dashboard.ts';
import { eventCountNames, gaugeNames } from '../../infra/metrics.ts';
import { resourcesOf, TextSchema } from './resources-of.ts';

const functionNames = ['StartCutover', 'PollJobs', 'ReportRun'];
const shown = (env: { account?: string; region?: string } = {}) => {
  const stack = new Stack(new App({ analyticsReporting: false }), 'MgnCutover', { env });
  const metric = new Metric({ namespace: 'N', metricName: 'M', period: Duration.minutes(5) });
  const alarms = ['One', 'Two'].map((id) => new Alarm(stack, id, { metric, threshold: 1, evaluationPeriods: 1 }));
  new RunDashboard(stack, 'Dashboard', { alarms, functionNames });
  return stack;
};

const WidgetSchema = v.object({
  type: v.picklist(['text', 'alarm', 'metric', 'log']),
  x: v.number(),
  y: v.number(),
  width: v.number(),
  height: v.number(),
  properties: v.looseObject({ title: v.optional(v.string()), region: v.optional(v.string()) }),
});
const BodySchema = v.pipe(TextSchema, v.parseJson(), v.looseObject({ widgets: v.array(WidgetSchema) }));
const DashboardSchema = v.object({ DashboardName: TextSchema, DashboardBody: BodySchema });

const stack = shown();
const [dashboard] = resourcesOf(stack, 'AWS::CloudWatch::Dashboard', DashboardSchema);
const widgets = dashboard?.DashboardBody.widgets ?? [];
const shownAs = (title: string) => {
  const found = widgets.find(({ properties }) => properties.title === title);
  if (found === undefined) throw new Error(`nothing is titled ${title}`);
  return JSON.stringify(found.properties);
};

describe('the dashboard', () => {
  it('is the stack’s and the region’s own, because an account has one list of them for all regions', () => {
    expect(dashboard?.DashboardName).toBe('MgnCutover-<AWS::Region>');
  });

  it('shows every alarm’s state', () => {
    const alarmIDs = widgets.filter(({ type }) => type === 'alarm').map(({ properties }) => properties['alarms']);

    expect(alarmIDs).toEqual([[expect.stringContaining('One'), expect.stringContaining('Two')]]);
  });

  it('shows how the executions of each machine ended', () => {
    for (const file of ['migration-run', 'wave-cutover', 'cutover-shift', 'rollback', 'commit']) {
      const text = shownAs(`Executions of ${file}`);

      for (const count of ['Started', 'Succeeded', 'Failed', 'TimedOut', 'Aborted'])
        expect(text).toContain(`"AWS/States","Executions${count}","StateMachineArn","`);
      expect(text).toContain(`:stateMachine:MgnCutover-${file}"`);
    }
  });

  it('shows every figure that the watchers keep, but what only pages', () => {
    const all = JSON.stringify(widgets);
    const missing = [...gaugeNames, ...eventCountNames].filter(
      (name) => !all.includes(`"MgnCutover","${name}","Stack","MgnCutover"`),
    );

    expect(missing).toEqual(['RunsNeedingAPerson']);
  });

  it('shows what MGN itself says of every source server, without knowing any', () => {
    for (const [title, metricName] of [
      ['Replication lag by source server', 'LagDuration'],
      ['Replication backlog by source server', 'Backlog'],
    ] as const)
      expect(shownAs(title)).toContain(
        `SEARCH('{AWS/MGN,SourceServerID} MetricName=\\"${metricName}\\"', 'Maximum', 300)`,
      );
  });

  it('shows errors, throttling and durations of every function', () => {
    for (const [title, metricName] of [
      ['Errors of functions', 'Errors'],
      ['Throttled calls', 'Throttles'],
      ['Duration (p95), in milliseconds', 'Duration'],
    ] as const)
      for (const name of functionNames)
        expect(shownAs(title)).toContain(`"AWS/Lambda","${metricName}","FunctionName","MgnCutover-${name}"`);
    expect(shownAs('Duration (p95), in milliseconds')).toContain('"stat":"p95"');
  });

  it('finds the latest failed steps in the log, as the steps write them', () => {
    const text = shownAs('Latest failed steps (most are retried)');

    expect(text).toContain("SOURCE '/aws/lambda/MgnCutover'");
    expect(text).toContain("filter message = 'step failed'");
    for (const field of ['runID', 'migrationID', 'errorName', 'errorMessage']) expect(text).toContain(field);
  });

  it('says where to look and with which commands', () => {
    const text = JSON.stringify(widgets.find(({ type }) => type === 'text'));

    for (const verb of ['list', 'watch RUN', 'rollback RUN', 'commit RUN'])
      expect(text).toContain(`npx mgn-cutover ${verb} --stack MgnCutover --region <AWS::Region>`);
    expect(text).toContain('docs/operations/runbook.md');
  });

  it('works in any region and account', () => {
    const regions = widgets.flatMap(({ properties }) => properties.region ?? []);

    expect(new Set(regions)).toEqual(new Set(['<AWS::Region>']));
    expect(JSON.stringify(widgets)).not.toMatch(/\b\d{12}\b|(us|eu|ap)-[a-z]+-\d/);
    const [there] = resourcesOf(
      shown({ account: '111122223333', region: 'eu-central-1' }),
      'AWS::CloudWatch::Dashboard',
      DashboardSchema,
    );
    expect(there?.DashboardBody.widgets).toHaveLength(widgets.length);
  });

  it('lays its parts out side by side and one below the other, none over another', () => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from(
        { length: width * height },
        (_, cell) => `${String(x + (cell % width))} ${String(y + Math.floor(cell / width))}`,
      ),
    );

    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
  });
});
