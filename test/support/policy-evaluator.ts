/**
 * Evaluates policies as IAM documents it (IAM User Guide, "Policy evaluation logic"), for the conditions that policies
 * about MGN are made of. Knows nothing of this repository, so that it can judge what is written here.
 */
import * as v from 'valibot';

const ListSchema = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
);
/** Schema of a policy document. */
export const PolicySchema = v.object({
  Statement: v.array(
    v.object({
      Effect: v.picklist(['Allow', 'Deny']),
      Action: ListSchema,
      Resource: ListSchema,
      Condition: v.optional(v.record(v.string(), v.record(v.string(), ListSchema)), {}),
    }),
  ),
});
/** A policy document. */
export type Policy = v.InferInput<typeof PolicySchema>;
type Statement = v.InferOutput<typeof PolicySchema>['Statement'][number];

/** A call, and the values of the condition keys that are known of it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** What policies come to. */
export interface Evaluation {
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** Names of the policies whose statements decided. */
  readonly matched: readonly string[];
  /** Keys that statements about this call ask for and that are not known. */
  readonly missing: readonly string[];
}

/** Evaluates named policies. */
export function evaluate(policies: Readonly<Record<string, Policy>>, call: Call): Evaluation {
  const statements = Object.entries(policies).flatMap(([name, policy]) =>
    v
      .parse(PolicySchema, policy)
      .Statement.filter(
        ({ Action, Resource }) => matchesAny(Action, call.action) && matchesAny(Resource, call.resource),
      )
      .map((statement) => ({ name, statement })),
  );
  const holding = statements.filter(({ statement }) => holds(statement, call));
  const denying = holding.filter(({ statement }) => statement.Effect === 'Deny');
  const deciding = denying.length > 0 ? denying : holding;
  const missing = statements.flatMap(({ statement }) => unknownKeys(statement, call));
  return {
    decision: denying.length > 0 ? 'explicitDeny' : holding.length > 0 ? 'allowed' : 'implicitDeny',
    matched: deciding.map(({ name }) => name),
    missing: [...new Set(missing)],
  };
}

function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matches(pattern, text));
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(text);
}

function holds({ Condition }: Statement, { context }: Call): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => isMet(operator, expected, context[key])),
  );
}

function isMet(operator: string, expected: readonly string[], actual: readonly string[] | undefined): boolean {
  switch (operator) {
    case 'Null':
      return (actual === undefined ? 'true' : 'false') === expected[0];
    case 'StringEquals':
    case 'ForAnyValue:StringEquals':
    case 'Bool':
      return actual?.some((value) => expected.includes(value)) ?? false;
    // It holds also where there is no such key (IAM User Guide, "Set operators for multivalued context keys").
    case 'ForAllValues:StringLike':
      return actual?.every((value) => matchesAny(expected, value)) ?? true;
    case 'StringLike':
    case 'ArnLike':
      return actual?.some((value) => matchesAny(expected, value)) ?? false;
    default:
      throw new Error(`the evaluator does not know ${operator}`);
  }
}

function unknownKeys({ Condition }: Statement, { context }: Call): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    operator === 'Null' ? [] : Object.keys(keys).filter((key) => context[key] === undefined),
  );
}
