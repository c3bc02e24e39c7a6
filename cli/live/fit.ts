/** Fitting text into columns of a terminal. */
import { stripVTControlCharacters } from 'node:util';

/** The text on one line without control characters: what MGN reports comes from machines that nobody vouches for. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
}

const graphemes = new Intl.Segmenter();

/** What a reader sees as single characters; each is taken for one column wide. */
function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** How many columns the text takes. */
export function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : charactersOf(text).length;
}

/** The text in exactly so many columns: filled up with spaces, or cut with an ellipsis. */
export function fit(text: string, columns: number): string {
  const short = cut(text, columns);
  return short + ' '.repeat(Math.max(0, columns - widthOf(short)));
}

/** The text in at most so many columns. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  return columns <= 0
    ? ''
    : `${charactersOf(text)
        .slice(0, columns - 1)
        .join('')}…`;
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
