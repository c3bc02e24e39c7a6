/** Breaking long lines where a person reads them on a terminal. */
import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './fit.ts';

/** A command to paste stays on one line, so that it is pasted as a whole; it goes to the end of its line. */
const wordPattern = /(?:mgn-cutover|aws) [a-z].*|\S+/g;

const bulletPattern = /^ *(?:[-·▸✓↺✗!⊘] )?/u;

/**
 * The line in pieces of at most `columns`, broken at blanks; pieces after the first are indented below the first one's
 * text, a command a little further. A word that is longer than a line stays whole.
 */
export function wrapped(line: string, columns: number): string[] {
  if (shownWidth(line) <= columns) return [line];
  const plainStart = bulletPattern.exec(stripVTControlCharacters(line))?.[0] ?? '';
  const indent = ' '.repeat(plainStart.length === 0 ? 2 : plainStart.length);
  const lead = /^ */.exec(line)?.[0] ?? '';
  const pieces: string[] = [];
  let piece = lead;
  for (const { 0: word, index } of line.matchAll(wordPattern)) {
    const gap = piece === lead && pieces.length === 0 ? '' : gapBefore(line, index);
    if (piece.trim() !== '' && shownWidth(piece) + gap.length + shownWidth(word) > columns) {
      pieces.push(piece);
      piece = indent + (word.includes(' ') ? '  ' : '') + word;
    } else {
      piece += gap + word;
    }
  }
  return [...pieces, piece];
}

function gapBefore(line: string, index: number): string {
  return / *$/.exec(line.slice(0, index))?.[0] ?? '';
}

function shownWidth(text: string): number {
  return widthOf(stripVTControlCharacters(text));
}
