/** What was called and how it ended: counters for benches and the control path, and a hook for logs. */
import { shownText } from './shown-text.ts';

/** One call, as the log hook sees it. */
export interface CallRecord {
  readonly operation: string;
  /** HTTP status of the answer; 0 when the caller never got one. */
  readonly status: number;
  /** Wire name of the refusal, or ConnectionReset, LostAnswer; absent when the call was answered as asked. */
  readonly error: string | undefined;
  /** The simulator's time in epoch milliseconds. */
  readonly at: number;
}

/** Counters of one operation. */
export interface CallCount {
  readonly calls: number;
  /** How many of them ended in each error. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Counters by operation name, for every operation that was called. */
export type CallCounts = Readonly<Record<string, CallCount>>;

/** Counters that are being kept. */
export interface CallLog {
  readonly record: (call: CallRecord) => void;
  readonly counts: () => CallCounts;
  readonly reset: () => void;
}

/** Longest name of an operation, in characters, and most names: callers make up names of operations that do not exist. */
const nameMax = 100;
const namesMax = 1_000;

/** A log with all counters at zero; `onCall` hears of every call after it is counted. */
export const createCallLog = (onCall: ((call: CallRecord) => void) | undefined): CallLog => {
  const counted = new Map<string, { calls: number; errors: Map<string, number> }>();
  const nameOf = (operation: string): string => {
    if (counted.has(operation)) return operation;
    return counted.size < namesMax ? shownText(operation, nameMax) : '(others)';
  };
  return {
    record: (given) => {
      const operation = nameOf(given.operation);
      const call = operation === given.operation ? given : { ...given, operation };
      const count = counted.get(call.operation) ?? { calls: 0, errors: new Map<string, number>() };
      count.calls += 1;
      if (call.error !== undefined) count.errors.set(call.error, (count.errors.get(call.error) ?? 0) + 1);
      counted.set(call.operation, count);
      onCall?.(call);
    },
    counts: () =>
      Object.fromEntries(
        [...counted].map(([operation, { calls, errors }]) => [
          operation,
          { calls, errors: Object.fromEntries(errors) },
        ]),
      ),
    reset: () => {
      counted.clear();
    },
  };
};
