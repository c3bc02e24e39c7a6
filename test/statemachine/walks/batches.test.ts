/** A wave in several jobs: they run side by side, each is judged and brought back by itself, and one that fails stops no other. */
import { aWave, inNight, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';

const named = (count: number) => Array.from({ length: count }, (_, index) => ({ hostname: `web-${index + 1}` }));

it('cuts a wave over in jobs of the size asked for, side by side, their starts a second apart', async () => {
  await inNight(aWave(named(7)), async (night) => {
    const { result, meter } = await night.walk({ input: withOptions(night, { batchServersMax: 3 }) });
    const jobs = night.account().jobs.filter(({ initiatedBy }) => initiatedBy === 'START_CUTOVER');
    const starts = night.writes.map(({ atMs }) => atMs);

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 7 } } });
    expect(jobs.map((job) => job.participatingServers?.length)).toEqual([3, 3, 1]);
    expect(starts.map((atMs) => atMs - (starts[0] ?? 0))).toEqual([0, 1_000, 2_000]);
    expect(meter.executions.map(({ machine }) => machine)).toEqual(['wave-cutover', 'cutover-shift']);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('leaves as much time between its calls as the input asks for', async () => {
  await inNight(aWave(named(3)), async (night) => {
    await night.walk({ input: withOptions(night, { batchServersMax: 1, callsPerSecondMax: 0.1 }) });
    const [first = 0, ...others] = night.writes.map(({ atMs }) => atMs);

    expect(others.map((atMs) => atMs - first)).toEqual([10_000, 20_000]);
  });
});

it('keeps an application in one job where it fits', async () => {
  const scenario: ScenarioInput = {
    defaults: { launchedInstance: 'none' },
    waves: [
      {
        name: 'wave',
        applications: [
          { name: 'shop', servers: [{ hostname: 'shop-1' }, { hostname: 'shop-2' }] },
          { name: 'crm', servers: [{ hostname: 'crm-1' }, { hostname: 'crm-2' }] },
        ],
      },
    ],
  };
  await inNight(scenario, async (night) => {
    await night.walk({ input: withOptions(night, { batchServersMax: 3 }) });
    const left = await night.read();

    expect(left.of('shop-1').batchID).toBe(left.of('shop-2').batchID);
    expect(left.of('crm-1').batchID).toBe(left.of('crm-2').batchID);
    expect(left.of('crm-1').batchID).not.toBe(left.of('shop-1').batchID);
  });
});

const faultOfSecondStart = (exception: 'ValidationException' | 'AccessDeniedException') => [
  { fault: 'refuse' as const, operation: 'StartCutover' as const, exception, nthCalls: [2] },
];

it('goes on after a batch whose start MGN refuses, and says why that one was not started', async () => {
  const faults = faultOfSecondStart('ValidationException');
  await inNight(aWave(named(6), { faults }), async (night) => {
    const { result } = await night.walk({ input: withOptions(night, { batchServersMax: 2 }) });
    const left = await night.read();
    const second = left.servers.filter(({ batchID }) => batchID === 'batch-002');

    expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
    expect(second).toHaveLength(2);
    for (const { verdict, reasons } of second) {
      expect([verdict, ...reasons.map(({ code }) => code)]).toEqual(['NOT_STARTED', 'START_FAILED']);
      expect(reasons[0]?.fact).toMatch(/^RequestRefusedError: /);
    }
    expect(left.servers.filter(({ verdict }) => verdict === 'VERIFIED')).toHaveLength(4);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('starts nothing more once a start is denied, and sees through what was started before', async () => {
  const faults = faultOfSecondStart('AccessDeniedException');
  await inNight(aWave(named(6), { faults }), async (night) => {
    const { result } = await night.walk({ input: withOptions(night, { batchServersMax: 2 }) });
    const left = await night.read();
    const unstarted = left.servers.filter(({ verdict }) => verdict === 'NOT_STARTED');

    expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
    expect(unstarted).toHaveLength(4);
    for (const { reasons } of unstarted) expect(reasons[0]?.fact).toMatch(/^AccessDeniedError: /);
    expect(left.servers.filter(({ verdict }) => verdict === 'VERIFIED')).toHaveLength(2);
    expect(night.calls.get('StartCutover')).toBe(2);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('brings a batch back in which every launch fails, and verifies the others', async () => {
  const servers = named(4).map((server, index) => ({
    ...server,
    ...(index < 2 && { cutover: 'launchFailed' as const }),
  }));
  const scenario: ScenarioInput = {
    defaults: { launchedInstance: 'none' },
    waves: [
      {
        name: 'wave',
        applications: [
          { name: 'bad', servers: servers.slice(0, 2) },
          { name: 'good', servers: servers.slice(2) },
        ],
      },
    ],
  };
  await inNight(scenario, async (night) => {
    await night.walk({ input: withOptions(night, { batchServersMax: 2 }) });

    expect((await night.read()).verdicts).toEqual({
      'web-1': 'ROLLED_BACK',
      'web-2': 'ROLLED_BACK',
      'web-3': 'VERIFIED',
      'web-4': 'VERIFIED',
    });
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('loses the answer of every start and still makes one job for each batch', async () => {
  const faults = [{ fault: 'lostAnswer' as const, operation: 'StartCutover' as const }];
  await inNight(aWave(named(6), { faults }), async (night) => {
    await night.walk({ input: withOptions(night, { batchServersMax: 2 }) });

    expect(Object.values((await night.read()).verdicts)).toEqual(Array(6).fill('VERIFIED'));
    expect(night.writes.map(({ operation }) => operation)).toEqual(Array(3).fill('StartCutover'));
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('brings several batches back when an operator asks', async () => {
  await inNight(aWave(named(5)), async (night) => {
    await night.walk({ input: withOptions(night, { batchServersMax: 2 }) });
    const { result } = await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'night-1' } });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { ROLLED_BACK: 5 } } });
    expect(await breachesOf(night)).toEqual([]);
  });
});
