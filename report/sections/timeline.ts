/** The night as a picture: each source server's phases, plan against actual, and the counts as they grew. */
import { drawChart } from '../charts/svg.ts';
import { bandsIn, ganttPictures, type GanttRow } from '../charts/gantt-rows.ts';
import { ganttSpec, type Mark } from '../charts/gantt.ts';
import { countMilestones, progressSpec } from '../charts/progress-chart.ts';
import type { Span } from '../charts/time-axis.ts';
import { marksOf, spanOf } from '../charts/timeline.ts';
import type { ReportContext } from '../context.ts';
import { html, type Html } from '../html.ts';
import type { Band } from '../phase-bands.ts';
import { counted, section } from './section.ts';

/** The section. */
export async function timelineSection(context: ReportContext): Promise<Html> {
  const { report, clock, window } = context;
  const pictures = ganttPictures(report.servers, clock.endMs);
  const allMarks = marksOf(report, window);
  const span = spanOf(pictures.flat(), clock, allMarks);
  const isOnAxis = ({ atMs }: Mark) => atMs >= span.fromMs && atMs <= span.toMs;
  const marks = allMarks.filter(isOnAxis);
  const figures: Html[] = [];
  for (const [index, rows] of pictures.entries()) {
    figures.push(await ganttFigure({ rows, marks, span, zone: clock.zone, index, of: pictures.length }));
  }
  const beyond = allMarks.filter((mark) => !isOnAxis(mark));
  const zones = clock.zone === 'UTC' ? 'UTC' : `UTC, and above in ${clock.zone}`;
  return section('timeline', 'Timeline', [
    html`<p>
      A line for each source server, grouped by application. The axis is in ${zones}. Every time in these pictures is in
      the details of its source server, too.
    </p>`,
    legend(bandsIn(pictures)),
    ...beyond.map(
      ({ atMs, words }) =>
        html`<p class="beyond">Beyond the axis: ${words}, ${clock.long(new Date(atMs).toISOString())}.</p>`,
    ),
    await progressFigure(context, span),
    ...figures,
  ]);
}

function legend(bands: readonly Band[]): Html {
  const keys = bands.map(
    ({ key, letter, words }) => html`<li><span class="key b-${key}" aria-hidden="true">${letter}</span> ${words}</li>`,
  );
  return html`<ul class="legend" aria-label="Legend of the timeline">
    ${keys}
    <li>
      <svg class="planned" viewBox="0 0 30 8" aria-hidden="true"><path d="M0,4h30M20,1v6" /></svg> planned: from its
      start to verified, the tick is when it was to be launched
    </li>
  </ul>`;
}

interface Picture {
  readonly rows: readonly GanttRow[];
  readonly marks: readonly Mark[];
  readonly span: Span;
  readonly zone: string;
  readonly index: number;
  readonly of: number;
}

async function ganttFigure({ rows, marks, span, zone, index, of }: Picture): Promise<Html> {
  const applications = rows.filter(({ kind }) => kind === 'application').map(({ label }) => label);
  const servers = rows.length - applications.length;
  const [first = ''] = applications;
  const which = applications.length === 1 ? first : `${first} to ${applications.at(-1) ?? ''}`;
  const title = `Timeline${of === 1 ? '' : ` ${String(index + 1)} of ${String(of)}`}: ${which}`;
  const ends = new Map<string, number>();
  for (const { kind, end } of rows) if (kind === 'server') ends.set(end, (ends.get(end) ?? 0) + 1);
  const came = [...ends].map(([end, count]) => `${String(count)} ${end}`).join(', ');
  const description = `Bars of phases over time for ${counted(servers, 'source server')} of ${counted(applications.length, 'application')}: ${came}.`;
  const spec = ganttSpec(rows, marks, span, zone);
  const chart = await drawChart({ id: `gantt-${String(index + 1)}`, title, description, spec });
  return figure(title, chart);
}

async function progressFigure({ report, clock }: ReportContext, span: Span): Promise<Html | undefined> {
  const milestones = countMilestones(report.servers);
  if (milestones.length === 0) return undefined;
  const title = 'How far the source servers had come';
  const ends = milestones.map(({ words, counts }) => `${String(counts.at(-1)?.count ?? 0)} ${words}`).join(', ');
  const spec = progressSpec(milestones, span, clock);
  const chart = await drawChart({
    id: 'progress',
    title,
    description: `Growing counts over time; in the end ${ends}.`,
    spec,
  });
  return html`${figure(title, chart)}
    <p>
      Each line counts the source servers that had got so far, those that were brought back later as well; how each one
      ended is in the summary.
    </p>`;
}

/** A picture with its caption; where the page is narrower than the picture it scrolls by itself. */
export function figure(title: string, chart: Html): Html {
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div class="wide" role="region" aria-label="${title}" tabindex="0">${chart}</div>
  </figure>`;
}
