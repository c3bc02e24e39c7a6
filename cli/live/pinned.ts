/**
 * Lines that may not be cut: what a person needs to act on. They are broken at blanks; a command that needs more than one
 * line stays one command to whoever pastes it, because its lines end in a backslash, and no word of it is broken.
 */
import { cut, widthOf } from './fit.ts';

const commandPattern = /(?:mgn-cutover|aws) [a-z].*$/;
/** A word of a shell: blanks between single quotes belong to it. */
const wordPattern = /(?:[^\s']|'[^']*')+/g;

/** The line in pieces of at most `columns`, unless a single word is longer than that. */
export function pinnedLines(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = ' '.repeat(Math.min(8, /^ */.exec(line)?.[0].length ?? 0) + 2);
  const start = commandPattern.exec(line)?.index ?? line.length;
  const sentence = line.slice(0, start).trimEnd();
  const [command = '', ...comment] = line.slice(start).split(/ (?=# )/);
  // A short word before the command leaves it enough of the line; after a sentence it has lines of its own.
  const isBeside = widthOf(sentence) * 3 <= columns;
  const commandText = isBeside && sentence !== '' ? `${sentence} ${command}` : `${indent}${command}`;
  return [
    ...(sentence === '' || (isBeside && command !== '') ? [] : broken(sentence, columns, indent, '')),
    ...(command === '' ? [] : broken(commandText, columns, `${indent}  `, ' \\')),
    ...comment.flatMap((text) => broken(`${indent}${text}`, columns, `${indent}# `, '')),
  ];
}

/** A flag with its value, which are read together. */
const flagPattern = /--[a-z-]+ (?!-)(?:[^\s']|'[^']*')+/;
const unitPattern = new RegExp(`${flagPattern.source}|${wordPattern.source}`, 'g');

/** What is not broken: words, and flags with their values as long as those fit. */
function unitsOf(text: string, columns: number): string[] {
  return Array.from(text.matchAll(unitPattern), ([unit]) => unit).flatMap((unit) =>
    widthOf(unit) <= columns ? [unit] : Array.from(unit.matchAll(wordPattern), ([word]) => word),
  );
}

function broken(text: string, columns: number, indent: string, lineEnd: string): string[] {
  const lead = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = lead;
  let isEmpty = true;
  for (const word of unitsOf(text, columns - indent.length - lineEnd.length)) {
    const gap = isEmpty ? '' : ' ';
    if (!isEmpty && widthOf(line) + gap.length + widthOf(word) + lineEnd.length > columns) {
      lines.push(line + lineEnd);
      line = indent + word;
    } else line += gap + word;
    isEmpty = false;
  }
  return [...lines, line];
}

/** The text in at most `linesMax` lines of `columns`; only the last one is cut. */
export function shortened(text: string, columns: number, linesMax: number, indent: string): string[] {
  const lines = broken(text, columns, indent, '').map((line) => cut(line, columns));
  if (lines.length <= linesMax) return lines;
  const rest = lines.slice(linesMax - 1).map((line, index) => (index === 0 ? line : line.trim()));
  return [...lines.slice(0, linesMax - 1), cut(rest.join(' '), columns)];
}
