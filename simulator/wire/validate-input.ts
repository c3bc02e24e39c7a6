/**
 * Server-side validation. The SDK checks nothing before it sends (`mgn.md` A.7), so every bound is kept here, and what
 * breaks one is answered with ValidationException naming each field.
 */
import * as v from 'valibot';

import { MgnException } from '../exceptions.ts';
import { shownText } from '../shown-text.ts';

/** One refused member: its dotted path and the constraint it broke. */
export interface FieldFailure {
  readonly name: string;
  readonly message: string;
}

/** The refusal of a request whose members are wrong: `reason` fieldValidationFailed, one `fieldList` entry a member. */
export const fieldValidationFailed = (failures: readonly FieldFailure[]): MgnException =>
  new MgnException(
    'ValidationException',
    `${String(failures.length)} validation ${failures.length === 1 ? 'error' : 'errors'} detected: ${failures
      .map(({ name, message }) => `Value at '${name}' failed to satisfy constraint: ${message}`)
      .join('; ')}`,
    { reason: 'fieldValidationFailed', fieldList: failures },
  );

const lengths = (issue: v.BaseIssue<unknown>): string =>
  issue.type.startsWith('min') ? 'greater than or equal to' : 'less than or equal to';

/** The broken constraint, worded as Smithy services word it. */
const constraintOf = (issue: v.BaseIssue<unknown>): string => {
  switch (issue.type) {
    case 'regex':
      return `Member must satisfy regular expression pattern: ${String(issue.requirement).replace(/^\/\^|\$\/$/g, '')}`;
    case 'min_length':
    case 'max_length':
    case 'max_entries':
      return `Member must have length ${lengths(issue)} ${String(issue.requirement)}`;
    case 'min_value':
    case 'max_value':
      return `Member must have value ${lengths(issue)} ${String(issue.requirement)}`;
    case 'picklist':
      return `Member must satisfy enum value set: ${issue.expected ?? ''}`;
    default:
      return issue.received === 'undefined'
        ? 'Member must not be null'
        : `Member must be of type ${issue.expected ?? ''}`;
  }
};

const failureOf = (issue: v.BaseIssue<unknown>): FieldFailure => ({
  name: shownText((issue.path ?? []).map((item) => String(item.key)).join('.'), nameMax),
  message: constraintOf(issue),
});

/** Longest path that an answer repeats, in characters: keys of tags are as long as callers make them. */
const nameMax = 300;
/** Most members that an answer names. */
const failuresMax = 100;

/**
 * The input a request carries.
 *
 * @throws MgnException ValidationException with the broken constraints, in the members' order.
 */
export const validateInput = <Schema extends v.GenericSchema>(schema: Schema, raw: unknown): v.InferOutput<Schema> => {
  const parsed = v.safeParse(schema, raw);
  if (parsed.success) return parsed.output;
  throw fieldValidationFailed(parsed.issues.slice(0, failuresMax).map(failureOf));
};
