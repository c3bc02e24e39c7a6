/** Writes everything in the documents that is made from something else: `npm run docs`. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { madeFiles } from './pages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

for (const { path: file, make } of madeFiles(root)) {
  const target = path.join(root, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, await make());
}
