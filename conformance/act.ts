/**
 * The one function behind every conformance case. What it does is said by the event alone, so that the same case means
 * the same on this machine's engine, on another interpreter and on AWS. {@link lambdaSource} deploys the very function.
 */

/** What one invocation is to do; without any of it the event is given back. */
export interface Instruction {
  /** Throws an error of this name. */
  readonly fail?: string;
  /** Ends the process in the middle of the invocation. */
  readonly exit?: boolean;
  readonly sleepSeconds?: number;
  /** Answers with this. */
  readonly give?: unknown;
  /** Answers with a text of so many characters. */
  readonly giveCharacters?: number;
  /** Answers a waiting task before it returns. */
  readonly tell?: { readonly token: string; readonly output?: unknown; readonly error?: string };
  /** What the first, second … invocation of this key is to do; the last goes on for ever. */
  readonly script?: readonly Instruction[];
  readonly key?: string;
}

/** An event; the states of our own machines pass a `runID` on, and so instructions can come in its place. */
export interface ActEvent {
  readonly act?: Instruction;
  readonly runID?: string | Instruction;
}

/** Answers the task that waits on the token: SendTaskSuccess, or SendTaskFailure where an error is named. */
export type Tell = (token: string, answer: { readonly output?: unknown; readonly error?: string }) => Promise<unknown>;

/** What surrounds the function: a way to answer tasks, time, and a memory from one invocation to the next. */
export interface Surroundings {
  readonly tell: Tell;
  readonly sleep: (seconds: number) => Promise<unknown>;
  /** How often each key has been invoked. */
  readonly counts: Map<string, number>;
}

/**
 * Does what `event.act` says. It uses nothing but its parameters, because its text is what is deployed.
 * @throws the error that the instruction names.
 */
export async function act(event: ActEvent, { tell, sleep, counts }: Surroundings): Promise<unknown> {
  const asked = event.act ?? (typeof event.runID === 'object' ? event.runID : undefined);
  const { script = [], key = '' } = asked ?? {};
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  const todo = script[Math.min(count, script.length - 1)] ?? asked;
  if (todo === undefined) return event;
  if (todo.sleepSeconds !== undefined) await sleep(todo.sleepSeconds);
  if (todo.exit === true) process.exit(7);
  if (todo.tell !== undefined) await tell(todo.tell.token, todo.tell);
  if (todo.fail !== undefined) throw Object.assign(new Error('it failed'), { name: todo.fail });
  if (todo.giveCharacters !== undefined) return 'x'.repeat(todo.giveCharacters);
  return 'give' in todo ? todo.give : event;
}

/** Whether an event can be given to {@link act}: any object can. */
export function isActEvent(event: unknown): event is ActEvent {
  return typeof event === 'object' && event !== null;
}

/** The program of the deployed function, for Lambda's Node.js runtime and the SDK that it brings. */
export function lambdaSource(): string {
  return [
    "const { SFNClient, SendTaskSuccessCommand, SendTaskFailureCommand } = require('@aws-sdk/client-sfn');",
    'const client = new SFNClient({});',
    'const counts = new Map();',
    'const tell = (taskToken, { output = {}, error }) => client.send(error === undefined',
    '  ? new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })',
    "  : new SendTaskFailureCommand({ taskToken, error, cause: 'told so' }));",
    'const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));',
    `const act = ${act.toString()};`,
    'exports.handler = (event) => act(event, { tell, sleep, counts });',
  ].join('\n');
}
