/** The second argument of a handler, as Lambda would give it. */
import { hash } from 'node:crypto';
import type { Context } from 'aws-lambda';

/** A task's code: what is deployed as a Lambda function. */
export type TaskHandler = (event: unknown, context: Context) => Promise<unknown>;

/** The code of every task, by handler key (`StartCutover` for `${StartCutoverFunctionArn}`). */
export type TaskHandlers = Readonly<Record<string, TaskHandler>>;

/** The invocation a context describes. */
export interface Invocation {
  readonly functionName: string;
  readonly functionArn: string;
  /** Identifies the invocation within the run; the request ID is derived from it. */
  readonly key: string;
  /** When Lambda would end the function, in milliseconds since the epoch. */
  readonly deadlineMs: number;
}

/** The longest a Lambda function may run, in seconds (engine.md section 1). */
export const FUNCTION_TIMEOUT_MAX_SECONDS = 900;

/** The context of one invocation; its request ID is the same in every run with the same names. */
export class LambdaContext implements Context {
  readonly callbackWaitsForEmptyEventLoop = true;
  readonly functionName: string;
  readonly functionVersion = '$LATEST';
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB = '256';
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName = 'local';
  readonly #deadlineMs: number;

  constructor({ functionName, functionArn, key, deadlineMs }: Invocation) {
    this.functionName = functionName;
    this.invokedFunctionArn = functionArn;
    this.awsRequestId = uuidOf(key);
    this.logGroupName = `/aws/lambda/${functionName}`;
    this.#deadlineMs = deadlineMs;
  }

  getRemainingTimeInMillis(): number {
    return Math.max(0, this.#deadlineMs - Date.now());
  }

  done(): never {
    return refuseCallback();
  }

  fail(): never {
    return refuseCallback();
  }

  succeed(): never {
    return refuseCallback();
  }
}

/** A UUID (version 8: made by the application's own rule) derived from a text. */
export function uuidOf(text: string): string {
  const hex = hash('sha256', text, 'hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

function refuseCallback(): never {
  throw new Error('Callback handlers are gone from the Node.js 24 runtime: return a promise.');
}
