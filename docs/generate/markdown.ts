/** The small parts that generated pages are made of: headings' anchors, cells and tables. */

/** The anchor that a heading gets: lower case, without punctuation, with hyphens for spaces. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** A table; cells are escaped already where they hold code or links, and have no line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\n/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;' };

/** Text as it is, in a cell: what Markdown or HTML would take for its own is escaped, but what stands in backticks is code. */
export function plainCell(text: string): string {
  const parts = text.split('`');
  const isCode = (index: number) => index % 2 === 1 && index < parts.length - 1;
  return parts.map((part, index) => (isCode(index) ? codeCell(part) : escaped(part))).join('');
}

/** An underline within a word is none of Markdown's. */
function escaped(text: string): string {
  return text.replace(/[|\\*<>[\]]|(?<!\w)_|_(?!\w)/g, (sign) => entities[sign] ?? `\\${sign}`);
}

/** Text as code, in a cell. */
export function codeCell(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

/** A line that says that a page is made and by what, so that nobody edits it in vain. */
export const madeFrom = (source: string) =>
  `<!-- Made from ${source} by \`npm run docs\`; changes here are lost, and a test finds them. -->`;
