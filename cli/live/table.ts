/** Progress for a terminal as text: a header and a row for each source server, fitted to the terminal's size. */
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { clockDuration, clockTime, cut, fit, widthOf } from './fit.ts';
import type { RunHeader } from './progress.ts';
import { applicationName, noteOf, serverName } from './server-words.ts';
import { phaseLabel, standingOf, symbolOf, type Palette, type Standing } from './style.ts';

/** What the screen shows. */
export interface TableView {
  readonly header: RunHeader;
  readonly startedAt: number;
  readonly now: number;
  readonly servers: readonly ServerRecord[];
  /** Of a migration: how far its waves are, in words, and the wave of each source server by its ID. */
  readonly waves?: { readonly summary: string; readonly of: ReadonlyMap<string, string> } | undefined;
  /** The latest remark or failed step, if any. */
  readonly news?: string | undefined;
}

/** The room there is. */
export interface TableSize {
  readonly columns: number;
  readonly rows: number;
}

/** Lines of the table above and below the servers, and the one that a terminal needs for the cursor. */
const linesBesideServers = 5;

/** The lines of the table; none is wider than `columns`, and together they leave the last row of the terminal free. */
export function renderTable(view: TableView, { columns, rows }: TableSize, palette: Palette): string[] {
  const all = wavesIn(view);
  // Where there is hardly any room, source servers go before the names of their waves.
  const waves = rows - linesBesideServers - all.length > 1 ? all : [];
  const room = Math.max(1, rows - linesBesideServers - waves.length);
  const shown = view.servers.length <= room ? byApplication(view.servers) : mostUrgent(view.servers, room - 1);
  const hidden = view.servers.length - shown.length;
  const widths = columnWidths(view.servers, columns);
  const rowsOf = (records: readonly ServerRecord[]) => records.map((record) => row(record, view.now, widths, palette));
  const ofWave = (wave: string) => shown.filter(({ sourceServerID }) => view.waves?.of.get(sourceServerID) === wave);
  const headingOf = (wave: string) => palette.strong(cut(`wave ${wave}`, columns));
  return [
    ...headerLines(view, columns, palette),
    ...(waves.length === 0 ? rowsOf(shown) : waves.flatMap((wave) => [headingOf(wave), ...rowsOf(ofWave(wave))])),
    ...(hidden === 0 ? [] : [palette.faint(cut(`… and ${String(hidden)} more`, columns))]),
    palette.faint(cut(view.news ?? '', columns)),
  ];
}

/** The waves that source servers are shown of, in the order in which they came. */
function wavesIn({ servers, waves }: TableView): string[] {
  return [...new Set(servers.flatMap(({ sourceServerID }) => waves?.of.get(sourceServerID) ?? []))];
}

function headerLines(
  { header, startedAt, now, servers, waves }: TableView,
  columns: number,
  palette: Palette,
): string[] {
  const first = `${header.place}  ${header.kind} ${header.name}`;
  const title = header.name.includes(header.target) ? first : `${first}  ${header.target}`;
  const time = `${clockTime(now)}  +${clockDuration(now - startedAt)}  ${waves?.summary ?? countStandings(servers)}`;
  return [palette.strong(cut(title, columns)), cut(time, columns), ''];
}

const standingWords: readonly (readonly [Standing, string])[] = [
  ['good', 'verified'],
  ['working', 'under way'],
  ['waiting', 'waiting'],
  ['bad', 'failing'],
  ['undone', 'not cut over'],
  ['person', 'needing a person'],
];

/** Such as `3 verified, 9 under way of 12`. */
function countStandings(servers: readonly ServerRecord[]): string {
  const parts = standingWords.flatMap(([standing, words]) => {
    const count = servers.filter((record) => standingOf(record) === standing).length;
    return count === 0 ? [] : [`${String(count)} ${words}`];
  });
  return servers.length === 0 ? 'resolving what is to be cut over' : `${parts.join(', ')} of ${String(servers.length)}`;
}

interface Widths {
  readonly name: number;
  readonly application: number;
  readonly phase: number;
  readonly elapsed: number;
  readonly note: number;
}

const phaseColumns = 14;
const elapsedColumns = 7;
const gap = 2;

/** Names get what they need up to a quarter of the width; the note gets the rest, and goes first where there is none. */
function columnWidths(servers: readonly ServerRecord[], columns: number): Widths {
  const longest = (texts: readonly string[], max: number) => Math.min(max, Math.max(4, ...texts.map(widthOf)));
  const quarter = Math.max(8, Math.floor(columns / 4));
  const name = longest(servers.map(serverName), quarter);
  const fixed = 2 + name + gap + phaseColumns;
  const elapsed = columns >= fixed + gap + elapsedColumns ? elapsedColumns : 0;
  const used = fixed + (elapsed > 0 ? gap + elapsed : 0);
  const wished = longest(servers.map(applicationName), Math.floor(columns / 6));
  const application = columns >= used + 2 * gap + wished + 16 ? wished : 0;
  const note = columns - used - (application > 0 ? gap + application : 0) - gap;
  return {
    name,
    application,
    phase: Math.min(phaseColumns, columns - 2 - name - gap),
    elapsed,
    note: note >= 8 ? note : 0,
  };
}

function row(record: ServerRecord, now: number, widths: Widths, palette: Palette): string {
  const standing = standingOf(record);
  const isDone = record.verdict !== undefined;
  const elapsed = isDone ? '' : clockDuration(now - record.phaseAt);
  const cells = [
    `${palette.of(standing, symbolOf(record.phase))} ${fit(serverName(record), widths.name)}`,
    widths.application === 0 ? undefined : palette.faint(fit(applicationName(record), widths.application)),
    palette.of(standing, fit(phaseLabel(record.phase), widths.phase)),
    widths.elapsed === 0 ? undefined : elapsed.padStart(widths.elapsed),
    widths.note === 0 ? undefined : cut(noteOf(record), widths.note),
  ];
  return cells
    .filter((cell) => cell !== undefined)
    .join('  ')
    .trimEnd();
}

function byApplication(servers: readonly ServerRecord[]): ServerRecord[] {
  const keyOf = (record: ServerRecord) => `${applicationName(record)}\u0000${serverName(record)}`;
  return [...servers].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

const urgency: readonly Standing[] = ['person', 'bad', 'working', 'undone', 'waiting', 'good'];

/** Where not all fit: those that fail or are being worked on before those that wait or are done. */
function mostUrgent(servers: readonly ServerRecord[], count: number): ServerRecord[] {
  const rank = (record: ServerRecord) => urgency.indexOf(standingOf(record));
  return byApplication(servers)
    .sort((one, other) => rank(one) - rank(other))
    .slice(0, Math.max(0, count));
}
