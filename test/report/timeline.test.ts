import type { Spec } from 'vega';
import { ganttSpec } from '../../report/charts/gantt.ts';
import { barsOf, ganttPictures } from '../../report/charts/gantt-rows.ts';
import { countMilestones } from '../../report/charts/progress-chart.ts';
import { drawChart } from '../../report/charts/svg.ts';
import { ticksOf } from '../../report/charts/time-axis.ts';
import { marksOf, spanOf } from '../../report/charts/timeline.ts';
import { contextOf } from '../../report/context.ts';
import { measuresOf } from '../../report/timing-figures.ts';
import { aLargeReport, aReport, aRolledBackServer, aServer, minute } from './sample-report.ts';

const endMs = Date.parse(minute(30));
const at = (minutes: number) => Date.parse(minute(minutes));
const named = (server = aServer()) =>
  barsOf(server, endMs).map(({ band, fromMs, toMs }) => [band.letter, fromMs, toMs]);

describe('the bars of a source server', () => {
  it('are its phases, each until the next began', () => {
    expect(named()).toEqual([
      ['R', at(0), at(1)],
      ['T', at(1), at(4)],
      ['S', at(4), at(8)],
      ['C', at(8), at(12)],
      ['L', at(12), at(16)],
      ['B', at(16), at(20)],
      ['A', at(20), at(24)],
    ]);
  });

  it('end with the rollback, and go on to the end where it is not over', () => {
    const stuck = aRolledBackServer({ verdict: 'UNDECIDED', phase: 'rolling back' });
    const phases = stuck.phases.slice(0, -1);
    expect(named({ ...stuck, phases }).at(-1)).toEqual(['↺', at(20), at(30)]);
    expect(named(aRolledBackServer()).at(-1)).toEqual(['↺', at(20), at(26)]);
  });

  it('are its milestones where an older version kept no phases', () => {
    expect(named(aServer({ phases: [] }))).toEqual([
      ['L', at(4), at(16)],
      ['B', at(16), at(20)],
      ['A', at(20), at(24)],
    ]);
  });
});

describe('the pictures', () => {
  it('have whole applications each, headings included, and no more lines than go on a page', () => {
    const pictures = ganttPictures(aLargeReport(100).servers, endMs);
    expect(pictures.map((rows) => rows.length)).toEqual([44, 44, 22]);
    expect(pictures[1]?.[0]).toMatchObject({ kind: 'application', label: 'application-004' });
  });

  it('go on with an application that is larger than a page', () => {
    const servers = Array.from({ length: 60 }, (_, index) => aServer({ hostname: `web-${String(index)}` }));
    const pictures = ganttPictures(servers, endMs);
    expect(pictures.map((rows) => [rows.length, rows[0]?.label])).toEqual([
      [44, 'shop'],
      [18, 'shop (continued)'],
    ]);
  });

  it('show plan against actual: the line of the plan beside the bars', () => {
    const [rows = []] = ganttPictures([aServer()], endMs);
    const spec: Spec = ganttSpec(rows, [], { fromMs: at(0), toMs: at(30) }, 'UTC');
    const values = (name: string) =>
      spec.data?.flatMap((set) => ('values' in set && set.name === name ? [set.values] : []))[0];
    expect(values('plansData')).toEqual([{ row: 1, startMs: at(4), launchedMs: at(18), verifiedMs: at(30) }]);
    expect(values('barsData')).toContainEqual(
      expect.objectContaining({ row: 1, fromMs: at(12), toMs: at(16), letter: 'L' }),
    );
  });

  it('are drawn with letters, places and colours that the page gives', async () => {
    const [rows = []] = ganttPictures([aServer({ hostname: 'v1.23456789 <b>' })], endMs);
    const spec = ganttSpec(rows, [], { fromMs: at(0), toMs: at(30) }, 'Europe/Berlin');
    const { text } = await drawChart({ id: 'g', title: 'T', description: 'D', spec });
    expect(text).toContain('role="img" aria-labelledby="g-t g-d"');
    expect(text).toContain('>v1.23456789 &lt;b&gt;</text>');
    expect(text).toContain('<path d="M264,21h88" stroke="var(--b-launch)" stroke-width="10"/>');
    expect(text).toMatch(/<g class="letters"><text x="[\d. ]+" y="24.5">RTSCLBA<\/text>/);
    expect(text).toMatch(/>11-28 22:00<.*>22:05<.*>Europe\/Berlin</s);
    expect(text).toMatch(/>11-28 21:00<.*>21:05<.*>UTC</s);
  });
});

describe('the time axis', () => {
  it('has round times, few enough to be read', () => {
    expect(ticksOf({ fromMs: at(3), toMs: at(33) }, 8)).toEqual([at(5), at(10), at(15), at(20), at(25), at(30)]);
    expect(ticksOf({ fromMs: at(0), toMs: at(60 * 24 * 10) }, 8).length).toBeLessThanOrEqual(8);
  });

  it('goes from the first thing that happened to the last that was planned, and to what is near of the window', () => {
    const report = aReport([aServer(), aRolledBackServer()]);
    const { clock, window } = contextOf(report);
    const marks = marksOf(report, window);
    expect(marks.map(({ words }) => words)).toEqual([
      'window opens',
      'window closes',
      'last safe start',
      'waits for approval',
      'approved',
      'run ends',
    ]);
    expect(spanOf(ganttPictures(report.servers, endMs).flat(), clock, marks)).toEqual({ fromMs: at(0), toMs: at(30) });
    const near = { atMs: at(35), words: 'window closes', kind: 'window' as const };
    expect(spanOf(ganttPictures(report.servers, endMs).flat(), clock, [near]).toMs).toBe(at(35));
  });
});

describe('the counts', () => {
  it('grow when a source server passes a milestone', () => {
    const counted = countMilestones([aServer(), aServer(), aRolledBackServer()]);
    expect(
      counted.map(({ words, counts }) => [words, ...counts.map(({ atMs, count }) => [(atMs - at(0)) / 60_000, count])]),
    ).toEqual([
      ['started', [4, 3]],
      ['launched', [16, 2]],
      ['verified', [24, 2]],
      ['rolled back', [26, 1]],
    ]);
  });
});

describe('the timing figures', () => {
  it('are p50, p90 and the longest of each measure, with the plan of the same source servers', () => {
    const slow = aServer({ timings: { cutoverStartedAt: minute(4), launchedAt: minute(29), phaseSince: minute(29) } });
    const measures = measuresOf([aServer(), aServer(), slow, aRolledBackServer()]);
    const minutes = (ms: number) => ms / 60_000;
    expect(
      measures.map(({ key, actual }) => [
        key,
        actual.count,
        minutes(actual.p50Ms),
        minutes(actual.p90Ms),
        minutes(actual.maxMs),
      ]),
    ).toEqual([
      ['launched', 3, 12, 25, 25],
      ['booted', 2, 16, 16, 16],
      ['verified', 2, 20, 20, 20],
      ['rolledBack', 1, 6, 6, 6],
    ]);
    expect(measures[0]?.planned).toEqual({ count: 3, p50Ms: 840_000, p90Ms: 840_000, maxMs: 840_000 });
  });
});
