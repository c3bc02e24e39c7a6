/** The outline of each kind of state: kinds differ in shape and in words, never in colour alone. */
import type { StateType } from '../../local/asl.ts';
import type { Box } from './layout.ts';

/** Draws the outline of a state into its box. */
export function shapeOf(type: StateType, box: Box): string {
  if (type === 'Choice') return polygon(slanted(box, 9));
  if (type === 'Wait') return polygon(leaning(box, 7));
  const radius = type === 'Succeed' || type === 'Fail' ? box.height / 2 : type === 'Pass' ? 0 : 5;
  const outline = rectangle(box, radius);
  return type === 'Map' || type === 'Parallel' ? `${outline}${rectangle(inset(box, 3), 3)}` : outline;
}

/** Points at the left and right: a question. */
function slanted({ x, y, width, height }: Box, by: number): readonly (readonly [number, number])[] {
  const middle = y + height / 2;
  return [
    [x + by, y],
    [x + width - by, y],
    [x + width + by / 2, middle],
    [x + width - by, y + height],
    [x + by, y + height],
    [x - by / 2, middle],
  ];
}

/** Leans to the right: time that passes. */
function leaning({ x, y, width, height }: Box, by: number): readonly (readonly [number, number])[] {
  return [
    [x + by, y],
    [x + width + by / 2, y],
    [x + width - by, y + height],
    [x - by / 2, y + height],
  ];
}

function inset({ x, y, width, height }: Box, by: number): Box {
  return { x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by };
}

function rectangle({ x, y, width, height }: Box, radius: number): string {
  const place = `x="${tenths(x)}" y="${tenths(y)}" width="${tenths(width)}" height="${tenths(height)}"`;
  return `<rect ${place} rx="${tenths(radius)}"/>`;
}

function polygon(points: readonly (readonly [number, number])[]): string {
  return `<polygon points="${points.map(([x, y]) => `${tenths(x)},${tenths(y)}`).join(' ')}"/>`;
}

function tenths(points: number): string {
  return String(Math.round(points * 10) / 10);
}
