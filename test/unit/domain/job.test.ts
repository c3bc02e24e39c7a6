import { hasEnded, partOf } from '../../../functions/domain/job.ts';
import { aJob, aPart, sourceServerID } from '../../support/domain-builders.ts';

describe('hasEnded', () => {
  it.each([
    ['PENDING', false],
    ['STARTED', false],
    ['COMPLETED', true],
    ['A_STATUS_OF_TOMORROW', false],
    ['not given', false],
  ])('of a job that is %s is %p, whatever its end time says', (status, expected) => {
    expect(hasEnded(aJob({ status }))).toBe(expected);
    expect(hasEnded(aJob({ status, endedAt: undefined }))).toBe(expected);
  });
});

describe('partOf', () => {
  it('finds the server’s own part and nobody else’s', () => {
    const second = aPart({ sourceServerID: sourceServerID(2), launchStatus: 'FAILED' });
    const job = aJob({ participatingServers: [aPart(), second] });
    expect(partOf(job, sourceServerID(2))).toBe(second);
    expect(partOf(job, sourceServerID(3))).toBeUndefined();
  });
});
