/** What is safe to do next about one source server, in sentences and commands to paste. */
import { waitingGate } from '../../functions/domain/gate.ts';
import type { ServerReport } from '../../functions/domain/report.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import { gateLines } from '../gate-words.ts';
import type { ListedRun } from '../run-list.ts';

/** What is known of the run and its server. */
export interface NextFacts {
  readonly run: RunRecord;
  /** How the run stands, with the commands for it, without the program's name and the flags. */
  readonly listed: ListedRun;
  readonly server: ServerReport;
  /** The flags that lead to the run. */
  readonly flags: string;
}

/** The lines; never none, so that nobody wonders whether something was left out. */
export function nextLines(facts: NextFacts): string[] {
  const { run, listed, server, flags } = facts;
  const gate = waitingGate(run);
  const { status } = listed;
  const isAtWork = status === 'RUNNING' || status === 'ON_ANOTHER_MACHINE';
  // What silence comes to is true only while something waits there.
  if (gate !== undefined && status === 'RUNNING') return gateLines(run, gate, { flags, isRehearsal: false });
  if (isAtWork) {
    const sentence = 'The run is at work; nothing is for a person to do now. To follow it:';
    return [sentence, `  mgn-cutover watch ${run.runID} ${flags}`.trimEnd()];
  }
  if (status === 'ENDED') return server.nextSteps.length > 0 ? [...server.nextSteps] : endedLines(facts);
  const commands = listed.next.map((step) => `mgn-cutover ${step} ${flags}`.trimEnd());
  const untold = commands.filter((command) => !server.nextSteps.some((step) => step.includes(command)));
  return [
    ...server.nextSteps,
    ...(untold.length === 0 ? [] : ['The run has no end, and nothing works on it. To go on with it, or to go back:']),
    ...untold.map((command) => `  ${command}`),
  ];
}

/** A plan is made from here, whoever does the work. */
function endedLines({ run, server, flags }: NextFacts): string[] {
  const again = `  mgn-cutover plan INPUT.json ${flags.replace(/--stack \S+ ?/, '')}`.trimEnd();
  const report = `  mgn-cutover report ${run.runID} ${flags}`.trimEnd();
  switch (server.verdict) {
    case 'FINALIZED':
      return ['Nothing is left to do; this cannot be undone. What happened, to keep:', report];
    case 'BLOCKED':
    case 'NOT_STARTED':
    case 'ROLLED_BACK':
      return ['Mend the cause above, then plan it anew; the new run needs a name of its own (--name):', again];
    default:
      return ['Nothing is left to do in this run. What happened, to keep:', report];
  }
}
