/**
 * Puts the bug that `PLANTED` names into the product as it is loaded; the files stay as they are. For a program's start:
 *
 *   PLANTED=naive-retry-of-start npx node --import ./test/simulation/planted/plant.ts test/simulation/simulate.ts --seeds 300
 *
 * A bug that there is not, or that cannot be put in, is thrown as the file is loaded; one whose files are never loaded makes
 * the exit code 70.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bugs } from './bugs.ts';
import { planted, type PlantedBug } from './planted-bug.ts';

/** EX_SOFTWARE of sysexits.h. */
const notPlanted = 70;

const name = process.env['PLANTED'];
if (name !== undefined) plant(bugNamed(name));

function bugNamed(wanted: string): PlantedBug {
  const bug = bugs.find((known) => known.name === wanted);
  if (bug === undefined) throw new TypeError(`There is no planted bug ${wanted}.`);
  return bug;
}

function plant(bug: PlantedBug): void {
  const root = new URL('../../../', import.meta.url).href;
  const awaited = new Set(bug.edits.map(({ file }) => file));
  registerHooks({
    load: (url, context, nextLoad) => {
      const file = url.startsWith(root) ? url.slice(root.length) : '';
      if (!bug.edits.some((edit) => edit.file === file)) return nextLoad(url, context);
      const { format } = nextLoad(url, context);
      awaited.delete(file);
      return { format, source: planted(bug, file, readFileSync(fileURLToPath(url), 'utf8')), shortCircuit: true };
    },
  });
  process.on('exit', () => {
    if (awaited.size === 0) return;
    process.stderr.write(`${bug.name} was not put in: ${[...awaited].join(', ')} was never loaded.\n`);
    process.exitCode = notPlanted;
  });
}
