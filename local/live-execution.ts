/**
 * One execution while it runs: its name and history, its clock and its end. What its states do is `run-scope.ts`'s.
 */
import { executionArn } from './arns.ts';
import type { ExecutionOutcome, ExecutionResult } from './execution-result.ts';
import type { EventDetail, HistoryEvent } from './history.ts';
import { type Json, jsonBytes } from './json.ts';
import type { LambdaInvoker } from './invoke-lambda.ts';
import { type Machine, TIMER_MAX_SECONDS } from './machines.ts';
import type { NestedExecutions } from './nested-execution.ts';
import { PAYLOAD_MAX_BYTES, TaskFailure, dataLimitExceeded } from './task-failure.ts';
import type { TaskTokens } from './task-tokens.ts';

/** The most events an execution's history holds; with the last of them the execution fails (engine.md section 1). */
export const HISTORY_MAX_EVENTS = 25_000;

/** What an execution and the executions nested in it share. */
export interface Session {
  readonly lambda: LambdaInvoker;
  readonly nested: NestedExecutions;
  readonly tokens: TaskTokens;
  /** Ends the ARNs of the session's executions; none where their names are enough. */
  readonly unique: string | undefined;
  /** Tells the listener; a listener that throws ends the whole session. */
  readonly tell: (event: HistoryEvent) => void;
}

/** Runs the states of an execution; gives its output, or rejects with the error that failed it. */
export type StatesRunner = (execution: LiveExecution) => Promise<Json>;

/** An execution from its start to its end. */
export class LiveExecution {
  readonly arn: string;
  readonly startedAtMs = Date.now();
  readonly result: Promise<ExecutionResult>;
  readonly #resolve: (result: ExecutionResult) => void;
  readonly #stopper = new AbortController();
  #eventCount = 0;
  #taskCount = 0;
  #isEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #measured: { readonly value: unknown; readonly bytes: number } = { value: undefined, bytes: 0 };

  readonly machine: Machine;
  readonly name: string;
  readonly input: Json;
  readonly session: Session;

  constructor(machine: Machine, name: string, input: Json, session: Session) {
    this.machine = machine;
    this.name = name;
    this.input = input;
    this.session = session;
    this.arn = executionArn(machine.name, name, machine.residence, session.unique);
    const { promise, resolve } = Promise.withResolvers<ExecutionResult>();
    this.result = promise;
    this.#resolve = resolve;
  }

  /** Aborted when the execution has ended otherwise than by its states. */
  get signal(): AbortSignal {
    return this.#stopper.signal;
  }

  /** Whether the execution still runs. */
  get isRunning(): boolean {
    return !this.#isEnded;
  }

  /** Starts the states and the machine's own timeout. */
  start(runStates: StatesRunner): void {
    const { timeoutSeconds } = this.machine;
    if (timeoutSeconds !== undefined) {
      const onTimeout = () => {
        this.terminate({ status: 'TIMED_OUT' });
      };
      this.#timer = setTimeout(onTimeout, Math.min(timeoutSeconds, TIMER_MAX_SECONDS) * 1000);
    }
    const payloadBytes = this.measure(this.input);
    this.emit({ type: 'ExecutionStarted', name: this.name, input: this.input, payloadBytes });
    if (payloadBytes > PAYLOAD_MAX_BYTES) {
      this.failWith(dataLimitExceeded('ExecutionStarted', 'input'));
      return;
    }
    runStates(this).then(
      (output) => {
        this.#end({ status: 'SUCCEEDED', output });
      },
      (error: unknown) => {
        this.failWith(error);
      },
    );
  }

  /** Ends the execution now: no task starts any more, and what still runs is no longer heard. */
  terminate(outcome: ExecutionOutcome): void {
    if (this.#isEnded) {
      return;
    }
    this.#stopper.abort();
    this.#end(outcome);
  }

  /** Fails the execution with an error that no state has handled. */
  failWith(error: unknown): void {
    const failure = error instanceof Error ? error : new TaskFailure('States.Runtime', String(error));
    this.terminate({ status: 'FAILED', error: failure.name, cause: failure.message });
  }

  /** Numbers the task attempts of the execution, from 1. */
  nextTaskNumber(): number {
    this.#taskCount += 1;
    return this.#taskCount;
  }

  /** Adds an event to the history; nothing is added after the end. */
  emit(detail: EventDetail): void {
    if (this.#isEnded) {
      return;
    }
    if (this.#eventCount >= HISTORY_MAX_EVENTS - 1) {
      this.failWith(new TaskFailure('States.Runtime', `The history has reached ${HISTORY_MAX_EVENTS} events.`));
      return;
    }
    this.#record(detail);
  }

  /** Size of a payload in bytes. The one measured last is remembered: a state's output is the next one's input. */
  measure(payload: unknown): number {
    if (payload !== this.#measured.value) {
      this.#measured = { value: payload, bytes: jsonBytes(payload) };
    }
    return this.#measured.bytes;
  }

  #record(detail: EventDetail): void {
    this.#eventCount += 1;
    this.session.tell({
      executionArn: this.arn,
      machine: this.machine.name,
      id: this.#eventCount,
      timestampMs: Date.now(),
      ...detail,
    });
  }

  #end(outcome: ExecutionOutcome): void {
    if (this.#isEnded) {
      return;
    }
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#record({ ...outcome, type: endEventTypes[outcome.status] });
    this.#resolve({
      ...outcome,
      executionArn: this.arn,
      stateMachineArn: this.machine.stateMachineArn,
      name: this.name,
      input: this.input,
      startedAtMs: this.startedAtMs,
      endedAtMs: Date.now(),
    });
  }
}

const endEventTypes = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;
