/** One picture of the screen as text: what never scrolls above and below, and between them as many rows as fit. */
import { gateLines } from '../gate-words.ts';
import { cells } from './alphabet.ts';
import { stripVTControlCharacters } from 'node:util';
import { openGates } from './board.ts';
import { failureLines } from './failure-lines.ts';
import { cut, widthOf } from './fit.ts';
import { headerLines, type HeaderView } from './header-lines.ts';
import { Lister, type Listing } from './listing.ts';
import { pinnedLines } from './pinned.ts';
import { rowHeading, rowOf, widthsFor } from './rows.ts';
import type { Palette } from './style.ts';
import { keyHelp, type Shown, type ViewState } from './view-state.ts';

/** What the picture is made of. */
export interface FrameView extends HeaderView {
  /** The latest remark or failed step, if any. */
  readonly news?: string | undefined;
  readonly state: ViewState;
  /** Whether keys are heard, so that they are worth naming. */
  readonly hasKeys: boolean;
}

/** The room there is. */
export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/** A picture, and what the keys act upon in it. */
export interface Frame {
  /** None wider than the terminal, but for a command with a word that is; together they leave its last row free. */
  readonly lines: readonly string[];
  readonly shown: Shown;
}

/** Rows there should be at least, before failures are shown. */
const listRowsMin = 3;

/** Makes pictures, one after the other. */
export class Framer {
  readonly #lister = new Lister();
  readonly #palette: Palette;

  constructor(palette: Palette) {
    this.#palette = palette;
  }

  /** The picture at `view.now`. */
  frame(view: FrameView, { columns, rows }: FrameSize): Frame {
    const palette = this.#palette;
    const above = [
      ...headerLines(view, columns, Math.max(2, Math.min(6, Math.floor(rows * 0.4))), palette),
      ...gatesOf(view, columns).map((line) => palette.of('person', line)),
    ];
    const left = rows - 1 - heightOf(above, columns);
    const status = this.#statusRoom(view, left);
    const most = left - status - 1;
    // Where the rows leave room, failures take it; where they do not, a third of the screen is the failures'.
    const listing = this.#lister.list(view.digest, view.state, rows);
    const failuresMax = Math.min(
      Math.max(most - listRowsMin, most >= listRowsMin ? 1 : 0),
      Math.max(4, Math.floor(rows / 3), most - listing.items.length),
    );
    const failures = view.state.isHelp ? [] : this.#failures(view, columns, failuresMax);
    const hasHeading = most - heightOf(failures, columns) >= listRowsMin;
    const room = Math.max(1, most - heightOf(failures, columns) + (hasHeading ? 0 : 1));
    const list = view.state.isHelp ? helpLines(view, columns, room, palette) : this.#rows(view, listing, columns, room);
    const widths = widthsFor(listing.longest, columns, listing.isGrouped);
    const heading =
      hasHeading && !view.state.isHelp && listing.items.length > 0
        ? [rowHeading(widths, listing.isGrouped, palette)]
        : [];
    const chosen = listing.items[view.state.row];
    return {
      lines: [...above, ...heading, ...list, ...failures, ...statusLines(view, listing, columns, status, palette)],
      shown: {
        rowCount: listing.items.length,
        pageRows: room,
        isGrouped: listing.isGrouped,
        application: chosen?.kind === 'application' ? chosen.application.key : undefined,
      },
    };
  }

