import type { RunID } from '../../../functions/domain/identifiers.ts';
import { roomBeside } from '../../../functions/domain/quota.ts';
import {
  confirm,
  doOthersWait,
  emptyQuotaDesk,
  mayTake,
  release,
  reserve,
  returnTicket,
  takeTicket,
  tidyDesk,
} from '../../../functions/domain/quota-desk.ts';
import { jobID, nowMs, runID } from '../../support/domain-builders.ts';

const minute = 60_000;
const [a, b, c] = [runID('a'), runID('b'), runID('c')];
const wholeRoom = { jobs: 20, servers: 200 };

/** A queue of runs that came a minute after one another, each with what its next job wants, all just seen. */
const queueOf = (...runs: readonly (readonly [RunID, number])[]) =>
  runs.reduce(
    (desk, [run, wants], index) => takeTicket(desk, run, wants, nowMs - (runs.length - 1 - index) * minute),
    emptyQuotaDesk,
  );

describe('the queue', () => {
  it('lets the first take all there is', () => {
    expect(mayTake(queueOf([a, 10], [b, 10]), a, wholeRoom, nowMs)).toEqual(wholeRoom);
  });

  it('lets those behind take only what those ahead of them do not want', () => {
    const desk = queueOf([a, 50], [b, 100], [c, 10]);

    expect(mayTake(desk, b, wholeRoom, nowMs)).toEqual({ jobs: 15, servers: 150 });
    expect(mayTake(desk, c, wholeRoom, nowMs)).toEqual({ jobs: 5, servers: 50 });
  });

  it('keeps room for who is ahead even where it is not enough for them yet', () => {
    const desk = queueOf([a, 50], [b, 5]);

    expect(mayTake(desk, b, { jobs: 4, servers: 20 }, nowMs)).toEqual({ jobs: 0, servers: 0 });
    expect(mayTake(desk, a, { jobs: 4, servers: 20 }, nowMs)).toEqual({ jobs: 4, servers: 20 });
  });

  it('keeps at least one job slot for everyone ahead', () => {
    const desk = queueOf([a, 1], [b, 1], [c, 100]);

    expect(mayTake(desk, c, { jobs: 2, servers: 100 }, nowMs)).toEqual({ jobs: 0, servers: 98 });
  });

  it('puts a run without a ticket behind everybody', () => {
    expect(mayTake(queueOf([a, 50]), b, wholeRoom, nowMs)).toEqual({ jobs: 15, servers: 150 });
    expect(mayTake(emptyQuotaDesk, b, wholeRoom, nowMs)).toEqual(wholeRoom);
  });

  it.each([
    { jobs: 3, servers: 0 },
    { jobs: 0, servers: 0 },
  ])('leaves as it is what is no room: %j', (room) => {
    expect(mayTake(queueOf([a, 50], [b, 50]), b, room, nowMs)).toEqual(room);
  });

  it('gives servers but no job slots where all of those are taken', () => {
    expect(mayTake(queueOf([a, 20], [b, 50]), b, { jobs: 0, servers: 30 }, nowMs)).toEqual({ jobs: 0, servers: 10 });
  });

  it('keeps the place of a run that asks again, and takes its newest wish', () => {
    const again = takeTicket(queueOf([a, 50], [b, 100]), a, 20, nowMs + minute);

    expect(mayTake(again, a, wholeRoom, nowMs + minute)).toEqual(wholeRoom);
    expect(mayTake(again, b, wholeRoom, nowMs + minute)).toEqual({ jobs: 18, servers: 180 });
  });

  it('orders runs that came at the same moment by their names, whoever asks', () => {
    const desk = takeTicket(takeTicket(emptyQuotaDesk, b, 10, nowMs), a, 10, nowMs);

    expect(mayTake(desk, a, wholeRoom, nowMs)).toEqual(wholeRoom);
    expect(mayTake(desk, b, wholeRoom, nowMs)).toEqual({ jobs: 19, servers: 190 });
  });

  it('goes on without a run that has nothing more to start', () => {
    const desk = returnTicket(queueOf([a, 50], [b, 10]), a);

    expect(mayTake(desk, b, wholeRoom, nowMs)).toEqual(wholeRoom);
    expect(doOthersWait(desk, b, nowMs)).toBe(false);
  });

  it('goes on without a run that has not asked for a quarter of an hour, which then stands at the end', () => {
    const desk = takeTicket(queueOf([a, 50]), b, 10, nowMs + 10 * minute);

    expect(mayTake(desk, b, wholeRoom, nowMs + 15 * minute - 1)).toEqual({ jobs: 15, servers: 150 });
    expect(mayTake(desk, b, wholeRoom, nowMs + 15 * minute)).toEqual(wholeRoom);
    const back = takeTicket(desk, a, 50, nowMs + 15 * minute);
    expect(mayTake(back, a, wholeRoom, nowMs + 15 * minute)).toEqual({ jobs: 19, servers: 190 });
  });

  it('knows whether others wait', () => {
    const desk = queueOf([a, 50], [b, 0]);

    expect(doOthersWait(desk, b, nowMs)).toBe(true);
    expect(doOthersWait(desk, a, nowMs)).toBe(false);
    expect(doOthersWait(desk, b, nowMs + 15 * minute)).toBe(false);
  });
});

