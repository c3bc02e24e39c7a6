/**
 * Text of others in our own sentences. What a person wrote in a file, or a machine calls itself, goes to terminals and
 * logs with the error that quotes it: it must neither steer them nor fill them.
 */

const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\s]+/gu;
/** A letter may carry a few marks; a tower of them is one character for whoever counts characters. */
const markTowers = /(\p{M}{4})\p{M}+/gu;

/** Longest quotation, in UTF-16 units, unless told otherwise. */
const shownMax = 200;

/** The text on one line, without control characters and overrides of direction, and not longer than `max`. */
export function shownText(text: string, max = shownMax): string {
  const start = text
    .slice(0, 2 * max)
    .replace(unsafe, ' ')
    .replace(markTowers, '$1');
  if (start.length <= max && text.length <= 2 * max) return start;
  return `${start.slice(0, max).replace(/\p{Cs}$/u, '')}…`;
}

/** So many problems are told; whoever has more has made the same mistake many times. */
const problemsToldMax = 20;

/** Problems as one sentence's list, such as `a is wrong; b is wrong; and 7 more`. */
export function listProblems(problems: readonly string[]): string {
  const rest = problems.length - problemsToldMax;
  return (rest > 0 ? [...problems.slice(0, problemsToldMax), `and ${String(rest)} more`] : problems).join('; ');
}
