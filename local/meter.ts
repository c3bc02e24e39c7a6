/**
 * What a run would cost and how near it comes to Step Functions' limits, read from its history: history events
 * (limit 25,000), state transitions (what AWS bills), Lambda calls and the largest payload (limit 256 KiB).
 */
import type { HistoryEvent } from './history.ts';

/** Counts of one execution, or of a whole run. */
export interface Meter {
  /** Events in the history. */
  readonly historyEvents: number;
  /** States entered and retries: what AWS bills. An inline Map's iteration is none by itself. */
  readonly transitions: number;
  /** Calls of functions, retries included; nested executions are not among them. */
  readonly taskCalls: number;
  /** Attempts after the first, of any state. */
  readonly retries: number;
  /** The largest input, output or result of any state, in bytes. */
  readonly largestPayloadBytes: number;
}

/** The counts of one execution. */
export interface ExecutionMeter extends Meter {
  readonly executionArn: string;
  readonly machine: string;
}

/** The counts of a run: every execution in the order of their start, and all of them together. */
export interface MeterReport {
  readonly executions: readonly ExecutionMeter[];
  /** Sums; the payload is the largest of all. */
  readonly total: Meter;
}

/** Listens to a run's history; give {@link record} to `startExecution` as its `onEvent`, or call it from there. */
export class HistoryMeter {
  readonly #byArn = new Map<string, Tally>();

  /** Counts one event. */
  readonly record = (event: HistoryEvent): void => {
    const { executionArn, machine } = event;
    let tally = this.#byArn.get(executionArn);
    if (tally === undefined) {
      tally = { executionArn, machine, ...nothing };
      this.#byArn.set(executionArn, tally);
    }
    count(tally, event);
  };

  /** The counts so far. */
  report(): MeterReport {
    const executions = [...this.#byArn.values()].map((tally) => ({ ...tally }));
    const sum = (of: (meter: Meter) => number) => executions.reduce((total, meter) => total + of(meter), 0);
    return {
      executions,
      total: {
        historyEvents: sum(({ historyEvents }) => historyEvents),
        transitions: sum(({ transitions }) => transitions),
        taskCalls: sum(({ taskCalls }) => taskCalls),
        retries: sum(({ retries }) => retries),
        largestPayloadBytes: Math.max(0, ...executions.map(({ largestPayloadBytes }) => largestPayloadBytes)),
      },
    };
  }
}

type Tally = { -readonly [Key in keyof ExecutionMeter]: ExecutionMeter[Key] };

const nothing: Meter = { historyEvents: 0, transitions: 0, taskCalls: 0, retries: 0, largestPayloadBytes: 0 };

const attemptOpeners: ReadonlySet<string> = new Set([
  'LambdaFunctionScheduled',
  'TaskScheduled',
  'MapStateStarted',
  'ParallelStateStarted',
]);

function count(tally: Tally, event: HistoryEvent): void {
  tally.historyEvents += 1;
  if ('payloadBytes' in event) {
    tally.largestPayloadBytes = Math.max(tally.largestPayloadBytes, event.payloadBytes);
  }
  if (event.type.endsWith('StateEntered')) {
    tally.transitions += 1;
  }
  if ('attempt' in event && event.attempt > 1 && attemptOpeners.has(event.type)) {
    tally.transitions += 1;
    tally.retries += 1;
  }
  if ('handler' in event) {
    tally.taskCalls += 1;
  }
}
