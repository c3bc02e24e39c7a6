/** How a rollback that was executed or watched ends for the person: the summary, the commands that are left, the exit code. */
import type { RunID } from '../functions/domain/identifiers.ts';
import type { Audience } from './audience.ts';
import type { Executed } from './execute.ts';
import { CommandError, exitCodes } from './exit-code.ts';
import { makeReport, reportText } from './full-report.ts';
import { describeLeftovers } from './interruption.ts';
import { writeWhole } from './output-file.ts';
import { causeMessage } from './refusal.ts';
import { summaryLines } from './summary.ts';
import type { Session, World } from './world.ts';

/** What a command that ends needs. */
export interface Conclusion {
  readonly world: World;
  readonly session: Session;
  readonly audience: Audience;
  readonly runID: RunID;
  /** Where the report goes, if anywhere. */
  readonly output?: string | undefined;
}

/** A finalized server is not back and never will be, so asking for all of a run that has one ends with a person. */
const verdictsOfWhatIsBack: readonly string[] = ['ROLLED_BACK', 'NOT_STARTED', 'BLOCKED'];

/**
 * Ends a rollback: 0 when all that was asked for is back, 3 when a person is needed.
 *
 * @param askedIDs - the source servers it was asked to bring back
 * @throws CommandError when it was refused and did nothing, or was cut short.
 */
export async function concludeRollback(
  { world, session, audience, runID, output }: Conclusion,
  askedIDs: readonly string[],
  executed: Executed,
): Promise<number> {
  const report = await makeReport(world, runID, executed);
  if (report === undefined) throw new TypeError(`run ${runID} is no longer in the ledger`);
  if (output !== undefined) await session.time.hold(writeWhole(output, reportText(report)));
  const end = (exitCode: number, body: object) => {
    audience.event('end', session.time.now(), { exitCode, ...body, report });
    return exitCode;
  };
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
