/** A Choice state's rules in words: what has to be so for a rule to be taken, as a person would say it. */
import { isDeepStrictEqual } from 'node:util';

/** A rule of a Choice state, as the definition has it. */
type Rule = Readonly<Record<string, unknown>>;

/** The comparisons of the language whose operator reads as a sign between the variable and the value. */
const signs: Readonly<Record<string, string>> = {
  Equals: '=',
  LessThan: '<',
  LessThanEquals: '≤',
  GreaterThan: '>',
  GreaterThanEquals: '≥',
  Matches: 'matches',
};

/** The tests of a variable's kind, such as IsPresent, by what they say. */
const kinds: Readonly<Record<string, readonly [yes: string, no: string]>> = {
  IsPresent: ['is there', 'is not there'],
  IsNull: ['is null', 'is not null'],
  IsBoolean: ['is a boolean', 'is no boolean'],
  IsNumeric: ['is a number', 'is no number'],
  IsString: ['is a text', 'is no text'],
  IsTimestamp: ['is a time', 'is no time'],
};

/**
 * Says when a rule is taken, such as `look.state = DONE` or `gate.answer is there`. Variables lose their `$.`.
 *
 * @throws TypeError for a comparison that the language does not have.
 */
export function ruleInWords(rule: Rule): string {
  const { And, Or, Not, Variable } = rule;
  if (isRules(And)) return And.map(within).join(' and ');
  if (isRules(Or)) return joinEither(Or);
  if (isRule(Not)) return `not (${ruleInWords(Not)})`;
  if (typeof Variable !== 'string') throw new TypeError(`a rule without a variable: ${JSON.stringify(rule)}`);
  return comparisonInWords(nameOf(Variable), rule);
}

function comparisonInWords(name: string, rule: Rule): string {
  const found = Object.entries(rule).find(([field]) => !['Variable', 'Next', 'Comment'].includes(field));
  if (found === undefined) throw new TypeError(`a rule that compares nothing: ${JSON.stringify(rule)}`);
  const [operator, value] = found;
  const kind = kinds[operator];
  if (kind !== undefined) return `${name} ${value === true ? kind[0] : kind[1]}`;
  if (operator === 'BooleanEquals') return value === true ? name : `not ${name}`;
  const [, comparison = ''] = /^(?:String|Numeric|Boolean|Timestamp)([A-Z]\w*?)(?:Path)?$/.exec(operator) ?? [];
  const sign = signs[comparison];
  if (sign === undefined) throw new TypeError(`unknown comparison ${operator}`);
  return `${name} ${sign} ${operator.endsWith('Path') ? nameOf(String(value)) : String(value)}`;
}

/** `x = A or B` where both sides ask of the same variable, which is shorter to read than both in full. */
function joinEither(rules: readonly Rule[]): string {
  const [first] = rules;
  const isSameQuestion =
    first !== undefined &&
    rules.every((rule) => rule['Variable'] === first['Variable'] && typeof rule['StringEquals'] === 'string') &&
    isDeepStrictEqual(Object.keys(first).sort(), ['StringEquals', 'Variable']);
  if (!isSameQuestion) return rules.map(within).join(' or ');
  return `${nameOf(String(first['Variable']))} = ${rules.map((rule) => String(rule['StringEquals'])).join(' or ')}`;
}

/** A rule inside another one, in brackets where it joins several. */
function within(rule: Rule): string {
  const words = ruleInWords(rule);
  return 'And' in rule || 'Or' in rule ? `(${words})` : words;
}

function nameOf(path: string): string {
  return path.replace(/^\$\.?/, '');
}

function isRule(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRules(value: unknown): value is readonly Rule[] {
  return Array.isArray(value) && value.every(isRule);
}
