/** JSON Schema as far as the published schemas use it, parsed once so that the pages are made from known shapes. */
import * as v from 'valibot';

/** A schema, of a field or of a whole file. */
export interface SchemaNode {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly title?: string | undefined;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly minProperties?: number | undefined;
  readonly uniqueItems?: boolean | undefined;
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: SchemaNode | undefined;
  readonly additionalProperties?: boolean | SchemaNode | undefined;
  readonly propertyNames?: SchemaNode | undefined;
  readonly anyOf?: readonly SchemaNode[] | undefined;
  readonly oneOf?: readonly SchemaNode[] | undefined;
  readonly $ref?: string | undefined;
  readonly $defs?: Readonly<Record<string, SchemaNode>> | undefined;
  readonly $schema?: string | undefined;
}

const number = v.optional(v.number());
const text = v.optional(v.string());
const node = v.lazy((): v.GenericSchema<unknown, SchemaNode> => schemaNodeSchema);
const nodes = v.optional(v.array(node));
const namedNodes = v.optional(v.record(v.string(), node));

/** Strict, so that a keyword that the pages would leave out fails here. */
const schemaNodeSchema: v.GenericSchema<unknown, SchemaNode> = v.strictObject({
  type: text,
  description: text,
  title: text,
  default: v.optional(v.unknown()),
  const: v.optional(v.unknown()),
  enum: v.optional(v.array(v.unknown())),
  pattern: text,
  format: text,
  minimum: number,
  maximum: number,
  minLength: number,
  maxLength: number,
  minItems: number,
  maxItems: number,
  minProperties: number,
  uniqueItems: v.optional(v.boolean()),
  properties: namedNodes,
  required: v.optional(v.array(v.string())),
  items: v.optional(node),
  additionalProperties: v.optional(v.union([v.boolean(), node])),
  propertyNames: v.optional(node),
  anyOf: nodes,
  oneOf: nodes,
  $ref: text,
  $defs: namedNodes,
  $schema: text,
});

/** @throws ValiError where the schema has a keyword that the pages do not tell. */
export function parseSchema(json: unknown): SchemaNode {
  return v.parse(schemaNodeSchema, json);
}
