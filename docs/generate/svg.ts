/**
 * A laid-out machine as a standalone SVG that can also be put into a page, several at a time: every class and id is under
 * the machine's own prefix, colours follow the reader's light or dark scheme, and there are no scripts and no links.
 */
import type { Layout, PlacedEdge, Point } from './layout.ts';
import { letters } from './layout.ts';
import { wrap } from './machine-graph.ts';
import { shapeOf } from './shapes.ts';
import { styleOf } from './svg-style.ts';

/** What stands around the picture. */
export interface Caption {
  /** Prefix of ids and the class everything is under, such as `sm-rollback`. */
  readonly prefix: string;
  readonly title: string;
  readonly description: string;
  /** Lines under the picture. */
  readonly legend: readonly string[];
}

const margin = 12;
const legendLine = 13;

/** Draws the picture. */
export function svgOf(layout: Layout, { prefix, title, description, ...caption }: Caption): string {
  const width = Math.ceil(layout.width) + 2 * margin;
  const legend = caption.legend.flatMap((line) => wrap(line, Math.floor(width / (letters.label * 0.52))));
  const legendTop = Math.ceil(layout.height) + 2 * margin;
  const height = legendTop + legend.length * legendLine + margin;
  const size = `viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" height="${String(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${prefix}" ${size} role="img" aria-labelledby="${prefix}-title ${prefix}-desc">`,
    `<title id="${prefix}-title">${escapeText(title)}</title>`,
    `<desc id="${prefix}-desc">${escapeText(description)}</desc>`,
    `<style>${styleOf(prefix)}</style>`,
    arrowMarkers(prefix),
    `<rect class="paper" width="${String(width)}" height="${String(height)}"/>`,
    `<g transform="translate(${String(margin)} ${String(margin)})">`,
    ...layout.groups.map(({ label, box }) => {
      const at = `x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}"`;
      return `<g class="group"><rect ${at} rx="6"/><text x="${round(box.x + 8)}" y="${round(box.y + 14)}">${escapeText(label)}</text></g>`;
    }),
    `<g class="next"><circle class="start" cx="${round(layout.start.at.x)}" cy="${round(layout.start.at.y)}" r="5"/>${path(prefix, 'next', layout.start)}</g>`,
    ...layout.edges.map((edge) => edgeOf(prefix, edge)),
    ...layout.nodes.map(({ node, box }) => {
      const middle = box.x + box.width / 2;
      const lines = node.details.map((line, index) => {
        const y = box.y + 6 + letters.name + (index + 1) * letters.lineHeight + 1;
        return `<text class="detail" x="${round(middle)}" y="${round(y)}">${escapeText(line)}</text>`;
      });
      const name = `<text class="name" x="${round(middle)}" y="${round(box.y + 5 + letters.name)}">${escapeText(node.name)}</text>`;
      return `<g class="state ${node.type}"><title>${escapeText(node.title)}</title>${shapeOf(node.type, box)}${name}${lines.join('')}</g>`;
    }),
    '</g>',
    ...legend.map(
      (line, index) =>
        `<text class="legend" x="${String(margin)}" y="${String(legendTop + (index + 1) * legendLine - 3)}">${escapeText(line)}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

/** The heads of arrows: one for what comes next, one for what comes after an error. */
export function arrowMarkers(prefix: string): string {
  return `<defs>${marker(prefix, 'arrow')}${marker(prefix, 'catch-arrow')}</defs>`;
}

function marker(prefix: string, id: string): string {
  const box = 'viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"';
  return `<marker id="${prefix}-${id}" class="${id}" ${box}><path d="M0 .5 8 4 0 7.5z"/></marker>`;
}

function edgeOf(prefix: string, placed: PlacedEdge): string {
  const { edge, label } = placed;
  const lines = (label?.lines ?? []).map((line, index, all) => {
    const y = (label?.middle.y ?? 0) + (index - (all.length - 1) / 2) * 11 + 3;
    return `<text x="${round(label?.middle.x ?? 0)}" y="${round(y)}">${escapeText(line)}</text>`;
  });
  const title = [edge.from, ' → ', edge.to, edge.label === '' ? '' : `: ${edge.label}`].join('');
  return `<g class="${edge.kind}"><title>${escapeText(title)}</title>${path(prefix, edge.kind, placed)}${lines.join('')}</g>`;
}

function path(prefix: string, kind: string, { curve, tip }: { curve: readonly Point[]; tip: Point }): string {
  const [first, ...rest] = curve;
  if (first === undefined) return '';
  const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`;
  const arrow = kind === 'catch' ? 'catch-arrow' : 'arrow';
  return `<path d="M${at(first)}C${rest.map(at).join(' ')}L${at(tip)}" marker-end="url(#${prefix}-${arrow})"/>`;
}

/** Tenths of a point are finer than a pixel. */
function round(points: number): string {
  return String(Math.round(points * 10) / 10);
}

/** Text between tags or in an attribute. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
