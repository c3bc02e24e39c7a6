import { aNight, foundBy } from './doctored-night.ts';
import { oneLaunch } from './one-launch.ts';
import { afterFirst } from './wrong-call.ts';

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'unbootable' as const }];
const night = aNight(servers);

describe('one launch', () => {
  it('is what a night makes of each source server, whatever becomes of its answers', async () => {
    const faults = [{ fault: 'lostAnswer' as const, operation: 'StartCutover' as const, nthCalls: [1] }];

    expect(await foundBy(oneLaunch, night)).toEqual([]);
    expect(await foundBy(oneLaunch, aNight(servers, { scenario: { faults } }))).toEqual([]);
  });

  it('is not all when a run calls again for what its job has launched, although MGN refuses it', async () => {
    const again = afterFirst('StartCutover', ({ mgn, idOf }) => mgn.startCutover([idOf('web-1')], {}));

    expect(await foundBy(oneLaunch, night, again)).toEqual([
      expect.stringMatching(/^web-1 is launched again by run night-1, of which job mgnjob-\w+ launched it before$/),
    ]);
  });

  it('is not all when a second job of the run launches it', async () => {
    const tags = { CutoverAttempt: 'night-1/nonce/batch-002/START_CUTOVER/1' };
    const again = afterFirst('RecordOutcome', ({ mgn, idOf }) => mgn.startCutover([idOf('web-1')], tags));
    const lenient = aNight(servers, { scenario: { switches: { startCutoverFromCuttingOver: 'allowed' } } });
    const found = await foundBy(oneLaunch, lenient, again);

    expect(found).toContain('web-1 was launched 2 times by run night-1');
  });
});
