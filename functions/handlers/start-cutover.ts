/** Starts the next cutover job of a run, exactly once whatever happens to the answer. */
import { QuotaExceededError } from '../domain/errors.ts';
import type { SourceServerID } from '../domain/identifiers.ts';
import { chooseNextJob, type Room } from '../domain/launch-schedule.ts';
import { placeOf } from '../domain/place.ts';
import type { Mgn } from '../domain/ports.ts';
import type { AttemptRecord } from '../domain/run-record.ts';
import { leftOut, type ServerRecord } from '../domain/server-record.ts';
import { isQueued, isStartLost, lostStarts, startQueue, type WaveState } from '../domain/start-queue.ts';
import { queued } from '../domain/wave-course.ts';
import { adoptStarted, decideWave } from '../domain/wave-decisions.ts';
import { nextBatchID } from '../domain/wave-plan.ts';
import { attemptJob, settleAttempt } from '../shared/attempt-job.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import {
  keepTicket,
  leaveQueue,
  reserveRoom,
  settleReservation,
  takeTurn,
  type QuotaTurn,
} from '../shared/quota-turn.ts';
import { readWave } from '../shared/read-wave.ts';
import { readStartFacts, type StartFacts } from '../shared/start-facts.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

/**
 * Starts (or adopts) one job. MORE: another one may be started as soon as `delaySeconds` have passed; WAIT: there is no room
 * for what is queued; NONE: nothing is queued. Servers that are no longer ready are left out and say why.
 *
 * @throws the errors of `attemptJob`, except that a full quota is waited for; LedgerConflictError when another run took
 *   room at the same moment; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const delaySeconds = Math.max(1, Math.ceil(1 / run.input.options.callsPerSecondMax));
  const wave = await settleStarts(deps, mgn, await readWave(deps, run));
  return { state: await startNext(deps, mgn, wave), delaySeconds };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/**
 * Finds out about starts whose answer was lost, and decides anew what follows: minutes may have passed, and no server is
 * started that the failure policy or the window has meanwhile left out.
 */
async function settleStarts(deps: StepDeps, mgn: Mgn, wave: WaveState): Promise<WaveState> {
  const { run, records } = wave;
  const lost = lostStarts(wave.attempts).filter((attempt) =>
    records.some((record) => record.rollback === undefined && isStartLost(record, [attempt])),
  );
  const settled = new Map<AttemptRecord, AttemptRecord>();
  for (const attempt of lost) settled.set(attempt, await settle(deps, mgn, wave, attempt));
  const attempts = wave.attempts.map((attempt) => settled.get(attempt) ?? attempt);
  const after = decideWave({ ...wave, attempts });
  await saveChanged(deps, run, records, after);
  return { ...wave, attempts, records: after };
}

async function settle(deps: StepDeps, mgn: Mgn, wave: WaveState, attempt: AttemptRecord): Promise<AttemptRecord> {
  const { run, records } = wave;
  const stored = await deps.ledger.readAttempt(run.runID, attempt.batchID, attempt.kind);
  if (stored === undefined) return attempt;
  const { value } = await settleAttempt(deps, run, mgn, stored);
  await settleReservation(deps, placeOf(records[0]?.arn ?? ''), run.runID, value.batchID, value.jobID);
  return value;
}

