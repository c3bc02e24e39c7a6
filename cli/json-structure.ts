/**
 * What is wrong with a document that is JSON all the same: a key that stands twice in one object, of which parsers keep one
 * and do not say which, and shapes that nobody writes by hand or by program.
 */

/** Deepest nesting; our deepest document has about ten levels. */
const depthMax = 64;
/** Most values: a scenario of 10,000 source servers has a tenth of them. */
const valuesMax = 1_000_000;

/** Keys that every reader passes over, because objects have members of these names anyway. */
const ignoredKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

interface Level {
  /** The keys so far; undefined in an array. */
  readonly keys: Set<string> | undefined;
  /** Where we are in it. */
  at: string | number;
}

/** The problem as the end of a sentence about the document, with its path; undefined where there is none. */
export function structureProblem(json: string): string | undefined {
  const levels: Level[] = [];
  let values = 1;
  for (let index = 0; index < json.length; index += 1) {
    const level = levels.at(-1);
    switch (json[index]) {
      case '{':
      case '[':
        if (levels.length === depthMax) return `is nested deeper than ${String(depthMax)} levels at ${pathOf(levels)}`;
        levels.push(json[index] === '{' ? { keys: new Set(), at: '' } : { keys: undefined, at: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        values += 1;
        if (values > valuesMax) return `holds more than ${String(valuesMax)} values`;
        if (typeof level?.at === 'number') level.at += 1;
        break;
      case '"': {
        const end = endOfText(json, index);
        if (level?.keys !== undefined && isFollowedByColon(json, end)) {
          level.at = textAt(json, index, end);
          if (ignoredKeys.has(level.at)) return `has the key ${pathOf(levels)}, which means nothing`;
          if (level.keys.has(level.at)) return `has ${pathOf(levels)} twice; leave one of the two out`;
          level.keys.add(level.at);
        }
        index = end;
        break;
      }
      default:
    }
  }
  return undefined;
}

/** Where the quotation mark is that ends the text begun at `start`. */
function endOfText(json: string, start: number): number {
  let index = start + 1;
  while (index < json.length && json[index] !== '"') index += json[index] === '\\' ? 2 : 1;
  return index;
}

function textAt(json: string, start: number, end: number): string {
  const text: unknown = JSON.parse(json.slice(start, end + 1));
  return String(text);
}

function isFollowedByColon(json: string, end: number): boolean {
  let index = end + 1;
  while (' \t\r\n'.includes(json[index] ?? '.')) index += 1;
  return json[index] === ':';
}

const pathShownMax = 6;

/** Such as `waves.0.input`; the inner part of a long one. */
function pathOf(levels: readonly Level[]): string {
  const names = levels.slice(0, pathShownMax).map(({ at }) => String(at));
  return levels.length > pathShownMax ? `${names.join('.')}…` : names.join('.');
}
