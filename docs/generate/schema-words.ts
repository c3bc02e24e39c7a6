/** What a field takes, in words: its kind, its limits, its default. */
import { codeCell, plainCell } from './markdown.ts';
import type { SchemaNode } from './schema-node.ts';

const idPattern = /^\^(?<prefix>[a-z]+)-\[0-9[\w-]+\]\{\d+(?:,\d*)?\}\$$/;

/** Names for patterns that are longer than what they mean. */
const patternWords: readonly (readonly [begin: string, words: string])[] = [
  ['^(\\d{4}-(?:0[1-9]', 'time in ISO 8601'],
  ['^\\d{4}-\\d{2}-\\d{2}T', 'time in UTC, such as `2027-01-31T22:00:00Z`'],
  ['^arn:aws[a-z-]*:iam', 'ARN of a role'],
  ['^arn:aws[a-z-]*:lambda', 'ARN of a Lambda function'],
  ['^(arn:aws[a-z-]*:ssm', 'name or ARN of an SSM document'],
  ['^[^\\s\\x00]', 'text without blanks at its ends'],
  ['^\\d{12}$', 'account ID, 12 digits'],
  ['^[a-z]{2}(-[a-z]+)+-\\d$', 'region'],
];

/** The kind and the limits of a field; objects and long lists of values are named by the caller, as links. */
export function kindInWords(schema: SchemaNode, link: (schema: SchemaNode) => string | undefined): string {
  const linked = link(schema);
  if (linked !== undefined) return linked;
  if (schema.const !== undefined) return codeCell(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => codeCell(JSON.stringify(value))).join(', ');
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return variants.map((variant) => kindInWords(variant, link)).join(' or ');
  if (schema.type === 'array') return listInWords(schema, link);
  if (schema.type === 'object') return mapInWords(schema, link);
  return plainKind(schema);
}

function listInWords(schema: SchemaNode, link: (schema: SchemaNode) => string | undefined): string {
  const { items = {}, minItems, maxItems, uniqueItems } = schema;
  const count = rangeInWords(minItems, maxItems);
  return [
    `list${count === '' ? '' : ` of ${count}`}: ${kindInWords(items, link)}`,
    ...(uniqueItems === true ? ['none twice'] : []),
  ].join(', ');
}

function mapInWords(schema: SchemaNode, link: (schema: SchemaNode) => string | undefined): string {
  const { additionalProperties } = schema;
  if (typeof additionalProperties !== 'object') return 'object';
  return `object of any names, each: ${kindInWords(additionalProperties, link)}`;
}

function plainKind({ type, pattern, format, minimum, maximum, minLength, maxLength }: SchemaNode): string {
  if (type === 'boolean') return 'true or false';
  if (type === 'integer' || type === 'number') {
    const range = rangeInWords(minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum);
    return `${type === 'integer' ? 'whole number' : 'number'}${range === '' ? '' : `, ${range}`}`;
  }
  if (type !== 'string') return 'anything';
  if (pattern !== undefined) return patternInWords(pattern);
  if (format === 'date-time') return 'time in ISO 8601';
  if (maxLength === undefined) return minLength === 1 ? 'text, not empty' : 'text';
  return `text, ${rangeInWords(minLength, maxLength)} characters`;
}

function patternInWords(pattern: string): string {
  const prefix = idPattern.exec(pattern)?.groups?.['prefix'];
  if (prefix !== undefined) return `ID \`${prefix}-…\``;
  const words = patternWords.find(([begin]) => pattern.startsWith(begin));
  return words === undefined ? `text like ${codeCell(pattern)}` : words[1];
}

function rangeInWords(min: number | undefined, max: number | undefined): string {
  const show = (value: number) => value.toLocaleString('en-US');
  if (min !== undefined && max !== undefined) return `${show(min)} to ${show(max)}`;
  if (max !== undefined) return `at most ${show(max)}`;
  return min === undefined || min === 0 ? '' : `at least ${show(min)}`;
}

/** The default as a cell; empty where there is none, or where it is the empty object or list. */
export function defaultCell({ default: value }: SchemaNode): string {
  if (value === undefined) return '';
  const text = JSON.stringify(value);
  return text === '{}' || text === '[]' ? '' : codeCell(text);
}

/** What the field means, as a cell. */
export function meaningCell({ description }: SchemaNode): string {
  return description === undefined ? '' : plainCell(description);
}
