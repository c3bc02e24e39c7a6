import { nameOf } from '../../../functions/domain/source-server.ts';
import { aSourceServer, sourceServerID } from '../../support/domain-builders.ts';

describe('nameOf', () => {
  it('is the host name with the ID, or the ID alone', () => {
    expect(nameOf(aSourceServer({ hostname: 'web-1' }))).toBe(`web-1 (${sourceServerID(1)})`);
    expect(nameOf(aSourceServer({ hostname: undefined }))).toBe(sourceServerID(1));
  });
});
