/**
 * The colours of the pictures, in light and dark. They are variables under the picture's own class, so that a page that
 * takes a picture in may set them; on paper the light ones hold.
 */
import type { StateType } from '../../local/asl.ts';
import { letters } from './layout.ts';

interface Scheme {
  readonly paper: string;
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly failure: string;
  readonly fills: Readonly<Record<StateType, readonly [fill: string, edge: string]>>;
}

const light: Scheme = {
  paper: '#ffffff',
  ink: '#16202c',
  faint: '#46535f',
  line: '#5d6b78',
  failure: '#b3261e',
  fills: {
    Task: ['#e3eefc', '#2f6db5'],
    Choice: ['#fdf0d3', '#a86f00'],
    Wait: ['#efe6fb', '#7a4fc0'],
    Map: ['#dcf3f0', '#1c8076'],
    Parallel: ['#dcf3f0', '#1c8076'],
    Pass: ['#eef1f4', '#6b7885'],
    Succeed: ['#ddf3df', '#2c7f37'],
    Fail: ['#fce4e2', '#b3261e'],
  },
};

const dark: Scheme = {
  paper: '#12181f',
  ink: '#eef3f8',
  faint: '#b9c4cf',
  line: '#94a3b2',
  failure: '#ff9a90',
  fills: {
    Task: ['#1a3250', '#78aeea'],
    Choice: ['#41310f', '#e3b04b'],
    Wait: ['#33244f', '#b999ee'],
    Map: ['#123c38', '#5cc7bb'],
    Parallel: ['#123c38', '#5cc7bb'],
    Pass: ['#28313a', '#9aa8b5'],
    Succeed: ['#17391d', '#6fcb7c'],
    Fail: ['#4a1f1c', '#ff9a90'],
  },
};

/** The style sheet of a picture under this class. */
export function styleOf(prefix: string): string {
  const under = `.${prefix}`;
  const types = Object.keys(light.fills).map(
    (type) =>
      `${under} .${type}>rect,${under} .${type}>polygon{fill:var(--${type.toLowerCase()}-fill);stroke:var(--${type.toLowerCase()}-edge)}`,
  );
  return [
    `${under}{${variables(light)};max-width:100%;height:auto;font-family:Helvetica,Arial,'Liberation Sans',sans-serif}`,
    `@media screen and (prefers-color-scheme:dark){${under}{${variables(dark)}}}`,
    `${under} .paper{fill:var(--paper)}`,
    `${under} text{fill:var(--ink);font-size:${String(letters.label)}px;text-anchor:middle}`,
    `${under} .name{font-size:${String(letters.name)}px;font-weight:700}`,
    `${under} .detail,${under} .legend,${under} .group text{fill:var(--faint)}`,
    `${under} .legend,${under} .group text{text-anchor:start}`,
    `${under} path{fill:none;stroke:var(--line);stroke-width:1.2}`,
    `${under} .next>text,${under} .choice>text,${under} .default>text,${under} .catch>text,${under} .item>text{paint-order:stroke;stroke:var(--paper);stroke-width:3px}`,
    `${under} .catch>path{stroke:var(--failure);stroke-dasharray:5 3}`,
    `${under} .catch>text{fill:var(--failure)}`,
    `${under} .arrow path,${under} .start{fill:var(--line);stroke:none}`,
    `${under} .catch-arrow path{fill:var(--failure);stroke:none}`,
    `${under} .group>rect{fill:none;stroke:var(--line);stroke-dasharray:2 3}`,
    `${under} .state>rect,${under} .state>polygon{stroke-width:1.4}`,
    ...types,
  ].join('\n');
}

function variables({ fills, ...plain }: Scheme): string {
  const states = Object.entries(fills).flatMap(([type, [fill, edge]]) => [
    `--${type.toLowerCase()}-fill:${fill}`,
    `--${type.toLowerCase()}-edge:${edge}`,
  ]);
  return [...Object.entries(plain).map(([name, colour]) => `--${name}:${colour}`), ...states].join(';');
}
