/** A migration over real waves: every wave is a run of its own, and what becomes of one is judged by its run. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { inNight, statesEntered, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

type Servers = NonNullable<ScenarioInput['servers']>;

/** A wave of one application for each name. */
const scenarioOf = (servers: Readonly<Record<string, Servers>>, rest: Partial<ScenarioInput> = {}): ScenarioInput => ({
  defaults: { launchedInstance: 'none', timings: { variation: 0 } },
  ...rest,
  waves: Object.entries(servers).map(([name, own]) => ({ name, applications: [{ name, servers: own }] })),
});
const wavesOf = (night: Night) =>
  night.account().waves.map(({ name = '', waveID }) => ({ name, input: { waveID, options: {} } }));
const walkMigration = (night: Night, rest: object = {}) =>
  night.walk({ machine: 'migration-run', name: 'move', input: { waves: wavesOf(night), ...rest } });
const breaches = async (...nights: readonly [Night, string][]) =>
  (await Promise.all(nights.map(([night, name]) => breachesOf(night, name)))).flat();

it('cuts one wave over after the other, and leaves each with its verdicts', async () => {
  const scenario = scenarioOf({ crm: [{ hostname: 'crm-1' }, { hostname: 'crm-2' }], erp: [{ hostname: 'erp-1' }] });
  await inNight(scenario, async (night) => {
    const { result, meter } = await walkMigration(night);
    const [crm, erp] = [await night.read('move-crm'), await night.read('move-erp')];

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { summary: '2 waves: 2 verified' } });
    expect(crm.verdicts).toEqual({ 'crm-1': 'VERIFIED', 'crm-2': 'VERIFIED' });
    expect(erp.verdicts).toEqual({ 'erp-1': 'VERIFIED' });
    expect(erp.run.createdAt).toBeGreaterThanOrEqual(crm.run.end?.endedAt ?? Infinity);
    expect(meter.executions.filter(({ machine }) => machine === 'wave-cutover')).toHaveLength(2);
    expect(meter.executions[0]).toMatchObject({ machine: 'migration-run' });
    expect(await breaches([night, 'move-crm'], [night, 'move-erp'])).toEqual([]);
  });
});

it('cuts two waves over at once under one quota, and brings back only what failed', async () => {
  const scenario = scenarioOf({
    crm: [{ hostname: 'crm-1' }],
    erp: [{ hostname: 'erp-1', cutover: 'launchFailed' }, { hostname: 'erp-2' }],
    web: [{ hostname: 'web-1' }],
  });
  await inNight(scenario, async (night) => {
    const { result } = await walkMigration(night, { wavesAtOnceMax: 2, onWaveFailed: 'continue' });

    expect(result).toMatchObject({
      error: 'MigrationIncomplete',
      cause: '3 waves: 2 verified, 1 partly or not cut over (erp)',
    });
    expect((await night.read('move-erp')).verdicts).toMatchObject({ 'erp-1': 'ROLLED_BACK' });
    expect((await night.read('move-web')).verdicts).toEqual({ 'web-1': 'VERIFIED' });
    expect(night.server('erp-1').lifeCycle?.state).toBe('READY_FOR_CUTOVER');
    expect(await breaches([night, 'move-crm'], [night, 'move-erp'], [night, 'move-web'])).toEqual([]);
  });
});

it('starts nothing of a wave after one that was refused', async () => {
  const scenario = scenarioOf({
    crm: [{ hostname: 'crm-1', replication: { state: 'STALLED', lagSeconds: 5_400 } }],
    erp: [{ hostname: 'erp-1' }],
  });
  await inNight(scenario, async (night) => {
    const { result, events, steps, meter } = await walkMigration(night);

    expect(result).toMatchObject({
      error: 'MigrationIncomplete',
      cause: '2 waves: 1 refused (crm), 1 not started (erp)',
    });
    expect(night.writes).toEqual([]);
    expect(await night.ledger.listRunIDs()).toEqual(['move-crm']);
    expect(statesEntered({ result, events, steps, meter })).toContain('migration-run/WaveFailed');
  });
});

