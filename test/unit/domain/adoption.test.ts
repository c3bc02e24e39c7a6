import { attemptTagKey, findOwnJob, readTagEcho, type Attempt } from '../../../functions/domain/adoption.ts';
import type { Job } from '../../../functions/domain/job.ts';
import { aJob, aPart, cutoverJobID, foreignJobID, jobID, sourceServerID } from '../../support/domain-builders.ts';

const attempt: Attempt = {
  token: 'night-1/nonce/batch-001/START_CUTOVER/1',
  initiatedBy: 'START_CUTOVER',
  sourceServerIDs: [sourceServerID(1), sourceServerID(2)],
  knownJobIDs: [jobID(1)],
};
const ours = { [attemptTagKey]: attempt.token };
const theirs = { [attemptTagKey]: 'night-0/other/batch-001/START_CUTOVER/1' };
const partsOf = (...numbers: number[]) => numbers.map((number) => aPart({ sourceServerID: sourceServerID(number) }));

const job = (fields: Partial<Job> = {}): Job => aJob({ participatingServers: partsOf(1, 2), ...fields });

describe('readTagEcho', () => {
  it.each([
    ['nothing is known', [], [], 'unknown'],
    ['no job shows a tag and none is certainly ours', [job()], [], 'unknown'],
    ['any job shows a tag', [job({ tags: { Team: 'network' } })], [], 'yes'],
    ['our own job shows its tag', [job({ tags: ours })], [cutoverJobID], 'yes'],
    ['a job that certainly carries our tag shows none', [job()], [cutoverJobID], 'no'],
    ['our tagged job is not in the list', [job({ jobID: foreignJobID })], [cutoverJobID], 'unknown'],
    ['one job shows a tag and ours shows none', [job(), job({ jobID: jobID(5), tags: theirs })], [cutoverJobID], 'yes'],
  ])('when %s', (_what, jobs, certain, expected) => {
    expect(readTagEcho(jobs, certain)).toBe(expected);
  });
});

describe('findOwnJob', () => {
  it.each([
    ['START_TEST', undefined],
    ['DIAGNOSTIC', undefined],
    ['TERMINATE', undefined],
    ['A_WORD_OF_TOMORROW', cutoverJobID],
    [undefined, cutoverJobID],
  ])('with our tag on a job that MGN calls %s finds %s', (initiatedBy, found) => {
    expect(findOwnJob(attempt, [job({ tags: ours, initiatedBy })], 'yes')?.jobID).toBe(found);
  });

  it.each(['START_CUTOVER', 'TERMINATE'] as const)('knows a job of the kind %s for no other', (initiatedBy) => {
    const other = {
      ...attempt,
      initiatedBy: initiatedBy === 'TERMINATE' ? ('START_CUTOVER' as const) : ('TERMINATE' as const),
    };
    expect(findOwnJob(other, [job({ tags: ours, initiatedBy })], 'yes')).toBeUndefined();
  });

  it('knows the job of an attempt that an earlier version of this tool tagged', () => {
    const tagged = job({ tags: { CutoverAttempt: attempt.token } });
    expect(findOwnJob(attempt, [tagged], 'yes')).toBe(tagged);
  });

  const untagged = job();
  const cases: [string, Job[], string | undefined, string | undefined, string | undefined][] = [
    // what, jobs, found when tags come back, when that is unknown, when they do not
    ['no job', [], undefined, undefined, undefined],
    ['a job with our tag', [job({ tags: ours })], cutoverJobID, cutoverJobID, cutoverJobID],
    [
      'a job with our tag among others',
      [job({ jobID: foreignJobID }), job({ tags: ours })],
      cutoverJobID,
      cutoverJobID,
      cutoverJobID,
    ],
    ['a new untagged job of exactly our servers', [untagged], undefined, undefined, cutoverJobID],
    ['one of some of our servers', [job({ participatingServers: partsOf(1) })], undefined, undefined, undefined],
    ['one of our servers and more', [job({ participatingServers: partsOf(1, 2, 3) })], undefined, undefined, undefined],
    ['one of as many other servers', [job({ participatingServers: partsOf(1, 3) })], undefined, undefined, undefined],
    ['one of another kind', [job({ initiatedBy: 'START_TEST' })], undefined, undefined, undefined],
    ['one of an unknown kind', [job({ initiatedBy: undefined })], undefined, undefined, undefined],
    ['one that existed before the call', [job({ jobID: jobID(1) })], undefined, undefined, undefined],
    [
      'one with our tag that existed before the call',
      [job({ jobID: jobID(1), tags: ours })],
      undefined,
      undefined,
      undefined,
    ],
    [
      'one with our tag of another kind',
      [job({ initiatedBy: 'TERMINATE', tags: ours })],
      undefined,
      undefined,
      undefined,
    ],
  ];
  it.each(cases)('among %s', (_what, jobs, whenYes, whenUnknown, whenNo) => {
    const found = (echo: 'yes' | 'unknown' | 'no') => findOwnJob(attempt, jobs, echo)?.jobID;
    expect([found('yes'), found('unknown'), found('no')]).toEqual([whenYes, whenUnknown, whenNo]);
  });

  it.each(['yes', 'unknown', 'no'] as const)('never adopts a job with another attempt’s tag (echo %s)', (echo) => {
    expect(findOwnJob(attempt, [job({ tags: theirs })], echo)).toBeUndefined();
  });

  it('adopts a terminate job for a terminate attempt', () => {
    const terminating = job({ initiatedBy: 'TERMINATE', tags: ours });
    expect(findOwnJob({ ...attempt, initiatedBy: 'TERMINATE' }, [terminating], 'yes')).toBe(terminating);
  });
});
