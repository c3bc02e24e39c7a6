/** What a failed source server takes along: its application, the rest of the queue, or the whole wave, and nothing more. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { inNight, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

type Server = NonNullable<ScenarioInput['servers']>[number];

const twoApplications = (shop: Server[], crm: Server[]): ScenarioInput => ({
  defaults: { launchedInstance: 'none', timings: { variation: 0 } },
  waves: [
    {
      name: 'wave',
      applications: [
        { name: 'shop', servers: shop },
        { name: 'crm', servers: crm },
      ],
    },
  ],
});

const bad = { cutover: 'unbootable' as const };
const crm = [{ hostname: 'crm-1' }, { hostname: 'crm-2' }];
const oneBad = twoApplications([{ hostname: 'shop-1' }, { hostname: 'shop-2', ...bad }, { hostname: 'shop-3' }], crm);

/** The wave with exactly this policy; first boots are given up soon. */
const walkWith = (night: Night, failurePolicy: object, options: object = {}) =>
  night.walk({
    input: {
      waveID: night.account().waves[0]?.waveID,
      options: { failurePolicy, deadlines: { firstBootSeconds: 300 }, ...options },
    },
  });

const codesOf = async (night: Night, hostname: string) =>
  (await night.read()).of(hostname).reasons.map(({ code }) => code);

describe('an application', () => {
  it('comes back as a whole when one of its servers fails, verified ones included; the others stay', async () => {
    await inNight(oneBad, async (night) => {
      await walkWith(night, {});
      const left = await night.read();

      expect(left.verdicts).toEqual({
        'shop-1': 'ROLLED_BACK',
        'shop-2': 'ROLLED_BACK',
        'shop-3': 'ROLLED_BACK',
        'crm-1': 'VERIFIED',
        'crm-2': 'VERIFIED',
      });
      expect(await codesOf(night, 'shop-1')).toEqual(['APPLICATION_FAILED']);
      expect(await codesOf(night, 'shop-2')).toEqual(['NOT_BOOTED']);
      expect(left.of('shop-1').reasons[0]?.fact).toMatch(/^shop-2 \(s-\w+\), which must succeed in application shop,/);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each([
    ['when servers stand on their own', { application: 'independent' }],
    ['when the one that fails may', { mayFail: [{ tag: 'cache=yes' }] }],
  ])('loses only the failed server %s', async (_what, failurePolicy) => {
    const shop = [{ hostname: 'shop-1' }, { hostname: 'shop-2', tags: { cache: 'yes' }, ...bad }];
    await inNight(twoApplications(shop, crm), async (night) => {
      await walkWith(night, failurePolicy);

      expect((await night.read()).verdicts).toEqual({
        'shop-1': 'VERIFIED',
        'shop-2': 'ROLLED_BACK',
        'crm-1': 'VERIFIED',
        'crm-2': 'VERIFIED',
      });
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('is not started any further when one of its servers has failed', async () => {
    const used = { act: 'useQuota' as const, servers: 198, fromSeconds: 0, toSeconds: 5_000 };
    const failing = twoApplications([{ hostname: 'shop-1', cutover: 'launchFailed' }, { hostname: 'shop-2' }], crm);
    await inNight({ ...failing, foreignActivity: [used] }, async (night) => {
      const priorityGroups = [{ group: 1, sourceServerIDs: [night.idOf('shop-1')] }];
      await walkWith(night, { mayFail: [{ sourceServerIDs: [night.idOf('crm-1')] }] }, { priorityGroups });

      expect(await codesOf(night, 'shop-2')).toEqual(['APPLICATION_FAILED']);
      expect((await night.read()).of('shop-2').verdict).toBe('NOT_STARTED');
      expect(night.server('shop-2').attempts.cutover).toBe(0);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('of which one server is taken by somebody else right before the start is not started at all', async () => {
    const taken = { act: 'StartCutover' as const, servers: ['shop-1'], atSeconds: 30 };
    const shop = [{ hostname: 'shop-1' }, { hostname: 'shop-2', launchedInstance: 'test' as const }];
    await inNight({ ...twoApplications(shop, crm), foreignActivity: [taken] }, async (night) => {
      await walkWith(night, {});
      const left = await night.read();

      expect(left.verdicts).toEqual({
        'shop-1': 'NOT_STARTED',
        'shop-2': 'NOT_STARTED',
        'crm-1': 'VERIFIED',
        'crm-2': 'VERIFIED',
      });
      expect(await codesOf(night, 'shop-2')).toEqual(['APPLICATION_FAILED']);
      expect(night.server('shop-2').attempts.cutover).toBe(0);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('stopAt', () => {
  const scenario = twoApplications(
    [{ hostname: 'shop-1', cutover: 'launchFailed' }, { hostname: 'shop-2' }],
    [{ hostname: 'crm-1', cutover: 'launchFailed' }, ...crm.slice(1), { hostname: 'crm-3' }],
  );
  const used = { act: 'useQuota' as const, servers: 198, fromSeconds: 0, toSeconds: 50_000 };

  it.each([
    ['a number of servers', { servers: 2 }, 'NOT_STARTED'],
    ['a share of them', { percent: 40 }, 'NOT_STARTED'],
    ['more than fail', { servers: 3 }, 'VERIFIED'],
  ])('of %s keeps what has not started from starting, and leaves what has', async (_what, stopAt, verdict) => {
    await inNight({ ...scenario, foreignActivity: [used] }, async (night) => {
      const first = ['shop-1', 'crm-1', 'shop-2', 'crm-2'].map((hostname) => night.idOf(hostname));
      const mayFail = [{ sourceServerIDs: first.slice(0, 2) }];
      const priorityGroups = [
        { group: 1, sourceServerIDs: first.slice(0, 2) },
        { group: 2, sourceServerIDs: [night.idOf('shop-2')] },
      ];
      await walkWith(night, { application: 'independent', mayFail, stopAt }, { priorityGroups });
      const left = await night.read();

      expect([left.of('shop-1').verdict, left.of('crm-1').verdict]).toEqual(['ROLLED_BACK', 'ROLLED_BACK']);
      expect([left.of('shop-2').verdict, left.of('crm-3').verdict]).toEqual([verdict, verdict]);
      if (verdict === 'NOT_STARTED') expect(await codesOf(night, 'crm-3')).toEqual(['WAVE_STOPPED']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('a wave', () => {
  it('that is all or nothing comes back as a whole when one server fails', async () => {
    await inNight(oneBad, async (night) => {
      const { result } = await walkWith(night, { wave: 'atomic' });

      expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
      expect(new Set(Object.values((await night.read()).verdicts))).toEqual(new Set(['ROLLED_BACK']));
      expect(await codesOf(night, 'crm-1')).toEqual(['WAVE_FAILED']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('that is all or nothing is verified as a whole when all goes well', async () => {
    await inNight(twoApplications([{ hostname: 'shop-1' }], crm), async (night) => {
      const { result } = await walkWith(night, { wave: 'atomic' });

      expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 3 } } });
    });
  });
});
