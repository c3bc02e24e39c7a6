/**
 * The last gate before a terminal: whatever was not made plain on the way here still cannot steer it. Texts of others are
 * made plain where they enter a sentence (`fit.ts`); this is for the one that somebody forgot.
 */

/** What `style.ts` paints with: bold, faint, a colour, and the ends of them. */
const ownColour = '\\u001b\\[(?:1|2|22|3[1236]|39|90)m';
const steering = new RegExp(`(${ownColour})|[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]`, 'gu');

/** The text with line ends and our own colours, every other control character replaced by U+FFFD. */
export function neutral(text: string): string {
  return text.replace(steering, (found: string, colour?: string) => ((colour ?? found === '\n') ? found : '\uFFFD'));
}

const notForTerminals = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

/** The value as JSON on one line, which stays the same value and is safe to look at: control characters are escaped. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(notForTerminals, (character) =>
    Array.from({ length: character.length }, (_, unit) => escaped(character.charCodeAt(unit))).join(''),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
