/** The rows of the screen: one a source server, or one an application. */
import type { ApplicationEntry, ServerEntry } from './board.ts';
import { phaseWord, trackHeading, trackOf } from './alphabet.ts';
import { minuteTime } from './clock-words.ts';
import { clockDuration, cut, fit, plain, widthOf } from './fit.ts';
import { doneShare, endOf, horizonEnd, overdueMs, type Outlook } from './forecast.ts';
import { noteOf } from './server-words.ts';
import { symbolOf, type Palette } from './style.ts';

/** What is listed. */
export type Item =
  | { readonly kind: 'wave'; readonly name: string }
  | { readonly kind: 'application'; readonly application: ApplicationEntry; readonly isOpen: boolean }
  | { readonly kind: 'server'; readonly entry: ServerEntry; readonly isNested: boolean };

/** Columns of each part; 0 where there is no room for it. */
export interface Widths {
  readonly name: number;
  readonly application: number;
  readonly track: number;
  readonly elapsed: number;
  readonly share: number;
  readonly forecast: number;
  readonly note: number;
  readonly columns: number;
}

const phaseColumns = 14;
const elapsedColumns = 7;
const shareColumns = 4;
const forecastColumns = 18;
const noteColumnsMin = 12;
/** A symbol and a blank, or a mark of the row that was chosen. */
const symbolColumns = 2;
const gap = 2;

/** The longest of the names, for the widths of their columns. */
export interface LongestNames {
  readonly name: number;
  readonly application: number;
}

/** How wide the names are; looks at each server. */
export function longestNames(servers: readonly ServerEntry[]): LongestNames {
  let name = 4;
  let application = 0;
  for (const entry of servers) {
    name = Math.max(name, widthOf(entry.name));
    application = Math.max(application, widthOf(entry.application));
  }
  return { name, application };
}

/**
 * Names get what they need up to a quarter of the width; of the rest, what a night needs most comes first. Rows of
 * applications have their counts where those of source servers have their times.
 */
export function widthsFor(longest: LongestNames, columns: number, isGrouped: boolean): Widths {
  const name = Math.min(longest.name, Math.max(8, Math.floor(columns / 4)));
  let left = columns - symbolColumns - name - gap - Math.min(phaseColumns, columns);
  const take = (wanted: number) => {
    if (wanted === 0 || left < wanted + gap) return 0;
    left -= wanted + gap;
    return wanted;
  };
  const track = take(trackHeading.length);
  const forecast = take(forecastColumns);
  const elapsed = isGrouped ? 0 : take(elapsedColumns);
  const share = isGrouped ? 0 : take(shareColumns);
  const wished = isGrouped ? 0 : Math.min(longest.application, Math.floor(columns / 6));
  const application = left >= wished + noteColumnsMin + 2 * gap ? take(wished) : 0;
  const note = left - gap >= noteColumnsMin ? left - gap : 0;
  return { name, application, track, elapsed, share, forecast, note, columns };
}

/** The heading of the columns. */
export function rowHeading(widths: Widths, isGrouped: boolean, palette: Palette): string {
  const { name, application, track, elapsed, share, forecast } = widths;
  const parts = [
    `  ${fit(isGrouped ? 'application' : 'name', name)}`,
    application === 0 ? undefined : fit(application < 11 ? 'app' : 'application', application),
    track === 0 ? undefined : trackHeading,
    fit('phase', phaseColumns),
    elapsed === 0 ? undefined : 'for'.padStart(elapsed),
    share === 0 ? undefined : 'done'.padStart(share),
    forecast === 0 ? undefined : 'end, as forecast',
  ];
  return palette.faint(cut(joined(parts).trimEnd(), widths.columns));
}

/** One row; `isChosen` marks it for the keys. */
export function rowOf(item: Item, now: number, widths: Widths, isChosen: boolean, palette: Palette): string {
  const mark = isChosen ? '›' : ' ';
  switch (item.kind) {
    case 'wave':
      return palette.strong(cut(`${isChosen ? '›' : ''}wave ${plain(item.name)}`, widths.columns));
    case 'application':
      return applicationRow(item.application, item.isOpen, now, widths, mark, palette);
    case 'server':
      return serverRow(item.entry, item.isNested, now, widths, mark, palette);
  }
}

