import { withReasons } from '../../../functions/domain/reason.ts';

const slow = { code: 'SLOW', fact: 'it took 40 min', source: 'ledger' };
const known = [slow];

describe('withReasons', () => {
  it('adds what is new, and tells apart what has the same code or the same words', () => {
    const slower = { ...slow, fact: 'it took 50 min' };
    const other = { ...slow, code: 'OTHER' };

    expect(withReasons(known, [slower, other, slow])).toEqual([slow, slower, other]);
  });

  it('gives the very same list where nothing is new, so that nothing is written', () => {
    expect(withReasons(known, [{ ...slow, source: 'DescribeJobs' }])).toBe(known);
  });
});
