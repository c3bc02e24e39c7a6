import type { Job } from '../../../functions/domain/job.ts';
import type { Reservation } from '../../../functions/domain/quota-desk.ts';
import { findQuotaLack, roomBeside } from '../../../functions/domain/quota.ts';
import { aJob, aPart, jobID, nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';

const jobsOf = (count: number, serversEach: number, status = 'STARTED'): Job[] =>
  Array.from({ length: count }, (_, index) =>
    aJob({
      jobID: jobID(index + 100),
      status,
      participatingServers: Array.from({ length: serversEach }, (_part, number) =>
        aPart({ sourceServerID: sourceServerID(index * 1_000 + number) }),
      ),
    }),
  );

describe('findQuotaLack', () => {
  it.each([
    ['nobody works', [], 200],
    ['19 small jobs run', jobsOf(19, 1), 181],
    ['others hold 150 source servers', jobsOf(1, 150), 50],
    ['hundreds of jobs have ended', jobsOf(300, 10, 'COMPLETED'), 200],
  ])('has room when %s', (_what, jobs, serverCount) => {
    expect(findQuotaLack(jobs, serverCount)).toBeUndefined();
  });

  it.each([
    ['20 jobs run', jobsOf(20, 1), 1, '20 jobs are in progress, and MGN allows 20 at once'],
    ['20 jobs are about to run', jobsOf(20, 1, 'PENDING'), 1, '20 jobs are in progress'],
    ['others hold 150 source servers', jobsOf(1, 150), 51, 'hold 150 source servers, and MGN allows 200'],
    ['ten jobs hold 20 each', jobsOf(10, 20), 1, 'hold 200 source servers'],
    ['nobody works but the job is too large', [], 201, 'there is no room for 201 more'],
  ])('has none when %s', (_what, jobs, serverCount, message) => {
    expect(findQuotaLack(jobs, serverCount)).toContain(message);
  });
});

describe('roomBeside', () => {
  const aReservation = (fields: Partial<Reservation> = {}): Reservation => ({
    runID: runID('night-1'),
    batchID: 'batch-001',
    serverCount: 30,
    reservedAt: nowMs,
    ...fields,
  });

  it.each([
    ['nobody works', [], { jobs: 20, servers: 200 }],
    ['three jobs run', jobsOf(3, 15), { jobs: 17, servers: 155 }],
    ['jobs are about to run', jobsOf(2, 10, 'PENDING'), { jobs: 18, servers: 180 }],
    ['hundreds of jobs have ended', jobsOf(300, 10, 'COMPLETED'), { jobs: 20, servers: 200 }],
    ['a job shows no servers', jobsOf(1, 0), { jobs: 19, servers: 200 }],
    ['more is used than we thought possible', jobsOf(21, 12), { jobs: 0, servers: 0 }],
  ])('is what is left when %s', (_what, jobs, room) => {
    expect(roomBeside(jobs, [])).toEqual(room);
  });

  it('leaves out what our runs have reserved', () => {
    const reservations = [aReservation(), aReservation({ runID: runID('night-2'), serverCount: 100 })];

    expect(roomBeside(jobsOf(1, 50), reservations)).toEqual({ jobs: 17, servers: 20 });
  });

  it('counts a reservation once whose job is listed, and until then for itself', () => {
    const [job] = jobsOf(1, 30);
    const reservation = aReservation({ jobID: job?.jobID });

    expect(roomBeside(jobsOf(1, 30), [reservation])).toEqual({ jobs: 19, servers: 170 });
    expect(roomBeside([], [reservation])).toEqual({ jobs: 19, servers: 170 });
    expect(roomBeside(jobsOf(1, 30, 'COMPLETED'), [reservation])).toEqual({ jobs: 20, servers: 200 });
  });

  it('knows from its reservation how large a job is that shows no servers yet', () => {
    const [job] = jobsOf(1, 0, 'PENDING');

    expect(roomBeside(jobsOf(1, 0, 'PENDING'), [aReservation({ jobID: job?.jobID })])).toEqual({
      jobs: 19,
      servers: 170,
    });
  });
});
