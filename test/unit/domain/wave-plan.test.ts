import * as v from 'valibot';
import { BatchIDSchema } from '../../../functions/domain/identifiers.ts';
import { chunksOf, nextBatchID } from '../../../functions/domain/wave-plan.ts';

const of = (...batchIDs: (string | undefined)[]) => batchIDs.map((batchID) => ({ batchID }));
const attempted = (...batchIDs: string[]) => batchIDs.map((batchID) => ({ batchID }));

describe('nextBatchID', () => {
  it.each([
    ['nothing was cut', of(undefined, undefined), [], 'batch-001'],
    ['two were cut', of('batch-001', 'batch-002', undefined), attempted('batch-001', 'batch-002'), 'batch-003'],
    ['one was cut and not attempted', of('batch-001', undefined), [], 'batch-002'],
    ['one was attempted and its servers were put back', of(undefined), attempted('batch-001'), 'batch-002'],
    ['there are terminate jobs of groups', of('batch-009'), attempted('batch-009', 'group-5'), 'batch-010'],
    ['999 were cut', of('batch-999'), [], 'batch-1000'],
  ])('when %s', (_what, records, attempts, expected) => {
    const batchID = nextBatchID(records, attempts);

    expect(batchID).toBe(expected);
    expect(v.is(BatchIDSchema, batchID)).toBe(true);
  });
});

describe('chunksOf', () => {
  it.each([
    [[], 3, []],
    [[1, 2], 3, [[1, 2]]],
    [[1, 2, 3], 3, [[1, 2, 3]]],
    [[1, 2, 3, 4], 3, [[1, 2, 3], [4]]],
  ])('%j by %d', (items, size, expected) => {
    expect(chunksOf(items, size)).toEqual(expected);
  });
});
