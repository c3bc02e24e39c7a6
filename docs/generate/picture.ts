/** Small pictures that are laid out by hand: boxes, arrows and bands, in the colours of the state machines' pictures. */
import type { StateType } from '../../local/asl.ts';
import { letters, type Box, type Point } from './layout.ts';
import { shapeOf } from './shapes.ts';
import { arrowMarkers, escapeText } from './svg.ts';
import { styleOf } from './svg-style.ts';

/** A box: its place, the kind that gives it shape and colour, a name and lines under it. */
export interface PictureBox extends Box {
  readonly kind: StateType;
  readonly name: string;
  readonly lines?: readonly string[];
  /** Whether it is a plain band, of which several stand side by side, whatever its kind. */
  readonly isBand?: boolean;
}

/** A straight arrow through points, with words at a place of its own. */
export interface PictureArrow {
  readonly through: readonly (readonly [x: number, y: number])[];
  /** A way after something went wrong is dashed. */
  readonly isFailure?: boolean;
  readonly words?: { readonly at: readonly [x: number, y: number]; readonly lines: readonly string[] };
}

/** Words on the paper. */
export interface PictureNote extends Point {
  readonly text: string;
  readonly align?: 'start' | 'middle' | 'end';
}

/** A frame around some boxes, with a title that begins at `titleX`. */
export interface PictureFrame extends Box {
  readonly title: string;
  readonly titleX: number;
}

/** A whole picture. */
export interface Picture {
  readonly prefix: string;
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly frames?: readonly PictureFrame[];
  readonly boxes: readonly PictureBox[];
  readonly arrows: readonly PictureArrow[];
  readonly notes?: readonly PictureNote[];
}

/** Draws the picture as a standalone SVG. */
export function drawPicture(picture: Picture): string {
  const { prefix, title, description, width, height, frames = [], boxes, arrows, notes = [] } = picture;
  const size = `viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" height="${String(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${prefix}" ${size} role="img" aria-labelledby="${prefix}-title ${prefix}-desc">`,
    `<title id="${prefix}-title">${escapeText(title)}</title>`,
    `<desc id="${prefix}-desc">${escapeText(description)}</desc>`,
    `<style>${styleOf(prefix)}\n.${prefix} .left{text-anchor:start}.${prefix} .right{text-anchor:end}</style>`,
    arrowMarkers(prefix),
    `<rect class="paper" width="${String(width)}" height="${String(height)}"/>`,
    ...frames.map(frame),
    ...arrows.map((arrow) => arrowOf(prefix, arrow)),
    ...boxes.map(boxOf),
    ...notes.map(noteOf),
    '</svg>',
    '',
  ].join('\n');
}

function frame({ x, y, width, height, title, titleX }: PictureFrame): string {
  const place = `x="${String(x)}" y="${String(y)}" width="${String(width)}" height="${String(height)}"`;
  return `<g class="group"><rect ${place} rx="8"/><text x="${String(titleX)}" y="${String(y + 18)}">${escapeText(title)}</text></g>`;
}

function boxOf({ kind, name, lines = [], isBand = false, ...box }: PictureBox): string {
  const middle = String(box.x + box.width / 2);
  const top = box.y + (box.height - (lines.length * letters.lineHeight + letters.name)) / 2 + letters.name - 2;
  return [
    `<g class="state ${kind}">${shapeOf(isBand ? 'Pass' : kind, box)}`,
    `<text class="name" x="${middle}" y="${String(top)}">${escapeText(name)}</text>`,
    ...lines.map((line, index) => {
      const y = top + (index + 1) * letters.lineHeight + 1;
      return `<text class="detail" x="${middle}" y="${String(y)}">${escapeText(line)}</text>`;
    }),
    '</g>',
  ].join('');
}

function arrowOf(prefix: string, { through, isFailure = false, words }: PictureArrow): string {
  const path = `M${through.map(([x, y]) => `${String(x)} ${String(y)}`).join('L')}`;
  const marker = `marker-end="url(#${prefix}-${isFailure ? 'catch-arrow' : 'arrow'})"`;
  const texts = (words?.lines ?? []).map((line, index) => {
    const [x, y] = words?.at ?? [0, 0];
    return `<text x="${String(x)}" y="${String(y + index * 11)}">${escapeText(line)}</text>`;
  });
  return `<g class="${isFailure ? 'catch' : 'next'}"><path d="${path}" ${marker}/>${texts.join('')}</g>`;
}

const classOfAlign = { start: 'detail left', middle: 'detail', end: 'detail right' } as const;

function noteOf({ x, y, text, align = 'start' }: PictureNote): string {
  return `<text class="${classOfAlign[align]}" x="${String(x)}" y="${String(y)}">${escapeText(text)}</text>`;
}
