/** What every failure has to be like, whatever caused it. */
import { errorNames } from '../../../functions/domain/errors.ts';

/** Longest message, in characters: what a terminal, a log line and a notice can hold. */
const messageMax = 4_000;
const controls = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
/** Words that only programmers understand, or nobody. */
const gibberish =
  /\[object |undefined|is not a function|Cannot read propert|not iterable|Maximum call stack|\$response|Deserialization/;

/** Everything that is wrong with a failure, in words; empty when a person and the state machines can work with it. */
export function faultsOf(error: unknown, alsoNamed: readonly string[] = []): string[] {
  if (!(error instanceof Error)) return [`threw ${typeof error}`];
  const { name, message } = error;
  const names: readonly string[] = [...errorNames, ...alsoNamed];
  return [
    ...(names.includes(name) ? [] : [`is a ${name}: ${message.slice(0, 300)} ${(error.stack ?? '').slice(0, 600)}`]),
    ...(message === '' ? ['says nothing'] : []),
    ...(message.length > messageMax ? [`has ${String(message.length)} characters`] : []),
    ...(controls.test(message) ? [`has control characters: ${JSON.stringify(message.slice(0, 200))}`] : []),
    ...(gibberish.test(message) ? [`is gibberish: ${message.slice(0, 300)}`] : []),
  ];
}

/** What a promise is rejected with; undefined when it is not. */
export const rejectionOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error ?? new Error('rejected with nothing'),
  );
