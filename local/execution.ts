/**
 * Runs state machine files on this machine with the real handlers: StartExecution, StopExecution and the SendTask…
 * calls of Step Functions, over the engine of `aws-local-stepfunctions` with its departures from AWS set right
 * (engine.md sections F2 and F3).
 */
import type { ExecutionResult } from './execution-result.ts';
import type { HistoryEvent } from './history.ts';
import { LambdaInvoker } from './invoke-lambda.ts';
import { serialize } from './json.ts';
import type { TaskHandlers } from './lambda-context.ts';
import { type LiveExecution, type Session } from './live-execution.ts';
import type { Machines } from './machines.ts';
import { NestedExecutions } from './nested-execution.ts';
import { runScope } from './run-scope.ts';
import { TaskTokens } from './task-tokens.ts';
import { type Time, realTime } from './virtual-time.ts';

/** What an execution needs to start. */
export interface StartExecutionOptions {
  /** The machine to run and those it may start, from `compileMachines`. */
  readonly machines: Machines;
  /** Name of the machine to run, such as `wave-cutover`. */
  readonly machine: string;
  /** The execution's name: 1 to 80 of `[0-9A-Za-z_-]`. */
  readonly name: string;
  /** Makes the ARN unlike that of another execution of this name: it ends in this. None if absent, as in Step Functions. */
  readonly unique?: string;
  readonly input: unknown;
  /** The code of every task of every machine given. */
  readonly handlers: TaskHandlers;
  /** Hears every event of this execution and of those nested in it, as it happens. */
  readonly onEvent?: (event: HistoryEvent) => void;
  /** The time the run goes by; the wall's if absent. */
  readonly time?: Time;
  /** Tokens that this execution shares with others, which may then answer its tasks and it theirs; its own if absent. */
  readonly tokens?: TaskTokens;
}

/** An execution that has been started. */
export interface RunningExecution {
  readonly executionArn: string;
  /** How it ends. Rejects only if `onEvent` throws, with what it threw. */
  readonly result: Promise<ExecutionResult>;
  /** StopExecution: ABORTED, nested executions included. Does nothing after the end. */
  readonly stop: (error?: string, cause?: string) => void;
  /** SendTaskSuccess for a task of this execution or of one nested in it. */
  readonly sendTaskSuccess: (token: string, output: unknown) => void;
  /** SendTaskFailure for a task of this execution or of one nested in it. */
  readonly sendTaskFailure: (token: string, error: string, cause: string) => void;
}

/** StartExecution: there is no machine of that name. */
export class StateMachineDoesNotExistError extends Error {
  override readonly name = 'StateMachineDoesNotExist';
}

/** StartExecution: the name has characters or a length that executions cannot have. */
export class InvalidNameError extends Error {
  override readonly name = 'InvalidName';
}

/**
 * Starts an execution.
 * @throws StateMachineDoesNotExistError, InvalidNameError, MissingHandlerError
 */
export function startExecution(options: StartExecutionOptions): RunningExecution {
  const machine = options.machines.get(options.machine);
  if (machine === undefined) {
    throw new StateMachineDoesNotExistError(`There is no state machine '${options.machine}'.`);
  }
  if (!/^[\w-]{1,80}$/.test(options.name)) {
    throw new InvalidNameError(`'${options.name}' is not 1 to 80 characters of 0-9, A-Z, a-z, _ and -.`);
  }
  const crash = Promise.withResolvers<never>();
  const session = createSession(options, (error) => {
    crash.reject(error);
    execution.terminate({ status: 'ABORTED' });
  });
  session.lambda.require([...options.machines.values()].flatMap(({ handlers }) => handlers));
  const execution = session.nested.create(machine, options.name, serialize(options.input).parse(), session);
  execution.start(runStates);
  return {
    executionArn: execution.arn,
    result: Promise.race([crash.promise, execution.result]),
    stop: (error, cause) => {
      execution.terminate({ status: 'ABORTED', error, cause });
    },
    sendTaskSuccess: (token, output) => {
      session.tokens.succeed(token, output);
    },
    sendTaskFailure: (token, error, cause) => {
      session.tokens.fail(token, error, cause);
    },
  };
}

function createSession(options: StartExecutionOptions, crash: (error: unknown) => void): Session {
  let isCrashed = false;
  const tell = (event: HistoryEvent): void => {
    if (isCrashed) {
      return;
    }
    try {
      options.onEvent?.(event);
    } catch (error) {
      isCrashed = true;
      crash(error);
    }
  };
  return {
    lambda: new LambdaInvoker(options.handlers, options.time ?? realTime),
    nested: new NestedExecutions(options.machines, runStates),
    tokens: options.tokens ?? new TaskTokens(),
    unique: options.unique,
    tell,
  };
}

function runStates(execution: LiveExecution) {
  return runScope(execution.machine.scope, execution.input, { execution, iterations: [] }, execution.signal);
}
