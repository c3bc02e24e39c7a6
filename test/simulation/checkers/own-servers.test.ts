import { aNight, foundBy } from './doctored-night.ts';
import { ownServers } from './own-servers.ts';
import { afterFirst } from './wrong-call.ts';

const night = aNight([{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'unbootable' }], {
  scenario: { servers: [{ hostname: 'other' }] },
});

describe('own servers', () => {
  it('are all that a run calls for', async () => {
    expect(await foundBy(ownServers, night)).toEqual([]);
  });

  it('do not include one that is in no wave', async () => {
    const stray = afterFirst('StartCutover', ({ mgn, idOf }) => mgn.startCutover([idOf('web-1'), idOf('other')], {}));

    expect(await foundBy(ownServers, night, stray)).toEqual([
      expect.stringMatching(/^StartCutover of s-\w+, which is not a server of run night-1$/),
    ]);
  });

  it('are nobody’s in a call that names none, or that no run sends', async () => {
    const empty = afterFirst('StartCutover', ({ mgn }) => mgn.startCutover([], {}));
    const byNobody = afterFirst('StartCutover', ({ mgn, idOf }) => mgn.finalizeCutover(idOf('web-1')), { runID: 'no' });

    expect(await foundBy(ownServers, night, empty)).toEqual([
      'StartCutover of nobody, which is not a server of run night-1',
    ]);
    expect(await foundBy(ownServers, night, byNobody)).toEqual([
      expect.stringMatching(/^FinalizeCutover of s-\w+, which is not a server of run no$/),
    ]);
  });
});
