/** Fitting text into columns of a terminal. */
import { stripVTControlCharacters } from 'node:util';

/** The text on one line without control characters: what MGN reports comes from machines that nobody vouches for. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, ' ')
    .replace(markTowers, '$1')
    .trim();
}

/** A letter may carry a few marks; a tower of them grows over the lines above. */
const markTowers = /(\p{M}{4})\p{M}+/gu;

const graphemes = new Intl.Segmenter();

/** What a reader sees as single characters. */
function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Letters that terminals draw two columns wide (Unicode's East Asian width), and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;

function columnsOf(character: string): number {
  return wide.test(character) ? 2 : 1;
}

/** How many columns the text takes. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return charactersOf(text).reduce((sum, character) => sum + columnsOf(character), 0);
}

/** The text in exactly so many columns: filled up with spaces, or cut with an ellipsis. */
export function fit(text: string, columns: number): string {
  const short = cut(text, columns);
  return short + ' '.repeat(Math.max(0, columns - widthOf(short)));
}

/** The text in at most so many columns. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 0) return '';
  let short = '';
  let room = columns - 1;
  for (const character of charactersOf(text)) {
    room -= columnsOf(character);
    if (room < 0) break;
    short += character;
  }
  return `${short}…`;
}

/** A duration in milliseconds as `0:42`, `12:05` or `1:02:05`. */
export function clockDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `${String(hours)}:${two(minutes)}:${two(seconds % 60)}`
    : `${String(minutes)}:${two(seconds % 60)}`;
}

/** An instant (epoch milliseconds) as `22:14:30Z`. */
export function clockTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(11, 19)}Z`;
}
