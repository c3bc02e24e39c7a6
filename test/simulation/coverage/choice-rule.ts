/** Which branch a Choice state takes, for the comparisons that the files of `statemachine/` make. */

type Rule = Readonly<Record<string, unknown>>;

/** A Choice state compares in a way that is not known here; the message names it. */
export class UnknownComparisonError extends Error {
  override readonly name = 'UnknownComparisonError';
}

/**
 * Index of the first rule that holds for the state's input; their number where none does and the default is taken.
 * @throws UnknownComparisonError
 */
export function chosenBranch(rules: readonly Rule[], input: unknown): number {
  const index = rules.findIndex((rule) => holds(rule, input));
  return index === -1 ? rules.length : index;
}

function holds(rule: unknown, input: unknown): boolean {
  if (!isRecord(rule)) throw new UnknownComparisonError(JSON.stringify(rule));
  const { Or: anyOf, And: allOf, Not: not, Variable: path } = rule;
  if (Array.isArray(anyOf)) return anyOf.some((each) => holds(each, input));
  if (Array.isArray(allOf)) return allOf.every((each) => holds(each, input));
  if (not !== undefined) return !holds(not, input);
  const value = typeof path === 'string' ? valueAt(path, input) : undefined;
  const [comparison] = Object.entries(rule).filter(([key]) => key !== 'Variable' && key !== 'Next');
  return compares(comparison ?? ['nothing', undefined], value);
}

function compares([comparison, expected]: [string, unknown], value: unknown): boolean {
  switch (comparison) {
    case 'IsPresent':
      return (value !== undefined) === expected;
    case 'StringEquals':
    case 'BooleanEquals':
      return value === expected;
    case 'NumericGreaterThan':
      return typeof value === 'number' && typeof expected === 'number' && value > expected;
    default:
      throw new UnknownComparisonError(comparison);
  }
}

function valueAt(path: string, input: unknown): unknown {
  const keys = path.split('.').slice(1);
  return keys.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), input);
}

function isRecord(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null;
}
