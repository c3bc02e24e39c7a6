/** Migrations: which wave starts when, and what a failed one means for the others. */
import { inMigrationNight, type Play, type Played } from '../../support/played-waves.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));
/** When each wave started and ended, in minutes of the night. */
const courseOf = (played: readonly Played[]) =>
  Object.fromEntries(played.map(({ name, startedAt, endedAt }) => [name, [startedAt, endedAt]]));

it('cuts waves over one after the other in the order of the list, each as soon as the one before is verified', async () => {
  await inMigrationNight(['a', 'b', 'c'], { b: { minutes: 60 } }, async ({ walk, played, left }) => {
    const { result } = await walk({ waves: named('c', 'a', 'b') });

    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'VERIFIED', summary: '3 waves: 3 verified' },
    });
    expect(courseOf(played)).toEqual({ c: [0, 30], a: [30, 60], b: [60, 120] });
    expect(await left()).toMatchObject({ a: { state: 'ENDED', outcome: 'VERIFIED', runID: 'move-a' } });
  });
});

it('cuts over as many at once as it was told, in the order of the list', async () => {
  const plays: Record<string, Play> = { a: { minutes: 100 } };
  await inMigrationNight(['a', 'b', 'c', 'd'], plays, async ({ walk, played }) => {
    const { result } = await walk({ waves: named('a', 'b', 'c', 'd'), wavesAtOnceMax: 2 });

    expect(result.status).toBe('SUCCEEDED');
    expect(courseOf(played)).toEqual({ a: [0, 100], b: [0, 30], c: [30, 60], d: [60, 90] });
  });
});

it('starts a wave once all that it comes after are verified, and not later than five minutes after', async () => {
  const waves = [
    { name: 'a' },
    { name: 'b', after: ['a'] },
    { name: 'c', after: ['a'] },
    { name: 'd', after: ['b', 'c'] },
  ];
  const plays: Record<string, Play> = { c: { minutes: 90 } };
  await inMigrationNight(['a', 'b', 'c', 'd'], plays, async ({ walk, played }) => {
    await walk({ waves, wavesAtOnceMax: 3 });
    const course = courseOf(played);
    const startOf = (name: string) => course[name]?.[0] ?? NaN;

    expect(startOf('a')).toBe(0);
    for (const name of ['b', 'c']) {
      expect(startOf(name)).toBeGreaterThanOrEqual(30);
      expect(startOf(name)).toBeLessThanOrEqual(35);
    }
    expect(startOf('d')).toBe(course['c']?.[1]);
  });
});

it('lets a canary go first and alone, and the others once it is verified', async () => {
  const waves = [{ name: 'a' }, { name: 'b' }, { name: 'c', canary: true }];
  await inMigrationNight(['a', 'b', 'c'], {}, async ({ walk, played }) => {
    await walk({ waves, wavesAtOnceMax: 2 });
    const course = courseOf(played);

    expect(played.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    expect(course).toMatchObject({ c: [0, 30], a: [30, 60] });
    expect(course['b']?.[0]).toBeLessThanOrEqual(35);
  });
});

it.each(['stop', 'continue'])('starts nothing after a canary that failed (onWaveFailed %s)', async (onWaveFailed) => {
  const waves = [{ name: 'a' }, { name: 'c', canary: true }];
  await inMigrationNight(['a', 'c'], { c: { outcome: 'PARTIAL' } }, async ({ walk, played, left }) => {
    const { result } = await walk({ waves, onWaveFailed });

    expect(result).toMatchObject({
      status: 'FAILED',
      error: 'MigrationIncomplete',
      cause: '2 waves: 1 partly or not cut over (c), 1 not started (a)',
    });
    expect(played.map(({ name }) => name)).toEqual(['c']);
    expect(await left()).toMatchObject({
      a: { state: 'SKIPPED', summary: 'not started: it comes after wave "c", which ended as PARTIAL' },
    });
  });
});

it('starts no other wave after a failed one, and lets finish what is under way', async () => {
  const plays: Record<string, Play> = { a: { minutes: 90 }, b: { outcome: 'PARTIAL' } };
  await inMigrationNight(['a', 'b', 'c', 'd'], plays, async ({ walk, played, left }) => {
    const { result } = await walk({ waves: named('a', 'b', 'c', 'd'), wavesAtOnceMax: 2 });

    expect(result).toMatchObject({
      error: 'MigrationIncomplete',
      cause: '4 waves: 1 verified, 1 partly or not cut over (b), 2 not started (c, d)',
    });
    expect(courseOf(played)).toEqual({ a: [0, 90], b: [0, 30] });
    expect(await left()).toMatchObject({ b: { outcome: 'PARTIAL', summary: 'it ended as PARTIAL' } });
  });
});

it('goes on after a failed wave when told to, but not with those that come after it', async () => {
  const waves = [{ name: 'a' }, { name: 'b', after: ['a'] }, { name: 'c', after: ['b'] }, { name: 'd' }];
  await inMigrationNight(['a', 'b', 'c', 'd'], { a: { outcome: 'REFUSED' } }, async ({ walk, played, left }) => {
    const { result } = await walk({ waves, onWaveFailed: 'continue' });

    expect(result).toMatchObject({ cause: '4 waves: 1 verified, 1 refused (a), 2 not started (b, c)' });
    expect(played.map(({ name }) => name)).toEqual(['a', 'd']);
    expect(await left()).toMatchObject({
      c: { state: 'SKIPPED', summary: 'not started: it comes after wave "b", which was not started' },
    });
  });
});

it('asks for a person when one wave needs one, whatever the others came to', async () => {
  await inMigrationNight(['a', 'b'], { a: { outcome: 'NEEDS_A_PERSON' } }, async ({ walk }) => {
    const { result } = await walk({ waves: named('a', 'b'), onWaveFailed: 'continue' });

    expect(result).toMatchObject({ error: 'PersonNeeded', cause: '2 waves: 1 verified, 1 needing a person (a)' });
  });
});

it('waits for the window of a wave, and starts it as it opens', async () => {
  const window = { opensAt: '2026-03-08T22:00:00Z', closesAt: '2026-03-09T04:00:00Z' };
  await inMigrationNight(['a', 'b'], {}, async ({ walk, played, night }) => {
    const b = { name: 'b', input: { waveID: night.account().waves.find(({ name }) => name === 'b')?.waveID, window } };
    const { result, meter } = await walk({ waves: [{ name: 'a' }, b] });

    expect(result.status).toBe('SUCCEEDED');
    expect(courseOf(played)).toEqual({ a: [0, 30], b: [1_440, 1_470] });
    expect(meter.executions[0]?.historyEvents).toBeLessThan(100);
  });
});

it('refuses a migration that cannot go well before anything is started, and leaves no trace of it', async () => {
  await inMigrationNight(['a', 'b'], {}, async ({ walk, played, night }) => {
    const waves = [
      { name: 'a', after: ['b'] },
      { name: 'b', after: ['a'] },
    ];
    const { result } = await walk({ waves });

    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError' });
    expect('cause' in result && result.cause).toContain('the waves wait for each other');
    expect(played).toEqual([]);
    expect(await night.ledger.listMigrationIDs()).toEqual([]);
  });
});
