/** How the source servers' times are spread: a histogram for each measure, with half, nine tenths and the plan marked. */
import type { Spec } from 'vega';
import { durationWords } from '../clock.ts';
import type { Measure } from '../timing-figures.ts';

const plotWidth = 300;
const plotHeight = 90;
const binsMax = 24;
const niceMinutes = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1_440];

/** The drawing of one measure; minutes to the right, source servers upwards. */
export function durationsSpec({ valuesMs, actual, planned }: Measure): Spec {
  const minutes = valuesMs.map((ms) => ms / 60_000);
  const most = Math.max(...minutes, (planned?.p50Ms ?? 0) / 60_000, 1 / 60);
  const step = niceMinutes.find((candidate) => most / candidate <= binsMax) ?? most / binsMax;
  const counts = new Map<number, number>();
  for (const value of minutes) {
    const bin = Math.floor(value / step);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const bins = [...counts].map(([bin, count]) => ({
    from: bin * step,
    to: (bin + 1) * step,
    count,
    fill: 'var(--b-launch)',
  }));
  const rules = [
    { at: actual.p50Ms / 60_000, words: `p50 ${durationWords(actual.p50Ms)}`, stroke: 'var(--ink)', line: 0 },
    { at: actual.p90Ms / 60_000, words: `p90 ${durationWords(actual.p90Ms)}`, stroke: 'var(--ink)', line: 1 },
    ...(planned === undefined
      ? []
      : [
          { at: planned.p50Ms / 60_000, words: `plan ${durationWords(planned.p50Ms)}`, stroke: 'var(--plan)', line: 2 },
        ]),
  ];
  const domainMax = Math.ceil(most / step + 0.001) * step;
  const named = rules.map((rule) => ({ ...rule, side: rule.at > domainMax * 0.6 ? 'right' : 'left' }));
  return {
    width: plotWidth,
    height: plotHeight,
    data: [
      { name: 'bins', values: bins },
      { name: 'rules', values: named },
    ],
    scales: [
      { name: 'x', type: 'linear', domain: [0, domainMax], range: [0, plotWidth], nice: false },
      { name: 'y', type: 'linear', domain: [0, Math.max(...counts.values())], range: [plotHeight, 0], nice: true },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'minutes', aria: false, tickCount: 6 },
      {
        orient: 'left',
        scale: 'y',
        title: 'source servers',
        aria: false,
        tickCount: 4,
        tickMinStep: 1,
        format: 'd',
        grid: true,
      },
    ],
    marks: [
      {
        name: 'bars',
        type: 'rect',
        from: { data: 'bins' },
        aria: false,
        encode: {
          update: {
            x: { scale: 'x', field: 'from', offset: 0.5 },
            x2: { scale: 'x', field: 'to', offset: -0.5 },
            y: { scale: 'y', field: 'count' },
            y2: { scale: 'y', value: 0 },
            fill: { field: 'fill' },
          },
        },
      },
      {
        name: 'marks',
        type: 'rule',
        from: { data: 'rules' },
        aria: false,
        encode: {
          update: {
            x: { scale: 'x', field: 'at' },
            y: { signal: '-12 * datum.line - 8' },
            y2: { value: plotHeight },
            stroke: { field: 'stroke' },
          },
        },
      },
      {
        name: 'marknames',
        type: 'text',
        from: { data: 'rules' },
        aria: false,
        encode: {
          update: {
            x: { scale: 'x', field: 'at' },
            dx: { signal: "datum.side === 'right' ? -3 : 3" },
            align: { field: 'side' },
            y: { signal: '-12 * datum.line - 2' },
            text: { field: 'words' },
          },
        },
      },
    ],
  };
}
