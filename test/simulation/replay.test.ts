/** What makes a seed worth naming: it plays the same way again, it can be read, and it can be made smaller. */
import { playScript } from './play.ts';
import { scriptOf } from './random/script-of.ts';
import type { Checker } from './scene.ts';
import type { Script } from './script.ts';
import { shrink } from './shrink.ts';
import { timelineOf } from './timeline.ts';

jest.setTimeout(300_000);

const seeds = [...Array(12).keys()].map((index) => index + 1);

/** Objects to every launch of that source server. */
const noLaunchOf = (hostname: string) => (): Checker => ({
  name: 'no-launch',
  onWrite: ({ operation, servers }) =>
    operation === 'StartCutover' &&
    servers.some(({ sourceProperties }) => sourceProperties?.identificationHints?.hostname === hostname)
      ? [`${hostname} is launched`]
      : [],
});

const calmNight: Script = {
  seed: 1,
  kind: 'wave',
  scenario: {
    defaults: { launchedInstance: 'none' },
    waves: [
      {
        name: 'wave',
        applications: [
          { name: 'one', servers: [{ hostname: 'a', cutover: 'launchFailed' }, { hostname: 'b' }] },
          { name: 'two', servers: [{ hostname: 'c', tags: { group: '1' } }] },
        ],
      },
    ],
    faults: [{ fault: 'throttle', operation: '*', probability: 0.1 }],
  },
  acts: [
    {
      act: 'start',
      atSeconds: 0,
      machine: 'wave-cutover',
      name: 'night-1',
      input: { waveID: 'wave:wave', options: { failurePolicy: { application: 'independent' }, commit: 'auto' } },
    },
    { act: 'start', atSeconds: 9_000, machine: 'rollback', name: 'back', input: { runID: 'night-1' } },
  ],
  stepFaults: [{ step: 3, fault: 'twice' }],
  ledgerFaults: [{ write: 5, fault: 'conflict' }],
  hookFaults: [],
  skewMs: 1_000,
  isUndone: true,
};

it('gives the same night for a seed, and other nights for other seeds', () => {
  const scripts = seeds.map((seed) => JSON.stringify(scriptOf(seed)));
  expect(seeds.map((seed) => JSON.stringify(scriptOf(seed)))).toEqual(scripts);
  expect(new Set(scripts).size).toBe(seeds.length);
});

it('plays a seed the same way again, to the last call and instant', async () => {
  for (const seed of seeds) {
    const { lines } = await timelineOf(scriptOf(seed));
    expect((await timelineOf(structuredClone(scriptOf(seed)))).lines).toEqual(lines);
  }
});

it('tells a broken promise with its checker, its words and its moment', async () => {
  const { breaches } = await playScript(calmNight, { checkers: [noLaunchOf('b')] });
  expect(breaches).toMatchObject([{ checker: 'no-launch', what: 'b is launched' }]);
  expect(breaches[0]?.atSeconds).toBeGreaterThan(0);
});

it('takes what a checker throws for a broken promise', async () => {
  const broken: Checker = {
    name: 'broken',
    afterStep: () => {
      throw new RangeError('out of reach');
    },
  };
  const { breaches } = await playScript(calmNight, { checkers: [() => broken] });
  expect(breaches.map(({ checker, what }) => `${checker}: ${what}`)).toEqual(['broken: RangeError: out of reach']);
});

it('cuts a night down to what breaks the promise', async () => {
  const { scenario, acts, ...rest } = await shrink(calmNight, { checkers: [noLaunchOf('b')] });
  expect(scenario).toEqual({
    defaults: { launchedInstance: 'none' },
    waves: [{ name: 'wave', applications: [{ name: 'one', servers: [{ hostname: 'b' }] }] }],
    faults: [],
  });
  expect(acts).toEqual([
    expect.objectContaining({ machine: 'wave-cutover', input: { waveID: 'wave:wave', options: {} } }),
  ]);
  expect(rest).toMatchObject({ stepFaults: [], ledgerFaults: [], skewMs: 0, isUndone: false });
});

it('leaves a night alone that breaks nothing', async () => {
  await expect(shrink(calmNight, { checkers: [noLaunchOf('nobody')] })).resolves.toBe(calmNight);
});
