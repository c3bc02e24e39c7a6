/** How a commit that was executed or watched ends for the person: the summary, the commands that are left, the exit code. */
import { judgeCommit } from '../functions/domain/wave-outcome.ts';
import { openConclusion, type Conclusion } from './conclusion.ts';
import type { Executed } from './execute.ts';
import { CommandError, exitCodeOf, exitCodes } from './exit-code.ts';
import type { FullReport } from './full-report.ts';
import { causeMessage } from './refusal.ts';
import { summaryLines } from './summary.ts';
import type { World } from './world.ts';

/** How the machine says that it went to its end, whatever it came to. */
const outcomeErrors: readonly string[] = ['CommitIncomplete', 'PersonNeeded'];

/**
 * Ends a commit: 0 when all that was asked for is finalized, 1 when some of it is still verified, 3 when some of it needs
 * a person or the commit was cut short.
 *
 * @param askedIDs - the source servers it was asked to finalize
 * @throws CommandError when it was refused and did nothing, or was cut short by a failure.
 */
export async function concludeCommit(
  conclusion: Conclusion,
  askedIDs: readonly string[],
  executed: Executed,
): Promise<number> {
  const { world, audience } = conclusion;
  const { report, end } = await openConclusion(conclusion, executed);
  const { result } = executed;
  if (result.status === 'ABORTED' || result.status === 'TIMED_OUT') {
    const { exitCode, lines } = leftovers(world, report, askedIDs);
    audience.say(lines);
    return end(exitCode, { error: lines.join(' ') });
  }
  if (result.status !== 'SUCCEEDED' && !outcomeErrors.includes(result.error ?? '')) {
    const message = causeMessage(result.cause) ?? result.error ?? result.status;
    const error = isOpen(report)
      ? new CommandError(`${message} Run the same command again.`, exitCodes.person)
      : new CommandError(message);
    end(error.exitCode, { error: error.message });
    throw error;
  }
  const done = `Finalized as asked: ${String(finalizedOf(report, askedIDs).length)} of ${String(askedIDs.length)}.`;
  const headline = askedIDs.length === 0 ? [] : [done];
  if (!audience.isJson) audience.say(['', ...headline, ...summaryLines(report, audience.palette)]);
  const { outcome, summary } = report.run;
  return end(exitCodeOf(judgeCommit(new Set(askedIDs), report.servers)), { outcome, summary });
}

/** A commit takes the end off a run when it begins, and puts it on again. */
function isOpen({ run }: FullReport): boolean {
  return run.outcome === 'UNFINISHED';
}

function finalizedOf({ servers }: FullReport, askedIDs: readonly string[]) {
  return servers.filter(({ sourceServerID, verdict }) => verdict === 'FINALIZED' && askedIDs.includes(sourceServerID));
}

function leftovers(world: World, report: FullReport, askedIDs: readonly string[]) {
  const done = finalizedOf(report, askedIDs).length;
  if (!isOpen(report) && done === 0) {
    return { exitCode: exitCodes.refused, lines: ['Stopped before anything was finalized; nothing was touched.'] };
  }
  const onStack =
    world.stack === undefined ? '' : ' A step that was under way cannot be stopped and may finalize more.';
  return {
    exitCode: exitCodes.person,
    lines: [
      `Stopped. Finalized as asked: ${String(done)} of ${String(askedIDs.length)}; the others are as they were.${onStack}`,
      'Next steps:',
      `  to go on (cannot be undone): mgn-cutover commit ${report.run.name} ${world.flags}`,
      `  to bring back what is not finalized: mgn-cutover rollback ${report.run.name} ${world.flags}`,
    ],
  };
}
