/** Starts an execution on a deployed stack and watches it to its end. */
import { OutcomeUnknownError } from '../../functions/domain/errors.ts';
import type { StartableMachine } from '../../local/state-machines.ts';
import type { ExecuteOptions, ExecutionEnd } from '../execute.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { asksTheSame } from '../with-person.ts';
import type { Session } from '../world.ts';
import { follow } from './follow.ts';
import { awaitFreeRun } from './holds.ts';
import type { Stack, StackWorld } from './stack-world.ts';

/**
 * Starts it and follows it.
 *
 * @throws CommandError when it was not started, nobody knows whether it was, or the watcher went away (exit code 130).
 */
export async function executeOnStack(
  world: StackWorld,
  session: Session,
  io: Io,
  { start, runID, header, progress }: ExecuteOptions,
): Promise<ExecutionEnd> {
  const { time } = session;
  progress.begin({ ...header, flags: world.flags, isDetachable: true }, time.now());
  try {
    const executionArn = world.stack.executions.arnOf(start.machine, start.name);
    await awaitFreeRun(world, session, io, { runID, executionArn, progress });
    const { arn } = await begin(world.stack, start.machine, start.name, start.input);
    progress.execution({ status: 'RUNNING', machine: start.machine, execution: arn }, time.now());
    return await follow(world, session, io, { machine: start.machine, name: start.name, runID, progress });
  } finally {
    progress.end(time.now());
  }
}

/** An execution that was begun. */
export interface Begun {
  readonly arn: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** It has ended already: it was begun before, by a start whose answer was lost or by somebody else. */
  readonly isEnded: boolean;
}

/**
 * Starts the execution, or adopts the one of this name and input: the answer to an earlier start may have been lost.
 *
 * @throws CommandError when the name belongs to another execution, or nobody knows whether it was started.
 */
export async function begin(
  { executions }: Stack,
  machine: StartableMachine,
  name: string,
  input: unknown,
): Promise<Begun> {
  const text = JSON.stringify(input);
  const arn = executions.arnOf(machine, name);
  try {
    const started = await executions.start(machine, name, text);
    if (started !== 'NAME_TAKEN') return { arn, ...started, isEnded: false };
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) throw error;
    throw new CommandError(
      `Nobody knows whether execution ${name} was started: ${error.message}. Run the same command again; it finds out, and starts nothing twice.`,
      exitCodes.person,
      { cause: error },
    );
  }
  const known = await executions.describe(machine, name);
  if (known !== undefined && asksTheSame(known.input, text)) return { arn, startedAt: known.startedAt, isEnded: true };
  throw new CommandError(`There is an execution ${name} with another input; nothing was started.`);
}
