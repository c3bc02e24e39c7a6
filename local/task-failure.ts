/**
 * How a task fails: the errors that reach the engine, in the shapes Step Functions gives them. The engine reads an
 * error's `name` as `Error` and its `message` as `Cause`.
 */

/** The most that Step Functions keeps of an input, an output or a result, in bytes (engine.md section 1). */
export const PAYLOAD_MAX_BYTES = 262_144;

/** The most that Step Functions keeps of a `Cause`, in characters (its API model's limit). */
const CAUSE_MAX_CHARACTERS = 32_768;

/**
 * A failed task as the engine is to see it. Its name is the state machine's `Error` and therefore not fixed.
 */
export class TaskFailure extends Error {
  override readonly name: string;

  constructor(error: string, cause: string, options?: ErrorOptions) {
    super(cause.slice(0, CAUSE_MAX_CHARACTERS), options);
    this.name = error;
  }
}

/** Unwinds the engine once the execution or the Map iteration of a task has ended; no Retry or Catch sees it. */
export class TaskStopped extends Error {
  override readonly name = 'TaskStopped';
  /** Read by the engine: no Retry matches this error. */
  readonly isRetryable = false;
  /** Read by the engine: no Catch matches this error. */
  readonly isCatchable = false;
}

/** `States.Runtime`: a state cannot make sense of its input. As in AWS, no Retry and no Catch sees it. */
export class StatesRuntimeFailure extends Error {
  override readonly name = 'States.Runtime';
  /** Read by the engine: no Retry matches this error. */
  readonly isRetryable = false;
  /** Read by the engine: no Catch matches this error. */
  readonly isCatchable = false;
}

/** `States.DataLimitExceeded` for a state or task whose payload is over {@link PAYLOAD_MAX_BYTES}. */
export function dataLimitExceeded(stateName: string, direction: 'input' | 'output' | 'result'): TaskFailure {
  return new TaskFailure(
    'States.DataLimitExceeded',
    `The ${direction} of the state '${stateName}' is larger than the limit of ${PAYLOAD_MAX_BYTES} bytes.`,
  );
}

/**
 * What Step Functions makes of an error thrown by a Lambda function: the error's name, and as Cause a JSON string of
 * `errorType`, `errorMessage` and `trace`. The trace stays empty, because paths of this machine would make payload
 * sizes differ from one machine to the next. Errors already named as Step Functions names them (`States.…`,
 * `Lambda.…`) pass through, so that a fault can be injected under its own name.
 */
export function lambdaFailure(thrown: unknown): TaskFailure {
  if (thrown instanceof TaskFailure) {
    return thrown;
  }
  const errorType = thrown instanceof Error ? thrown.name : typeof thrown;
  const errorMessage = thrown instanceof Error ? thrown.message : String(thrown);
  if (/^(States|Lambda)\./.test(errorType)) {
    return new TaskFailure(errorType, errorMessage, { cause: thrown });
  }
  return new TaskFailure(errorType, JSON.stringify({ errorType, errorMessage, trace: [] }), { cause: thrown });
}
