import * as mgn from '@aws-sdk/client-mgn';

import { modelledOperations, unmodelledOperations } from '../../../simulator/wire/operation-names.ts';
import { route } from '../../../simulator/wire/route.ts';

const sdkOperations = Object.keys(mgn)
  .filter((name) => name.endsWith('Command') && !name.startsWith('$'))
  .map((name) => name.replace(/Command$/, ''));

describe('route', () => {
  it.each(modelledOperations.filter((name) => !/[Tt]ag/.test(name)))('finds %s by POST and its name', (operation) => {
    expect(route('POST', `/${operation}`, {})).toEqual({ kind: 'modelled', operation, uriMembers: {} });
    expect(route('GET', `/${operation}`, {})).toEqual({ kind: 'unknown' });
  });

  it('knows every operation of the SDK, each either modelled or named as not modelled', () => {
    const known = [...modelledOperations, ...unmodelledOperations];
    expect(sdkOperations.length).toBeGreaterThan(60);
    expect(known.toSorted()).toEqual(sdkOperations.toSorted());
  });

  it('names the network-migration operations, which the SDK does not have yet', () => {
    expect(route('POST', '/network-migration/StartNetworkMigrationMapping', {})).toEqual({
      kind: 'unmodelled',
      operation: 'StartNetworkMigrationMapping',
    });
  });

  it('finds DescribeVcenterClients by GET', () => {
    expect(route('GET', '/DescribeVcenterClients', {}).kind).toBe('unmodelled');
  });

  it('decodes the ARN of the tag paths whole, and takes the tag keys from the query', () => {
    const arn = 'arn:aws:mgn:us-east-1:123456789012:wave/wave-11111111111111111';
    const path = `/tags/${encodeURIComponent(arn)}`;
    expect(route('GET', path, {})).toMatchObject({
      operation: 'ListTagsForResource',
      uriMembers: { resourceArn: arn },
    });
    expect(route('POST', path, {})).toMatchObject({ operation: 'TagResource' });
    expect(route('DELETE', path, { tagKeys: ['a', 'b c'] })).toMatchObject({
      operation: 'UntagResource',
      uriMembers: { resourceArn: arn, tagKeys: ['a', 'b c'] },
    });
  });

  it.each([
    ['PUT', '/tags/arn%3Aaws'],
    ['GET', '/tags/'],
    ['GET', '/tags/%zz'],
    ['POST', '/startcutover'],
    ['POST', '/'],
    ['POST', '/constructor'],
  ])('does not know %s %s', (method, path) => {
    expect(route(method, path, {})).toEqual({ kind: 'unknown' });
  });
});
