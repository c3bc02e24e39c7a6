/** May an execution that ended before its run did be redriven? It then repeats the step at which it ended. */
import { OutcomeUnknownError } from '../../functions/domain/errors.ts';
import type { RunID } from '../../functions/domain/identifiers.ts';
import { parseRunInput, type RunInput } from '../../functions/domain/run-input.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { resourceName } from '../../local/arns.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import { hasOpenRollback } from '../follow-up.ts';
import { shellWord } from '../shell-word.ts';
import { isResumable, whyItEnded } from './conclude-run.ts';
import { isCausedBy, type ExecutionDescription, type ExecutionSummary } from './executions.ts';
import { readExecutions } from './follow-ups.ts';
import { executionOf, isRunning } from './holds.ts';
import { runningChildren } from './nested.ts';
import type { StackWorld } from './stack-world.ts';

/**
 * The execution to redrive.
 *
 * @throws CommandError when there is none, or going on with it would be wrong.
 */
export async function findResumable(world: StackWorld, runID: RunID, input: RunInput): Promise<ExecutionDescription> {
  const { flags, stack } = world;
  const executions = await readExecutions(stack.executions, runID);
  const running = executions.find(({ status }) => status === 'RUNNING');
  if (running !== undefined) throw isRunning(runID, running, flags);
  const wave = executions.find(({ machine }) => machine === 'wave-cutover');
  if (wave === undefined) {
    throw new CommandError(`--resume: there is no execution ${runID} to go on with; leave --resume out to start it.`);
  }
  const run = (await createLedger(world.store).readRun(runID))?.value;
  if (run?.end !== undefined) throw new CommandError(hasEnded(runID, run.end));
  await refuseAfterRollback(world, runID);
  const taken = takenSince(world, runID, wave, run);
  if (taken !== undefined) throw taken;
  if (!isResumable(wave))
    throw new CommandError(`--resume: ${whyItEnded(wave)} ${cannotGoOn(world, runID, wave, run)}`);
  refuseOtherInput(runID, wave, input);
  const children = await runningChildren(stack.executions, wave);
  if (children.length > 0) {
    const names = children.map(({ machine, name }) => `${machine} ${name}`).join(', ');
    throw new CommandError(
      `--resume: an execution that the stopped one began still runs (${names}); nothing was started. Stop it first: mgn-cutover stop ${runID} ${flags}`,
    );
  }
  return wave;
}

/** That a run has ended, and what came of it. */
export function hasEnded(runID: RunID, { endedAt, summary }: NonNullable<RunRecord['end']>): string {
  return `Run ${runID} ended at ${new Date(endedAt).toISOString()}: ${summary}. Nothing was started.`;
}

function refuseOtherInput(runID: RunID, wave: ExecutionDescription, input: RunInput): void {
  if (wave.input === undefined) return;
  const begunWith = parseRunInput(JSON.parse(wave.input));
  // It goes on with the input it was begun with, saved plan and all, whether the plan is named again or not.
  const meant = input.plan === undefined ? { ...begunWith, plan: undefined } : begunWith;
  if (meaningOf(meant) === meaningOf(input)) return;
  throw new CommandError(
    `--resume: run ${runID} was begun with another input, and goes on only with that one; nothing was started.`,
  );
}

function meaningOf(input: RunInput): string {
  return JSON.stringify({ ...input, $schema: undefined });
}

/**
 * What a rollback has begun to bring back would be taken for what is still to be verified.
 *
 * @throws CommandError when a rollback was begun and not finished.
 */
export async function refuseAfterRollback({ store, flags }: StackWorld, runID: RunID): Promise<void> {
  if (!(await hasOpenRollback(store, runID))) return;
  throw new CommandError(
    `A rollback of run ${runID} was begun and not finished; finish it first: mgn-cutover rollback ${runID} ${flags}`,
  );
}

/**
 * The refusal to go on with an execution whose run something else has worked on since: redriven, its next step would find
 * that it holds the run no more. Undefined where nothing has.
 */
export function takenSince(
  { stack, flags }: StackWorld,
  runID: RunID,
  wave: Pick<ExecutionSummary, 'arn'>,
  run: RunRecord | undefined,
): CommandError | undefined {
  const holderID = run?.holder?.executionID;
  if (holderID === undefined || holderID === wave.arn) return undefined;
  const execution = executionOf(stack, holderID);
  const who =
    execution === undefined
      ? `A command on another machine (${holderID})`
      : `Execution ${execution.machine} ${execution.name}`;
  const machine = execution?.machine ?? resourceName(holderID);
  const place = `--region ${stack.region} --ledger stack:${shellWord(stack.name)}`;
  return new CommandError(
    [
      `${who} has worked on run ${runID} since, so its own execution cannot go on. Nothing was started.`,
      'Next steps:',
      ...(machine === 'commit'
        ? [`  to finalize the rest (cannot be undone): mgn-cutover commit ${runID} ${flags}`]
        : []),
      ...(machine === 'wave-cutover' ? [`  to go on there: mgn-cutover run INPUT.json ${place} --name ${runID}`] : []),
      `  to bring back what is not finalized: mgn-cutover rollback ${runID} ${flags}`,
    ].join('\n'),
  );
}

function cannotGoOn(
  { flags }: StackWorld,
  runID: RunID,
  { whyNotRedrivable }: ExecutionDescription,
  run: RunRecord | undefined,
): string {
  const why = whyNotRedrivable === undefined ? '' : ` (${whyNotRedrivable})`;
  const isPlanned = run?.plan?.decision === 'PROCEED';
  return isPlanned
    ? `It cannot go on${why}; bring back what was started: mgn-cutover rollback ${runID} ${flags}`
    : `It cannot go on${why}, and nothing was touched: start it again under another name with --name.`;
}

/**
 * Lets the execution of that name go on; gives when, in epoch milliseconds.
 *
 * @throws CommandError when Step Functions refuses, or nobody knows whether it goes on.
 */
export async function redrive(
  { stack, flags }: StackWorld,
  runID: RunID,
  machine: 'wave-cutover' | 'migration-run' = 'wave-cutover',
): Promise<number> {
  try {
    return await stack.executions.redrive(machine, runID);
  } catch (error) {
    if (isCausedBy(error, 'ExecutionNotRedrivable')) {
      const reason = error instanceof Error ? error.message : '';
      throw new CommandError(`--resume: it cannot go on: ${reason}. Nothing was started.`, undefined, { cause: error });
    }
    if (!(error instanceof OutcomeUnknownError)) throw error;
    throw new CommandError(
      `Nobody knows whether run ${runID} goes on: ${error.message}. Look: mgn-cutover watch ${runID} ${flags}`,
      exitCodes.person,
      { cause: error },
    );
  }
}
