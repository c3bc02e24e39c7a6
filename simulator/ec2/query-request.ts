/**
 * Requests of AWS's Query protocol, which EC2 and CloudWatch speak: a form with `Action` and `Version`, posted to the
 * root, and lists as numbered fields.
 */
import type { WireRequest } from '../wire/http-message.ts';
import { Ec2Exception } from './ec2-exception.ts';

/** A filter: a record passes that has one of the values, in which `*` and `?` stand for anything. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** The fields of a form. */
export type Fields = ReadonlyMap<string, string>;

/** A form that asks for an action. */
export interface QueryRequest {
  readonly action: string;
  /** The version of the API, which tells the services apart. */
  readonly version: string;
  readonly fields: Fields;
}

/** The form in a request, if it holds one. */
export const queryRequestOf = ({ method, path, query, body }: WireRequest): QueryRequest | undefined => {
  if (path !== '/' || (method !== 'POST' && method !== 'GET')) return undefined;
  const inQuery = Object.entries(query).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  const fields = new Map([...inQuery, ...(body.startsWith('{') ? [] : new URLSearchParams(body))]);
  const action = fields.get('Action');
  const version = fields.get('Version');
  if (action === undefined || version === undefined) return undefined;
  fields.delete('Action');
  fields.delete('Version');
  return { action, version, fields };
};

/** The values of a list: `Name.1`, `Name.2` and so on, in the order of their numbers. */
export const listOf = (fields: Fields, name: string): string[] =>
  [...fields]
    .flatMap(([key, value]) => {
      const number = key.startsWith(`${name}.`) ? Number(key.slice(name.length + 1)) : NaN;
      return Number.isInteger(number) ? [{ number, value }] : [];
    })
    .sort((one, other) => one.number - other.number)
    .map(({ value }) => value);

/** Most fields that name filters and their values: EC2 takes 200 values, each filter with a name. */
const filterFieldsMax = 400;

/**
 * All filters of a request.
 *
 * @throws Ec2Exception FilterLimitExceeded
 */
export const filtersOf = (fields: Fields): Filter[] => {
  if ([...fields.keys()].filter((key) => key.startsWith('Filter.')).length > filterFieldsMax) {
    throw new Ec2Exception('FilterLimitExceeded', 'The maximum number of filter values specified has been exceeded.');
  }
  const numbers = new Set([...fields.keys()].flatMap((key) => /^Filter\.(\d+)\./.exec(key)?.[1] ?? []));
  return [...numbers].map((number) => ({
    name: fields.get(`Filter.${number}.Name`) ?? '',
    values: listOf(fields, `Filter.${number}.Value`),
  }));
};

/** Whether a value passes a filter. */
export const passes = (value: string, { values }: Filter): boolean => values.some((pattern) => matches(value, pattern));

/** Steps back to the latest `*` only, so that a pattern of many stars takes no longer than its length times the value's. */
const matches = (value: string, pattern: string): boolean => {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let starAt = 0;
  while (at < value.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern;
      starAt = at;
      inPattern += 1;
    } else if (wanted === '?' || wanted === value[at]) {
      at += 1;
      inPattern += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(inPattern));
};

/**
 * Refuses a request with a field that is not modelled: it would be answered as if it were not there.
 *
 * @param known - names of fields, and of lists without their numbers.
 * @throws Ec2Exception naming the field.
 */
export const refuseUnmodelled = (action: string, fields: Fields, known: readonly string[]): void => {
  for (const field of fields.keys()) {
    const isKnown = known.some((name) => field === name || field.startsWith(`${name}.`));
    if (!isKnown) throw new Ec2Exception('NotImplemented', `The simulator does not model ${field} of ${action}.`);
  }
};
