/** Believes a rollback only when MGN shows it: READY_FOR_CUTOVER again and no instance of this run left. */
import { stepsAfterIncompleteRollback } from '../domain/next-steps.ts';
import { nextPollSeconds } from '../domain/poll-schedule.ts';
import type { Reason } from '../domain/reason.ts';
import {
  groupRollingBack,
  isWaitedFor,
  lateReadMs,
  revertFailedCode,
  type RollbackGroup,
} from '../domain/rollback-group.ts';
import { judgeRollback, type RollbackFacts } from '../domain/rollback-plan.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { readRollbackGroup } from '../shared/rollback-facts.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Judges every server of the group whose turn it is. PENDING asks to come again after `delaySeconds`; a server that is not
 * back by then gets NEEDS_A_PERSON with the commands that are left. MORE: the group is decided and an earlier one is next.
 *
 * @throws TransientServiceError when MGN cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const group = await readRollbackGroup(deps, run, mgn);
  if (group === undefined) return { state: 'DECIDED', delaySeconds: 0 };
  const now = deps.clock.now();
  const before = group.facts.map(({ record }) => record);
  await saveChanged(
    deps,
    event,
    before,
    group.facts.map((facts) => judge(run, group, facts, now)),
  );
  const next = groupRollingBack(await deps.ledger.readServers(run.runID));
  if (next === undefined) return { state: 'DECIDED', delaySeconds: 0 };
  if (next !== group.priorityGroup) return { state: 'MORE', delaySeconds: 0 };
  const since = Math.max(group.turnSince, ...before.map(({ rollback }) => rollback?.requestedAt ?? 0));
  return { state: 'PENDING', delaySeconds: nextPollSeconds('other', now - since, Infinity) };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

function judge(run: RunRecord, group: RollbackGroup, facts: RollbackFacts, now: number): ServerRecord {
  const { record, server } = facts;
  if (record.rollback === undefined) return record;
  const known = { ...record, lifeCycleState: server?.lifeCycleState ?? record.lifeCycleState };
  const judgement = judgeRollback(facts);
  if (judgement.rollback === 'DONE') {
    const verifyingSince = record.rollback.verifyingSince ?? now;
    const rollback = { ...record.rollback, verifyingSince, verifiedAt: now, problems: [] };
    const wasStarted = record.cutover !== undefined;
    return {
      ...inPhase({ ...known, rollback }, wasStarted ? 'rolled back' : 'not started', now),
      verdict: wasStarted ? 'ROLLED_BACK' : 'NOT_STARTED',
      nextSteps: [],
    };
  }
  const isWaiting = isWaitedFor(facts, group, run.input.options.deadlines, now);
  const verifyingSince = record.rollback.verifyingSince ?? (isWaiting ? undefined : now);
  const problems = [...judgement.reasons];
  const pending = { ...known, rollback: { ...record.rollback, verifyingSince, problems } };
  if (isWaiting || verifyingSince === undefined || now < verifyingSince + lateReadMs) return pending;
  const failed = record.rollback.problems.filter(({ code }) => code === revertFailedCode);
  return needsPerson(run, pending, [...problems, ...failed], now);
}

function needsPerson(run: RunRecord, record: ServerRecord, reasons: readonly Reason[], now: number): ServerRecord {
  const added = reasons.filter((reason) => !record.reasons.some((known) => known.code === reason.code));
  const judged = { ...record, verdict: 'NEEDS_A_PERSON' as const, reasons: [...record.reasons, ...added] };
  return {
    ...inPhase(judged, 'needs a person', now),
    nextSteps: stepsAfterIncompleteRollback(run.runID, judged, run.input),
  };
}
