/** What became of a run, as facts: told from what the ledger keeps of it. */
import type { Reason } from '../../../functions/domain/reason.ts';
import type { AttemptRecord, RunRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { RunLeft } from '../../support/a-run.ts';

/** Counts the outcome, the verdicts with their reasons, what was undone, what was asked at gates, how job starts went. */
export function countRun(left: RunLeft, count: (fact: string) => void): void {
  const { run, servers, attempts } = left;
  count(run.end === undefined ? 'outcome none' : `outcome ${run.end.outcome}`);
  countPlan(run, count);
  countGates(run, count);
  for (const record of servers) countServer(record, count);
  for (const attempt of attempts) count(`attempt ${attempt.kind} ${answerOf(attempt)}`);
}

function countPlan({ plan, commits = [], input }: RunRecord, count: (fact: string) => void): void {
  if (plan !== undefined) {
    count(`decision ${plan.decision}`);
    countReasons([...plan.reasons, ...(plan.notes ?? [])], count);
  }
  if (commits.length > 0) count('gate COMMIT committed');
  if (input.window !== undefined) count('window asked');
}

function countGates({ gates = [] }: RunRecord, count: (fact: string) => void): void {
  for (const { gate, answer, closedAt } of gates) {
    count(`gate ${gate} opened`);
    if (answer !== undefined) count(`gate ${gate} ${answer.approved ? 'approved' : 'refused'}`);
    if (closedAt !== undefined) count(`gate ${gate} closed`);
  }
}

function countServer(record: ServerRecord, count: (fact: string) => void): void {
  const { verdict, reasons, warnings, rollback, testInstance, actions } = record;
  count(`verdict ${verdict ?? 'none'}`);
  countReasons([...reasons, ...warnings, ...(rollback?.problems ?? [])], count);
  if (rollback?.revertedAt !== undefined) count('compensation revert');
  if (rollback?.terminateJobID !== undefined) count('compensation terminate');
  if (testInstance?.terminateJobID !== undefined) count('compensation terminate test instance');
  for (const action of actions) count(`action ${action.verdict}`);
}

function countReasons(reasons: readonly Reason[], count: (fact: string) => void): void {
  for (const { code } of reasons) count(`reason ${code}`);
}

function answerOf({ state, isAnswered }: AttemptRecord): string {
  if (state !== 'STARTED') return state;
  return isAnswered ? 'answered' : 'found';
}
