/** What is made from the code is what stands in the repository: else `npm run docs`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { madeFiles } from '../../docs/generate/pages.ts';

const root = path.join(__dirname, '../..');
const files = madeFiles(root);

describe('a file made by `npm run docs`', () => {
  it.each(files)('$path is current', async ({ path: file, make }) => {
    expect(readFileSync(path.join(root, file), 'utf8')).toBe(await make());
  });
});
