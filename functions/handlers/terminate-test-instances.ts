/**
 * Removes what test launches left, before the cutover starts: TerminateTargetInstances is refused once a server is
 * CUTTING_OVER, and after a cutover the same call would delete the new production instance (`mgn.md` C.1).
 */
import { QuotaExceededError } from '../domain/errors.ts';
import type { SourceServerID } from '../domain/identifiers.ts';
import type { Job } from '../domain/job.ts';
import { placeOf } from '../domain/place.ts';
import type { Mgn } from '../domain/ports.ts';
import { jobServersMax } from '../domain/run-options.ts';
import type { AttemptRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import {
  expectedLaunchSecondsOf,
  isQueued,
  jobDeadline,
  testInstancesInTurn,
  type WaveState,
} from '../domain/start-queue.ts';
import { findTestInstance } from '../domain/test-instance.ts';
import { queued } from '../domain/wave-course.ts';
import { leftOut } from '../domain/server-record.ts';
import { attemptJob, type AttemptTarget } from '../shared/attempt-job.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { keepTicket, reserveRoom, settleReservation, takeTurn } from '../shared/quota-turn.ts';
import { readWave } from '../shared/read-wave.ts';
import { readStartFacts } from '../shared/start-facts.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

/**
 * Starts (or adopts) one terminate job for test instances of the priority group whose turn it is, as far as there is room.
 * RUNNING: such a job is at work; WAIT: there is no room; NONE: there is nothing to do.
 *
 * @throws the errors of `attemptJob`, except that a full quota is waited for; LedgerConflictError when another run took
 *   room at the same moment; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const wave = await readWave(deps, run);
  const due = testInstancesInTurn(wave);
  const delaySeconds = Math.max(1, Math.ceil(1 / run.input.options.callsPerSecondMax));
  const [first] = due;
  if (first === undefined) return { state: 'NONE', delaySeconds };
  const batchID = `group-${String(first.priorityGroup)}`;
  return { state: await terminate(deps, mgn, wave, due, batchID), delaySeconds };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

async function terminate(
  deps: StepDeps,
  mgn: Mgn,
  wave: WaveState,
  due: readonly ServerRecord[],
  batchID: string,
): Promise<'RUNNING' | 'WAIT' | 'NONE'> {
  const { run, now } = wave;
  const place = placeOf(due[0]?.arn ?? '');
  let records = wave.records;
  const change = async (after: ServerRecord[]) => {
    await saveChanged(deps, run, records, after);
    records = after;
  };
  try {
    const attempt = await attemptJob(deps, run, mgn, {
      kind: 'TERMINATE_TEST_INSTANCES',
      batchID,
      mayRepeat: true,
      isOver: (earlier) => earlier.endedAt !== undefined || jobDeadline(run, earlier) <= now,
      async choose() {
        const turn = await takeTurn(deps, mgn, wave, due.map(queued), jobServersMax, batchID);
        const candidates = turn.room.jobs < 1 ? [] : longestFirst(due).slice(0, turn.room.servers);
        if (candidates.length === 0) {
          await keepTicket(deps, turn);
          throw new QuotaExceededError('There is no room for a terminate job.');
        }
        const { changed, target } = await chooseTestInstances(deps, wave, mgn, candidates, turn.jobs);
        await change(records.map((record) => changed.get(record.sourceServerID) ?? record));
        if (target.sourceServerIDs.length > 0) await reserveRoom(deps, turn, batchID, target.sourceServerIDs.length);
        return target;
      },
      call: (sourceServerIDs, tags) => mgn.terminateTargetInstances(sourceServerIDs, tags),
    });
    if (attempt?.jobID === undefined) return 'NONE';
    await change(noteJob(records, attempt, deps.clock.now()));
    await settleReservation(deps, place, run.runID, batchID, attempt.jobID);
    return 'RUNNING';
  } catch (error) {
    if (!(error instanceof QuotaExceededError)) throw error;
    await settleReservation(deps, place, run.runID, batchID, undefined);
    return 'WAIT';
  }
}

/** Those that take longest to launch are started first, so they are the first to need it. */
function longestFirst(records: readonly ServerRecord[]): ServerRecord[] {
  return [...records].sort(
    (one, other) =>
      expectedLaunchSecondsOf(other) - expectedLaunchSecondsOf(one) ||
      (one.sourceServerID < other.sourceServerID ? -1 : 1),
  );
}

/** Only the very instance that was seen when the wave was assessed is terminated, on a server that is as it was then. */
async function chooseTestInstances(
  deps: StepDeps,
  { run }: WaveState,
  mgn: Mgn,
  candidates: readonly ServerRecord[],
  recent: readonly Job[],
): Promise<{ target: AttemptTarget; changed: ReadonlyMap<SourceServerID, ServerRecord> }> {
  const facts = await readStartFacts(deps, run, mgn, candidates, recent);
  const now = deps.clock.now();
  const sourceServerIDs: SourceServerID[] = [];
  const changed = new Map<SourceServerID, ServerRecord>();
  for (const record of candidates) {
    const { sourceServerID: id, testInstance } = record;
    const server = facts.servers.get(id);
    const reasons = facts.reasons.get(id);
    const found = server && findTestInstance(server, facts.jobs);
    if (reasons !== undefined) changed.set(id, leftOut(record, reasons, now));
    else if (found?.ec2InstanceID !== testInstance?.ec2InstanceID)
      changed.set(id, { ...record, testInstance: undefined });
    else sourceServerIDs.push(id);
  }
  return { target: { sourceServerIDs, knownJobIDs: facts.knownJobIDs }, changed };
}

function noteJob(records: readonly ServerRecord[], attempt: AttemptRecord, now: number): ServerRecord[] {
  const { jobID: terminateJobID, sourceServerIDs } = attempt;
  const ids = new Set<string>(sourceServerIDs);
  return records.map((record) => {
    const { sourceServerID, testInstance } = record;
    if (!ids.has(sourceServerID) || !isQueued(record) || testInstance === undefined) return record;
    if (testInstance.terminateJobID !== undefined) return record;
    return { ...inPhase(record, 'terminating test instance', now), testInstance: { ...testInstance, terminateJobID } };
  });
}
