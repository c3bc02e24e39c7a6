/** Stops an execution of a deployed stack together with what it began, and waits until that shows. */
import { AccessDeniedError, OutcomeUnknownError, TransientServiceError } from '../../functions/domain/errors.ts';
import type { Time } from '../../local/virtual-time.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import type { ExecutionDescription, Executions } from './executions.ts';
import { runningChildren } from './nested.ts';

const lookEveryMs = 2_000;
/** Step Functions ends an execution within moments of being asked. */
const stopMsMax = 60_000;
/** How long children may take to be stopped with their parent before each is stopped by itself. */
const withParentMs = 20_000;

/**
 * Stops the execution.
 *
 * @throws CommandError that asks for a person when it does not stop.
 */
export async function stopExecution(executions: Executions, time: Time, running: ExecutionDescription): Promise<void> {
  await ask(executions, running);
  const askedAt = time.now();
  while (await isStillRunning(executions, running)) {
    if (time.now() - askedAt > stopMsMax) {
      throw new CommandError(
        `${running.name} was asked to stop and is RUNNING still. Look at it in the console, and run the same command again.`,
        exitCodes.person,
      );
    }
    await time.sleep(lookEveryMs);
  }
}

/** The executions that an ended one began and that run still; UNKNOWN where that cannot be looked at from here. */
export type Children = readonly ExecutionDescription[] | 'UNKNOWN';

/**
 * Sees to it that what a stopped execution began stops too; gives what runs all the same. Where the parent was stopped a
 * moment ago its children get some time to stop with it.
 */
export async function stopChildren(
  executions: Executions,
  time: Time,
  parent: ExecutionDescription,
  when: 'with the parent' | 'now',
): Promise<Children> {
  const askAfterMs = when === 'now' ? 0 : withParentMs;
  const stoppedAt = time.now();
  let isAsked = false;
  for (;;) {
    const children = await readChildren(executions, parent);
    const waitedMs = time.now() - stoppedAt;
    if (children === 'UNKNOWN' || children.length === 0 || waitedMs >= stopMsMax) return children;
    if (!isAsked && waitedMs >= askAfterMs) {
      isAsked = true;
      for (const child of children) await ask(executions, child);
    }
    await time.sleep(lookEveryMs);
  }
}

/** Whether an answer that never came was yes shows in what the execution does next. */
async function ask(executions: Executions, { machine, name }: ExecutionDescription): Promise<void> {
  try {
    await executions.stop(machine, name);
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) throw error;
  }
}

/** What cannot be read for now may be running still. */
async function isStillRunning(executions: Executions, { machine, name }: ExecutionDescription): Promise<boolean> {
  try {
    return (await executions.describe(machine, name))?.status === 'RUNNING';
  } catch (error) {
    if (error instanceof TransientServiceError) return true;
    throw error;
  }
}

/** Reads what it began and what runs still; only a wave's execution begins others. */
export async function readChildren(executions: Executions, parent: ExecutionDescription): Promise<Children> {
  if (parent.machine !== 'wave-cutover') return [];
  try {
    return await runningChildren(executions, parent);
  } catch (error) {
    if (error instanceof AccessDeniedError || error instanceof TransientServiceError) return 'UNKNOWN';
    throw error;
  }
}
