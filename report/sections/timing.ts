/** How long it took, by milestone and by phase, against the plan. */
import type { FullReport } from '../../cli/full-report.ts';
import { phases } from '../../functions/domain/server-record.ts';
import { drawChart } from '../charts/svg.ts';
import { durationsSpec } from '../charts/durations-chart.ts';
import { duration, durationWords } from '../clock.ts';
import type { ReportContext } from '../context.ts';
import { html, type Html, type Insert } from '../html.ts';
import { bandOf } from '../phase-bands.ts';
import { between, measuresOf, spreadOf, type Measure, type Spread } from '../timing-figures.ts';
import { section, table } from './section.ts';
import { figure } from './timeline.ts';

/** The section. */
export async function timingSection({ report }: ReportContext): Promise<Html> {
  const measures = measuresOf(report.servers);
  if (measures.length === 0) return section('timing', 'Timing', html`<p>No source server was started.</p>`);
  const charts: Html[] = [];
  for (const measure of measures) charts.push(await chartOf(measure));
  return section('timing', 'Timing', [
    html`<p>
      Of each source server on its own, in hours, minutes and seconds. p50: half took no longer; p90: nine tenths.
    </p>`,
    table(
      'Time to each milestone',
      ['Measure', 'Source servers', 'p50', 'p90', 'Longest', 'Planned p50', 'Planned longest', 'p50 against plan'],
      measures.map(measureCells),
    ),
    html`<div class="charts">${charts}</div>`,
    table('Time in each phase', ['Phase', 'Source servers', 'p50', 'p90', 'Longest'], phaseRows(report)),
    wholeWave(report),
  ]);
}

async function chartOf(measure: Measure): Promise<Html> {
  const { words, actual, planned, key } = measure;
  const title = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  const plan = planned === undefined ? '' : `, planned ${durationWords(planned.p50Ms)}`;
  const description = `Histogram of ${String(actual.count)} source servers by minutes: half took up to ${durationWords(actual.p50Ms)}, nine tenths up to ${durationWords(actual.p90Ms)}${plan}.`;
  return figure(title, await drawChart({ id: `times-${key}`, title, description, spec: durationsSpec(measure) }));
}

function spreadCells({ count, p50Ms, p90Ms, maxMs }: Spread): Insert[] {
  return [count, duration(p50Ms), duration(p90Ms), duration(maxMs)];
}

function measureCells({ words, actual, planned }: Measure): Insert[] {
  return [
    words,
    ...spreadCells(actual),
    planned === undefined ? '–' : duration(planned.p50Ms),
    planned === undefined ? '–' : duration(planned.maxMs),
    planned === undefined ? '–' : difference(actual.p50Ms - planned.p50Ms),
  ];
}

function difference(ms: number): string {
  if (Math.abs(ms) < 1_000) return 'as planned';
  return `${duration(Math.abs(ms))} ${ms > 0 ? 'longer' : 'shorter'}`;
}

/** A phase lasts until the next begins; the last one of a source server has no length. */
function phaseRows({ servers }: FullReport): Insert[][] {
  return phases.flatMap((phase) => {
    const values = servers.flatMap(({ phases: entries }) => {
      const index = entries.findIndex((entry) => entry.phase === phase);
      const ms = between(entries[index]?.at, entries[index + 1]?.at);
      return ms === undefined || ms < 1_000 ? [] : ms;
    });
    const spread = spreadOf(values);
    return spread === undefined || bandOf(phase) === undefined ? [] : [[phase, ...spreadCells(spread)]];
  });
}

/** The wave as a whole, against what the window was judged by. */
function wholeWave({ run, servers }: FullReport): Html | undefined {
  const expected = run.plan?.expected;
  if (expected === undefined) return undefined;
  const lastLaunch = latest(servers.map(({ timings }) => timings.launchedAt));
  const lastVerified = latest(servers.map(({ timings }) => timings.verifiedAt));
  const rollbacks = servers.flatMap(({ timings }) => between(timings.rollbackRequestedAt, timings.rolledBackAt) ?? []);
  const longest = rollbacks.length === 0 ? undefined : Math.max(...rollbacks);
  const rows: readonly (readonly [string, number | undefined, number])[] = [
    ['from the plan to the last launch', between(run.plan?.plannedAt, lastLaunch), expected.launchSeconds],
    ['from the last launch to the last verification', between(lastLaunch, lastVerified), expected.actionsSeconds],
    ['the longest rollback of one; expected is that of all', longest, expected.rollbackSeconds],
  ];
  const cells = rows.flatMap(([words, ms, seconds]) =>
    ms === undefined ? [] : [[words, duration(ms), duration(seconds * 1_000), difference(ms - seconds * 1_000)]],
  );
  const headings = ['Stretch', 'Took', 'Expected', 'Against plan'];
  return cells.length === 0
    ? undefined
    : table('The wave as a whole, against what was expected of it', headings, cells);
}

function latest(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
}
