import type { Walk } from '../../support/a-run.ts';
import type { Scene, Started } from '../scene.ts';
import { budgets } from './budgets.ts';
import { aNight, foundBy } from './doctored-night.ts';

const night = aNight([{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' }]);

it('finds nothing in a night like others', async () => {
  expect(await foundBy(budgets, night)).toEqual([]);
});

it('finds a step that asks MGN again and again', async () => {
  const found = await foundBy(budgets, night, {
    async afterStep({ handler }, { night: { deps } }) {
      for (let calls = 0; handler === 'CheckLaunch' && calls < 100; calls += 1) await deps.mgn({}).listWaves([]);
      return [];
    },
  });

  expect(found.join()).toMatch(/cutover-shift\/CheckLaunch has made \d+ calls; at most 84 are expected/);
});

it('finds a history and a payload that grow towards the limits of Step Functions', async () => {
  const ends: [Started & { walk: Walk }, Scene][] = [];
  await foundBy(budgets, night, {
    afterExecution: (ended, scene) => {
      ends.push([ended, scene]);
      return [];
    },
  });
  const [[ended, scene] = []] = ends;
  if (ended === undefined || scene === undefined) throw new Error('no execution has ended');
  const [first] = ended.walk.meter.executions;
  if (first === undefined) throw new Error('nothing was metered');
  const foundWith = (change: Partial<typeof first>) => {
    const meter = { ...ended.walk.meter, executions: [{ ...first, ...change }] };
    return budgets().afterExecution?.({ ...ended, walk: { ...ended.walk, meter } }, scene);
  };

  expect(foundWith({})).toEqual([]);
  expect(foundWith({ historyEvents: 10_001 })).toEqual(['wave-cutover of night-1 has 10001 history events']);
  expect(foundWith({ largestPayloadBytes: 33_000 })).toEqual(['wave-cutover of night-1 has a payload of 33000 bytes']);
});
