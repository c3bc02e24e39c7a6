/**
 * Functions of the synthesized stack as Lambda runs them: each in processes of its own, of the Node that its runtime
 * names, with nothing but its own folder and the environment of its template and of Lambda. A process is started when
 * it is first needed and kept for the next invocation; it can be killed or frozen in the middle of one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import * as v from 'valibot';
import type { TaskHandler } from '../../local/lambda-context.ts';
import { TaskFailure } from '../../local/task-failure.ts';
import type { Time } from '../../local/virtual-time.ts';
import type { InvokeMessage, ReportedError } from './lambda-runtime.ts';
import { nodePath, type SynthesizedFunction } from './synthesized-stack.ts';

/** Where and how functions run. */
export interface LambdaOptions {
  readonly time: Time;
  readonly region: string;
  /** Variables beside the template's and Lambda's own: where the services are. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Whether every invocation is the first of a new process. */
  readonly isAlwaysCold?: boolean;
}

/** What each runtime's Node calls itself. */
const nodeVersions: Readonly<Record<string, RegExp>> = { 'nodejs24.x': /^v24\./ };

const ReplySchema = v.variant('kind', [
  v.object({ kind: v.literal('ready'), nodeVersion: v.string() }),
  v.object({ kind: v.literal('answer'), json: v.string(), waitedMs: v.number() }),
  v.object({
    kind: v.literal('error'),
    error: v.object({ errorType: v.string(), errorMessage: v.string(), trace: v.array(v.string()) }),
    waitedMs: v.number(),
  }),
]);

/** What came of an invocation; `exit` when the process ended first. */
type Reply = v.InferOutput<typeof ReplySchema> | { readonly kind: 'exit'; readonly how: string };

/** The stack asks for a runtime that is not here, or a function cannot even be loaded. */
export class FunctionUnusableError extends Error {
  override readonly name = 'FunctionUnusableError';
}

/** One function with its processes. */
export class LambdaFunction {
  readonly #function: SynthesizedFunction;
  readonly #options: LambdaOptions;
  readonly #idle: Sandbox[] = [];
  readonly #busy = new Set<Sandbox>();
  #coldStartCount = 0;
  #output = '';

  constructor(synthesized: SynthesizedFunction, options: LambdaOptions) {
    this.#function = synthesized;
    this.#options = options;
  }

  /** How many processes have been started. */
  get coldStartCount(): number {
    return this.#coldStartCount;
  }

  /** What the function has written to its log. */
  get log(): string {
    return this.#output;
  }

  /** Starts a process that is ready for an invocation, as Lambda's init phase does. */
  async warmUp(): Promise<void> {
    this.#idle.push(await this.#options.time.hold(this.#start(this.#function.arn)));
  }

