/** Calls a handler the way Lambda would: a fresh copy of the event, a context, and an answer read back from JSON. */
import { type SerializedJson, serialize } from './json.ts';
import { FUNCTION_TIMEOUT_MAX_SECONDS, type TaskHandlers, LambdaContext } from './lambda-context.ts';
import { lambdaFailure } from './task-failure.ts';
import type { Time } from './virtual-time.ts';

/** One call of a function by a task. */
export interface LambdaCall {
  readonly handler: string;
  readonly functionArn: string;
  /** Seconds until the task gives the call up. */
  readonly timeoutSeconds?: number | undefined;
  readonly event: SerializedJson;
  /** Unique within the run, and the same in every run. */
  readonly key: string;
}

/** A handler that a machine calls is not among those given. */
export class MissingHandlerError extends Error {
  override readonly name = 'MissingHandlerError';
}

/** Invokes handlers; rejections are always in the shape Step Functions gives a failed Lambda task. */
export class LambdaInvoker {
  readonly #handlers: TaskHandlers;
  readonly #time: Time;

  constructor(handlers: TaskHandlers, time: Time) {
    this.#handlers = handlers;
    this.#time = time;
  }

  /**
   * Makes sure that every named handler exists.
   * @throws MissingHandlerError naming those that do not.
   */
  require(names: readonly string[]): void {
    const missing = names.filter((name) => !Object.hasOwn(this.#handlers, name));
    if (missing.length > 0) {
      throw new MissingHandlerError(`No handler is given for ${missing.join(', ')}.`);
    }
  }

  /**
   * Calls the handler and gives back what it answered.
   * @throws TaskFailure named after the handler's error.
   */
  async invoke(call: LambdaCall): Promise<SerializedJson> {
    const handler = this.#handlers[call.handler];
    if (handler === undefined) {
      throw new MissingHandlerError(`No handler is given for ${call.handler}.`);
    }
    const timeoutSeconds = Math.min(call.timeoutSeconds ?? FUNCTION_TIMEOUT_MAX_SECONDS, FUNCTION_TIMEOUT_MAX_SECONDS);
    const context = new LambdaContext({
      functionName: call.handler,
      functionArn: call.functionArn,
      key: call.key,
      deadlineMs: Date.now() + timeoutSeconds * 1000,
    });
    try {
      return serialize(await this.#time.track(handler(call.event.parse(), context)));
    } catch (error) {
      throw lambdaFailure(error);
    }
  }
}
