import { aNight, changeServers, foundBy } from './doctored-night.ts';
import { hooksHeeded } from './hooks.ts';
import { afterFirst } from './wrong-call.ts';

const lambda = 'arn:aws:lambda:us-east-1:111122223333:function:hook';
const hooked = (when: string, hookFaults: Parameters<typeof aNight>[1] = {}) =>
  aNight([{ hostname: 'web-1' }], {
    options: { hooks: [{ name: 'check', when, lambda }] },
    hookFaults: [{ start: 1, fault: 'fails' }],
    ...hookFaults,
  });

it.each(['beforeStart', 'afterVerified'])('finds nothing where a failed %s hook is heeded', async (when) => {
  expect(await foundBy(hooksHeeded, hooked(when))).toEqual([]);
  expect(await foundBy(hooksHeeded, hooked(when, { hookFaults: [] }))).toEqual([]);
});

it('finds a server that is called verified over its failed hook', async () => {
  const atEnd = (scene: Parameters<typeof changeServers>[0]) => changeServers(scene, () => ({ verdict: 'VERIFIED' }));

  expect(await foundBy(hooksHeeded, hooked('afterVerified'), { atEnd })).toEqual([
    'web-1 is VERIFIED in run night-1, whose hook check has failed',
  ]);
});

it('finds a start that does not wait for its hook', async () => {
  const early = afterFirst('RunHooks', ({ mgn, idOf }) => mgn.startCutover([idOf('web-1')], {}));

  expect(await foundBy(hooksHeeded, hooked('beforeStart', { hookFaults: [] }), early)).toEqual([
    'StartCutover of web-1 by run night-1, whose hook check is RUNNING',
  ]);
});
