/**
 * Sends the simulation after every planted bug and writes the page that tells how it went:
 *
 *   npx node test/simulation/planted/table.ts
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { bugs } from './bugs.ts';
import { hunt, inLanes, type Catch } from './hunt.ts';
import { pageFile, pageOf } from './page.ts';
import type { PlantedBug } from './planted-bug.ts';

/** A bug that is not caught within so many nights counts as one that is not caught. */
const nightsMax = 500;

const catches = new Map<PlantedBug, Catch | undefined>(bugs.map((bug) => [bug, undefined]));
await inLanes(bugs, availableParallelism(), async (bug) => {
  const caught = await hunt(bug, { from: 1, seeds: nightsMax });
  process.stdout.write(`${bug.name}: ${caught === undefined ? 'NOT CAUGHT' : String(caught.seed)}\n`);
  catches.set(bug, caught);
});
const style = await resolveConfig(pageFile);
await mkdir(dirname(pageFile), { recursive: true });
await writeFile(pageFile, await format(pageOf(catches), { ...style, filepath: pageFile }));
