/** The page that says which planted bug is caught by whom, and after how many nights: written by `table.ts`, proven by a test. */
import type { Catch } from './hunt.ts';
import type { PlantedBug } from './planted-bug.ts';

/** Path of the page from the project's root. */
export const pageFile = 'docs/reliability/planted-bugs.md';

const heading = `# Planted bugs

Each of these defects is put into the product on purpose, one at a time and as it is loaded, and the simulation is run as
always: the test of the tests. Nobody tells it that there is a bug. It plays the nights of seed 1, 2, 3 and so on until a
promise is broken; the checkers of \`test/simulation/checkers/\` that told of it on that night are named. \`npm test\`
plays each of these nights again, with the bug and without.

Written by \`npx node test/simulation/planted/table.ts\`, which is to be run again when the simulation has changed.

| Bug | What the product then does wrong | Caught by | After nights |
| --- | --- | --- | ---: |
`;

/** The page with a row for each bug and what has caught it. */
export function pageOf(catches: ReadonlyMap<PlantedBug, Catch | undefined>): string {
  const rows = [...catches].map(([{ name, what }, caught]) => {
    const by = caught?.checkers.map((checker) => `\`${checker}\``).join(', ') ?? 'nobody';
    return `| \`${name}\` | ${what} | ${by} | ${String(caught?.seed ?? '')} |`;
  });
  return `${heading}${rows.join('\n')}\n`;
}

/** After how many nights the page says that each bug is caught, by its name; those that nobody caught are missing. */
export function nightsOnPage(page: string): ReadonlyMap<string, number> {
  const rows = page.matchAll(/^\| `([\w-]+)` .*\|\s*(\d+) \|$/gm);
  return new Map([...rows].map(([, name = '', nights]) => [name, Number(nights)]));
}
