/** What every section of the page is made from. */
import type { FullReport } from '../cli/full-report.ts';
import { readWindow, type ChangeWindow } from '../functions/domain/window.ts';
import { clockOf, type Clock } from './clock.ts';

/** The report, how its times are told, and its change window if it has one that can be read. */
export interface ReportContext {
  readonly report: FullReport;
  readonly clock: Clock;
  readonly window: ChangeWindow | undefined;
  /** What can be done next with every verified source server; told once, in the summary. */
  readonly sharedSteps: ReadonlySet<string>;
}

/** The context of a report. */
export function contextOf(report: FullReport): ReportContext {
  return { report, clock: clockOf(report), window: windowOf(report), sharedSteps: sharedStepsOf(report) };
}

/** A window whose times mean nothing here is told as it was written, and decides nothing. */
function windowOf({ run }: FullReport): ChangeWindow | undefined {
  if (run.window === undefined) return undefined;
  try {
    return readWindow(run.window);
  } catch {
    return undefined;
  }
}

/** Steps of verified source servers that do not name one of them. */
function sharedStepsOf({ servers }: FullReport): ReadonlySet<string> {
  const verified = servers.filter(({ verdict }) => verdict === 'VERIFIED');
  return new Set(
    verified.flatMap(({ sourceServerID, nextSteps }) => nextSteps.filter((step) => !step.includes(sourceServerID))),
  );
}
