import { readFileSync } from 'node:fs';
import { demoFleet } from '../../../cli/rehearse/demo-fleet.ts';
import { figuresOf } from '../../../cli/rehearse/figures.ts';
import type { Night } from '../../../cli/rehearse/night.ts';
import { cleanNightReports, exitCodeOfRehearsal, lastSafeStartOf, rehearse } from '../../../cli/rehearse/rehearsal.ts';
import { subjectOfScenario } from '../../../cli/rehearse/subject.ts';
import { oneWave, waveID } from '../command-line.ts';

jest.setTimeout(60_000);

const timings = { variation: 0 };
const play = async (scenario: unknown, input: object, options: Partial<Parameters<typeof rehearse>[1]> = {}) =>
  rehearse(await subjectOfScenario({ written: scenario, rawInput: { waveID, ...input } }, false), {
    seeds: 0,
    firstSeed: 1,
    faults: 'usual',
    ...options,
  });
const window = (opensAt: string, closesAt: string) => ({ window: { opensAt, closesAt } });
const servers = [
  { hostname: 'quick', launchedInstance: 'none', timings },
  { hostname: 'slow', launchedInstance: 'none', timings: { ...timings, conversionSeconds: 1_800 } },
];

describe('a rehearsal', () => {
  it('measures launch and rollback with the real machines, and names the long pole with what its time went into', async () => {
    const { clean } = await play(oneWave(...servers), {});
    const night = clean?.night;
    expect(night?.verdicts).toEqual({ VERIFIED: 2 });
    expect(night?.rollback).toEqual({ broughtBack: 2, needsAPerson: 0 });
    expect(night?.longPole).toMatchObject({ hostname: 'slow', applicationName: 'shop' });
    expect(night?.longPole?.launchSeconds).toBeGreaterThan(1_800);
    expect(night?.longPole?.totalSeconds).toBe(night?.cutoverSeconds);
    expect(night?.rollbackSeconds).toBeGreaterThanOrEqual(120);
  });

  it('gives the report of the clean night as it was before the way back', async () => {
    const [report] = cleanNightReports(await play(oneWave(...servers), {}));
    expect(report?.world.isRehearsal).toBe(true);
    expect(report?.run.outcome).toBe('VERIFIED');
    expect(report?.servers.map(({ verdict }) => verdict)).toEqual(['VERIFIED', 'VERIFIED']);
    expect(report?.apiCalls?.['StartCutover']).toBe(1);
    expect(report?.apiCalls?.['ChangeServerLifeCycleState']).toBeUndefined();
  });

  it('starts when the window opens, and says whether launch plus rollback fit it', async () => {
    const roomy = await play(oneWave(...servers), window('2026-01-17T22:00Z', '2026-01-18T06:00Z'));
    expect(new Date(roomy.startMs).toISOString()).toBe('2026-01-17T22:00:00.000Z');
    expect(roomy.subject.runs[0]?.plan.decision).toBe('NOT_YET');
    expect(roomy.figures?.fits).toBe(1);
    expect(exitCodeOfRehearsal(roomy)).toBe(0);
    const safe = lastSafeStartOf(roomy) ?? 0;
    expect(Date.parse('2026-01-18T06:00Z') - safe).toBe(1_000 * (roomy.figures?.totalSeconds.p90 ?? 0));
  });

  it('measures a night for which the window is too short, and says so; a run would be refused', async () => {
    const tight = await play(oneWave(...servers), window('2026-01-10T22:00Z', '2026-01-10T22:30Z'));
    expect(tight.clean?.night.verdicts).toEqual({ VERIFIED: 2 });
    expect(tight.figures?.fits).toBe(0);
    expect(tight.notes.join(' ')).toContain('The window');
    expect(exitCodeOfRehearsal(tight)).toBe(2);
  });

  it('exits 1 where a plan would let it start and the rehearsal does not fit', async () => {
    const expected = { launchSeconds: 300, actionsSeconds: 60, rollbackSeconds: 60 };
    const options = { expected };
    const tight = await play(oneWave(...servers), { ...window('2026-01-10T22:00Z', '2026-01-10T22:30Z'), options });
    expect(tight.subject.runs[0]?.plan.decision).toBe('PROCEED');
    expect(tight.figures?.fits).toBe(0);
    expect(exitCodeOfRehearsal(tight)).toBe(1);
  });

  it.each([
    [0.89, 1],
    [0.9, 0],
  ])('with %d of the nights fitting the window exits %d', async (fits, exitCode) => {
    const roomy = await play(oneWave(...servers), window('2026-01-10T22:00Z', '2026-01-11T06:00Z'));
    if (roomy.figures === undefined) throw new Error('there are no figures');
    expect(exitCodeOfRehearsal({ ...roomy, figures: { ...roomy.figures, fits } })).toBe(exitCode);
  });

  it('rehearses what is ready though blocked ones would have the run refused', async () => {
    const options = { failurePolicy: { application: 'independent' } };
    const blocked = { hostname: 'blocked', lifeCycleState: 'TESTING' };
    const rehearsal = await play(oneWave(...servers, blocked), { options });
    expect(rehearsal.clean?.night.verdicts).toEqual({ VERIFIED: 2, BLOCKED: 1 });
    expect(rehearsal.notes.join(' ')).toContain('would be refused');
    expect(exitCodeOfRehearsal(rehearsal)).toBe(2);
  });

  it('plays no night where nothing could start', async () => {
    const rehearsal = await play(oneWave({ hostname: 'blocked', tested: false }), {});
    expect(rehearsal.clean).toBeUndefined();
    expect(rehearsal.nights).toEqual([]);
    expect(exitCodeOfRehearsal(rehearsal)).toBe(2);
  });

  it.each([
    [{ commit: 'auto' }, 'nothing is finalized'],
    [{ commit: 'approve', onCommitTimeout: 'rollback', commitBy: '2026-01-12T00:00Z' }, 'nothing is finalized'],
    [{ start: 'approve', startBy: '2026-01-12T00:00Z' }, 'as if it was approved'],
    [{ freshness: { fencedAt: '2026-01-10T22:30Z', lagZero: true } }, 'taken as met'],
  ])('is sensible where the input asks for what only the night can bring: %j', async (options, note) => {
    const { clean, notes } = await play(oneWave(...servers), { options });
    expect(clean?.night.verdicts).toEqual({ VERIFIED: 2 });
    expect(notes.join(' ')).toContain(note);
  });

  it('exits 1 when a source server needs a person, and says in which night', async () => {
    const stubborn = { hostname: 'stubborn', launchedInstance: 'none', timings, terminate: 'failed' };
    const rehearsal = await play(oneWave(stubborn), {});
    expect(rehearsal.clean?.night.rollback).toEqual({ broughtBack: 0, needsAPerson: 1 });
    expect(rehearsal.figures?.nightsWithPerson).toBe(1);
    expect(exitCodeOfRehearsal(rehearsal)).toBe(1);
  });

  it('tells what kept source servers from being verified, and whom they took along', async () => {
    const scenario = oneWave(...servers, {
      hostname: 'bad',
      launchedInstance: 'none',
      timings,
      cutover: 'launchFailed',
    });
    const { figures } = await play(scenario, {});
    expect(figures?.mishaps).toMatchObject([
      { code: 'TAKEN_ALONG', servers: 2, verdicts: { ROLLED_BACK: 2 } },
      { code: 'LAUNCH_FAILED', servers: 1, verdicts: { ROLLED_BACK: 1 } },
    ]);
  });

  it('plays the nights of its seeds, each the same again, and leaves no source server in between', async () => {
    const { scenario, input } = demoFleet(30);
    const subject = await subjectOfScenario({ written: scenario, rawInput: input }, false);
    const nights = async (firstSeed: number, seeds: number) =>
      (await rehearse(subject, { seeds, firstSeed, faults: 'bad' })).nights;
    const [first, second, third] = await nights(1, 3);
    expect(await nights(2, 2)).toEqual([second, third]);
    const safe = new Set(['VERIFIED', 'ROLLED_BACK', 'NOT_STARTED', 'NEEDS_A_PERSON']);
    for (const night of [first, second, third])
      expect(Object.keys(night?.verdicts ?? {}).filter((verdict) => !safe.has(verdict))).toEqual([]);
  });

  it('plays a migration as a whole: its waves in their order, the way back of all of them, the wave that was left out', async () => {
    const written: unknown = JSON.parse(readFileSync('examples/migration-scenario.json', 'utf8'));
    const rawInput: unknown = JSON.parse(readFileSync('examples/migration.json', 'utf8'));
    const subject = await subjectOfScenario({ written, rawInput }, false);
    const rehearsal = await rehearse(subject, { seeds: 1, firstSeed: 1, faults: 'none' });
    expect(subject.runs.map(({ wave }) => wave)).toEqual(['pilot', 'directory', 'crm', 'shop', 'reports']);
    expect(rehearsal.clean?.night.verdicts).toEqual({ VERIFIED: 9, ROLLED_BACK: 2, NOT_STARTED: 1 });
    expect(rehearsal.clean?.night.rollback).toEqual({ broughtBack: 9, needsAPerson: 0 });
    expect(rehearsal.figures?.fits).toBe(1);
    expect(cleanNightReports(rehearsal).map(({ run }) => run.name)).toHaveLength(4);
    expect(rehearsal.figures?.mishaps.map(({ code }) => code)).toContain('WAVE_SKIPPED');
    expect(exitCodeOfRehearsal(rehearsal)).toBe(0);
  });

  it('stops after a night when it is asked to', async () => {
    const { scenario, input } = demoFleet(3);
    const subject = await subjectOfScenario({ written: scenario, rawInput: input }, false);
    let played = 0;
    const onNight = () => (played += 1);
    const rehearsal = await rehearse(subject, {
      seeds: 9,
      firstSeed: 1,
      faults: 'none',
      onNight,
      isStopped: () => played > 2,
    });
    expect(rehearsal.nights).toHaveLength(2);
    expect(rehearsal.asked).toBe(9);
  });
});

