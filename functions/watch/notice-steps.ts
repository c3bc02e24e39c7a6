/** What a person can do once an execution has ended, as commands of the command line. */
import type { RunID } from '../domain/identifiers.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord, Verdict } from '../domain/server-record.ts';
import type { EndedExecution } from './ended-execution.ts';
import { utc } from './notice-text.ts';
import type { SettledRun } from './settle-run.ts';

/** One thing to do; `command` is what comes after `mgn-cutover`, without the flags that name the stack. */
export interface NextStep {
  readonly what: string;
  readonly command: string;
}

/** What can be done next, the most harmless thing first. */
export function nextSteps(
  ended: EndedExecution,
  runID: RunID | undefined,
  settled: SettledRun | undefined,
): NextStep[] {
  if (runID === undefined || settled === undefined)
    return [{ what: 'mend what the error says and start it again; to see the runs there are', command: 'list' }];
  const look = { what: 'to see every source server and its reasons', command: `watch ${runID}` };
  switch (settled.standing) {
    case 'ENDED':
      return [look, ...endSteps(settled.run, settled.servers)];
    case 'LEFT':
      return [look, ...stepsOfLeftRun(ended, runID, settled)];
    case 'AT_WORK':
      return [look, { what: 'to stop what is still at work', command: `stop ${runID}` }];
    case 'ELSEWHERE':
      return [look];
    case 'UNTOUCHED':
      return ended.machine === 'wave-cutover' ? [look, startAgain(ended, runID)] : [look];
  }
}

/** What can be done about a run that has ended, beside looking at it. */
export function endSteps(run: RunRecord, servers: readonly ServerRecord[]): NextStep[] {
  const { runID } = run;
  if (run.end?.outcome === 'REFUSED')
    return [{ what: 'once what keeps it from starting is mended, to start it again', command: underAnotherName }];
  const isVerified = has(servers, 'VERIFIED');
  const commit = { what: 'to keep what is verified (cannot be undone)', command: `commit ${runID}` };
  const rollback = { what: 'to bring back what is not finalized', command: `rollback ${runID}` };
  return [...(isVerified ? [commit] : []), ...(isVerified || has(servers, 'NEEDS_A_PERSON') ? [rollback] : [])];
}

/** Redriving keeps the execution's ARN and so its hold; whoever else wants the run waits for the hold to end. */
function stepsOfLeftRun(ended: EndedExecution, runID: RunID, { run }: SettledRun): NextStep[] {
  const from = run.holder === undefined ? '' : ` (from ${utc(run.holder.heldUntil)} on)`;
  const rollback = { what: `to bring back what is not finalized${from}`, command: `rollback ${runID}` };
  switch (ended.machine) {
    case 'wave-cutover':
      return ended.status === 'FAILED' ? [rollback] : [goOn(runID), rollback];
    case 'rollback':
      return [rollback];
    case 'commit':
      return [{ what: `to finalize the rest (cannot be undone)${from}`, command: `commit ${runID}` }, rollback];
  }
}

/** A name is used up once its execution has ended; one that failed would, redriven, only say so again. */
function startAgain({ status }: EndedExecution, runID: RunID): NextStep {
  if (status !== 'FAILED') return goOn(runID);
  return { what: 'once what the error says is mended, to start it again', command: underAnotherName };
}

const underAnotherName = 'start INPUT.json --name ANOTHER';

function goOn(runID: RunID): NextStep {
  return {
    what: 'to go on where it stopped, within 14 days (the same execution is redriven)',
    command: `start INPUT.json --name ${runID} --resume`,
  };
}

function has(servers: readonly ServerRecord[], verdict: Verdict): boolean {
  return servers.some((record) => record.verdict === verdict);
}