  #statusRoom({ news, hasKeys, state, header }: FrameView, left: number): number {
    const wanted = [news !== undefined, hasKeys || state.filter !== '' || header.isRehearsal].filter(Boolean).length;
    return Math.min(wanted, left > 6 ? 2 : 1);
  }

  #failures({ digest, header, hasKeys }: FrameView, columns: number, linesMax: number): string[] {
    const lines = failureLines(digest.failures, header, { columns, linesMax, hasKeys }, this.#palette);
    return heightOf(lines, columns) > linesMax ? [] : lines;
  }

  /** The rows around the chosen one. */
  #rows({ state, now }: FrameView, { items, longest, isGrouped }: Listing, columns: number, room: number): string[] {
    const widths = widthsFor(longest, columns, isGrouped);
    const row = Math.min(state.row, Math.max(0, items.length - 1));
    const isCut = items.length > room;
    const shownRows = isCut ? Math.max(1, room - 1) : room;
    const top = Math.max(0, Math.min(row - Math.floor(shownRows / 2), items.length - shownRows));
    const lines = items
      .slice(top, top + shownRows)
      .map((item, index) => rowOf(item, now, widths, state.isRowChosen && top + index === row, this.#palette));
    if (!isCut || room < 2) return lines;
    const above = top === 0 ? '' : `, ${String(top)} above`;
    const more = `… and ${String(items.length - shownRows)} more${above}`;
    return [...lines, this.#palette.faint(cut(more, columns))];
  }
}

/** What a gate waits for and the commands that answer it; they are never cut. */
function gatesOf({ header, digest, now }: FrameView, columns: number): string[] {
  if (header.kind === 'rollback' || header.kind === 'commit') return [];
  return openGates(digest, now).flatMap(({ run, gate, wave, answeredWith }) => {
    const place = { flags: header.flags ?? '', isRehearsal: header.isRehearsal };
    const lines =
      answeredWith === undefined
        ? gateLines(run, gate, place)
        : [`Somebody has begun a ${answeredWith}; this run waits for it, and goes on with what it comes to.`];
    const named = lines.map((line, index) => (index === 0 ? `! ${wave === '' ? '' : `wave ${wave}: `}${line}` : line));
    return named.flatMap((line) => pinnedLines(line, columns));
  });
}

function statusLines(
  view: FrameView,
  { shownServers }: Listing,
  columns: number,
  room: number,
  palette: Palette,
): string[] {
  const { news, state, digest, header, hasKeys } = view;
  const total = digest.servers.length;
  const isPart = state.filter !== '' || state.isTyping || state.isFailuresOnly;
  const counted = `${String(shownServers)} of ${String(total)} servers`;
  const chosen = [
    state.isFailuresOnly ? ['failures only'] : [],
    state.filter !== '' || state.isTyping ? [`/${state.filter}${state.isTyping ? '_' : ''}`] : [],
    isPart ? [counted, 'Esc clears'] : [],
  ].flat();
  const keys = hasKeys
    ? ['? help', '↑↓ scroll', 'g group', 'f failures', '/ filter', header.isDetachable === true ? 'q leave' : '']
    : [];
  const bar = (isPart ? chosen : keys).filter((part) => part !== '').join('  ');
  const lines = [news ?? '', bar].filter((line) => line !== '');
  const kept = lines.length <= room ? lines : isPart ? [bar] : lines.slice(0, room);
  return kept.map((line) => palette.faint(cut(line, columns)));
}

function helpLines({ header }: FrameView, columns: number, room: number, palette: Palette): string[] {
  const leaving =
    header.isDetachable === true
      ? 'leave; the work goes on without you (as Ctrl-C does)'
      : 'nothing here, because this command does the work; Ctrl-C stops it cleanly';
  const legend = cells.map(({ letter, words }) => `${letter} ${words}`).join(' · ');
  const lines = [
    ...keyHelp(leaving),
    'Track: = reached, the letter is where it is now, · ahead; ✗ failed, < and ↺ on the way back, ! needs a person',
    ...pinnedLines(`  ${legend}`, columns),
  ];
  return lines.slice(0, room).map((line, index) => (index === 0 ? palette.strong(line) : cut(line, columns)));
}

/** How many rows of the terminal the lines take: one that is wider goes on in the next row. */
export function heightOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + rowsOfLine(line, columns), 0);
}

/** How many rows of the terminal a line takes. */
export function rowsOfLine(line: string, columns: number): number {
  return Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / Math.max(1, columns)));
}
