/** From when to when the timeline goes, and which moments that concern all are on it. */
import type { FullReport } from '../../cli/full-report.ts';
import type { ChangeWindow } from '../../functions/domain/window.ts';
import type { Clock } from '../clock.ts';
import type { Mark } from './gantt.ts';
import type { GanttRow } from './gantt-rows.ts';
import type { Span } from './time-axis.ts';

/** How far beyond what happened the axis goes to show a moment of the window, as a share of its length. */
const reachShare = 0.6;

/** The stretch of time of the whole run: what happened and what was planned. */
export function spanOf(rows: readonly GanttRow[], { startMs, endMs }: Clock, marks: readonly Mark[]): Span {
  const times = rows.flatMap(({ bars, planned }) => [
    ...bars.flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
    ...(planned === undefined ? [] : [planned.verifiedMs]),
  ]);
  const earliest = times.reduce((least, time) => Math.min(least, time), startMs);
  const latest = times.reduce((most, time) => Math.max(most, time), Math.max(endMs, startMs + 60_000));
  const reach = (latest - earliest) * reachShare;
  const near = marks.map(({ atMs }) => atMs).filter((atMs) => atMs >= earliest - reach && atMs <= latest + reach);
  return { fromMs: Math.min(earliest, ...near), toMs: Math.max(latest, ...near) };
}

/** The moments that concern all source servers. */
export function marksOf({ run }: FullReport, window: ChangeWindow | undefined): Mark[] {
  const at = (iso: string | undefined, words: string, kind: Mark['kind']): Mark[] =>
    iso === undefined ? [] : [{ atMs: Date.parse(iso), words, kind }];
  const ofWindow: Mark[] =
    window === undefined
      ? []
      : [
          { atMs: window.opensAt, words: 'window opens', kind: 'window' },
          { atMs: window.closesAt, words: 'window closes', kind: 'window' },
        ];
  return [
    ...ofWindow,
    ...(window?.rollbackBy === undefined
      ? []
      : [{ atMs: window.rollbackBy, words: 'roll back what is not verified', kind: 'window' } as const]),
    ...at(run.plan?.lastSafeStartAt, 'last safe start', 'safe'),
    ...(run.gates ?? []).flatMap(({ gate, openedAt, answer }) => [
      ...at(openedAt, gate === 'START' ? 'waits for approval' : 'waits for commit', 'gate'),
      ...at(answer?.at, answer?.approved === true ? 'approved' : 'refused', 'gate'),
    ]),
    ...(run.commits ?? []).flatMap(({ askedAt }) => at(askedAt, 'commit', 'gate')),
    ...(run.rollbacks ?? []).flatMap(({ askedAt }) => at(askedAt, 'rollback asked', 'gate')),
    ...at(run.endedAt, 'run ends', 'gate'),
  ];
}
