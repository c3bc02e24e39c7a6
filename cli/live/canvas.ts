/**
 * A picture on a terminal's second screen, which leaves what was there before as it was. Only lines that have changed are
 * written; what was drawn last is left behind in the first screen, where it can be scrolled back to.
 */
import { writeLine, type OutputStream } from '../io.ts';
import { rowsOfLine, type FrameSize } from './frame.ts';
import { neutral } from './neutral.ts';

const escape = '\u001b[';
const secondScreen = `${escape}?1049h`;
const firstScreen = `${escape}?1049l`;
const hiddenCursor = `${escape}?25l`;
const shownCursor = `${escape}?25h`;
const clearAll = `${escape}2J`;
const clearLine = `${escape}K`;
const clearBelow = `${escape}J`;
const toRow = (row: number) => `${escape}${String(row)};1H`;

/** Draws pictures on `stream`. */
export class Canvas {
  readonly #stream: OutputStream;
  #drawn: readonly string[] = [];
  #size: FrameSize | undefined;
  #isOpen = false;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  /** The room there is now. */
  get size(): FrameSize {
    return { columns: Math.max(1, this.#stream.columns ?? 80), rows: Math.max(1, this.#stream.rows ?? 24) };
  }

  /** Shows these lines. */
  draw(lines: readonly string[]): void {
    const { size } = this;
    const isWhole = !this.#isOpen || this.#size?.columns !== size.columns || this.#size.rows !== size.rows;
    const text = this.#isOpen ? '' : secondScreen + hiddenCursor;
    const changes = isWhole ? toRow(1) + clearAll + this.#changes(lines, []) : this.#changes(lines, this.#drawn);
    this.#isOpen = true;
    this.#size = size;
    this.#drawn = lines;
    if (text + changes !== '') this.#stream.write(text + changes);
  }

  /** Draws everything anew the next time. */
  forget(): void {
    this.#size = undefined;
  }

  /** Gives the terminal back as it was, cursor and all; nothing if nothing was drawn. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stream.write(shownCursor + firstScreen);
  }

  /** Closes, and leaves these lines behind. */
  leave(lines: readonly string[]): void {
    this.close();
    for (const line of lines) writeLine(this.#stream, line);
  }

  #changes(lines: readonly string[], before: readonly string[]): string {
    const columns = this.size.columns;
    let row = 1;
    let isMoved = false;
    let text = '';
    for (const [index, line] of lines.entries()) {
      const height = rowsOfLine(line, columns);
      const old = before[index];
      isMoved ||= old !== undefined && rowsOfLine(old, columns) !== height;
      if (isMoved || old !== line) text += clearRows(row, height) + toRow(row) + neutral(line);
      row += height;
    }
    return lines.length < before.length || isMoved ? text + toRow(row) + clearBelow : text;
  }
}

function clearRows(row: number, height: number): string {
  return Array.from({ length: height }, (_, index) => toRow(row + index) + clearLine).join('');
}
