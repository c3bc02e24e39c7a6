import { placeOf } from '../../../functions/domain/place.ts';

it('is the account and region of an ARN', () => {
  expect(placeOf('arn:aws:mgn:eu-west-1:123456789012:source-server/s-1')).toBe('123456789012/eu-west-1');
});
