/**
 * The reference of one published schema as a page: a table for the file and one for each object in it, one after the
 * other, each under the path of its field. An object that is met again is linked, and not told twice.
 */
import path from 'node:path';
import { anchorOf, codeCell, madeFrom, plainCell, table } from './markdown.ts';
import type { SchemaNode } from './schema-node.ts';
import { defaultCell, kindInWords, meaningCell } from './schema-words.ts';

/** What a page says around its tables. */
export interface SchemaPage {
  /** The schema's file, such as `run-input.schema.json`. */
  readonly file: string;
  readonly introduction: string;
}

/** An enumeration of more values than this has a section of its own. */
const shortEnumMax = 12;

interface Section {
  readonly heading: string;
  readonly schema: SchemaNode;
}

/** Makes the page. */
export function schemaPage(schema: SchemaNode, { file, introduction }: SchemaPage): string {
  const sections = new Map<string, Section>();
  const enumerations = new Map<string, { readonly heading: string; readonly values: readonly unknown[] }>();
  collect(schema, '', sections, enumerations);
  for (const [name, definition] of Object.entries(schema.$defs ?? {})) {
    if (!hasFields(definition)) sections.set(keyOf(definition), { heading: name, schema: definition });
    addSection(definition, name, sections, enumerations);
  }
  const link = (node: SchemaNode) => linkOf(node, sections, enumerations);
  const { title = file } = schema;
  return [
    madeFrom(`\`schemas/${file}\``),
    '',
    `# ${title}`,
    '',
    introduction,
    '',
    `The same for editors and other tools: [\`schemas/${file}\`](../../schemas/${file}).`,
    '',
    ...objectLines(schema, link),
    ...[...sections.values()].flatMap((section) => sectionLines(section, link)),
    ...[...enumerations.values()].flatMap(({ heading, values }) => [
      '',
      `## ${heading}`,
      '',
      values.map((value) => codeCell(JSON.stringify(value))).join(', '),
    ]),
    '',
  ].join('\n');
}

type Sections = Map<string, Section>;
type Enumerations = Map<string, { readonly heading: string; readonly values: readonly unknown[] }>;

/** Two objects are the same when they take the same, whatever is said about them. */
function keyOf(schema: SchemaNode): string {
  return JSON.stringify({ ...schema, description: undefined, default: undefined, title: undefined });
}

const hasFields = (schema: SchemaNode) => Object.keys(schema.properties ?? {}).length > 0;

/** Gives every object under this schema a section, in the order in which they are met. */
function collect(schema: SchemaNode, at: string, sections: Sections, enumerations: Enumerations): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    addSection(field, at === '' ? name : `${at}.${name}`, sections, enumerations);
  }
}

function addSection(schema: SchemaNode, at: string, sections: Sections, enumerations: Enumerations): void {
  const { enum: values, items, additionalProperties } = schema;
  if (values !== undefined && values.length > shortEnumMax && !enumerations.has(JSON.stringify(values))) {
    enumerations.set(JSON.stringify(values), { heading: `Values of ${at}`, values });
  }
  if (hasFields(schema) && !sections.has(keyOf(schema))) {
    sections.set(keyOf(schema), { heading: at, schema });
    collect(schema, at, sections, enumerations);
  }
  if (items !== undefined) addSection(items, `${at}[]`, sections, enumerations);
  if (typeof additionalProperties === 'object') addSection(additionalProperties, `${at}.*`, sections, enumerations);
  for (const variant of schema.anyOf ?? schema.oneOf ?? []) {
    addSection(variant, `${at}${variantName(variant)}`, sections, enumerations);
  }
}

/** Variants of an object are told apart by the field that has one value only, or else by the first they ask for. */
function variantName(variant: SchemaNode): string {
  const { required: [name] = [] } = variant;
  const mark = markOf(variant);
  if (mark !== undefined) return ` with ${mark.name} ${mark.value}`;
  return name === undefined ? '' : ` with ${name}`;
}

/** The field of a variant that has one value only. */
function markOf({ properties = {} }: SchemaNode): { readonly name: string; readonly value: string } | undefined {
  const mark = Object.entries(properties).find(([, field]) => field.const !== undefined);
  return mark === undefined ? undefined : { name: mark[0], value: String(mark[1].const) };
}

function linkOf(schema: SchemaNode, sections: Sections, enumerations: Enumerations): string | undefined {
  const { $ref, enum: values } = schema;
  if ($ref !== undefined) return referenceOf($ref);
  const long = values === undefined ? undefined : enumerations.get(JSON.stringify(values));
  if (long !== undefined) return `[one of ${String(long.values.length)}](#${anchorOf(long.heading)})`;
  const section = sections.get(keyOf(schema));
  if (section !== undefined) return `[${plainCell(section.heading)}](#${anchorOf(section.heading)})`;
  return variantLinks(schema, sections);
}

/** Many variants in one cell: only what tells them apart. */
function variantLinks({ anyOf, oneOf }: SchemaNode, sections: Sections): string | undefined {
  const links = (anyOf ?? oneOf ?? []).map((variant) => {
    const heading = sections.get(keyOf(variant))?.heading;
    const mark = markOf(variant);
    return heading === undefined || mark === undefined ? undefined : { ...mark, anchor: anchorOf(heading) };
  });
  const [first] = links;
  if (first === undefined || links.includes(undefined)) return undefined;
  return `by ${codeCell(first.name)}: ${links.flatMap((link) => (link === undefined ? [] : `[${link.value}](#${link.anchor})`)).join(', ')}`;
}

function referenceOf(reference: string): string {
  const [, file = '', pointer = ''] = /^([^#]*)(?:#\/(?:\$defs|properties)\/(\w+))?$/.exec(reference) ?? [];
  if (file === '') return `[${pointer}](#${anchorOf(pointer)})`;
  const page = `${path.basename(file, '.schema.json')}.md`;
  return pointer === ''
    ? `[${page.replace('.md', '').replace('-', ' ')}](${page})`
    : `[${pointer}](${page}#${anchorOf(pointer)})`;
}

function sectionLines({ heading, schema }: Section, link: (schema: SchemaNode) => string | undefined): string[] {
  const { description } = schema;
  return [
    '',
    `${heading.includes('.') || heading.includes('[') || heading.includes(' ') ? '###' : '##'} ${plainCell(heading)}`,
    '',
    ...(description === undefined ? [] : [plainCell(description), '']),
    ...objectLines(schema, link),
  ];
}

function objectLines(schema: SchemaNode, link: (schema: SchemaNode) => string | undefined): string[] {
  const { properties = {}, required = [], oneOf = [], minProperties } = schema;
  if (!hasFields(schema)) return [`One of these: ${oneOf.map((variant) => link(variant) ?? 'object').join(', ')}.`];
  const rows = Object.entries(properties).map(([name, field]) => [
    `${codeCell(name)}${required.includes(name) ? ' (required)' : ''}`,
    kindInWords(field, link),
    defaultCell(field),
    meaningCell(field),
  ]);
  const alternatives = oneOf.flatMap(({ required: [name] = [] }) => (name === undefined ? [] : [codeCell(name)]));
  return [
    ...table(['field', 'takes', 'default', 'meaning'], rows),
    ...(alternatives.length > 1 ? ['', `Exactly one of ${alternatives.join(', ')} is given.`] : []),
    ...(minProperties === undefined
      ? []
      : ['', `At least ${String(minProperties)} of these fields ${minProperties === 1 ? 'is' : 'are'} given.`]),
  ];
}
