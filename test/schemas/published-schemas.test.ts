import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { publishedSchemas } from '../../schemas/published-schemas.ts';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Names of the properties that neither describe themselves nor refer to what does. */
const withoutDescription = (properties: object): string[] =>
  Object.entries(properties)
    .filter(([, property]) => !isObject(property) || !['description', '$ref', 'const'].some((key) => key in property))
    .map(([name]) => name);

describe('published schemas', () => {
  it.each(Object.keys(publishedSchemas))('schemas/%s is current; else run `node schemas/generate.ts`', (name) => {
    const committed: unknown = JSON.parse(readFileSync(join('schemas', name), 'utf8'));
    expect(committed).toEqual(publishedSchemas[name]?.());
  });

  it.each(Object.entries(publishedSchemas))('%s describes every property', (_name, make) => {
    const undescribed: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (!isObject(schema)) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key === 'properties' && isObject(value))
          undescribed.push(...withoutDescription(value).map((name) => `${path}/${name}`));
        visit(value, `${path}/${key}`);
      }
    };
    visit(make(), '');
    expect(undescribed).toEqual([]);
  });
});