async function startNext(deps: StepDeps, mgn: Mgn, wave: WaveState): Promise<'MORE' | 'WAIT' | 'NONE'> {
  const { run, records, attempts } = wave;
  const { batchServersMax } = run.input.options;
  const queue = startQueue(wave);
  if (queue.length === 0) {
    await leaveQueue(deps, placeOf(records[0]?.arn ?? ''), run.runID);
    return 'NONE';
  }
  // A batch that was cut and not started goes first, as it is.
  const cutID = queue.find((record) => record.batchID !== undefined)?.batchID;
  const waiting = queue.filter((record) => record.batchID === cutID);
  const turn = await takeTurn(deps, mgn, wave, waiting.map(queued), batchServersMax, cutID);
  const schedule = { batchServersMax, isShared: turn.isShared };
  const chosen =
    cutID === undefined ? chooseNextJob(waiting.map(queued), turn.room, schedule) : wholeBatch(waiting, turn.room);
  if (chosen.length === 0) {
    if (cutID !== undefined && attempts.every((attempt) => attempt.batchID !== cutID)) await putBack(deps, wave, cutID);
    await keepTicket(deps, turn);
    return 'WAIT';
  }
  const batchID = cutID ?? nextBatchID(records, attempts);
  await reserveRoom(deps, turn, batchID, chosen.length);
  if (!(await startBatch(deps, mgn, wave, turn, { batchID, chosen }))) return 'WAIT';
  const left = queue.filter((record) => !chosen.includes(record.sourceServerID));
  if (left.length === 0) return 'NONE';
  const room = { jobs: turn.room.jobs - 1, servers: turn.room.servers - chosen.length };
  return chooseNextJob(left.map(queued), room, schedule).length > 0 ? 'MORE' : 'WAIT';
}

function wholeBatch(waiting: readonly ServerRecord[], room: Room): SourceServerID[] {
  if (room.jobs < 1 || room.servers < waiting.length) return [];
  return waiting.map((record) => record.sourceServerID);
}

/**
 * What was cut for a job that found no room may go with others into the next one; but not where a call was ever made for it
 * whose answer was lost: should its job turn up late after all, only the same batch finds it by its token.
 */
async function putBack(deps: StepDeps, { run, records }: WaveState, batchID: string): Promise<void> {
  const after = records.map((record) =>
    record.batchID === batchID && isQueued(record) ? { ...record, batchID: undefined } : record,
  );
  await saveChanged(deps, run, records, after);
}

interface Batch {
  readonly batchID: string;
  readonly chosen: readonly SourceServerID[];
}

/** Starts the job of a batch; false when MGN had no room for it after all. */
async function startBatch(
  deps: StepDeps,
  mgn: Mgn,
  wave: WaveState,
  turn: QuotaTurn,
  { batchID, chosen }: Batch,
): Promise<boolean> {
  const { run } = wave;
  let records = wave.records;
  const change = async (after: ServerRecord[]) => {
    await saveChanged(deps, run, records, after);
    records = after;
  };
  await change(records.map((record) => (chosen.includes(record.sourceServerID) ? { ...record, batchID } : record)));
  try {
    const attempt = await attemptJob(deps, run, mgn, {
      kind: 'START_CUTOVER',
      batchID,
      mayRepeat: false,
      async choose() {
        const members = records.filter((record) => chosen.includes(record.sourceServerID));
        const facts = await readStartFacts(deps, run, mgn, members, turn.jobs);
        await change(withoutUnready({ ...wave, records, now: deps.clock.now() }, facts));
        const ready = records.filter((record) => chosen.includes(record.sourceServerID) && isQueued(record));
        return { sourceServerIDs: ready.map(({ sourceServerID }) => sourceServerID), knownJobIDs: facts.knownJobIDs };
      },
      call: (sourceServerIDs, tags) => mgn.startCutover(sourceServerIDs, tags),
    });
    if (attempt !== undefined) await change(adoptStarted({ records, attempts: [attempt], now: deps.clock.now() }));
    await settleReservation(deps, turn.place, run.runID, batchID, attempt?.jobID);
    return true;
  } catch (error) {
    if (!(error instanceof QuotaExceededError)) throw error;
    const refused = (await deps.ledger.readAttempt(run.runID, batchID, 'START_CUTOVER'))?.value;
    const isFirstCall = refused?.attemptedAt === refused?.calledAt;
    if (isFirstCall) await putBack(deps, { ...wave, records }, batchID);
    await settleReservation(deps, turn.place, run.runID, batchID, undefined);
    return false;
  }
}

/** A server that is no longer ready may take others along, which are then not started either. */
function withoutUnready(wave: WaveState, { reasons }: StartFacts): ServerRecord[] {
  const records = wave.records.map((record) => {
    const found = reasons.get(record.sourceServerID);
    return found === undefined ? record : leftOut(record, found, wave.now);
  });
  return decideWave({ ...wave, records });
}
