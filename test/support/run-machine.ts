/** Runs small state machines through the local adapter in virtual time and notes what a reader of the run would see. */
import { type RunningExecution, startExecution } from '../../local/execution.ts';
import type { ExecutionResult } from '../../local/execution-result.ts';
import type { HistoryEvent } from '../../local/history.ts';
import type { TaskHandler } from '../../local/lambda-context.ts';
import { compileMachines } from '../../local/machines.ts';
import { HistoryMeter, type MeterReport } from '../../local/meter.ts';
import { type Time, withVirtualTime } from '../../local/virtual-time.ts';

/** Midnight, so that virtual seconds are easy to read in timestamps. */
export const START_MS = Date.UTC(2026, 0, 1);

/** One call of a handler. */
export interface Call {
  readonly handler: string;
  /** Virtual seconds since the start. */
  readonly atSeconds: number;
  readonly event: unknown;
}

/** An ended run. */
export interface Run {
  readonly result: ExecutionResult;
  readonly events: readonly HistoryEvent[];
  readonly calls: readonly Call[];
  readonly meter: MeterReport;
  /** Virtual seconds from the start to the end of the execution. */
  readonly seconds: number;
}

/** A handler given the number of its call, from 1. */
export type NumberedHandler = (event: unknown, callNumber: number) => unknown;

/** What a run may need beside its definition. */
export interface RunSetup {
  readonly input?: unknown;
  readonly handlers?: Readonly<Record<string, NumberedHandler>>;
  /** Machines that the first may start, by name. */
  readonly children?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  /** Acts on the execution while it runs. */
  readonly act?: (running: RunningExecution, time: Time) => Promise<void> | void;
}

/** Fields of a state or of a machine, as in a file. */
export type Fields = Record<string, unknown>;

/** A Task that calls the handler `Poll`. */
export const poll = (fields: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: '${PollFunctionArn}',
  TimeoutSeconds: 60,
  ...fields,
});

/** A machine of these states, starting with the first. */
export const machineOf = (states: Fields, fields: Fields = {}): Fields => ({
  StartAt: Object.keys(states)[0],
  States: states,
  ...fields,
});

/** A machine of one state, `Only`. */
export const only = (state: Fields, fields: Fields = {}): Fields =>
  machineOf({ Only: { End: true, ...state } }, fields);

/** A machine of one state, `Only`, and a Pass `Caught` for its Catch to lead to. */
export const withCaught = (state: Fields): Fields =>
  machineOf({ Only: { End: true, ...state }, Caught: { Type: 'Pass', End: true } });

/** A Catch of one error that leads to `Caught`. */
export const caughtAs = (name: string): Fields => ({
  Catch: [{ ErrorEquals: [name], ResultPath: '$.error', Next: 'Caught' }],
});

/** A run whose `Poll` throws this at every call. */
export const throwing = (thrown: unknown): RunSetup => ({
  handlers: {
    Poll: () => {
      throw thrown;
    },
  },
});

/** An error with a name of its own, as handlers throw them. */
export function namedError(name: string, message = 'it failed'): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** Runs the machine `main` to its end. */
export async function runMachine(definition: unknown, setup: RunSetup = {}): Promise<Run> {
  const machines = compileMachines({ main: definition, ...setup.children }, { validate: false });
  const calls: Call[] = [];
  const events: HistoryEvent[] = [];
  const meter = new HistoryMeter();
  const result = await withVirtualTime({ startMs: START_MS, seed: setup.seed ?? 1 }, async (time) => {
    const running = startExecution({
      machines,
      machine: 'main',
      name: 'night',
      input: setup.input ?? {},
      handlers: recording(setup.handlers ?? {}, calls),
      time,
      onEvent: (event) => {
        events.push(event);
        meter.record(event);
      },
    });
    await setup.act?.(running, time);
    return await running.result;
  });
  const seconds = (result.endedAtMs - result.startedAtMs) / 1000;
  return { result, events, calls, meter: meter.report(), seconds };
}

function recording(handlers: Readonly<Record<string, NumberedHandler>>, calls: Call[]): Record<string, TaskHandler> {
  return Object.fromEntries(
    Object.entries(handlers).map(([handler, perform]): [string, TaskHandler] => [
      handler,
      async (event) => {
        calls.push({ handler, atSeconds: (Date.now() - START_MS) / 1000, event });
        return await perform(event, calls.filter((call) => call.handler === handler).length);
      },
    ]),
  );
}

/** Waits in the run's own time. */
export function sleepSeconds(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}

/** The moments of the calls of one handler, in virtual seconds since the start. */
export function timesOf(run: Run, handler: string): number[] {
  return run.calls.filter((call) => call.handler === handler).map(({ atSeconds }) => atSeconds);
}

/** The event types of a run's own execution, in order. */
export function typesOf(run: Run): string[] {
  return run.events.filter(({ machine }) => machine === 'main').map(({ type }) => type);
}
