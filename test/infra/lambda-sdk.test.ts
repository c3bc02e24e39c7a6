/** What stands in for parts of the SDK in the bundles says what those parts say, as far as functions ask. */
import { partition as original } from '@aws-sdk/util-endpoints';
import { partition } from '../../infra/lambda-sdk/partitions.ts';
import { v4 } from '../../infra/lambda-sdk/uuid.ts';

describe('partitions', () => {
  it.each(['us-east-1', 'eu-central-1', 'af-south-1', 'il-central-1', 'cn-north-1', 'cn-northwest-1', 'us-gov-west-1'])(
    'has for %s what the SDK has',
    (region) => {
      expect(original(region)).toMatchObject({ ...partition(region) });
    },
  );
});

it('makes IDs that are no two alike', () => {
  const ids = Array.from({ length: 100 }, v4);
  expect(new Set(ids).size).toBe(100);
  expect(ids.every((id) => /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id))).toBe(true);
});
