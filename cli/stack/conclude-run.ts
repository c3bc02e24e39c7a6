/** How a run of a deployed stack ends for the person: the summary, or what an execution that was cut short leaves behind. */
import { createLedger } from '../../functions/ledger/ledger.ts';
import { inFlightMs } from '../../functions/watch/settle-run.ts';
import type { Conclusion } from '../conclusion.ts';
import { exitCodeOf, exitCodes } from '../exit-code.ts';
import { makeReport, reportText, type FullReport } from '../full-report.ts';
import { describeLeftovers, type Interruption } from '../interruption.ts';
import { clockTime } from '../live/fit.ts';
import { writeWhole } from '../output-file.ts';
import { causeMessage } from '../refusal.ts';
import { shellWord } from '../shell-word.ts';
import { summaryLines } from '../summary.ts';
import type { ExecutionDescription } from './executions.ts';
import type { StackWorld } from './stack-world.ts';

/** A run on a stack whose watching ends. */
export interface StackConclusion extends Conclusion {
  readonly world: StackWorld;
  /** The file its input was read from, for the command that resumes it. */
  readonly inputPath?: string | undefined;
}

/**
 * Ends the watching of a run with the exit code that `run` would have: by its outcome, or 3 where something was started
 * and is not settled, or 2 where nothing was.
 *
 * @param execution - the last of the run's executions, which has ended
 */
export async function concludeRun(context: StackConclusion, execution: ExecutionDescription): Promise<number> {
  const { world, session, runID, output } = context;
  const report = await makeReport(world, runID);
  if (report !== undefined && output !== undefined) await session.time.hold(writeWhole(output, reportText(report)));
  if (report === undefined || report.run.outcome === 'UNFINISHED')
    return concludeUnfinished(context, execution, report);
  return tellEnd(context, report);
}

/** Tells of a run that has ended; the exit code is that of its outcome. */
export function tellEnd({ session, audience }: Pick<Conclusion, 'session' | 'audience'>, report: FullReport): number {
  if (!audience.isJson) audience.say(['', ...summaryLines(report, audience.palette)]);
  const { outcome, summary } = report.run;
  const exitCode = exitCodeOf(outcome);
  audience.event('end', session.time.now(), { exitCode, outcome, summary, report });
  return exitCode;
}

async function concludeUnfinished(
  context: StackConclusion,
  execution: ExecutionDescription,
  report: FullReport | undefined,
): Promise<number> {
  const { session, audience } = context;
  const { exitCode, lines } = await leftoversOf(context, execution);
  const said = [whyItEnded(execution), ...lines];
  audience.say(said);
  audience.event('end', session.time.now(), { exitCode, error: said.join(' '), report });
  return exitCode;
}

/**
 * What an execution that has ended leaves behind of its run, and the commands that are left: exit code 2 where nothing
 * was touched, 3 otherwise.
 */
export async function leftoversOf(
  { world, session, runID, inputPath }: Pick<StackConclusion, 'world' | 'session' | 'runID' | 'inputPath'>,
  execution: ExecutionDescription,
): Promise<Interruption> {
  const ledger = createLedger(world.store);
  const run = (await ledger.readRun(runID))?.value;
  const resume = resumeCommand({ world, runID, inputPath }, execution);
  if ((await ledger.readAttempts(runID)).length > 0) {
    const way = (verb: string) => `mgn-cutover ${verb} ${runID} ${world.flags}`;
    return describeLeftovers(world.store, runID, { resume, rollback: way('rollback'), commit: way('commit') });
  }
  const next = resume === undefined ? [] : [`Next steps:`, `  to go on: ${resume}`];
  const mayActUntil = (execution.endedAt ?? 0) + inFlightMs;
  if (run?.plan?.decision === 'PROCEED' && session.time.now() < mayActUntil) {
    const look = `mgn-cutover watch ${runID} ${world.flags}`;
    const lines = [
      `Nothing was started yet, but a step that is under way may still act until ${clockTime(mayActUntil)}. Look again then: ${look}`,
      ...next,
    ];
    return { exitCode: exitCodes.person, lines };
  }
  return { exitCode: exitCodes.refused, lines: ['Nothing was started; nothing was touched.', ...next] };
}

/** The command that goes on with what an execution did not end; undefined where nothing can. */
function resumeCommand(
  { world: { flags }, runID, inputPath }: Pick<StackConclusion, 'world' | 'runID' | 'inputPath'>,
  execution: ExecutionDescription,
): string | undefined {
  if (execution.machine === 'rollback' || execution.machine === 'commit') {
    return `mgn-cutover ${execution.machine} ${runID} ${flags}`;
  }
  const input = inputPath === undefined ? 'INPUT.json' : shellWord(inputPath);
  return isResumable(execution) ? `mgn-cutover start ${input} ${flags} --name ${runID} --resume` : undefined;
}

/**
 * Whether a redrive leads on: it repeats the state in which the execution ended, so one that went into a Fail state of
 * its own accord would only fail again (Step Functions' guide on redriving executions).
 */
export function isResumable({ machine, status, error, whyNotRedrivable }: ExecutionDescription): boolean {
  const isCutShort = status === 'ABORTED' || status === 'TIMED_OUT' || (error?.startsWith('States.') ?? false);
  const isOfRun = machine === 'wave-cutover' || machine === 'migration-run';
  return isOfRun && isCutShort && whyNotRedrivable === undefined;
}

/** In a sentence, with when. */
export function whyItEnded({ name, status, endedAt, error, cause }: ExecutionDescription): string {
  const at = endedAt === undefined ? '' : ` at ${new Date(endedAt).toISOString()}`;
  switch (status) {
    case 'ABORTED':
      return `Execution ${name} was stopped${at}.`;
    case 'TIMED_OUT':
      return `Execution ${name} ran out of time${at}.`;
    case 'SUCCEEDED':
      return `Execution ${name} has succeeded${at}.`;
    default:
      return `Execution ${name} failed${at}: ${causeMessage(cause) ?? error ?? 'no reason is given'}`;
  }
}
