/** Terminates the cutover instances this run launched, and no others, once their servers are back in READY_FOR_CUTOVER. */
import { QuotaExceededError } from '../domain/errors.ts';
import type { Mgn } from '../domain/ports.ts';
import { reserve } from '../domain/quota-desk.ts';
import { canTerminate, groupRollingBack, isTerminationOverdue, mayAwaitRoom } from '../domain/rollback-group.ts';
import { isRollingBack } from '../domain/rollback-plan.ts';
import type { AttemptRecord, RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { attemptJob, type AttemptTarget } from '../shared/attempt-job.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { awaitNextCall } from '../shared/pacing.ts';
import { settleReservation } from '../shared/quota-turn.ts';
import { knownJobIDs } from '../shared/recent-jobs.ts';
import { readRollbackGroup, terminationKey } from '../shared/rollback-facts.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

const running = { state: 'RUNNING', delaySeconds: 30 } as const;
const awaitingRoom = { state: 'RUNNING', delaySeconds: 60 } as const;
const nothing = { state: 'NONE', delaySeconds: 0 } as const;

/**
 * Starts a terminate job for what of the group whose turn it is can be terminated now, as far as there is room in MGN's
 * quotas. RUNNING: a job of the group is at work, or room is waited for; NONE: there is nothing (more) to do or to wait for.
 *
 * @throws the errors of `attemptJob`, except that a full quota is waited for; LedgerConflictError when another run took
 *   room at the same moment; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const priorityGroup = groupRollingBack(await deps.ledger.readServers(run.runID));
  if (priorityGroup === undefined) return nothing;
  const batchID = terminationKey(priorityGroup);
  const lookedAt = deps.clock.now();
  // Stays undefined while an earlier job of the group is at work: then nothing is chosen at all.
  let choice: Choice | undefined;
  const attempt = await attemptJob(deps, run, mgn, {
    kind: 'TERMINATE_CUTOVER_INSTANCES',
    batchID,
    mayRepeat: true,
    isOver: (earlier) => isTerminationOverdue(earlier, run.input.options.deadlines, lookedAt),
    async choose() {
      choice = await choose(deps, run, mgn, batchID);
      return choice.target;
    },
    call: (sourceServerIDs, tags) => mgn.terminateTargetInstances(sourceServerIDs, tags),
  }).catch((error: unknown) => {
    if (error instanceof QuotaExceededError && choice?.mayAwaitRoom === true) return undefined;
    throw error;
  });
  if (attempt !== undefined) await noteJob(deps, run, attempt);
  if (choice === undefined) return running;
  if (choice.target.sourceServerIDs.length === 0) return choice.mayAwaitRoom ? awaitingRoom : nothing;
  await settleReservation(deps, choice.place, run.runID, batchID, attempt?.jobID);
  await awaitNextCall(deps, run, attempt?.calledAt ?? lookedAt);
  return attempt === undefined ? awaitingRoom : running;
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

interface Choice {
  readonly target: AttemptTarget;
  /** Whether source servers need room in the quotas for which it is not too late yet. */
  readonly mayAwaitRoom: boolean;
  readonly place: string;
}

/** Chooses what can be terminated and reserves the room for it. */
async function choose(deps: StepDeps, run: RunRecord, mgn: Mgn, batchID: string): Promise<Choice> {
  const group = await readRollbackGroup(deps, run, mgn);
  if (group === undefined) return { target: { sourceServerIDs: [], knownJobIDs: [] }, mayAwaitRoom: false, place: '' };
  const now = deps.clock.now();
  const due = group.facts.filter((facts) => canTerminate(facts, now));
  const chosen = due.slice(0, group.room);
  const sourceServerIDs = chosen.map(({ record }) => record.sourceServerID);
  const servers = chosen.flatMap(({ server }) => server ?? []);
  if (chosen.length > 0) {
    const reservation = { runID: run.runID, batchID, serverCount: chosen.length };
    await deps.ledger.saveQuotaDesk(group.place, reserve(group.desk.value, reservation, now), group.desk.version);
  }
  return {
    target: { sourceServerIDs, knownJobIDs: knownJobIDs(group.jobs, servers) },
    mayAwaitRoom: due.length > 0 && mayAwaitRoom(group, due, run.input.options.deadlines, now),
    place: group.place,
  };
}

/** Writes the job into the records of its servers; one that was asked to be brought back after that job is not its own. */
async function noteJob(
  deps: StepDeps,
  run: RunRecord,
  { jobID, calledAt, sourceServerIDs }: AttemptRecord,
): Promise<void> {
  const ids = new Set<string>(sourceServerIDs);
  const before = await deps.ledger.readServers(run.runID);
  const after = before.map((record): ServerRecord => {
    const { rollback, cutover } = record;
    const isItsJob = isRollingBack(record) && ids.has(record.sourceServerID);
    if (rollback === undefined || !isItsJob || calledAt < rollback.requestedAt) return record;
    return {
      ...record,
      rollback: { ...rollback, terminateJobID: jobID, terminatedInstanceID: cutover?.ec2InstanceID },
    };
  });
  await saveChanged(deps, run, before, after);
}
