/** The time axis that the charts share: ticks at round times, labelled in UTC below and in the window's zone above. */
import type { Axis } from 'vega';
import { axisClock } from '../clock.ts';

/** From when to when a chart goes, in epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const minuteMs = 60_000;
const stepsMinutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080];

/** Round times within the span, at most `ticksMax` of them. */
export function ticksOf({ fromMs, toMs }: Span, ticksMax: number): number[] {
  const lengthMs = toMs - fromMs;
  const steps = stepsMinutes.map((minutes) => minutes * minuteMs);
  const stepMs = steps.find((step) => lengthMs / step <= ticksMax) ?? Math.ceil(lengthMs / ticksMax);
  const firstMs = Math.ceil(fromMs / stepMs) * stepMs;
  return Array.from({ length: Math.floor((toMs - firstMs) / stepMs) + 1 }, (_, index) => firstMs + index * stepMs);
}

/** The axes of a time scale named `x`, with what their labels say: `signals` belong into the chart's. */
export function timeAxes(
  span: Span,
  zone: string,
  ticksMax: number,
): {
  readonly axes: Axis[];
  readonly signals: { readonly name: string; readonly value: Readonly<Record<string, string>> }[];
} {
  const values = ticksOf(span, ticksMax);
  const labelled = (name: string, inZone: string, orient: 'top' | 'bottom', hasGrid: boolean) => {
    const clock = axisClock(inZone);
    let date = '';
    const labels = values.map((atMs) => {
      const dated = clock(atMs, true);
      const isNewDate = dated.slice(0, 5) !== date;
      date = dated.slice(0, 5);
      return [String(atMs), isNewDate ? dated : clock(atMs, false)] as const;
    });
    const text = { signal: `${name}[format(datum.value, 'd')]` };
    const axis: Axis = {
      orient,
      scale: 'x',
      values,
      title: inZone,
      titleAnchor: 'start',
      aria: false,
      grid: hasGrid,
      labelOverlap: true,
      encode: { labels: { update: { text } } },
    };
    return { axis, signal: { name, value: Object.fromEntries(labels) } };
  };
  const utc = labelled('utcLabels', 'UTC', 'bottom', true);
  if (zone === 'UTC') return { axes: [utc.axis], signals: [utc.signal] };
  const local = labelled('zoneLabels', zone, 'top', false);
  return { axes: [utc.axis, local.axis], signals: [utc.signal, local.signal] };
}
