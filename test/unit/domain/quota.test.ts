import { QuotaExceededError } from '../../../functions/domain/errors.ts';
import type { Job } from '../../../functions/domain/job.ts';
import { requireQuotaRoom } from '../../../functions/domain/quota.ts';
import { aJob, aPart, jobID, sourceServerID } from '../../support/domain-builders.ts';

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

describe('requireQuotaRoom', () => {
  it.each([
    ['nobody works', [], 200],
    ['19 small jobs run', jobsOf(19, 1), 181],
    ['others hold 150 source servers', jobsOf(1, 150), 50],
    ['hundreds of jobs have ended', jobsOf(300, 10, 'COMPLETED'), 200],
  ])('has room when %s', (_what, jobs, serverCount) => {
    expect(() => {
      requireQuotaRoom(jobs, serverCount);
    }).not.toThrow();
  });

  it.each([
    ['20 jobs run', jobsOf(20, 1), 1, '20 jobs are in progress, and MGN allows 20 at once'],
    ['20 jobs are about to run', jobsOf(20, 1, 'PENDING'), 1, '20 jobs are in progress'],
    ['others hold 150 source servers', jobsOf(1, 150), 51, 'hold 150 source servers, and MGN allows 200'],
    ['ten jobs hold 20 each', jobsOf(10, 20), 1, 'hold 200 source servers'],
    ['nobody works but the job is too large', [], 201, 'there is no room for 201 more'],
  ])('has none when %s', (_what, jobs, serverCount, message) => {
    const act = () => {
      requireQuotaRoom(jobs, serverCount);
    };
    expect(act).toThrow(QuotaExceededError);
    expect(act).toThrow(message);
  });
});
