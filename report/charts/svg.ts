/**
 * Charts as pictures that need no script: Vega lays them out, and what it draws is made small. Colours and letters come
 * from the style sheet of the page, so that one picture serves light, dark and paper.
 */
import { parse, View, type Spec } from 'vega';
import { html, trusted, type Html } from '../html.ts';

/** A picture and what it says to those who do not see it. */
export interface Chart {
  readonly spec: Spec;
  /** Unlike that of any other chart of the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** Draws the chart as an `svg` element. */
export async function drawChart({ spec, id, title, description }: Chart): Promise<Html> {
  const view = new View(parse({ padding: 4, ...spec }), { renderer: 'none' });
  const drawn = await view.toSVG();
  view.finalize();
  const viewBox = /viewBox="([\d. ]+)"/.exec(drawn)?.[1] ?? '0 0 1 1';
  const [, , width = '1'] = viewBox.split(' ');
  const body = compact(drawn.slice(drawn.indexOf('>') + 1, drawn.lastIndexOf('</svg>')));
  const names = html`<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>`;
  return html`<svg
    class="chart"
    role="img"
    aria-labelledby="${id}-t ${id}-d"
    viewBox="${viewBox}"
    style="width:${width}px"
  >
    ${names}${trusted(body)}
  </svg>`;
}

/** What the style sheet says for all charts, or what is so by default. */
const dispensable =
  / (?:font-family|font-size|font-weight|opacity|pointer-events|stroke-width|stroke-miterlimit|text-anchor|aria-[a-z]+|role)="[^"]*"/g;
const invisible =
  /<path(?: class="\w+")?(?: display="none")? d=""(?: display="none")?\/>|<path class="background" d="[^"]*"\/>/g;

const anchors: Readonly<Record<string, string>> = {
  ' text-anchor="end"': ' class="e"',
  ' text-anchor="middle"': ' class="m"',
};

/** Vega writes texts escaped, so what stands between `<` and `>` is its own; no text of others is changed here. */
function compact(drawn: string): string {
  const tags = drawn.replace(/<[^>]*>/g, compactTag).replace(invisible, '');
  const merged = tags
    .replace(/(?:<path d="[^"]*" fill="[^"]*"\/>)+/g, mergeBars)
    .replace(/(?:<line [^>]*\/>)+/g, mergeLines)
    .replace(/(?:<text x="[^"]*" y="[^"]*">[^<]<\/text>)+/g, mergeLetters);
  return withoutEmptyGroups(merged);
}

function compactTag(tag: string): string {
  return tag
    .replace(dispensable, (attribute) => anchors[attribute] ?? '')
    .replace(/ (?:fill|stroke)="#[0-9a-f]{3}"/g, '')
    .replace(/-?\d+\.\d+/g, (figure) => String(Math.round(Number(figure) * 10) / 10))
    .replace(/ class="mark-\w+ role-(?:mark|scope) (\w+)"/, ' class="$1"')
    .replace(/ class="mark-\w+ (role-axis-\w+)"/, ' class="$1"')
    .replace(/ class="mark-group [^"]*"/, '')
    .replace(/ transform="translate\(0,0\)"/, '')
    .replace(/^<(text|line)(.*) transform="translate\(([-\d.]+),([-\d.]+)\)"/, '<$1$2 x="$3" y="$4"');
}

const bar = /M([-\d.]+),([-\d.]+)h([-\d.]+)v([\d.]+)h[-\d.]+Z/;

/** Bars do not overlap, so those of one colour and height are one path: lines as broad as the bars are high. */
function mergeBars(paths: string): string {
  const found = [...paths.matchAll(/d="([^"]*)" fill="([^"]*)"/g)].map(([, d = '', fill = '']) => {
    const [, x, y = '0', width, height = '0'] = bar.exec(d) ?? [];
    return {
      key: `stroke="${fill}" stroke-width="${height}"`,
      d: `M${x ?? '0'},${String(Number(y) + Number(height) / 2)}h${width ?? '0'}`,
    };
  });
  return [...Map.groupBy(found, ({ key }) => key)]
    .map(([key, bars]) => `<path d="${bars.map(({ d }) => d).join('')}" ${key}/>`)
    .join('');
}

/** Lines of one colour are one path. */
function mergeLines(lines: string): string {
  const found = [...lines.matchAll(/<line ([^>]*)\/>/g)].map(([, attributes = '']) => {
    const of = (name: string) => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1] ?? '0';
    const stroke = of('stroke');
    return { stroke, d: `M${of('x')},${of('y')}l${of('x2')},${of('y2')}` };
  });
  return [...Map.groupBy(found, ({ stroke }) => stroke)]
    .map(
      ([stroke, group]) =>
        `<path d="${group.map(({ d }) => d).join('')}"${stroke === '0' ? '' : ` stroke="${stroke}"`}/>`,
    )
    .join('');
}

/** Single letters of one line are one text, each with a place of its own. */
function mergeLetters(letters: string): string {
  const found = [...letters.matchAll(/x="([^"]*)" y="([^"]*)">(.)</gu)].map(([, x = '', y = '', letter = '']) => ({
    x,
    y,
    letter,
  }));
  return [...Map.groupBy(found, ({ y }) => y)]
    .map(
      ([y, line]) =>
        `<text x="${line.map(({ x }) => x).join(' ')}" y="${y}">${line.map(({ letter }) => letter).join('')}</text>`,
    )
    .join('');
}

function withoutEmptyGroups(drawn: string): string {
  const fewer = drawn.replace(/<g(?: class="[^"]*")?><\/g>/g, '');
  return fewer === drawn ? drawn : withoutEmptyGroups(fewer);
}
