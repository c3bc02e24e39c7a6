import { aNight, changeServers, foundBy } from './doctored-night.ts';
import { verifiedEvidence } from './verified-evidence.ts';

const night = aNight([{ hostname: 'web-1' }]);

it('finds nothing where a server is verified once its instance has booted', async () => {
  expect(await foundBy(verifiedEvidence, night)).toEqual([]);
});

it.each([{ verdict: 'VERIFIED' as const }, { phase: 'verified' as const }])(
  'finds a record that says %j before anything was launched',
  async (change) => {
    const found = await foundBy(verifiedEvidence, night, {
      afterStep: ({ handler }, scene) => (handler === 'ResolveWave' ? changeServers(scene, () => change) : []),
    });

    expect(found).toContain('web-1 of run night-1 becomes verified but it is READY_FOR_CUTOVER');
    expect(found).toContain('web-1 of run night-1 becomes verified but its instance has not booted');
  },
);

it('finds a server that is believed although it was launched with older data', async () => {
  const stale = aNight([{ hostname: 'web-1', cutover: 'staleSnapshot' }]);
  const found = await foundBy(verifiedEvidence, stale, {
    afterStep: ({ handler }, scene) =>
      handler === 'CheckLaunch' ? changeServers(scene, () => ({ verdict: 'VERIFIED' })) : [],
  });

  expect(found.join()).toContain('but its snapshot is stale');
});