  /**
   * Invokes the function. Virtual time stands still meanwhile; then the time passes for which the function waited by itself
   * or, when its process was frozen, its time-out.
   * @throws TaskFailure as Step Functions gets it, its Cause the error that the function or Lambda reported.
   */
  readonly handler: TaskHandler = async (event, { awsRequestId: requestID, invokedFunctionArn }) => {
    const { time } = this.#options;
    const sandbox = this.#idle.pop() ?? (await time.hold(this.#start(invokedFunctionArn)));
    this.#busy.add(sandbox);
    const nowMs = time.now();
    const deadlineMs = nowMs + this.#function.timeoutSeconds * 1_000;
    const reply = sandbox.ask({ event, requestID, invokedFunctionArn, nowMs, deadlineMs });
    try {
      const first = await time.hold(Promise.race([reply, sandbox.frozen]));
      if (first === 'frozen') {
        await time.sleep(deadlineMs - time.now());
        throw failureOf(timedOut(requestID, this.#function.timeoutSeconds));
      }
      if ('waitedMs' in first && first.waitedMs > 0) await time.sleep(first.waitedMs);
      return resultOf(first, requestID);
    } finally {
      this.#busy.delete(sandbox);
      if (sandbox.isUsable && this.#options.isAlwaysCold !== true) this.#idle.push(sandbox);
      else await time.hold(sandbox.kill());
    }
  };

  /** Ends the processes of the invocations under way, as the kernel does when memory is out. */
  crash(): void {
    for (const sandbox of this.#busy) void sandbox.kill();
  }

  /** Stops the processes of the invocations under way from doing anything more. */
  freeze(): void {
    for (const sandbox of this.#busy) sandbox.freeze();
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#idle, ...this.#busy].map((sandbox) => sandbox.kill()));
  }

  async #start(arn: string): Promise<Sandbox> {
    const { name, runtime } = this.#function;
    const expected = nodeVersions[runtime];
    if (expected === undefined) throw new FunctionUnusableError(`${name} wants the runtime ${runtime}.`);
    this.#coldStartCount += 1;
    const environment = { ...this.#function.environment, ...lambdaVariables(this.#function, arn, this.#options) };
    const sandbox = new Sandbox(this.#function.folder, environment, this.#options.time.now(), (text) => {
      this.#output += text;
    });
    const reply = await sandbox.ready;
    if (reply.kind === 'ready' && expected.test(reply.nodeVersion)) return sandbox;
    await sandbox.kill();
    throw new FunctionUnusableError(`${name} does not start: ${JSON.stringify(reply)} ${this.#output}`);
  }
}

/** The variables that Lambda itself sets, and where the services are. */
function lambdaVariables(
  { name, handler, memoryMB, folder, logGroupName }: SynthesizedFunction,
  arn: string,
  { region, endpoints }: LambdaOptions,
): Record<string, string> {
  return {
    _HANDLER: handler,
    _X_AMZN_TRACE_ID: 'Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: arn.split(':')[7] ?? '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/10/[1]5f1c0a9e8b7d4c3a',
    AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    LAMBDA_TASK_ROOT: folder,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...endpoints,
  };
}

function resultOf(reply: Reply, requestID: string): unknown {
  switch (reply.kind) {
    case 'answer':
      return JSON.parse(reply.json);
    case 'error':
      throw failureOf(reply.error);
    case 'exit':
      throw failureOf({
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${requestID} Error: Runtime exited with error: ${reply.how}`,
      });
    case 'ready':
      throw new FunctionUnusableError('The process was started twice.');
  }
}

function timedOut(requestID: string, seconds: number): ReportedError {
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestID} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  };
}

/** Step Functions takes a reported error's type as the `Error` and the report as the `Cause`. */
function failureOf(error: ReportedError): TaskFailure {
  return new TaskFailure(error.errorType, JSON.stringify(error));
}

/** One process. */
class Sandbox {
  readonly ready: Promise<Reply>;
  /** Comes when the process has been frozen. */
  readonly frozen: Promise<'frozen'>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<Reply>;
  readonly #onFrozen: () => void;
  #isUsable = true;

  constructor(folder: string, env: Record<string, string>, nowMs: number, onOutput: (text: string) => void) {
    const { promise, resolve } = Promise.withResolvers<'frozen'>();
    this.frozen = promise;
    this.#onFrozen = () => {
      resolve('frozen');
    };
    this.#child = spawn(nodePath, [path.join(__dirname, 'lambda-runtime.ts'), String(nowMs)], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', onOutput);
    this.#child.stderr?.setEncoding('utf8').on('data', onOutput);
    this.#exited = new Promise((resolveExit, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => {
        this.#isUsable = false;
        resolveExit({ kind: 'exit', how: signal === null ? `exit status ${code ?? ''}` : 'signal: killed' });
      });
    });
    this.ready = this.#reply();
  }

  get isUsable(): boolean {
    return this.#isUsable;
  }

  ask(message: InvokeMessage): Promise<Reply> {
    const reply = this.#reply();
    this.#child.send(message, () => undefined);
    return reply;
  }

  freeze(): void {
    this.#isUsable = false;
    this.#child.kill('SIGSTOP');
    this.#onFrozen();
  }

  async kill(): Promise<void> {
    this.#isUsable = false;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #reply(): Promise<Reply> {
    const told = new Promise((resolve) => {
      this.#child.once('message', resolve);
    });
    return Promise.race([told.then((message): Reply => v.parse(ReplySchema, message)), this.#exited]);
  }
}
