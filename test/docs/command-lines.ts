/** The command lines that the documents show, as their readers would type them. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '../..');

/** The pages whose command lines people follow; the help itself is made from the program. */
export const pagesWithCommands = [
  'README.md',
  'simulator/README.md',
  ...globSync('docs/**/*.md', { cwd: root }),
].filter((page) => !page.startsWith('docs/reference/') && !page.startsWith('docs/decisions/'));

/** The arguments of every `npx mgn-cutover …` in code blocks and in code within sentences; comments are left out. */
export function commandLinesOf(page: string): string[][] {
  const text = readFileSync(path.join(root, page), 'utf8').replace(/\\\n\s*/g, ' ');
  const lines = [...text.matchAll(/(?:^|[`\s])(?:npx )?mgn-cutover ((?:[a-z]+\b)[^`\n#]*)(?=[`\n#])/g)];
  return lines
    .filter(([line]) => line.includes('npx ') || line.startsWith('`'))
    .map(([, rest = '']) => rest.split(/\s(?:>|&&|\|)\s|;/)[0] ?? '')
    .map((rest) => rest.replaceAll('…', '').trim().split(/\s+/));
}
