/** How far the source servers had come at each moment of the night: growing counts, which a rollback does not lessen. */
import type { Spec } from 'vega';
import type { ServerReport, ServerTimings } from '../../functions/domain/report.ts';
import type { Clock } from '../clock.ts';
import { timeAxes, type Span } from './time-axis.ts';

const plotWidth = 660;
const plotHeight = 170;

const milestones: readonly { key: keyof ServerTimings; words: string; band: string }[] = [
  { key: 'cutoverStartedAt', words: 'started', band: 'snapshot' },
  { key: 'launchedAt', words: 'launched', band: 'launch' },
  { key: 'verifiedAt', words: 'verified', band: 'verified' },
  { key: 'finalizedAt', words: 'committed', band: 'finalized' },
  { key: 'rolledBackAt', words: 'rolled back', band: 'back' },
];

/** How many source servers had passed a milestone from a moment (epoch milliseconds) on. */
export interface Count {
  readonly atMs: number;
  readonly count: number;
}

/** A milestone that some source server passed, and how many had by when. */
export interface CountedMilestone {
  readonly words: string;
  readonly band: string;
  readonly counts: readonly Count[];
}

/** The milestones of the night with their growing counts. */
export function countMilestones(servers: readonly ServerReport[]): CountedMilestone[] {
  return milestones.flatMap(({ key, words, band }) => {
    const times = servers.flatMap(({ timings }) => timings[key] ?? []).map((iso) => Date.parse(iso));
    if (times.length === 0) return [];
    const upTo = new Map<number, number>();
    times.sort((one, other) => one - other).forEach((atMs, index) => upTo.set(atMs, index + 1));
    return [{ words, band, counts: [...upTo].map(([atMs, count]) => ({ atMs, count })) }];
  });
}

/** The drawing of the counts within the span, each line up to `endMs` (epoch milliseconds) and named at its end. */
export function progressSpec(
  counted: readonly CountedMilestone[],
  span: Span,
  { zone, endMs }: Pick<Clock, 'zone' | 'endMs'>,
): Spec {
  const { axes, signals } = timeAxes(span, zone, 8);
  const most = Math.max(1, ...counted.flatMap(({ counts }) => counts.map(({ count }) => count)));
  const points = counted.flatMap(({ words, band, counts }) => [
    { words, band: `var(--b-${band})`, atMs: span.fromMs, count: 0 },
    ...counts.map((point) => ({ ...point, words, band: `var(--b-${band})` })),
    { words, band: `var(--b-${band})`, atMs: Math.min(endMs, span.toMs), count: counts.at(-1)?.count ?? 0 },
  ]);
  const ends = placeEnds(counted, most);
  return {
    width: plotWidth,
    height: plotHeight,
    signals,
    data: [
      { name: 'points', values: points },
      { name: 'endsData', values: ends },
    ],
    scales: [
      { name: 'x', type: 'linear', domain: [span.fromMs, span.toMs], range: [0, plotWidth], zero: false },
      { name: 'y', type: 'linear', domain: [0, most], range: [plotHeight, 0], nice: true },
    ],
    axes: [
      ...axes,
      { orient: 'left', scale: 'y', title: 'source servers', aria: false, tickCount: 5, tickMinStep: 1, format: 'd' },
    ],
    marks: [
      {
        type: 'group',
        name: 'lines',
        from: { facet: { name: 'lineData', data: 'points', groupby: 'words' } },
        aria: false,
        marks: [
          {
            name: 'line',
            type: 'line',
            from: { data: 'lineData' },
            aria: false,
            encode: {
              update: {
                interpolate: { value: 'step-after' },
                x: { scale: 'x', field: 'atMs' },
                y: { scale: 'y', field: 'count' },
                stroke: { field: 'band' },
              },
            },
          },
        ],
      },
      {
        name: 'ends',
        type: 'text',
        from: { data: 'endsData' },
        aria: false,
        encode: { update: { x: { value: plotWidth + 6 }, y: { field: 'y' }, text: { field: 'words' } } },
      },
    ],
  };
}

/** Names at the right of their lines, pushed apart where lines end close together. */
function placeEnds(counted: readonly CountedMilestone[], most: number) {
  let above = -Infinity;
  return counted
    .map(({ words, counts }) => ({ words, count: counts.at(-1)?.count ?? 0 }))
    .toSorted((one, other) => other.count - one.count)
    .map(({ words, count }) => {
      const y = Math.max(plotHeight * (1 - count / most) + 4, above + 12);
      above = y;
      return { words: `${String(count)} ${words}`, y };
    });
}
