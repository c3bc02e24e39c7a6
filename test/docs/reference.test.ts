/** The reference is whole: every field, every verb, every error, every reason. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { listedVerbs } from '../../docs/generate/command-page.ts';
import { builtCodeNames, reasonPage } from '../../docs/generate/reason-page.ts';
import { reasonsIn } from '../../docs/generate/reason-scan.ts';
import { parseSchema, type SchemaNode } from '../../docs/generate/schema-node.ts';
import { errorNames } from '../../functions/domain/errors.ts';
import { publishedSchemas } from '../../schemas/published-schemas.ts';

const root = path.join(__dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

const fieldsOf = (schema: SchemaNode): string[] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [name, ...fieldsOf(field)]),
  ...[schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...Object.values(schema.$defs ?? {})].flatMap(
    (inner) => (inner === undefined ? [] : fieldsOf(inner)),
  ),
];

describe('the reference', () => {
  it.each(Object.entries(publishedSchemas))('of %s has a row for every field', (file, make) => {
    const page = read(`docs/reference/${file.replace('.schema.json', '.md')}`);
    const fields = new Set(fieldsOf(parseSchema(JSON.parse(JSON.stringify(make())))));

    expect(fields.size).toBeGreaterThan(3);
    expect([...fields].filter((name) => !page.includes(`\n| \`${name}\``))).toEqual([]);
  });

  it('of the commands has a section for every verb, none of which is empty', async () => {
    const page = read('docs/reference/commands.md');
    const verbs = await listedVerbs();

    expect(verbs.length).toBeGreaterThanOrEqual(11);
    for (const { name } of verbs) {
      expect(page).toMatch(new RegExp(`^## ${name}\\n\\n\`\`\`text\\nUsage: mgn-cutover ${name} `, 'm'));
    }
  });

  it('begins in the README, whose table has every verb', async () => {
    const inTable = [...read('README.md').matchAll(/^\| `(\w+)` +\|/gm)].map(([, verb = '']) => verb);

    expect(inTable.sort()).toEqual((await listedVerbs()).map(({ name }) => name).sort());
  });

  it('of the errors has every error that a state machine may match', () => {
    const page = read('docs/reference/errors.md');

    expect(errorNames.filter((name) => !page.includes(`| \`${name}\``))).toEqual([]);
  });

  it('of the reasons has every code that the sources put into a reason as it is', () => {
    const page = read('docs/reference/reason-codes.md');
    const sources = globSync('functions/**/*.ts', { cwd: root }).map(read).join('\n');
    const codes = new Set([...sources.matchAll(/\bcode: '([A-Z_]+)'/g)].map(([, code = '']) => code));

    expect(codes.size).toBeGreaterThan(50);
    expect([...codes].filter((code) => !page.includes(`| \`${code}\``))).toEqual([]);
  });

  it.each(Object.entries(builtCodeNames))('of the reasons says of %s only codes that stand there', (file, codes) => {
    const text = globSync('functions/domain/*.ts', { cwd: root }).map(read).join('\n') + read(`functions/${file}`);
    const parts = (code: string) =>
      code.startsWith('ACTION_') ? ['`ACTION_${', `'${code.replace('ACTION_', '')}'`] : [`'${code}'`];
    const named = codes.filter((code) => code === code.toUpperCase());

    expect(named.filter((code) => !parts(code).every((part) => text.includes(part)))).toEqual([]);
  });
});

describe('the search for reasons', () => {
  it('reads objects, makers with their arguments, constants and both sides of a condition', () => {
    const found = reasonsIn(
      'example.ts',
      `const describe = 'DescribeJobs';
       const refuse = (code: string, fact: string) => ({ code, fact, source: describe });
       refuse('FROM_MAKER', \`job \${id} is gone\`);
       const reason = { code: 'PLAIN', fact: isOld ? 'old' : 'new', source: describe, remedy: 'Wait.' };`,
    );

    expect(found).toEqual([
      { code: 'FROM_MAKER', fact: 'job … is gone', source: 'DescribeJobs', remedy: '' },
      { code: 'PLAIN', fact: 'old / new', source: 'DescribeJobs', remedy: 'Wait.' },
    ]);
  });

  it('refuses a file whose reasons nobody has put under a heading', () => {
    const text = `export const reason = { code: 'NEW', fact: 'new', source: 'DescribeJobs' };`;

    expect(() => reasonPage(new Map([['domain/never-seen.ts', text]]))).toThrow('domain/never-seen.ts');
  });

  it('refuses a file that builds a code which nobody has listed', () => {
    const text = "export const reason = { code: `NEW_${kind}`, fact: 'new', source: 'DescribeJobs' };";

    expect(() => reasonPage(new Map([['domain/readiness.ts', text]]))).toThrow('domain/readiness.ts');
  });
});