describe('the figures of nights', () => {
  const night = (cutoverSeconds: number, over: Partial<Night> = {}): Night => ({
    seed: 1,
    summary: '',
    cutoverSeconds,
    rollbackSeconds: 100,
    fits: cutoverSeconds <= 800,
    verdicts: { VERIFIED: 1 },
    rollback: { broughtBack: 1, needsAPerson: 0 },
    mishaps: [],
    faults: {},
    lostAndFound: 0,
    resumed: 0,
    ...over,
  });

  it('are percentiles by nearest rank and the fraction that fits', () => {
    const figures = figuresOf([100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000].map((seconds) => night(seconds)));
    expect(figures?.cutoverSeconds).toEqual({ p50: 500, p90: 900, min: 100, max: 1_000 });
    expect(figures?.totalSeconds.p90).toBe(1_000);
    expect(figures?.fits).toBe(0.8);
  });

  it('name the long poles by how often they were it', () => {
    const pole = (hostname: string) => ({
      longPole: {
        sourceServerID: hostname,
        hostname,
        totalSeconds: 1,
        waitSeconds: 0,
        launchSeconds: 1,
        actionsSeconds: 0,
      },
    });
    const figures = figuresOf([night(1, pole('a')), night(1, pole('b')), night(1, pole('b'))]);
    expect(figures?.longPoles.map(({ hostname, nights }) => [hostname, nights])).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
  });

  it('are none for no night', () => {
    expect(figuresOf([])).toBeUndefined();
  });
});
