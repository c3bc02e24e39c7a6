/** What the timeline draws of each source server: its phases as bars, what was planned as a line, and how it ended. */
import type { ServerReport } from '../../functions/domain/report.ts';
import { bandOf, bands, type Band } from '../phase-bands.ts';
import { applicationOf, nameOf, verdictWords } from '../verdict-words.ts';

/** A stretch of time in one band; epoch milliseconds. */
export interface Bar {
  readonly band: Band;
  readonly fromMs: number;
  readonly toMs: number;
}

/** When its launch was to begin and to be over, and when it was to be verified; epoch milliseconds. */
export interface PlannedLine {
  readonly startMs: number;
  readonly launchedMs: number;
  readonly verifiedMs: number;
}

/** One line of the timeline: an application's heading, or a source server. */
export interface GanttRow {
  readonly kind: 'application' | 'server';
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly planned?: PlannedLine | undefined;
  /** Its verdict, in a symbol and words. */
  readonly end: string;
  readonly endMs?: number | undefined;
}

/** Most lines of one picture: more would not go on a page. */
const rowsMax = 44;

/** The lines of all pictures, each with whole applications where they fit. */
export function ganttPictures(servers: readonly ServerReport[], endMs: number): GanttRow[][] {
  const pictures: GanttRow[][] = [];
  let picture: GanttRow[] = [];
  for (const [application, ofIt] of Map.groupBy(servers, applicationOf)) {
    const rows = ofIt.map((server) => serverRow(server, endMs));
    if (picture.length > 0 && picture.length + rows.length + 1 > rowsMax) {
      pictures.push(picture);
      picture = [];
    }
    for (let from = 0; from < rows.length; from += rowsMax - 1) {
      if (from > 0) {
        pictures.push(picture);
        picture = [];
      }
      const label = from === 0 ? application : `${application} (continued)`;
      picture.push(heading(label), ...rows.slice(from, from + rowsMax - 1));
    }
  }
  return picture.length === 0 ? pictures : [...pictures, picture];
}

function heading(label: string): GanttRow {
  return { kind: 'application', label, bars: [], end: '' };
}

function serverRow(server: ServerReport, endMs: number): GanttRow {
  const { symbol, words } = verdictWords(server.verdict);
  const bars = barsOf(server, endMs);
  return {
    kind: 'server',
    label: nameOf(server),
    bars,
    planned: server.planned && {
      startMs: Date.parse(server.planned.cutoverStartsAt),
      launchedMs: Date.parse(server.planned.launchedAt),
      verifiedMs: Date.parse(server.planned.verifiedAt),
    },
    end: `${symbol} ${words}`,
    endMs: bars.at(-1)?.toMs,
  };
}

/** A phase lasts until the next one begins; one that is the last and takes time, until the end of the report. */
export function barsOf(server: ServerReport, endMs: number): Bar[] {
  const entries = server.phases.length > 1 ? server.phases : fromMilestones(server);
  return entries.flatMap(({ phase, at }, index) => {
    const next = entries[index + 1]?.at;
    const band = bandOf(phase);
    const isOver = next === undefined && phase === 'verified' && server.verdict === 'VERIFIED';
    if (band === undefined || isOver) return [];
    const fromMs = Date.parse(at);
    const toMs = next === undefined ? endMs : Date.parse(next);
    return toMs > fromMs ? [{ band, fromMs, toMs }] : [];
  });
}

/** A report of an older version knows the milestones of the night only. */
function fromMilestones({ phase, timings }: ServerReport): ServerReport['phases'] {
  const { cutoverStartedAt, launchedAt, bootedAt, verifiedAt, rollbackRequestedAt, rolledBackAt, phaseSince } = timings;
  const known = [
    { phase: 'launch', at: cutoverStartedAt },
    { phase: 'first boot', at: launchedAt },
    { phase: 'actions', at: bootedAt },
    { phase: 'verified', at: verifiedAt },
    { phase: 'rolling back', at: rollbackRequestedAt },
    { phase, at: rolledBackAt ?? phaseSince },
  ] as const;
  return known
    .flatMap(({ phase: name, at }) => (at === undefined ? [] : { phase: name, at }))
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

/** The bands that some source server was in, in the order of the night. */
export function bandsIn(pictures: readonly (readonly GanttRow[])[]): Band[] {
  const seen = new Set(pictures.flat().flatMap(({ bars }) => bars.map(({ band }) => band)));
  return bands.filter((band) => seen.has(band));
}
