/**
 * Who works on a run? An execution that is refused because another one holds the run has used up its name, so this is
 * asked before it is started.
 */
import { waitingGate } from '../../functions/domain/gate.ts';
import type { RunID } from '../../functions/domain/identifiers.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { CommandError } from '../exit-code.ts';
import { nothingTouched } from '../interruption.ts';
import type { Io } from '../io.ts';
import { clockTime } from '../live/fit.ts';
import type { Progress } from '../live/progress.ts';
import type { Session, World } from '../world.ts';
import { stackMachines, type ExecutionSummary } from './executions.ts';
import { readExecutions, type FollowUpKind } from './follow-ups.ts';
import type { Stack, StackWorld } from './stack-world.ts';

/** What is about to be started. */
export interface Candidate {
  readonly runID: RunID;
  readonly executionArn: string;
  readonly progress: Pick<Progress, 'remark'>;
}

const lookEveryMs = 5_000;

/**
 * Returns when the run is free for the execution. An execution that was stopped keeps its hold until the stack has noticed
 * or the hold runs out, a quarter of an hour after its last step at most; that is waited for.
 *
 * @throws CommandError when an execution that runs, or a command on another machine, works on the run; or the process is
 *   asked to stop while it waits.
 */
export async function awaitFreeRun(
  world: StackWorld,
  { time }: Session,
  io: Io,
  { runID, executionArn, progress }: Candidate,
): Promise<void> {
  const stopped = Promise.withResolvers<'stopped'>();
  const stopListening = io.onInterrupt(() => {
    stopped.resolve('stopped');
  });
  try {
    for (let looks = 0; ; looks += 1) {
      const holder = (await createLedger(world.store).readRun(runID))?.value.holder;
      if (holder === undefined || holder.heldUntil <= time.now() || holder.executionID === executionArn) return;
      await refuseWhileHolderWorks(world, runID, holder);
      if (looks === 0) {
        const sentence = `the execution that worked on the run has ended and is still its holder, until ${clockTime(holder.heldUntil)} at most; waiting for that`;
        progress.remark(sentence, time.now());
      }
      if ((await Promise.race([time.sleep(lookEveryMs), stopped.promise])) === 'stopped') {
        throw new CommandError(nothingTouched);
      }
    }
  } finally {
    stopListening();
  }
}

async function refuseWhileHolderWorks(
  { stack, flags }: StackWorld,
  runID: RunID,
  holder: { readonly executionID: string; readonly heldUntil: number },
): Promise<void> {
  const held = executionOf(stack, holder.executionID);
  if (held === undefined) {
    throw new CommandError(
      `Run ${runID} is being worked on from another machine: ${holder.executionID}, until ${clockTime(holder.heldUntil)} at least. Wait for it, or stop it there with Ctrl-C.`,
    );
  }
  const execution = await stack.executions.describe(held.machine, held.name);
  if (execution?.status === 'RUNNING') throw isRunning(runID, execution, flags);
}

/** Which of the stack's executions this is; undefined when it is none, but one of a command on some machine. */
export function executionOf(
  { executions }: Pick<Stack, 'executions'>,
  executionID: string,
): Pick<ExecutionSummary, 'machine' | 'name'> | undefined {
  const machine = stackMachines.find((candidate) => executionID.startsWith(executions.arnOf(candidate, '')));
  return machine && { machine, name: executionID.slice(executions.arnOf(machine, '').length) };
}

/**
 * On a stack: refuses when an execution that is not of this kind works on the run. One that is of this kind is adopted, or
 * refused, when it begins; one that waits at its commit gate waits for just this; and here, this process has the run for
 * itself.
 *
 * @throws CommandError when one does.
 */
export async function refuseWhileRunning(
  { stack, store, flags }: Pick<World, 'stack' | 'store' | 'flags'>,
  runID: RunID,
  kind: FollowUpKind,
): Promise<void> {
  if (stack === undefined) return;
  const run = (await createLedger(store).readRun(runID))?.value;
  const gate = run === undefined ? undefined : waitingGate(run)?.gate;
  const running = (await readExecutions(stack.executions, runID)).find(
    ({ machine, status }) =>
      status === 'RUNNING' && machine !== kind && !(machine === 'wave-cutover' && gate === 'COMMIT'),
  );
  if (running === undefined) return;
  if (running.machine !== 'wave-cutover' || gate !== 'START') throw isRunning(runID, running, flags);
  throw new CommandError(
    `Run ${runID} waits for a person to approve its start; nothing was touched yet. To refuse it: mgn-cutover approve ${runID} ${flags} --refuse`,
  );
}

/** The refusal of whoever would work on a run that an execution works on. */
export function isRunning(
  runID: RunID,
  { name, startedAt }: Pick<ExecutionSummary, 'name' | 'startedAt'>,
  flags: string,
): CommandError {
  const since = new Date(startedAt).toISOString();
  const what = name === runID ? `Run ${runID}` : `${name} of run ${runID}`;
  return new CommandError(
    `${what} is running since ${since}; nothing was started. Watch it: mgn-cutover watch ${runID} ${flags}; or stop it first: mgn-cutover stop ${runID} ${flags}`,
  );
}
