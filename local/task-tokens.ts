/** Callbacks: the tokens that `.waitForTaskToken` tasks wait on, and SendTaskSuccess and SendTaskFailure for them. */
import * as v from 'valibot';
import { type Json, serialize } from './json.ts';
import { PAYLOAD_MAX_BYTES, TaskFailure } from './task-failure.ts';

/** SendTask…: no task of this run was ever given the token. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidToken';
}

/** SendTask…: the task has been answered, has timed out, or its execution has ended. */
export class TaskTimedOutError extends Error {
  override readonly name = 'TaskTimedOut';
}

/** SendTaskSuccess: the output is larger than a payload may be. */
export class InvalidOutputError extends Error {
  override readonly name = 'InvalidOutput';
}

interface PendingTask {
  readonly resolve: (output: Json) => void;
  readonly reject: (failure: TaskFailure) => void;
}

/** The tokens of one run, nested executions included, or of several runs that may answer each other. */
export class TaskTokens {
  readonly #pending = new Map<string, PendingTask | 'closed'>();

  /** Registers a token; the promise settles with the task's answer. {@link close} it when nobody waits any more. */
  open(token: string): Promise<Json> {
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    this.#pending.set(token, { resolve, reject });
    promise.catch(() => undefined); // The answer may come while the task's own function still runs.
    return promise;
  }

  /** From now on the token is one of a task that does not exist any more. */
  close(token: string): void {
    this.#pending.set(token, 'closed');
  }

  /**
   * Completes the task that waits on the token.
   * @throws InvalidTokenError, TaskTimedOutError, InvalidOutputError
   */
  succeed(token: string, output: unknown): void {
    const answer = serialize(output);
    if (answer.bytes > PAYLOAD_MAX_BYTES) {
      throw new InvalidOutputError(`The output is larger than the limit of ${PAYLOAD_MAX_BYTES} bytes.`);
    }
    this.#take(token).resolve(answer.parse());
  }

  /**
   * Fails the task that waits on the token.
   * @throws InvalidTokenError, TaskTimedOutError
   */
  fail(token: string, error: string, cause: string): void {
    this.#take(token).reject(new TaskFailure(error, cause));
  }

  #take(token: string): PendingTask {
    const task = this.#pending.get(token);
    if (task === undefined) {
      throw new InvalidTokenError('The token was not issued by this run.');
    }
    if (task === 'closed') {
      throw new TaskTimedOutError('The task that the token stands for does not exist any more.');
    }
    this.#pending.set(token, 'closed');
    return task;
  }
}

const SendTaskSuccessSchema = v.object({ TaskToken: v.string(), Output: v.pipe(v.string(), v.parseJson()) });

/**
 * What a task of `aws-sdk:sfn:sendTaskSuccess` does with its parameters; gives its result.
 * @throws TaskFailure in the words of the SDK integration, such as `Sfn.InvalidTokenException`.
 */
export function sendTaskSuccess(tokens: TaskTokens, parameters: Json): Record<string, never> {
  const request = v.safeParse(SendTaskSuccessSchema, parameters);
  if (!request.success) {
    throw new TaskFailure('States.Runtime', `sendTaskSuccess: ${request.issues[0].message}`);
  }
  try {
    tokens.succeed(request.output.TaskToken, request.output.Output);
    return {};
  } catch (error) {
    throw error instanceof Error ? new TaskFailure(`Sfn.${error.name}Exception`, error.message) : error;
  }
}
