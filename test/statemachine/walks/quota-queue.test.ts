/** MGN's quotas of 20 jobs and 200 source servers: runs take turns with them, fill them, and never run into them. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import type { InspectedAccount } from '../../../simulator/world/inspect.ts';
import { eachOnItsOwn, inNight, startMs, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

jest.setTimeout(60_000);

const fleet = (application: string, count: number) => ({
  name: application,
  servers: Array.from({ length: count }, (_, index) => ({ hostname: `${application}-${String(index + 1)}` })),
});
const defaults = { launchedInstance: 'none' as const, timings: { variation: 0 } };
const oneWave = (...applications: ReturnType<typeof fleet>[]): ScenarioInput => ({
  defaults,
  waves: [{ name: 'wave', applications }],
});

/** Most jobs, and most servers in jobs, that were in progress at once. */
function peakOf(account: InspectedAccount): { jobs: number; servers: number } {
  const jobs = account.jobs.filter(({ creationDateTime }) => Date.parse(creationDateTime ?? '') >= startMs);
  const moments = jobs.map(({ creationDateTime }) => Date.parse(creationDateTime ?? ''));
  const atWork = moments.map((moment) =>
    jobs.filter(
      ({ creationDateTime, endDateTime }) =>
        Date.parse(creationDateTime ?? '') <= moment && !(Date.parse(endDateTime ?? '') <= moment),
    ),
  );
  return {
    jobs: Math.max(...atWork.map((active) => active.length)),
    servers: Math.max(...atWork.map((active) => active.flatMap((job) => job.participatingServers ?? []).length)),
  };
}

const cutovers = ({ jobs }: InspectedAccount) => jobs.filter(({ initiatedBy }) => initiatedBy === 'START_CUTOVER');

it('thirty jobs of one server each run twenty at a time, without a refused call', async () => {
  await inNight(oneWave(fleet('web', 30)), async (night) => {
    const { result } = await night.walk({ input: withOptions(night, { batchServersMax: 1 }) });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 30 } } });
    expect(cutovers(night.account())).toHaveLength(30);
    expect(peakOf(night.account())).toEqual({ jobs: 20, servers: 20 });
    expect(night.writes.filter(({ error }) => error !== undefined)).toEqual([]);
    // A launch takes some eleven minutes; a third round would mean that room was left unused.
    expect(result.endedAtMs - result.startedAtMs).toBeLessThan(2 * 780_000 + 240_000);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('three hundred servers fill the quota and never exceed it', async () => {
  const applications = Array.from({ length: 30 }, (_, index) => fleet(`app${String(index + 1)}`, 10));
  await inNight(oneWave(...applications), async (night) => {
    const { result } = await night.walk({ input: withOptions(night, {}) });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 300 } } });
    expect(peakOf(night.account()).servers).toBe(200);
    expect(night.writes.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('applications stay in one job each', async () => {
  const applications = Array.from({ length: 12 }, (_, index) => fleet(`app${String(index + 1)}`, 7));
  await inNight(oneWave(...applications), async (night) => {
    await night.walk({ input: withOptions(night, { batchServersMax: 20 }) });
    const { servers } = await night.read();
    const batchesOf = Map.groupBy(servers, ({ applicationName }) => applicationName);

    expect(batchesOf.size).toBe(12);
    for (const members of batchesOf.values()) expect(new Set(members.map(({ batchID }) => batchID)).size).toBe(1);
  });
});

describe('two runs at once', () => {
  const twoWaves: ScenarioInput = {
    defaults,
    waves: [
      { name: 'first', applications: [fleet('shop', 150)] },
      { name: 'second', applications: [fleet('crm', 150)] },
    ],
  };

  it('share the quota: nobody is refused, nobody starves, and none waits for the whole of the other', async () => {
    await inNight(twoWaves, async (night) => {
      const [first, second] = night.account().waves.map(({ waveID }) => waveID);
      const options = { ...eachOnItsOwn, batchServersMax: 30 };
      const one = night.start({ name: 'night-1', input: { waveID: first, options } });
      const other = night.start({ name: 'night-2', input: { waveID: second, options } });
      const walks = [await one.ended, await other.ended];
      const firstStartOf = (name: string) =>
        Math.min(
          ...cutovers(night.account())
            .filter((job) => job.tags?.['CutoverAttempt']?.startsWith(name))
            .map(({ creationDateTime }) => Date.parse(creationDateTime ?? '')),
        );

      for (const { result } of walks) expect(result).toMatchObject({ status: 'SUCCEEDED' });
      expect(peakOf(night.account()).servers).toBeLessThanOrEqual(200);
      expect(night.writes.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(Math.abs(firstStartOf('night-1') - firstStartOf('night-2'))).toBeLessThan(60_000);
      expect(await breachesOf(night, 'night-1')).toEqual([]);
      expect(await breachesOf(night, 'night-2')).toEqual([]);
    });
  });

  it('that find the quota full queue up, and the one that came first is first served', async () => {
    const used = { act: 'useQuota' as const, servers: 200, fromSeconds: 0, toSeconds: 1_800 };
    await inNight({ ...twoWaves, foreignActivity: [used] }, async (night) => {
      const [first, second] = night.account().waves.map(({ waveID }) => waveID);
      const one = night.start({ name: 'z-first', input: { waveID: first, options: eachOnItsOwn } });
      await night.time.sleep(120_000);
      const other = night.start({ name: 'a-second', input: { waveID: second, options: eachOnItsOwn } });
      await one.ended;
      await other.ended;
      const [firstJob] = cutovers(night.account());

      expect(firstJob?.tags?.['CutoverAttempt']).toMatch(/^z-first/);
      expect((await night.read('a-second')).servers.every(({ verdict }) => verdict === 'VERIFIED')).toBe(true);
      expect(night.writes.filter(({ error }) => error !== undefined)).toEqual([]);
    });
  });
});
