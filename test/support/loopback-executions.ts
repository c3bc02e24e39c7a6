/**
 * Executions of a stack's state machines as Step Functions keeps them: names that mean one execution, answers that lag
 * behind, nested executions that may outlive their parent. What runs them is the local engine with the real steps.
 */
import { executionArn, stateMachineArn, type Residence } from '../../local/arns.ts';
import { startExecution, type RunningExecution } from '../../local/execution.ts';
import type { HistoryEvent } from '../../local/history.ts';
import type { TaskHandlers } from '../../local/lambda-context.ts';
import { compileMachines } from '../../local/machines.ts';
import { stateMachineFiles } from '../../local/state-machines.ts';
import { TaskTokens } from '../../local/task-tokens.ts';
import type { Time } from '../../local/virtual-time.ts';

/** Name of a state machine file. */
export type MachineFile = keyof typeof stateMachineFiles;

/** How an execution is at a moment. Times are epoch milliseconds. */
export interface ExecutionState {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly redriveCount: number;
}

/** An execution with its past. */
export interface LoopbackExecution {
  readonly arn: string;
  readonly file: MachineFile;
  readonly name: string;
  readonly input: string;
  /** What it was from when on, oldest first. */
  readonly past: { readonly at: number; readonly state: ExecutionState }[];
  running: RunningExecution | undefined;
}

/** An exception of Step Functions. */
export class ServiceException extends Error {
  override readonly name = 'ServiceException';
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const redrivableMs = 14 * 24 * 3_600_000;

/** What the executions stand on. */
export interface LoopbackExecutionsOptions {
  readonly stackName: string;
  readonly residence: Residence;
  readonly handlers: TaskHandlers;
  readonly time: Time;
  /** How long DescribeExecution and ListExecutions lag behind, in milliseconds. */
  readonly lagMs: () => number;
  /** Hears of each end that is not of a nested execution. */
  readonly onEnd: (execution: LoopbackExecution, state: ExecutionState) => void;
}

/** The executions of one stack. */
export class LoopbackExecutions {
  readonly #options: LoopbackExecutionsOptions;
  readonly #machines: ReturnType<typeof compileMachines>;
  /** Names of executions that go on when they are stopped. */
  readonly disobedient = new Set<string>();
  readonly #byArn = new Map<string, LoopbackExecution>();
  readonly #tokens = new TaskTokens();

  constructor(options: LoopbackExecutionsOptions) {
    const { stackName, residence } = options;
    this.#options = options;
    const named = Object.entries(stateMachineFiles).map(([file, definition]): [string, unknown] => {
      const text = JSON.stringify(definition)
        .replaceAll('${WaveCutoverStateMachineArn}', stateMachineArn(`${stackName}-wave-cutover`, residence))
        .replaceAll('${CutoverShiftStateMachineArn}', stateMachineArn(`${stackName}-cutover-shift`, residence))
        .replaceAll('${RollbackStateMachineArn}', stateMachineArn(`${stackName}-rollback`, residence));
      return [`${stackName}-${file}`, JSON.parse(text)];
    });
    this.#machines = compileMachines(Object.fromEntries(named), { residence, validate: false });
  }

