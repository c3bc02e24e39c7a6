/**
 * HTML that is safe by how it is made: a template whose inserted texts are escaped, always. Host names and raw errors come
 * from machines that nobody vouches for, and a report is opened from a mail.
 */

/** A piece of HTML that was made here. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text and numbers are escaped, pieces of HTML are not, and nothing is nothing. */
export type Insert = string | number | Html | undefined | readonly Insert[];

/**
 * A template of HTML; everything inserted that is not HTML itself is escaped, in elements and in quoted attributes. Lines
 * and indentation of the template are for who reads the program, and are left out.
 */
export function html(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  return new Html(String.raw({ raw: compactStrings(strings) }, ...inserts.map(textOf)));
}

/** A template is the same object each time it is filled in. */
const compacted = new WeakMap<TemplateStringsArray, readonly string[]>();

function compactStrings(strings: TemplateStringsArray): readonly string[] {
  const known = compacted.get(strings);
  if (known !== undefined) return known;
  const compact = strings.map(withoutLines);
  compacted.set(strings, compact);
  return compact;
}

/** Elements around which white space is not seen. */
const block =
  '</?(?:!DOCTYPE|html|head|meta|title|style|script|noscript|body|header|main|footer|nav|section|h[1-6]|p|div|ul|li|dl|dt|dd|table|caption|thead|tbody|tr|th|td|details|summary|figure|figcaption|form|option|svg)\\b[^>]*>';
const lineAfterBlock = new RegExp(`(${block}|^[^<>]*>)\\s*\\n\\s*`, 'g');
const lineBeforeBlock = new RegExp(`\\s*\\n\\s*(?=${block})`, 'g');

/** A line ends within a tag, beside a block, or where a space is. */
function withoutLines(part: string): string {
  return part
    .replace(/\s*\n\s*(?=\/?>)/g, '')
    .replace(/<[^>]*/g, (tag) => tag.replace(/\s*\n\s*/g, ' '))
    .replace(lineAfterBlock, '$1')
    .replace(lineBeforeBlock, '')
    .replace(/\s*\n\s*/g, ' ');
}

/** HTML that this program wrote itself, such as a chart; never text of others. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** The pieces one after the other, with `between` in between. */
export function joined(pieces: readonly Insert[], between: string): Html {
  return new Html(pieces.map(textOf).join(escapeText(between)));
}

function textOf(insert: Insert): string {
  if (insert === undefined) return '';
  if (insert instanceof Html) return insert.text;
  if (typeof insert === 'string') return escapeText(insert);
  if (typeof insert === 'number') return String(insert);
  return insert.map(textOf).join('');
}

const markup = /[&<>"'`]/g;
const unseen = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\u2028\u2029]/gu;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** The text for an element or a quoted attribute, with {@link visible} letters only. */
export function escapeText(text: string): string {
  return visible(text).replace(markup, (character) => entities[character] ?? '');
}

/**
 * The text in which what cannot be seen, or turns the direction of reading round, is U+FFFD, so that no name looks like
 * another.
 */
export function visible(text: string): string {
  return text.replace(unseen, '\uFFFD');
}
