/** Performs one attempt of a Task: a function, a function with a callback, a nested execution, or SendTaskSuccess. */
import { type Json, type SerializedJson, parseJson, serialize } from './json.ts';
import { uuidOf } from './lambda-context.ts';
import { type Performance, TASK_TOKEN_PLACEHOLDER } from './machines.ts';
import { completion } from './nested-execution.ts';
import type { Attempt } from './run-scope.ts';
import { PAYLOAD_MAX_BYTES, TaskFailure, TaskStopped, dataLimitExceeded } from './task-failure.ts';
import { sendTaskSuccess } from './task-tokens.ts';

type Task = Extract<Performance, { kind: 'lambda' | 'callback' | 'nested' | 'sendTaskSuccess' }>;
type FunctionTask = Extract<Performance, { kind: 'lambda' | 'callback' }>;

/**
 * Performs the attempt and writes its events.
 * @throws TaskFailure for the engine's Retry and Catch, TaskStopped once the attempt's signal is aborted.
 */
export async function performTask(task: Task, input: Json, attempt: Attempt): Promise<Json> {
  const payload = serialize(input);
  if (payload.bytes > PAYLOAD_MAX_BYTES) {
    throw dataLimitExceeded(attempt.stateName, 'input');
  }
  const work = task.kind === 'lambda' ? 'LambdaFunction' : 'Task';
  const called = 'handler' in task ? { handler: task.handler } : {};
  attempt.tell(`${work}Scheduled`, { ...called, payloadBytes: payload.bytes });
  attempt.tell(`${work}Started`);
  try {
    const answer = await unlessAborted(answerOf(task, payload, attempt), attempt.signal);
    if (answer.bytes > PAYLOAD_MAX_BYTES) {
      throw dataLimitExceeded(attempt.stateName, 'result');
    }
    attempt.tell(`${work}Succeeded`, { payloadBytes: answer.bytes });
    return answer.parse();
  } catch (error) {
    if (error instanceof TaskFailure) {
      attempt.tell(`${work}Failed`, { error: error.name, cause: error.message });
    }
    throw error;
  }
}

function answerOf(task: Task, payload: SerializedJson, attempt: Attempt): Promise<SerializedJson> {
  switch (task.kind) {
    case 'lambda':
      return invoke(task, payload, attempt);
    case 'callback':
      return awaitCallback(task, payload, attempt);
    case 'nested':
      return awaitNested(payload, attempt);
    case 'sendTaskSuccess':
      return Promise.resolve(serialize(sendTaskSuccess(attempt.execution.session.tokens, payload.parse())));
  }
}

function invoke(task: FunctionTask, event: SerializedJson, attempt: Attempt): Promise<SerializedJson> {
  return attempt.execution.session.lambda.invoke({ ...task, event, key: keyOf(attempt) });
}

/** Calls the function with its token, drops its answer, and waits for SendTaskSuccess or SendTaskFailure. */
async function awaitCallback(task: FunctionTask, payload: SerializedJson, attempt: Attempt): Promise<SerializedJson> {
  const { tokens } = attempt.execution.session;
  const token = Buffer.from(uuidOf(`token ${keyOf(attempt)}`)).toString('base64');
  const callback = tokens.open(token);
  try {
    await unlessAborted(invoke(task, callbackEvent(payload, token), attempt), attempt.signal);
    attempt.tell('TaskSubmitted');
    return serialize(await unlessAborted(callback, attempt.signal));
  } finally {
    tokens.close(token);
  }
}

/** The `Payload` of `lambda:invoke`, with the token in its place. */
function callbackEvent(parameters: SerializedJson, token: string): SerializedJson {
  const text = parameters.text.replaceAll(JSON.stringify(TASK_TOKEN_PLACEHOLDER), JSON.stringify(token));
  const filled = parseJson(text);
  const isObject = typeof filled === 'object' && filled !== null && !Array.isArray(filled);
  return serialize(isObject ? (filled['Payload'] ?? {}) : {});
}

async function awaitNested(parameters: SerializedJson, attempt: Attempt): Promise<SerializedJson> {
  const { execution, signal } = attempt;
  const child = execution.session.nested.startChild(execution, parameters.parse());
  attempt.tell('TaskSubmitted');
  return serialize(await completion(child, signal));
}

/** Settles as the work does, or rejects as soon as the signal is aborted; the work itself cannot be stopped. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(new TaskStopped());
    };
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject);
  });
}

/** What tells this attempt from every other of the run, and is the same in every run. */
function keyOf({ execution, iterations, stateName, attempt }: Attempt): string {
  return [execution.arn, execution.nextTaskNumber(), ...iterations, stateName, attempt].join(' ');
}