  arnOf(file: MachineFile, name: string): string {
    return executionArn(`${this.#options.stackName}-${file}`, name, this.#options.residence);
  }

  /** Starts it, or gives the running one of this name and input. */
  start(file: MachineFile, name: string, input: string): ExecutionState {
    const known = this.#byArn.get(this.arnOf(file, name));
    if (known === undefined) {
      const execution = this.#remember(file, name, input);
      this.#run(execution);
      return stateNow(execution);
    }
    const state = stateNow(known);
    if (state.status === 'RUNNING' && known.input === input) return state;
    throw new ServiceException('ExecutionAlreadyExists', `Execution Already Exists: '${known.arn}'`);
  }

  /** The execution as the answers show it now. */
  shown(arn: string): { execution: LoopbackExecution; state: ExecutionState } {
    const execution = this.#byArn.get(arn);
    const state = execution && stateAt(execution, this.#options.time.now() - this.#options.lagMs());
    if (execution === undefined || state === undefined) {
      throw new ServiceException('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    }
    return { execution, state };
  }

  /** Those of a machine as the answers show them, newest first. */
  list(file: MachineFile, status: string | undefined): { execution: LoopbackExecution; state: ExecutionState }[] {
    return [...this.#byArn.values()]
      .filter((execution) => execution.file === file)
      .flatMap((execution) => {
        const state = stateAt(execution, this.#options.time.now() - this.#options.lagMs());
        return state === undefined || (status !== undefined && state.status !== status) ? [] : [{ execution, state }];
      })
      .sort((one, other) => other.state.startedAt - one.state.startedAt);
  }

  stop(arn: string): void {
    const execution = this.#byArn.get(arn);
    if (execution === undefined)
      throw new ServiceException('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    if (!this.disobedient.has(execution.name)) execution.running?.stop();
  }

  /** Stops whatever runs. */
  stopAll(): void {
    for (const { running } of this.#byArn.values()) running?.stop();
  }

  /** Why it cannot be redriven, if so. */
  whyNotRedrivable({ status, endedAt }: ExecutionState): string | undefined {
    if (status === 'RUNNING' || status === 'SUCCEEDED') return `Execution is ${status} and cannot be redriven`;
    const isOld = this.#options.time.now() - (endedAt ?? 0) > redrivableMs;
    return isOld ? 'Execution redrivable period exceeded' : undefined;
  }

  /** Runs it again from its first step; what it did before, its steps know from the ledger. */
  redrive(arn: string): void {
    const execution = this.#byArn.get(arn);
    if (execution === undefined)
      throw new ServiceException('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    const reason = this.whyNotRedrivable(stateNow(execution));
    if (reason !== undefined) throw new ServiceException('ExecutionNotRedrivable', reason);
    const { startedAt, redriveCount } = stateNow(execution);
    this.#note(execution, { status: 'RUNNING', startedAt, redriveCount: redriveCount + 1 });
    this.#run(execution);
  }

  #remember(file: MachineFile, name: string, input: string): LoopbackExecution {
    const at = this.#options.time.now();
    const state: ExecutionState = { status: 'RUNNING', startedAt: at, redriveCount: 0 };
    const execution: LoopbackExecution = {
      arn: this.arnOf(file, name),
      file,
      name,
      input,
      past: [{ at, state }],
      running: undefined,
    };
    this.#byArn.set(execution.arn, execution);
    return execution;
  }

  #note(execution: LoopbackExecution, state: ExecutionState): void {
    execution.past.push({ at: this.#options.time.now(), state });
  }

  #run(execution: LoopbackExecution): void {
    const { stackName, handlers, time, onEnd } = this.#options;
    const running = startExecution({
      machines: this.#machines,
      machine: `${stackName}-${execution.file}`,
      name: execution.name,
      input: JSON.parse(execution.input),
      handlers,
      time,
      tokens: this.#tokens,
      onEvent: (event) => {
        this.#followNested(execution, event);
      },
    });
    execution.running = running;
    void running.result.then(({ status, ...rest }) => {
      const failure = 'error' in rest ? { error: rest.error, cause: rest.cause } : {};
      const state = { ...stateNow(execution), status, endedAt: time.now(), ...failure };
      this.#note(execution, state);
      onEnd(execution, state);
    });
  }

  /** Nested executions show in ListExecutions under names that AWS makes up. */
  #followNested(parent: LoopbackExecution, event: HistoryEvent): void {
    if (event.executionArn === parent.arn) return;
    const file = fileOf(event.machine, this.#options.stackName);
    const known = this.#byArn.get(event.executionArn);
    if (event.type === 'ExecutionStarted' && file !== undefined && known === undefined) {
      this.#remember(file, event.name, JSON.stringify(event.input));
    } else if (known !== undefined && 'status' in event) {
      this.#note(known, { ...stateNow(known), status: event.status, endedAt: this.#options.time.now() });
    }
  }
}

const files: readonly MachineFile[] = ['migration-run', 'wave-cutover', 'cutover-shift', 'rollback', 'commit'];

/** The machine's file, from the machine's name. */
export function fileOf(machineName: string, stackName: string): MachineFile | undefined {
  return files.find((file) => machineName === `${stackName}-${file}`);
}

function stateNow(execution: LoopbackExecution): ExecutionState {
  const latest = execution.past.at(-1);
  if (latest === undefined) throw new Error(`${execution.name} has no past`);
  return latest.state;
}

function stateAt(execution: LoopbackExecution, at: number): ExecutionState | undefined {
  return execution.past.findLast((moment) => moment.at <= at)?.state;
}