function serverRow(
  { record, name, application, standing, outlook }: ServerEntry,
  isNested: boolean,
  now: number,
  widths: Widths,
  mark: string,
  palette: Palette,
): string {
  const isDone = outlook === undefined;
  const parts = [
    `${palette.of(standing, symbolOf(record.phase))}${mark}${fit(isNested ? `  ${name}` : name, widths.name)}`,
    widths.application === 0 ? undefined : palette.faint(fit(application, widths.application)),
    widths.track === 0 ? undefined : palette.of(standing, trackOf(record)),
    palette.of(standing, fit(phaseWord(record.phase), phaseRoom(widths))),
    widths.elapsed === 0 ? undefined : (isDone ? '' : clockDuration(now - record.phaseAt)).padStart(widths.elapsed),
    widths.share === 0 ? undefined : shareOf(outlook, now).padStart(widths.share),
    widths.forecast === 0 ? undefined : forecastCell(outlook, record.phaseAt, now, palette),
    widths.note === 0 ? undefined : cut(plain(noteOf(record)), widths.note),
  ];
  return joined(parts);
}

/** The name of its phase, what others of it do, and when the last of them is done. */
function applicationRow(
  { name, servers, worst, horizon }: ApplicationEntry,
  isOpen: boolean,
  now: number,
  widths: Widths,
  mark: string,
  palette: Palette,
): string {
  const { standing, record } = worst;
  const count = `${isOpen ? '-' : '+'}${String(servers.length)}`;
  const title = `${fit(name, widths.name - widthOf(count) - 1)} ${count}`;
  const head = [
    `${palette.of(standing, symbolOf(record.phase))}${mark}${fit(title, widths.name)}`,
    widths.track === 0 ? undefined : palette.of(standing, trackOf(record)),
    palette.of(standing, fit(phaseWord(record.phase), phaseRoom(widths))),
    widths.forecast === 0
      ? undefined
      : fit(horizon === undefined ? '' : endWords(horizonEnd(horizon, now), now), forecastColumns),
  ];
  return joined([...head, widths.note < noteColumnsMin ? undefined : cut(countWords(servers), widths.note)]);
}

/** Such as `8 launch, 3 verified`. */
function countWords(servers: readonly ServerEntry[]): string {
  const counts = new Map<string, number>();
  for (const { record } of servers) {
    const word = phaseWord(record.phase);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => `${String(count)} ${word}`).join(', ');
}

function phaseRoom({ columns, name }: Widths): number {
  return Math.max(0, Math.min(phaseColumns, columns - symbolColumns - name - gap));
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .join(' '.repeat(gap))
    .trimEnd();
}

function shareOf(outlook: Outlook | undefined, now: number): string {
  if (outlook?.begunAt === undefined) return '';
  return `${String(Math.floor(doneShare(outlook, now) * 100))} %`;
}

/** When it is forecast to be done, or how late it is; of what is done, since when. */
function forecastCell(outlook: Outlook | undefined, phaseAt: number, now: number, palette: Palette): string {
  if (outlook === undefined) return fit(`since ${minuteTime(phaseAt)}`, forecastColumns);
  const overMs = overdueMs(outlook, now);
  if (overMs < 60_000) return fit(endWords(endOf(outlook, now), now), forecastColumns);
  return palette.of('undone', fit(`! ${shortSpan(overMs)} over`, forecastColumns));
}

function endWords(endAt: number, now: number): string {
  return `≈${minuteTime(endAt)} in ${shortSpan(endAt - now)}`;
}

/** Such as `12 min` or, from 100 minutes on, `3 h 40`. */
function shortSpan(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes === 0) return '<1 min';
  if (minutes < 100) return `${String(minutes)} min`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')}`;
}
