/** How a rollback or a commit that was executed or watched begins to end: its report is made, written and told of. */
import type { RunID } from '../functions/domain/identifiers.ts';
import type { Audience } from './audience.ts';
import type { Executed } from './execute.ts';
import { makeReport, reportText, type FullReport } from './full-report.ts';
import { writeWhole } from './output-file.ts';
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

/** The report, and the last word to a program that listens. */
export interface OpenConclusion {
  readonly report: FullReport;
  /** Tells the exit code, which it answers with. */
  readonly end: (exitCode: number, body: object) => number;
}

/** Makes the report of what was executed, and writes it where it was asked for. */
export async function openConclusion(
  { world, session, audience, runID, output }: Conclusion,
  executed: Executed,
): Promise<OpenConclusion> {
  const report = await makeReport(world, runID, executed);
  if (report === undefined) throw new TypeError(`run ${runID} is no longer in the ledger`);
  if (output !== undefined) await session.time.hold(writeWhole(output, reportText(report)));
  const end = (exitCode: number, body: object) => {
    audience.event('end', session.time.now(), { exitCode, ...body, report });
    return exitCode;
  };
  return { report, end };
}