it('counts a wave whose window closes while it waits for the one before as failed', async () => {
  const scenario = scenarioOf({ crm: [{ hostname: 'crm-1' }], erp: [{ hostname: 'erp-1' }] });
  await inNight(scenario, async (night) => {
    const [crm, erp] = wavesOf(night);
    const window = { opensAt: '2026-03-07T21:00:00Z', closesAt: '2026-03-07T22:05:00Z' };
    const waves = [crm, { ...erp, input: { ...erp?.input, window } }];
    const { result } = await night.walk({ machine: 'migration-run', name: 'move', input: { waves } });

    expect(result).toMatchObject({ error: 'MigrationIncomplete', cause: '2 waves: 1 verified, 1 refused (erp)' });
    expect(night.server('erp-1').attempts.cutover).toBe(0);
  });
});

it('begins nothing where the window of a wave has closed already', async () => {
  await inNight(scenarioOf({ crm: [{ hostname: 'crm-1' }] }), async (night) => {
    const window = { opensAt: '2026-03-07T10:00:00Z', closesAt: '2026-03-07T16:00:00Z' };
    const { result } = await walkMigration(night, { defaults: { window } });

    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError' });
    expect('cause' in result && result.cause).toContain('its window closed at 2026-03-07 16:00 UTC');
    expect(await night.ledger.listRunIDs()).toEqual([]);
  });
});

it('starts a wave in its window, a day after the one before', async () => {
  const scenario = scenarioOf({ crm: [{ hostname: 'crm-1' }], erp: [{ hostname: 'erp-1' }] });
  await inNight(scenario, async (night) => {
    const [crm, erp] = wavesOf(night);
    const opensAt = '2026-03-08T22:00:00Z';
    const inWindow = { ...erp, input: { ...erp?.input, window: { opensAt, closesAt: '2026-03-09T06:00:00Z' } } };
    const { result } = await night.walk({ machine: 'migration-run', name: 'move', input: { waves: [crm, inWindow] } });

    expect(result.status).toBe('SUCCEEDED');
    expect((await night.read('move-erp')).run.createdAt).toBe(Date.parse(opensAt));
  });
});

it('waits for a person’s commit of one wave before it starts the next', async () => {
  const scenario = scenarioOf({ crm: [{ hostname: 'crm-1' }], erp: [{ hostname: 'erp-1' }] });
  await inNight(scenario, async (night) => {
    const input = { waves: wavesOf(night), defaults: { options: { commit: 'approve' } } };
    const { ended, running } = night.start({ machine: 'migration-run', name: 'move', input });
    await night.time.sleep(3 * 3_600_000);
    expect(await night.ledger.listRunIDs()).toEqual(['move-crm']);
    await night.walk({ machine: 'commit', name: 'keep-crm', input: { runID: 'move-crm' } });
    await night.time.sleep(3 * 3_600_000);

    expect((await night.read('move-crm')).verdicts).toEqual({ 'crm-1': 'FINALIZED' });
    expect(await night.ledger.listRunIDs()).toEqual(['move-crm', 'move-erp']);
    expect((await night.read('move-erp')).run.end).toBeUndefined();
    running.stop();
    await ended;
  });
});

it('adopts what was under way when its execution is begun again after a stop, and launches nothing twice', async () => {
  const scenario = scenarioOf({ crm: [{ hostname: 'crm-1' }], erp: [{ hostname: 'erp-1' }] });
  await inNight(scenario, async (night) => {
    const input = { waves: wavesOf(night) };
    const first = night.start({ machine: 'migration-run', name: 'move', input });
    await night.time.sleep(5 * 60_000);
    first.running.stop();
    await first.ended;
    await night.time.sleep(60 * 60_000);
    const { result } = await night.walk({ machine: 'migration-run', name: 'move', input });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { summary: '2 waves: 2 verified' } });
    expect(night.server('crm-1').attempts.cutover).toBe(1);
    expect(await breaches([night, 'move-crm'], [night, 'move-erp'])).toEqual([]);
  });
});
