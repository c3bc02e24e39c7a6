/** A small state machine whose behaviour is a fact to agree on, and what is observed of it. */
import { isDeepStrictEqual } from 'node:util';

/** Fields of a state or of a machine, as in a file. */
export type Fields = Readonly<Record<string, unknown>>;

/** One question to an interpreter of the Amazon States Language. */
export interface ConformanceCase {
  /** Names the case, its machines and its recorded fact: kebab-case. */
  readonly name: string;
  /** The machine, with `${ActFunctionArn}` for the function of `act.ts` and `${ChildStateMachineArn}` for `child`. */
  readonly machine: Fields;
  /** A machine that the first one may start. */
  readonly child?: Fields;
  readonly input?: unknown;
  /**
   * Why only AWS can answer it: the answer is made outside the interpreter (by Lambda's runtime, for instance), so that
   * another interpreter would only be told our own opinion.
   */
  readonly onlyAws?: string;
}

/** How an execution of a case ended, with everything masked that no two executions share. */
export interface Observation {
  readonly status: string;
  readonly output?: unknown;
  readonly error?: string;
  /** JSON inside it is parsed. */
  readonly cause?: unknown;
  /** How often each type of event stands in the execution's own history. */
  readonly events: Readonly<Record<string, number>>;
}

/** An ended execution as any engine tells of it. */
export interface Ended {
  readonly status: string;
  readonly output?: unknown;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly eventTypes: readonly string[];
}

/** What is worth comparing of an ended execution. */
export function observe({ status, output, error, cause, eventTypes }: Ended): Observation {
  const events: Record<string, number> = {};
  for (const type of [...eventTypes].sort()) events[type] = (events[type] ?? 0) + 1;
  return {
    status,
    ...(output === undefined ? {} : { output: masked(output) }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause: masked(unwrapped(cause)) }),
    events,
  };
}

/** Members whose values no two executions share; what is kept of them is their kind. */
const fleeting = new Set(['ExecutionArn', 'StateMachineArn', 'Name', 'StartDate', 'StopDate', 'trace', 'token']);
const fleetingText = [
  [/Request ID: [^;)]*/g, 'Request ID: …'],
  [/arn:aws[\w-]*:states:[^\s'"]*/g, 'arn:…'],
  [/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)/g, 'a time'],
] as const;

function masked(value: unknown): unknown {
  if (typeof value === 'string') {
    if (value.length > 1_000) return `${value.length} characters`;
    return fleetingText.reduce((text, [pattern, mask]) => text.replaceAll(pattern, mask), value);
  }
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]): [string, unknown] => {
        if (fleeting.has(key)) return [key, Array.isArray(member) ? 'a list' : `a ${typeof member}`];
        return [key, masked(key === 'Cause' && typeof member === 'string' ? unwrapped(member) : member)];
      }),
  );
}

/** JSON in a text, or the text. */
function unwrapped(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { json: parsed } : text;
  } catch {
    return text;
  }
}

/** Errors whose names are a matter of the interpreter, and whose Cause is its own words. */
const worded = /^(States|StepFunctions|Sfn|Lambda)\./;

/**
 * An observation without what interpreters may word as they like: where the error is the interpreter's own, of a Cause that
 * is no JSON only whether there is one.
 */
export function comparable({ cause, ...rest }: Observation): Observation {
  const kept = wordless(rest.error, cause);
  const output = withoutWords(rest.output);
  return {
    ...rest,
    ...(output === undefined ? {} : { output }),
    ...(kept === undefined || kept === '' ? {} : { cause: kept }),
  };
}

function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (typeof value !== 'object' || value === null) return value;
  const error = 'Error' in value ? value.Error : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]): [string, unknown] => [
      key,
      key === 'Cause' ? wordless(error, member) : withoutWords(member),
    ]),
  );
}

function wordless(error: unknown, cause: unknown): unknown {
  const isWorded = typeof error === 'string' && worded.test(error) && typeof cause === 'string' && cause !== '';
  return isWorded ? 'some words' : cause;
}

/** Names of the members in which two observations of a case differ; none when they agree. */
export function differences(one: Observation, other: Observation): string[] {
  const members = ['status', 'output', 'error', 'cause', 'events'] as const;
  const [first, second] = [comparable(one), comparable(other)];
  return members.filter((member) => !isDeepStrictEqual(first[member], second[member]));
}

/** The machine with its two kinds of placeholder filled in, as JSON text. */
export function definitionOf(machine: Fields, arns: { readonly act: string; readonly child?: string }): string {
  return JSON.stringify(machine)
    .replaceAll('${ActFunctionArn}', arns.act)
    .replaceAll('${ChildStateMachineArn}', arns.child ?? '');
}
