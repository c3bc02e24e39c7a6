/**
 * A run's turn with MGN's quotas: what room is left beside everybody's jobs and the other runs that wait, and how it is
 * taken without racing them.
 */
import { LedgerConflictError } from '../domain/errors.ts';
import type { JobID, RunID } from '../domain/identifiers.ts';
import type { Job } from '../domain/job.ts';
import { chooseNextJob, type QueuedServer, type Room } from '../domain/launch-schedule.ts';
import { placeOf } from '../domain/place.ts';
import type { Mgn } from '../domain/ports.ts';
import {
  confirm,
  doOthersWait,
  mayTake,
  release,
  reserve,
  returnTicket,
  takeTicket,
  type QuotaDesk,
} from '../domain/quota-desk.ts';
import { activeJobsMax, roomBeside } from '../domain/quota.ts';
import { jobServersMax } from '../domain/run-options.ts';
import type { WaveState } from '../domain/start-queue.ts';
import type { Versioned } from '../ledger/ledger.ts';
import { recentJobsFrom } from './recent-jobs.ts';
import type { StepDeps } from './step.ts';

/** What a run may take now. */
export interface QuotaTurn {
  readonly place: string;
  readonly runID: RunID;
  /** The desk as it was read, with the run's ticket for what it wants. */
  readonly desk: Versioned<QuotaDesk>;
  readonly room: Room;
  /** Whether other runs wait for room as well. */
  readonly isShared: boolean;
  /** Everybody's jobs of recent weeks; those known to have ended are shown so, whatever an old read says. */
  readonly jobs: readonly Job[];
}

/**
 * Takes or keeps the run's place in the queue for one more job, and works out the room it has. Nothing is saved yet: that is
 * `reserveRoom`'s or `keepTicket`'s.
 *
 * @param batchID - the batch to start, when it may have a reservation already.
 * @throws TransientServiceError when MGN cannot be read.
 */
export async function takeTurn(
  deps: StepDeps,
  mgn: Mgn,
  { run, records, attempts }: WaveState,
  queue: readonly QueuedServer[],
  batchServersMax: number,
  batchID = '',
): Promise<QuotaTurn> {
  const { runID } = run;
  const place = placeOf(records[0]?.arn ?? '');
  const read = await deps.ledger.readQuotaDesk(place);
  const now = deps.clock.now();
  const listed = await mgn.describeJobsSince(recentJobsFrom(now));
  const endedIDs = new Set(attempts.flatMap(({ endedAt, jobID }) => (endedAt === undefined ? [] : jobID)));
  const jobs = listed.map((job) => (endedIDs.has(job.jobID) ? { ...job, status: 'COMPLETED' } : job));
  const emptyRoom = { jobs: activeJobsMax, servers: jobServersMax };
  const wants = chooseNextJob(queue, emptyRoom, { batchServersMax, isShared: true }).length;
  const value = takeTicket(release(read.value, runID, batchID), runID, wants, now);
  return {
    place,
    runID,
    desk: { value, version: read.version },
    room: mayTake(value, runID, roomBeside(jobs, value.reservations), now),
    isShared: doOthersWait(value, runID, now),
    jobs,
  };
}

/**
 * Reserves room for the job of a batch. The run's next job queues behind those who wait by now.
 *
 * @throws LedgerConflictError when another run was at the desk meanwhile.
 */
export async function reserveRoom(
  deps: StepDeps,
  { place, runID, desk }: QuotaTurn,
  batchID: string,
  serverCount: number,
): Promise<void> {
  const reserved = reserve(desk.value, { runID, batchID, serverCount }, deps.clock.now());
  await deps.ledger.saveQuotaDesk(place, returnTicket(reserved, runID), desk.version);
}

/**
 * Keeps the run's place in the queue.
 *
 * @throws LedgerConflictError when another run was at the desk meanwhile.
 */
export async function keepTicket(deps: StepDeps, { place, desk }: QuotaTurn): Promise<void> {
  await deps.ledger.saveQuotaDesk(place, desk.value, desk.version);
}

/** Notes which job a reservation was for, or that none came of it. What cannot be noted expires by itself. */
export async function settleReservation(
  deps: StepDeps,
  place: string,
  runID: RunID,
  batchID: string,
  jobID: JobID | undefined,
): Promise<void> {
  await changeDesk(deps, place, (desk) =>
    jobID === undefined ? release(desk, runID, batchID) : confirm(desk, runID, batchID, jobID),
  );
}

/** Takes the run out of the queue. */
export async function leaveQueue(deps: StepDeps, place: string, runID: RunID): Promise<void> {
  await changeDesk(deps, place, (desk) => returnTicket(desk, runID));
}

const triesMax = 5;

async function changeDesk(deps: StepDeps, place: string, change: (desk: QuotaDesk) => QuotaDesk): Promise<void> {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    const { value, version } = await deps.ledger.readQuotaDesk(place);
    const changed = change(value);
    if (JSON.stringify(changed) === JSON.stringify(value)) return;
    try {
      await deps.ledger.saveQuotaDesk(place, changed, version);
      return;
    } catch (error) {
      if (!(error instanceof LedgerConflictError)) throw error;
    }
  }
}