describe('reservations', () => {
  const reserved = reserve(emptyQuotaDesk, { runID: a, batchID: 'batch-001', serverCount: 30 }, nowMs);

  it('take room until their job is listed, which then counts alone', () => {
    const confirmed = confirm(reserved, a, 'batch-001', jobID(7));

    expect(reserved.reservations).toEqual([{ runID: a, batchID: 'batch-001', serverCount: 30, reservedAt: nowMs }]);
    expect(confirmed.reservations).toEqual([{ ...reserved.reservations[0], jobID: jobID(7) }]);
    expect(roomBeside([], confirmed.reservations)).toEqual({ jobs: 19, servers: 170 });
  });

  it('are replaced by the same batch and kept beside all others', () => {
    const again = reserve(reserved, { runID: a, batchID: 'batch-001', serverCount: 20 }, nowMs + 1);
    const more = reserve(again, { runID: a, batchID: 'batch-002', serverCount: 5 }, nowMs + 2);
    const both = reserve(more, { runID: b, batchID: 'batch-001', serverCount: 7 }, nowMs + 3);

    expect(both.reservations.map(({ serverCount }) => serverCount)).toEqual([20, 5, 7]);
  });

  it('are given back by batch', () => {
    const both = reserve(reserved, { runID: b, batchID: 'batch-001', serverCount: 7 }, nowMs);

    expect(release(both, a, 'batch-001').reservations.map(({ runID }) => runID)).toEqual([b]);
    expect(release(both, a, 'batch-002')).toEqual(both);
    expect(confirm(both, b, 'batch-001', jobID(1)).reservations.map((each) => each.jobID)).toEqual([
      undefined,
      jobID(1),
    ]);
  });

  it('expire ten minutes after they were made, confirmed or not', () => {
    const confirmed = confirm(reserved, a, 'batch-001', jobID(7));
    for (const desk of [reserved, confirmed]) {
      expect(tidyDesk(desk, nowMs + 10 * minute - 1)).toEqual(desk);
      expect(tidyDesk(desk, nowMs + 10 * minute)).toEqual(emptyQuotaDesk);
    }
  });

  it('leave the queue as it is, and the queue leaves them', () => {
    const desk = takeTicket(reserved, b, 10, nowMs);
    const then = release(reserve(desk, { runID: b, batchID: 'batch-001', serverCount: 10 }, nowMs), b, 'batch-001');

    expect(then).toEqual(desk);
    expect(returnTicket(desk, b)).toEqual(reserved);
  });

  it('that have expired are dropped by whoever writes next', () => {
    const later = nowMs + 10 * minute;

    expect(takeTicket(reserved, b, 10, later).reservations).toEqual([]);
    expect(reserve(reserved, { runID: b, batchID: 'batch-001', serverCount: 1 }, later).reservations).toHaveLength(1);
  });
});
