/**
 * Runs the states of one scope (a machine, a Map iteration, a Parallel branch) on the engine. The engine decides what
 * comes next, retries and catches; this module performs the tasks, follows the engine's log to keep the history, and
 * makes sure that nothing starts once the scope has been aborted.
 */
import { ExecutionError } from 'aws-local-stepfunctions';
import type { StateType } from './asl.ts';
import type { AttemptEventType, ContainerEventType } from './history.ts';
import type { Json } from './json.ts';
import type { LiveExecution } from './live-execution.ts';
import { type Performance, type Scope, SELECT_ITEM } from './machines.ts';
import { performTask } from './perform-task.ts';
import { runMap, runParallel } from './run-branches.ts';
import { PAYLOAD_MAX_BYTES, TaskStopped, dataLimitExceeded } from './task-failure.ts';
import { secondsAt, within } from './task-timeout.ts';

/** Where in the execution a scope runs. */
export interface Place {
  readonly execution: LiveExecution;
  /** Indices of the Map iterations around it, outermost first. */
  readonly iterations: readonly number[];
  /** The Map item that the scope's `ItemSelector` may read. */
  readonly mapItem?: { readonly Index: number; readonly Value: Json };
}

/** One attempt of a state that the local runner performs. */
export interface Attempt extends Place {
  readonly stateName: string;
  /** 1 for the first, 2 for the first retry. */
  readonly attempt: number;
  /** Aborted when the attempt has timed out or its scope has been aborted. */
  readonly signal: AbortSignal;
  /** Adds an event of this attempt to the history, unless the attempt is over. */
  readonly tell: (type: AttemptEventType | ContainerEventType, detail?: AttemptDetail) => void;
}

/** What an attempt's event may say. */
export interface AttemptDetail {
  readonly handler?: string;
  readonly payloadBytes?: number;
  readonly error?: string;
  readonly cause?: string;
}

/**
 * Runs a scope to its end and gives its output.
 * Rejects with the error that failed it, or with TaskStopped once `signal` is aborted.
 */
