/** Lays a machine's graph out with Graphviz: the graph as DOT goes in, positions in points come out, y downwards. */
import { instance } from '@viz-js/viz';
import * as v from 'valibot';
import { wrap, type DiagramEdge, type DiagramNode, type MachineGraph } from './machine-graph.ts';

/** A place in points, from the upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle in points. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** A way as it is drawn: a Bézier curve, the tip of its arrow, and the lines of its label around a middle. */
export interface PlacedEdge {
  readonly edge: DiagramEdge;
  readonly curve: readonly Point[];
  readonly tip: Point;
  readonly label: { readonly middle: Point; readonly lines: readonly string[] } | undefined;
}

/** Where everything of a machine is drawn. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly start: { readonly at: Point; readonly curve: readonly Point[]; readonly tip: Point };
  readonly nodes: readonly { readonly node: DiagramNode; readonly box: Box }[];
  readonly edges: readonly PlacedEdge[];
  readonly groups: readonly { readonly label: string; readonly box: Box }[];
}

/** Sizes of the letters in points; the widths of letters are those of Helvetica, a little wide. */
export const letters = { name: 12, detail: 9.5, label: 9.5, lineHeight: 12 } as const;

const startID = ':start';
const pointsPerInch = 72;

const pairSchema = v.pipe(
  v.string(),
  v.transform((text) => text.split(',').map(Number)),
);

const layoutSchema = v.object({
  bb: pairSchema,
  objects: v.array(
    v.object({
      _gvid: v.number(),
      name: v.string(),
      bb: v.optional(pairSchema),
      pos: v.optional(pairSchema),
      width: v.optional(v.string()),
      height: v.optional(v.string()),
    }),
  ),
  edges: v.array(v.object({ tail: v.number(), pos: v.string(), lp: v.optional(pairSchema), index: v.string() })),
});

/** Lays the graph out; the same graph always gets the same places. */
export async function layOut(graph: MachineGraph): Promise<Layout> {
  const viz = await instance();
  const placed = v.parse(layoutSchema, viz.renderJSON(dotOf(graph)));
  const [, , width = 0, height = 0] = placed.bb;
  const flip = ([x = 0, y = 0]: readonly number[]): Point => ({ x, y: height - y });
  const objects = new Map(placed.objects.map((object) => [object.name, object]));
  const boxOf = (name: string): Box => {
    const { pos = [], width: inchesWide, height: inchesHigh } = objects.get(name) ?? {};
    const middle = flip(pos);
    const size = { width: Number(inchesWide) * pointsPerInch, height: Number(inchesHigh) * pointsPerInch };
    return { x: middle.x - size.width / 2, y: middle.y - size.height / 2, ...size };
  };
  const edges = new Map(placed.edges.map((edge) => [edge.index, edge]));
  const wayOf = (index: string) => curveOf(edges.get(index)?.pos ?? '', flip);
  const start = boxOf(startID);
  return {
    width,
    height,
    start: { at: { x: start.x + start.width / 2, y: start.y + start.height / 2 }, ...wayOf(startID) },
    nodes: graph.nodes.map((node) => ({ node, box: boxOf(node.name) })),
    edges: graph.edges.map((edge, index) => {
      const { lp } = edges.get(String(index)) ?? {};
      const label = lp === undefined ? undefined : { middle: flip(lp), lines: labelLines(edge) };
      return { edge, ...wayOf(String(index)), label };
    }),
    groups: graph.groups.map(({ label }, index) => {
      const [left = 0, bottom = 0, right = 0, top = 0] = objects.get(`cluster${String(index)}`)?.bb ?? [];
      return { label, box: { x: left, y: height - top, width: right - left, height: top - bottom } };
    }),
  };
}

/** Reads Graphviz's way of a spline: `e,x,y` is the arrow's tip, then come the points of a Bézier curve. */
function curveOf(pos: string, flip: (pair: readonly number[]) => Point) {
  const parts = pos.split(' ');
  const pair = (text: string) => flip(text.split(',').map(Number));
  const curve = parts.filter((part) => !/^[es]/.test(part)).map(pair);
  const tip = parts.find((part) => part.startsWith('e,'));
  return { curve, tip: tip === undefined ? (curve.at(-1) ?? { x: 0, y: 0 }) : pair(tip.slice(2)) };
}

/** The graph in Graphviz's language. */
export function dotOf({ startAt, nodes, edges, groups }: MachineGraph): string {
  return [
    'digraph {',
    'rankdir=TB; ranksep=0.3; nodesep=0.25; margin=0; pad=0;',
    `node [shape=box fixedsize=true label=""];`,
    `edge [fontname=Helvetica fontsize=${String(letters.label)} arrowsize=0.7];`,
    `${quote(startID)} [width=0.14 height=0.14];`,
    ...nodes.map(nodeLine),
    ...groups.map(
      ({ label, names }, index) =>
        `subgraph cluster${String(index)} { label=${quote(label)}; fontname=Helvetica; fontsize=${String(letters.detail)}; ` +
        `labeljust=l; margin=10; ${names.map((name) => `${quote(name)};`).join(' ')} }`,
    ),
    `${quote(startID)} -> ${quote(startAt)} [index=${quote(startID)}];`,
    ...edges.map(edgeLine),
    '}',
  ].join('\n');
}

function nodeLine(node: DiagramNode): string {
  const { width, height } = sizeOf(node);
  return `${quote(node.name)} [width=${inches(width)} height=${inches(height)}];`;
}

function sizeOf({ name, details }: DiagramNode): { readonly width: number; readonly height: number } {
  const nameWidth = name.length * letters.name * 0.62;
  const detailWidth = Math.max(...details.map((line) => line.length)) * letters.detail * 0.49;
  return {
    width: Math.max(nameWidth, detailWidth) + 18,
    height: letters.name + 4 + details.length * letters.lineHeight + 10,
  };
}

const weights: Readonly<Record<DiagramEdge['kind'], number>> = { next: 4, item: 4, choice: 3, default: 3, catch: 1 };

function edgeLine(edge: DiagramEdge, index: number): string {
  const label = edge.label === '' ? '' : ` label=${quote(labelLines(edge).join('\n'))}`;
  const ends = `${quote(edge.from)} -> ${quote(edge.to)}`;
  return `${ends} [index=${quote(String(index))} weight=${String(weights[edge.kind])}${label}];`;
}

function labelLines({ label }: DiagramEdge): string[] {
  return wrap(label, 22);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function inches(points: number): string {
  return (points / pointsPerInch).toFixed(3);
}
