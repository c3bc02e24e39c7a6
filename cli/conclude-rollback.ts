/** How a rollback that was executed or watched ends for the person: the summary, the commands that are left, the exit code. */
import { openConclusion, type Conclusion } from './conclusion.ts';
import type { Executed } from './execute.ts';
import { CommandError, exitCodes } from './exit-code.ts';
import { describeLeftovers } from './interruption.ts';
import { causeMessage } from './refusal.ts';
import { summaryLines } from './summary.ts';

/** A finalized server is not back and never will be, so asking for all of a run that has one ends with a person. */
const verdictsOfWhatIsBack: readonly string[] = ['ROLLED_BACK', 'NOT_STARTED', 'BLOCKED'];

/**
 * Ends a rollback: 0 when all that was asked for is back, 3 when a person is needed.
 *
 * @param askedIDs - the source servers it was asked to bring back
 * @throws CommandError when it was refused and did nothing, or was cut short.
 */
export async function concludeRollback(
  conclusion: Conclusion,
  askedIDs: readonly string[],
  executed: Executed,
): Promise<number> {
  const { world, audience, runID } = conclusion;
  const { report, end } = await openConclusion(conclusion, executed);
  const { result } = executed;
  if (result.status === 'ABORTED' || result.status === 'TIMED_OUT') {
    const again = `mgn-cutover rollback ${runID} ${world.flags}`;
    const { lines } = await describeLeftovers(world.store, runID, { resume: again, rollback: again });
    audience.say(lines);
    return end(exitCodes.person, { error: lines.join(' ') });
  }
  if (result.status !== 'SUCCEEDED' && result.error !== 'RollbackIncomplete') {
    const message = causeMessage(result.cause) ?? result.error ?? result.status;
    const isBegun = report.servers.some((server) => server.phase === 'rolling back');
    const error = isBegun
      ? new CommandError(`${message} Run the same command again.`, exitCodes.person)
      : new CommandError(message);
    end(error.exitCode, { error: error.message });
    throw error;
  }
  const isBack = (id: string) =>
    report.servers.some(
      ({ sourceServerID, verdict }) => sourceServerID === id && verdictsOfWhatIsBack.includes(verdict),
    );
  const isSettled = askedIDs.every(isBack) && result.status === 'SUCCEEDED';
  const isUntouched = isSettled && !report.servers.some(({ verdict }) => verdict === 'ROLLED_BACK');
  const closed = isUntouched ? [`Nothing was brought back; run ${runID} is closed.`] : [];
  if (!audience.isJson) audience.say(['', ...closed, ...summaryLines(report, audience.palette)]);
  const { outcome, summary } = report.run;
  return end(isSettled ? exitCodes.done : exitCodes.person, { outcome, summary });
}

/** Whether a rollback that ended so has done all it ever will; one that was cut short is asked for again. */
export function isRollbackOver({ result }: Executed): boolean {
  return result.status === 'SUCCEEDED' || result.error === 'RollbackIncomplete';
}
