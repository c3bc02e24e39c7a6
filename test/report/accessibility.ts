/** What keeps people from a page, as far as a machine can tell. What runs in the browser is text: it is not of this program. */
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds wrong by WCAG 2.1 A and AA and by best practice; it comes in past the page's own policy. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(`${axe.source}; undefined`);
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })`,
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

/** A text, its colour and the colour behind it, both as `rgb(…)`. */
interface Painted {
  readonly text: string;
  readonly colour: string;
  readonly behind: string;
}

/** Texts of the pictures, which axe passes over, whose contrast with what is behind them is under 4.5 to 1. */
export async function weakTexts(page: Page): Promise<string[]> {
  const painted = await page.evaluate<Painted[]>(readPainted);
  if (painted.length < 30) throw new Error(`only ${String(painted.length)} texts of pictures were found`);
  return painted
    .filter(({ colour, behind }) => contrastOf(colour, behind) < 4.5)
    .map(({ text, colour, behind }) => `${text}: ${colour} on ${behind}`);
}

const readPainted = `(() => {
  const root = getComputedStyle(document.documentElement);
  const paper = getComputedStyle(document.body).backgroundColor;
  const all = (selector, read) => [...document.querySelectorAll(selector)].map((element) => ({ text: element.textContent, ...read(getComputedStyle(element)) }));
  const probe = document.body.appendChild(document.createElement('i'));
  const bands = [...new Set([...document.querySelectorAll('.bars path')].map((bar) => bar.getAttribute('stroke')))];
  const letters = bands.map((band) => {
    probe.style.color = band;
    return { text: band, colour: paper, behind: getComputedStyle(probe).color };
  });
  probe.remove();
  return [
    ...all('.chart :not(.letters) > text', ({ fill }) => ({ colour: fill, behind: paper })),
    ...all('.key', ({ color, backgroundColor }) => ({ colour: color, behind: backgroundColor })),
    ...letters,
  ];
})()`;

/** The contrast of two colours, from 1 to 21 (WCAG 2.1, 1.4.3). */
function contrastOf(one: string, other: string): number {
  const [low = 0, high = 0] = [luminanceOf(one), luminanceOf(other)].sort((left, right) => left - right);
  return (high + 0.05) / (low + 0.05);
}

function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
