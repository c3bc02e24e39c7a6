/** One picture of the timeline: a line per source server on the time axis that all pictures share. */
import type { Spec } from 'vega';
import { visible } from '../html.ts';
import type { GanttRow } from './gantt-rows.ts';
import { timeAxes, type Span } from './time-axis.ts';

/** A moment that concerns all source servers, such as the end of the window; epoch milliseconds. */
export interface Mark {
  readonly atMs: number;
  readonly words: string;
  /** What the line's class is called. */
  readonly kind: 'window' | 'gate' | 'safe';
}

const rowHeight = 15;
const plotWidth = 660;
const marksLineHeight = 12;
const labelLength = 24;
/** A letter needs so many pixels of its bar. */
const letterWidth = 9;

/** The drawing of these lines within the span. */
export function ganttSpec(rows: readonly GanttRow[], marks: readonly Mark[], span: Span, zone: string): Spec {
  const { axes, signals } = timeAxes(span, zone, 8);
  const pixels = (atMs: number) => ((atMs - span.fromMs) / (span.toMs - span.fromMs)) * plotWidth;
  const placed = placeMarks(marks, pixels);
  const height = rows.length * rowHeight;
  const labels = rows.map(({ kind, label, end, endMs }, row) => ({
    row,
    kind,
    label: shortened(label),
    end,
    symbol: end.slice(0, 1),
    endMs: endMs ?? span.fromMs,
  }));
  const bars = rows.flatMap(({ bars: ofRow }, row) =>
    ofRow.map(({ band, fromMs, toMs }) => ({
      row,
      fromMs,
      toMs,
      fill: `var(--b-${band.key})`,
      letter: pixels(toMs) - pixels(fromMs) >= letterWidth ? band.letter : '',
    })),
  );
  const plans = rows.flatMap(({ planned }, row) => (planned === undefined ? [] : [{ row, ...planned }]));
  const top = (placed.length === 0 ? 0 : Math.max(...placed.map(({ line }) => line)) + 1) * marksLineHeight;
  const yOf = (offset: number) => ({ signal: `datum.row * ${String(rowHeight)} + ${String(offset)}` });
  const x = (field: string) => ({ scale: 'x', field });
  return {
    width: plotWidth,
    height,
    signals,
    data: [
      { name: 'barsData', values: bars },
      { name: 'lettersData', values: bars.filter(({ letter }) => letter !== '') },
      { name: 'applicationsData', values: labels.filter(({ kind }) => kind === 'application') },
      { name: 'serversData', values: labels.filter(({ kind }) => kind === 'server') },
      { name: 'plansData', values: plans },
      { name: 'marksData', values: placed.map((mark) => ({ ...mark, y: -mark.line * marksLineHeight })) },
    ],
    scales: [{ name: 'x', type: 'linear', domain: [span.fromMs, span.toMs], range: [0, plotWidth], zero: false }],
    axes: axes.map((axis) => (axis.orient === 'top' ? { ...axis, offset: top } : axis)),
    marks: [
      ruleOfRow('band', 'applicationsData', {
        x: { value: -150 },
        x2: { value: plotWidth + 120 },
        y: yOf(rowHeight - 0.5),
      }),
      {
        name: 'bars',
        type: 'rect',
        from: { data: 'barsData' },
        aria: false,
        encode: {
          update: { x: x('fromMs'), x2: x('toMs'), y: yOf(1), height: { value: 10 }, fill: { field: 'fill' } },
        },
      },
      textOfRow('letters', 'lettersData', 'letter', { x: x('fromMs'), dx: { value: 2 }, y: yOf(9.5) }),
      ruleOfRow('plan', 'plansData', { x: x('startMs'), x2: x('verifiedMs'), y: yOf(13) }),
      ruleOfRow('tick', 'plansData', { x: x('launchedMs'), y: yOf(10.5), y2: yOf(15) }),
      textOfRow('heading', 'applicationsData', 'label', { x: { value: -150 }, y: yOf(11) }),
      textOfRow('label', 'serversData', 'label', { x: { value: -6 }, y: yOf(10), align: { value: 'right' } }),
      textOfRow('end', 'serversData', 'end', { x: { value: plotWidth + 6 }, y: yOf(10) }),
      {
        name: 'marks',
        type: 'rule',
        from: { data: 'marksData' },
        aria: false,
        encode: { update: { x: x('atMs'), y: { field: 'y' }, y2: { value: height }, stroke: { field: 'stroke' } } },
      },
      {
        name: 'marknames',
        type: 'text',
        from: { data: 'marksData' },
        aria: false,
        encode: {
          update: {
            x: x('atMs'),
            dx: { signal: "datum.side === 'right' ? -3 : 3" },
            y: { field: 'y' },
            dy: { value: -1 },
            align: { field: 'side' },
            text: { field: 'words' },
          },
        },
      },
    ],
  };
}

function ruleOfRow(name: string, data: string, place: Record<string, object>): NonNullable<Spec['marks']>[number] {
  return {
    name,
    type: 'rule',
    from: { data },
    aria: false,
    encode: { update: { ...place, stroke: { value: '#000' } } },
  };
}

function textOfRow(
  name: string,
  data: string,
  field: string,
  place: Record<string, object>,
): NonNullable<Spec['marks']>[number] {
  return { name, type: 'text', from: { data }, aria: false, encode: { update: { ...place, text: { field } } } };
}

/** Names of marks stand above the plot, on as many lines as keep them apart; towards the right edge they turn inwards. */
function placeMarks(marks: readonly Mark[], pixels: (atMs: number) => number) {
  const ends: number[] = [];
  return marks
    .toSorted((one, other) => one.atMs - other.atMs)
    .map(({ atMs, words, kind }) => {
      const width = words.length * 5.6 + 8;
      const isLeft = pixels(atMs) + width <= plotWidth;
      const from = isLeft ? pixels(atMs) : pixels(atMs) - width;
      const free = ends.findIndex((end) => end <= from);
      const line = free === -1 ? ends.length : free;
      ends[line] = from + width;
      return { atMs, words, line, side: isLeft ? 'left' : 'right', stroke: `var(--m-${kind})` };
    });
}

function shortened(text: string): string {
  const letters = Array.from(visible(text));
  return letters.length <= labelLength ? letters.join('') : `${letters.slice(0, labelLength - 1).join('')}…`;
}