export async function runScope(scope: Scope, input: Json, place: Place, signal: AbortSignal): Promise<Json> {
  if (signal.aborted) {
    throw new TaskStopped();
  }
  const run = new ScopeRun(scope, place);
  const engine = scope.engine.run(input, {
    overrides: { taskResourceLocalHandlers: run.overrides() },
    noThrowOnAbort: true,
    context: contextObject(place),
  });
  const abort = () => {
    run.abort();
    engine.abort();
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const followed = run.follow(engine.eventLogs).catch((error: unknown) => {
      place.execution.failWith(error);
    });
    const [result] = await Promise.allSettled([engine.result, followed]);
    if (run.isAborted) {
      throw new TaskStopped();
    }
    if (result.status === 'fulfilled') {
      return result.value;
    }
    const error: unknown = result.reason;
    throw error instanceof ExecutionError ? error.cause : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The members of the context object that mean the same here as in AWS; the engine adds Input and StartTime. */
function contextObject({ execution, mapItem }: Place): Record<string, unknown> {
  const { machine } = execution;
  return {
    Execution: { Id: execution.arn, Name: execution.name },
    StateMachine: { Id: machine.stateMachineArn, Name: machine.name },
    ...(mapItem === undefined ? {} : { Map: { Item: mapItem } }),
  };
}

type EngineEvents = ReturnType<Scope['engine']['run']>['eventLogs'];

class ScopeRun {
  readonly #scope: Scope;
  readonly #place: Place;
  #isAborted = false;
  #current: { readonly stateName: string; readonly type: StateType; readonly input: unknown } | undefined;
  #attempt = 0;
  /** The state that may be performed once; set as the log is read. */
  #permitted: string | undefined;
  #onPermit: (() => void) | undefined;
  #stopper: AbortController | undefined;

  constructor(scope: Scope, place: Place) {
    this.#scope = scope;
    this.#place = place;
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** The functions that the engine calls in place of the resources. */
  overrides(): Record<string, (input: Json) => Promise<Json>> {
    const { performances } = this.#scope;
    return Object.fromEntries(
      [...performances].map(([stateName, performance]) => [
        stateName,
        (input: Json) => this.#perform(stateName, performance, input),
      ]),
    );
  }

  /** Keeps the history by the engine's log. The engine runs one state of a scope at a time, so the log is in order. */
  async follow(events: EngineEvents): Promise<void> {
    for await (const event of events) {
      if (this.#isAborted) {
        return;
      }
      if (event.type === 'StateEntered') {
        this.#entered(event.state.name, event.state.input);
      } else if (event.type === 'StateExited') {
        this.#exited(event.state.name, event.state.output);
      } else if (event.type === 'StateRetried') {
        this.#permit(event.state.name);
      } else if (event.type === 'StateFailed' && event.Error === 'States.Timeout') {
        this.#timedOut();
      }
    }
  }

  /** From here on no task starts, and what runs is not heard any more. */
  abort(): void {
    const { execution, iterations } = this.#place;
    this.#stopper?.abort();
    const current = this.#current;
    if (current !== undefined && isAbortable(current.type)) {
      execution.emit({ type: `${current.type}StateAborted`, stateName: current.stateName, iterations });
    }
    this.#isAborted = true;
    this.#onPermit?.();
  }

  #entered(stateName: string, input: unknown): void {
    const type = this.#scope.stateTypes.get(stateName);
    if (type === undefined || stateName === SELECT_ITEM) {
      return;
    }
    const { execution, iterations } = this.#place;
    const payloadBytes = execution.measure(input);
    execution.emit({ type: `${type}StateEntered`, stateName, iterations, input, payloadBytes });
    if (payloadBytes > PAYLOAD_MAX_BYTES) {
      execution.failWith(dataLimitExceeded(stateName, 'input'));
      return;
    }
    this.#current = { stateName, type, input };
    this.#attempt = 0;
    this.#permit(stateName);
  }

  #exited(stateName: string, output: unknown): void {
    const type = this.#scope.stateTypes.get(stateName);
    if (type === undefined || type === 'Fail' || stateName === SELECT_ITEM) {
      return;
    }
    const { execution, iterations } = this.#place;
    const payloadBytes = execution.measure(output);
    this.#current = undefined;
    execution.emit({ type: `${type}StateExited`, stateName, iterations, output, payloadBytes });
    if (payloadBytes > PAYLOAD_MAX_BYTES) {
      execution.failWith(dataLimitExceeded(stateName, 'output'));
    }
  }

  /** The engine has given the attempt up; its task may still run, unheard. */
  #timedOut(): void {
    const stopper = this.#stopper;
    const performance = this.#scope.performances.get(this.#current?.stateName ?? '');
    if (stopper === undefined || performance === undefined || this.#current === undefined) {
      return;
    }
    const { execution, iterations } = this.#place;
    const work = performance.kind === 'lambda' ? 'LambdaFunction' : 'Task';
    const { stateName } = this.#current;
    const detail = { stateName, iterations, attempt: this.#attempt, error: 'States.Timeout', cause: '' };
    execution.emit({ type: `${work}TimedOut`, ...detail });
    this.#stopper = undefined;
    stopper.abort();
  }

  async #perform(stateName: string, performance: Performance, input: Json): Promise<Json> {
    await this.#permission(stateName);
    this.#attempt += 1;
    const attempt = this.#attempt;
    const stopper = new AbortController();
    this.#stopper = stopper;
    const { execution, iterations } = this.#place;
    const of: Attempt = {
      ...this.#place,
      stateName,
      attempt,
      signal: stopper.signal,
      tell: (type, detail) => {
        if (!stopper.signal.aborted) {
          execution.emit({ type, stateName, iterations, attempt, ...detail });
        }
      },
    };
    try {
      const seconds = timeoutOf(performance, this.#current?.input);
      if (seconds === undefined) {
        return await perform(performance, input, of);
      }
      return await within(seconds, perform(performance, input, of), () => {
        this.#timedOut();
      });
    } finally {
      if (this.#stopper === stopper) {
        this.#stopper = undefined;
      }
    }
  }

  #permit(stateName: string): void {
    this.#permitted = stateName;
    this.#onPermit?.();
  }

  /**
   * Waits until the log has been read up to the call: the engine calls a task before its log can be read, but the
   * history and the size check come first. Each `StateEntered` and each `StateRetried` permits one call.
   */
  async #permission(stateName: string): Promise<void> {
    while (this.#permitted !== stateName && !this.#isAborted) {
      await new Promise<void>((resolve) => {
        this.#onPermit = resolve;
      });
    }
    this.#onPermit = undefined;
    this.#permitted = undefined;
    if (this.#isAborted) {
      throw new TaskStopped();
    }
  }
}

function timeoutOf(performance: Performance, stateInput: unknown): number | undefined {
  if (performance.kind === 'map' || performance.kind === 'parallel') return undefined;
  const { timeoutSeconds, timeoutSecondsPath } = performance;
  return timeoutSecondsPath === undefined ? timeoutSeconds : secondsAt(timeoutSecondsPath, stateInput);
}

function perform(performance: Performance, input: Json, attempt: Attempt): Promise<Json> {
  switch (performance.kind) {
    case 'map':
      return runMap(performance, input, attempt);
    case 'parallel':
      return runParallel(performance, input, attempt);
    default:
      return performTask(performance, input, attempt);
  }
}

function isAbortable(type: StateType): type is 'Task' | 'Wait' | 'Map' | 'Parallel' {
  return type === 'Task' || type === 'Wait' || type === 'Map' || type === 'Parallel';
}
