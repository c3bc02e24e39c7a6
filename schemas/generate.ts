/** Writes the published JSON Schemas into this folder: `npx node schemas/generate.ts`. */
import { writeFile } from 'node:fs/promises';

import { format, resolveConfig } from 'prettier';

import { publishedSchemas } from './published-schemas.ts';

for (const [name, make] of Object.entries(publishedSchemas)) {
  const file = new URL(name, import.meta.url);
  const style = await resolveConfig(file);
  await writeFile(file, await format(JSON.stringify(make()), { ...style, parser: 'json' }));
}
