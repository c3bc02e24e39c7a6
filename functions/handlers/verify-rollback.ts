/** Believes a rollback only when MGN shows it: READY_FOR_CUTOVER again and no instance of this run left. */
import { stepsAfterIncompleteRollback } from '../domain/next-steps.ts';
import type { Reason } from '../domain/reason.ts';
import { judgeRollback, type RollbackFacts } from '../domain/rollback-plan.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import { saveChanged } from '../shared/batch.ts';
import { BatchEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { readRollbackBatch } from '../shared/rollback-batch.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * How long what was done may take to show, in milliseconds, before a person is asked: reads may be late (`mgn.md` H.15),
 * and what a late read kept from being done is done meanwhile.
 */
const lateReadMs = 300_000;

/**
 * Judges every server that is being brought back. PENDING asks to come again after `delaySeconds`; a server that is not
 * back by then gets NEEDS_A_PERSON with the commands that are left.
 *
 * @throws TransientServiceError when MGN cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(BatchEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const { records, facts } = await readRollbackBatch(deps, run, mgn, event);
  const now = deps.clock.now();
  const judged = new Map(facts.map((fact) => [fact.record.sourceServerID, judge(run, fact, now)]));
  const after = records.map((record) => judged.get(record.sourceServerID) ?? record);
  await saveChanged(deps, event, records, after);
  const isPending = [...judged.values()].some((record) => record.verdict === undefined);
  return {
    state: isPending ? 'PENDING' : 'DECIDED',
    delaySeconds: 30,
    incomplete: after.filter((record) => record.rollback !== undefined && record.verdict === 'NEEDS_A_PERSON').length,
  };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

function judge(run: RunRecord, fact: RollbackFacts, now: number): ServerRecord {
  const { record, server } = fact;
  if (record.rollback === undefined) return record;
  const judgement = judgeRollback(fact);
  const verifyingSince = record.rollback.verifyingSince ?? now;
  const known = { ...record, lifeCycleState: server?.lifeCycleState ?? record.lifeCycleState };
  if (judgement.rollback === 'DONE') {
    const rollback = { ...record.rollback, verifyingSince, verifiedAt: now, problems: [] };
    const wasStarted = record.cutover !== undefined;
    return {
      ...inPhase({ ...known, rollback }, wasStarted ? 'rolled back' : 'not started', now),
      verdict: wasStarted ? 'ROLLED_BACK' : 'NOT_STARTED',
      nextSteps: [],
    };
  }
  const pending = { ...known, rollback: { ...record.rollback, verifyingSince, problems: [...judgement.reasons] } };
  return now < verifyingSince + lateReadMs ? pending : needsPerson(run, pending, judgement.reasons, now);
}

function needsPerson(run: RunRecord, record: ServerRecord, reasons: readonly Reason[], now: number): ServerRecord {
  const added = reasons.filter((reason) => !record.reasons.some((known) => known.code === reason.code));
  const judged = { ...record, verdict: 'NEEDS_A_PERSON' as const, reasons: [...record.reasons, ...added] };
  return {
    ...inPhase(judged, 'needs a person', now),
    nextSteps: stepsAfterIncompleteRollback(run.runID, judged, run.input.accountID),
  };
}
