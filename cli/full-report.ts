/** The report of a run with what only the machine that ran it knows: calls, transitions, sizes. */
import { buildReport, type Report } from '../functions/domain/report.ts';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import type { CallCounts } from '../local/call-counter.ts';
import type { MeterReport } from '../local/meter.ts';
import type { Executed } from './execute.ts';

/** What the state machines cost, as the local runner's meter counts. */
export interface StateMachineReport {
  /** State transitions, which is what Step Functions bills. */
  readonly transitions: number;
  /** Events of all executions together. */
  readonly historyEvents: number;
  /** Events of the execution with the longest history; Step Functions allows 25,000. */
  readonly largestExecutionEvents: number;
  /** The largest input, output or result of a state; Step Functions allows 262,144. */
  readonly largestPayloadBytes: number;
  readonly executions: number;
}

/** A report as the command line writes it. */
export interface FullReport extends Report {
  /** How the report was made: a rehearsal's facts are simulated. */
  readonly world: { readonly isRehearsal: boolean; readonly place: string };
  /** When the report was made, ISO 8601 in UTC; what is not over yet is told as of then. */
  readonly madeAt?: string | undefined;
  /** Calls sent to MGN by operation, retries included; absent when nothing was executed by this process. */
  readonly apiCalls?: Readonly<Record<string, number>> | undefined;
  readonly stateMachine?: StateMachineReport | undefined;
}

/** Where a report's facts come from. */
export interface ReportSource {
  readonly store: LedgerStore;
  readonly label: string;
  readonly isRehearsal: boolean;
  /** The flags of `mgn-cutover` that lead to this world. */
  readonly flags: string;
  readonly endpoint?: string | undefined;
}

/** What the maker of a report knows beside the ledger: what this process executed, and when (epoch milliseconds) it is. */
export interface ReportCircumstances extends Pick<Executed, 'meter' | 'calls'> {
  readonly madeAt?: number | undefined;
}

/** Makes the report of a run in the ledger, undefined when there is no such run. */
export async function makeReport(
  source: ReportSource,
  runID: RunID,
  { meter, calls, madeAt }: ReportCircumstances = {},
): Promise<FullReport | undefined> {
  const { store, label, isRehearsal } = source;
  const ledger = createLedger(store);
  const run = (await ledger.readRun(runID))?.value;
  if (run === undefined) return undefined;
  const servers = await ledger.readServers(runID);
  const attempts = await ledger.readAttempts(runID);
  const failures = await ledger.readFailures(runID);
  const report = withPlace(buildReport({ run, servers, attempts, failures }), source);
  const world = { isRehearsal, place: label };
  const made = madeAt === undefined ? {} : { madeAt: new Date(madeAt).toISOString() };
  return {
    ...report,
    world,
    ...made,
    ...(meter === undefined || calls === undefined ? {} : stateMachineReport(meter, calls)),
  };
}

/** What the work of this process cost. */
export function stateMachineReport(
  meter: MeterReport,
  calls: CallCounts,
): Required<Pick<FullReport, 'apiCalls' | 'stateMachine'>> {
  return {
    apiCalls: Object.fromEntries([...calls].sort(([one], [other]) => (one < other ? -1 : 1))),
    stateMachine: {
      transitions: meter.total.transitions,
      historyEvents: meter.total.historyEvents,
      largestExecutionEvents: Math.max(0, ...meter.executions.map(({ historyEvents }) => historyEvents)),
      largestPayloadBytes: meter.total.largestPayloadBytes,
      executions: meter.executions.length,
    },
  };
}

/** The ledger's next steps know a region; those who work elsewhere need the way there in the commands they paste. */
function withPlace(report: Report, { isRehearsal, flags, endpoint }: ReportSource): Report {
  if (isRehearsal) return report;
  const place = (step: string) =>
    step
      .replace(/(mgn-cutover (?:rollback|commit) \S+) --region \S+/, (_, command: string) => `${command} ${flags}`)
      .replace(/aws mgn \S+/, (command) =>
        endpoint === undefined ? command : `${command} --endpoint-url ${endpoint}`,
      );
  return {
    ...report,
    servers: report.servers.map((server) => ({ ...server, nextSteps: server.nextSteps.map(place) })),
  };
}

/** The report as the text of a file. */
export function reportText(report: FullReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
