/** Text for people at a terminal: 80 columns, commands and links on lines of their own so that they can be copied. */

const columns = 80;

/** The text in lines of at most 80 columns, the first one after `first`, those after it indented by `hanging`. */
export function wrapped(text: string, { first = '', hanging = '' }: { first?: string; hanging?: string } = {}): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.trim().split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = hanging;
      isEmpty = true;
    }
    line = isEmpty ? `${line}${word}` : `${line} ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}

/** The text as an item of a list. */
export function listed(text: string): string {
  return wrapped(text, { first: '- ', hanging: '  ' });
}

/** The time such as "2026-03-07 22:14:05 UTC". */
export function utc(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The first items, and how many more there are. */
export function firstOf(items: readonly string[], max: number): string[] {
  const rest = items.length - max;
  return rest > 0 ? [...items.slice(0, max), `and ${String(rest)} more`] : [...items];
}
