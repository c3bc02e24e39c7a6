/**
 * Where the runs of one account and region take turns with MGN's quotas, so that they neither race each other past them
 * nor starve one another. A run reads the desk, then the jobs, works out its room (`roomBeside`, then `mayTake`), and
 * saves the desk with its reservation, or with its ticket only, before it calls MGN; who read the desk meanwhile loses
 * that write and begins again. All functions are pure; each gives the desk as it is to be saved.
 */
import * as v from 'valibot';
import { BatchIDSchema, JobIDSchema, RunIDSchema, type JobID, type RunID } from './identifiers.ts';
import type { Room } from './launch-schedule.ts';

/** Schema of a reservation: room taken for a job that is about to be started. */
const ReservationSchema = v.object({
  runID: RunIDSchema,
  batchID: BatchIDSchema,
  serverCount: v.number(),
  /** Epoch milliseconds. */
  reservedAt: v.number(),
  /** The job it was for, once that is known. */
  jobID: v.optional(JobIDSchema),
});
/** Room taken for a job that is about to be started, or was and may not show in MGN's job list yet. */
export type Reservation = v.InferOutput<typeof ReservationSchema>;

/** Schema of a ticket: a run's place in the queue. */
const TicketSchema = v.object({
  runID: RunIDSchema,
  /** Since when the run has been in the queue, epoch milliseconds. */
  since: v.number(),
  /** How many source servers its next job wants; who comes later leaves that much room alone. */
  wants: v.number(),
  /** When the run last asked, epoch milliseconds. */
  seenAt: v.number(),
});
/** A run's place in the queue. */
export type Ticket = v.InferOutput<typeof TicketSchema>;

/** Schema of the desk of one account and region. */
export const QuotaDeskSchema = v.object({
  reservations: v.array(ReservationSchema),
  tickets: v.array(TicketSchema),
});
/** Who has reserved room, and who waits for it, in one account and region. */
export type QuotaDesk = v.InferOutput<typeof QuotaDeskSchema>;

/** A desk that nobody has come to yet. */
export const emptyQuotaDesk: QuotaDesk = { reservations: [], tickets: [] };

/** A run that has not asked for so long has stopped, and nobody waits for it any longer. */
const ticketMs = 15 * 60_000;
/** By then a job is in MGN's list, where it counts by itself, or was never started. */
const reservationMs = 10 * 60_000;

/** The desk without what has expired by `now` (epoch milliseconds); what `roomBeside` is to be given. */
export function tidyDesk(desk: QuotaDesk, now: number): QuotaDesk {
  return {
    reservations: desk.reservations.filter(({ reservedAt }) => now < reservedAt + reservationMs),
    tickets: desk.tickets.filter(({ seenAt }) => now < seenAt + ticketMs),
  };
}

/**
 * Puts the run at the end of the queue, or leaves it where it stands, and notes how many source servers its next job
 * wants. Asking again is what keeps the place.
 */
export function takeTicket(desk: QuotaDesk, runID: RunID, wants: number, now: number): QuotaDesk {
  const { reservations, tickets } = tidyDesk(desk, now);
  const since = tickets.find((ticket) => ticket.runID === runID)?.since ?? now;
  return { reservations, tickets: [...othersOf(tickets, runID), { runID, since, wants, seenAt: now }] };
}

/** Takes the run out of the queue: it has nothing more to start. */
export function returnTicket(desk: QuotaDesk, runID: RunID): QuotaDesk {
  return { ...desk, tickets: othersOf(desk.tickets, runID) };
}

/**
 * What the run may use of the room there is: all of it when it is first in the queue, else only what those ahead of it do
 * not want, servers and, in proportion, job slots. A run without a ticket comes last.
 */
export function mayTake(desk: QuotaDesk, runID: RunID, room: Room, now: number): Room {
  const { tickets } = tidyDesk(desk, now);
  const own = tickets.find((ticket) => ticket.runID === runID);
  if (room.servers <= 0) return room;
  return othersOf(tickets, runID)
    .filter((ticket) => own === undefined || isBefore(ticket, own))
    .reduce(
      (left, { wants }) => ({
        jobs: Math.max(0, left.jobs - Math.ceil((wants * room.jobs) / room.servers)),
        servers: Math.max(0, left.servers - wants),
      }),
      room,
    );
}

/** Whether other runs wait for room too. */
export function doOthersWait(desk: QuotaDesk, runID: RunID, now: number): boolean {
  return othersOf(tidyDesk(desk, now).tickets, runID).some(({ wants }) => wants > 0);
}

/** Reserves room for the job of a batch; a reservation that the batch has already is replaced. */
export function reserve(
  desk: QuotaDesk,
  { runID, batchID, serverCount }: Pick<Reservation, 'runID' | 'batchID' | 'serverCount'>,
  now: number,
): QuotaDesk {
  const { reservations, tickets } = release(tidyDesk(desk, now), runID, batchID);
  return { reservations: [...reservations, { runID, batchID, serverCount, reservedAt: now }], tickets };
}

/** Notes which job a reservation was for, so that it no longer counts beside that job. */
export function confirm(desk: QuotaDesk, runID: RunID, batchID: string, jobID: JobID): QuotaDesk {
  const reservations = desk.reservations.map((each) => (isFor(each, runID, batchID) ? { ...each, jobID } : each));
  return { ...desk, reservations };
}

/**
 * Gives a reservation back, of which no job certainly came. One that became a job is left to expire: somebody may have
 * read MGN's list before the job was in it.
 */
export function release(desk: QuotaDesk, runID: RunID, batchID: string): QuotaDesk {
  return { ...desk, reservations: desk.reservations.filter((each) => !isFor(each, runID, batchID)) };
}

function isFor(reservation: Reservation, runID: RunID, batchID: string): boolean {
  return reservation.runID === runID && reservation.batchID === batchID;
}

function othersOf(tickets: readonly Ticket[], runID: RunID): Ticket[] {
  return tickets.filter((ticket) => ticket.runID !== runID);
}

/** Tickets taken at the same moment stand in the order of their runs' names. */
function isBefore(one: Ticket, other: Ticket): boolean {
  return one.since === other.since ? one.runID < other.runID : one.since < other.since;
}
