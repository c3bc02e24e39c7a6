/**
 * Lambda's side of a function's process: what runs before and around the function's own code. It is given to Node as
 * the program; it loads the handler that the environment names, then answers one invocation after the other.
 *
 * Three things are not as in Lambda, so that a night takes seconds: the clock begins at the moment that each invocation
 * says and moves only while the function waits, which is over at once; and chance always draws the lowest number, which
 * makes the waits between the SDK's attempts nothing.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What the process is told: invoke the handler. */
export interface InvokeMessage {
  readonly event: unknown;
  readonly requestID: string;
  readonly invokedFunctionArn: string;
  /** The moment of the invocation, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** When the function's time is up, in milliseconds since the epoch. */
  readonly deadlineMs: number;
}

/** An error as Lambda reports it. */
export interface ReportedError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What the process says: once when the handler is loaded, then once an invocation. */
export type RuntimeMessage =
  | { readonly kind: 'ready'; readonly nodeVersion: string }
  | { readonly kind: 'answer'; readonly json: string; readonly waitedMs: number }
  | { readonly kind: 'error'; readonly error: ReportedError; readonly waitedMs: number };

type Handler = (event: unknown, context: object) => unknown;

const { env } = process;
const taskRoot = `${realpathSync(env['LAMBDA_TASK_ROOT'] ?? '')}${path.sep}`;
const load = createRequire(path.join(taskRoot, 'any.js'));
let nowMs = Number(process.argv[2]);

function say(message: RuntimeMessage): void {
  process.send?.(message);
}

function holdTheClock(): void {
  globalThis.Date = new Proxy(Date, {
    construct: (target, args: unknown[]) => {
      const date: Date = Reflect.construct(target, args.length === 0 ? [nowMs] : args);
      return date;
    },
    get: (target, key): unknown => (key === 'now' ? () => nowMs : Reflect.get(target, key)),
  });
  Math.random = () => 0;
}

/** What functions wait by (`StepDeps.pause`). */
function skipWaits(): void {
  const timers: unknown = load('node:timers/promises');
  if (typeof timers !== 'object' || timers === null) throw new Error('Node has no timers');
  Reflect.set(timers, 'setTimeout', (ms: number) => {
    nowMs += ms;
    return Promise.resolve();
  });
}

/** `file.export` under the task root. */
function loadHandler(): Handler {
  const [file = '', name = ''] = (env['_HANDLER'] ?? '').split('.', 2);
  const loaded: unknown = load(path.join(taskRoot, file));
  const handler: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, name) : undefined;
  if (isHandler(handler)) return handler;
  const error = new Error(`${env['_HANDLER'] ?? ''} is undefined or not exported`);
  error.name = 'Runtime.HandlerNotFound';
  throw error;
}

/** Node.js 24 takes no handler that wants a callback. */
function isHandler(value: unknown): value is Handler {
  return typeof value === 'function' && value.length < 3;
}

/** In Lambda there is nothing to load beside the function's own folder and Node itself. */
function refuseForeignModules(): void {
  const foreign = Object.keys(load.cache).filter((file) => !file.startsWith(taskRoot));
  if (foreign.length > 0) throw new Error(`The function has loaded what is not its own: ${foreign.join(', ')}.`);
}

function contextOf({ requestID, invokedFunctionArn, deadlineMs }: InvokeMessage): object {
  return {
    awsRequestId: requestID,
    invokedFunctionArn,
    functionName: env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: env['AWS_LAMBDA_FUNCTION_VERSION'],
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'],
    callbackWaitsForEmptyEventLoop: true,
    identity: undefined,
    clientContext: undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

function reported(thrown: unknown): ReportedError {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split('\n') ?? [] };
}

async function answer(handler: Handler, message: InvokeMessage): Promise<void> {
  nowMs = message.nowMs;
  const waitedMs = () => nowMs - message.nowMs;
  try {
    const result: unknown = await handler(message.event, contextOf(message));
    refuseForeignModules();
    say({ kind: 'answer', json: result === undefined ? 'null' : JSON.stringify(result), waitedMs: waitedMs() });
  } catch (error) {
    say({ kind: 'error', error: reported(error), waitedMs: waitedMs() });
  }
}

holdTheClock();
skipWaits();
try {
  const handler = loadHandler();
  process.on('message', (message: InvokeMessage) => void answer(handler, message));
  say({ kind: 'ready', nodeVersion: process.version });
} catch (error) {
  say({ kind: 'error', error: reported(error), waitedMs: 0 });
}
