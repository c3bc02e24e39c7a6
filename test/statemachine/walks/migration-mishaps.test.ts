/** What goes wrong with a migration itself: lost answers, dead executions, stops, a second execution. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { inMigrationNight } from '../../support/played-waves.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));
const abc = { waves: named('a', 'b', 'c') };

it('starts no wave twice when the answer to every step is lost once', async () => {
  await inMigrationNight(['a', 'b', 'c'], {}, async ({ walk, played }) => {
    const seen = new Set<string>();
    const { result } = await walk(
      { ...abc, wavesAtOnceMax: 2 },
      {
        around: async ({ name, event }, invoke) => {
          const answer = await invoke();
          const key = `${name} ${JSON.stringify(event)}`;
          if (seen.has(key)) return answer;
          seen.add(key);
          throw Object.assign(new Error('the answer was lost'), { name: 'TransientServiceError' });
        },
      },
    );

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { summary: '3 waves: 3 verified' } });
    expect(played.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c']);
  });
});

it('goes on with the other slots when one of them can take no wave for good', async () => {
  await inMigrationNight(['a', 'b', 'c'], {}, async ({ walk, played }) => {
    const { result } = await walk(
      { ...abc, wavesAtOnceMax: 2 },
      {
        around: ({ name, event }, invoke) => {
          const isSlotTwo = typeof event === 'object' && event !== null && 'slot' in event && event.slot === 2;
          if (name === 'TakeWave' && isSlotTwo) throw new Error('the function is broken');
          return invoke();
        },
      },
    );

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { summary: '3 waves: 3 verified' } });
    expect(played.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});

it('says which waves were not started when no slot can take any', async () => {
  await inMigrationNight(['a', 'b', 'c'], {}, async ({ walk, played, left }) => {
    const { result } = await walk(abc, {
      around: ({ name, event }, invoke) => {
        const isLater = typeof event === 'object' && event !== null && 'returned' in event;
        if (name === 'TakeWave' && isLater) throw new Error('the function is broken');
        return invoke();
      },
    });

    expect(result).toMatchObject({ error: 'MigrationIncomplete', cause: '3 waves: 1 verified, 2 not started (b, c)' });
    expect(played.map(({ name }) => name)).toEqual(['a']);
    expect(await left()).toMatchObject({ b: { summary: 'not started: the migration ended before' } });
  });
});

it('ends as failed when its end cannot be recorded', async () => {
  await inMigrationNight(['a'], {}, async ({ walk }) => {
    const { result } = await walk(
      { waves: named('a') },
      {
        around: ({ name }, invoke) => {
          if (name === 'RecordMigration') throw Object.assign(new Error('no table'), { name: 'AccessDeniedError' });
          return invoke();
        },
      },
    );

    expect(result).toMatchObject({ status: 'FAILED', error: 'AccessDeniedError' });
  });
});

it('takes a wave whose execution failed before it had a run for refused, at once', async () => {
  await inMigrationNight(['a', 'b'], { a: { diesAt: 'START' } }, async ({ walk, left, minute }) => {
    const { result } = await walk({ waves: named('a', 'b'), onWaveFailed: 'continue' });

    expect(result).toMatchObject({ error: 'MigrationIncomplete', cause: '2 waves: 1 verified, 1 refused (a)' });
    expect(await left()).toMatchObject({ a: { summary: 'InvalidInputError: the wave is empty' } });
    expect(minute()).toBe(30);
  });
});

it('waits until nobody can be at work on a wave whose execution died, and then asks for a person', async () => {
  await inMigrationNight(['a', 'b'], { a: { diesAt: 'PLANNED' } }, async ({ walk, left, minute, played }) => {
    const { result } = await walk({ waves: named('a', 'b') });

    expect(result).toMatchObject({
      error: 'PersonNeeded',
      cause: '2 waves: 1 needing a person (a), 1 not started (b)',
    });
    expect(await left()).toMatchObject({
      a: { summary: expect.stringContaining('its run has no end, and nobody works on it: States.Runtime') },
    });
    expect(minute()).toBeGreaterThanOrEqual(30 + holdMs / 60_000);
    expect(played.map(({ name }) => name)).toEqual(['a']);
  });
});

it('takes what a person made of such a wave meanwhile for its outcome', async () => {
  await inMigrationNight(['a', 'b'], { a: { diesAt: 'PLANNED' } }, async ({ start, night, endRun, left }) => {
    const { ended } = start({ waves: named('a', 'b') });
    await night.time.sleep(35 * 60_000);
    await endRun('a', 'VERIFIED');
    const { result } = await ended;

    expect(result.status).toBe('SUCCEEDED');
    expect(await left()).toMatchObject({ a: { outcome: 'VERIFIED' }, b: { outcome: 'VERIFIED' } });
  });
});

it('takes a wave whose execution died before anything was started for refused', async () => {
  await inMigrationNight(['a'], { a: { diesAt: 'RESOLVED' } }, async ({ walk, left }) => {
    const { result } = await walk({ waves: named('a') });

    expect(result).toMatchObject({ error: 'MigrationIncomplete', cause: '1 wave: 1 refused (a)' });
    expect(await left()).toMatchObject({ a: { summary: expect.stringContaining('nothing was started') } });
  });
});

it('refuses a second execution while the first is at work, and does not disturb it', async () => {
  await inMigrationNight(['a', 'b'], {}, async ({ start, night, played }) => {
    const first = start({ waves: named('a', 'b') }, { unique: 'one' });
    await night.time.sleep(5 * 60_000);
    const second = await start({ waves: named('a', 'b') }, { unique: 'two' }).ended;

    expect(second.result).toMatchObject({ status: 'FAILED', error: 'RunHeldError' });
    expect((await first.ended).result).toMatchObject({ status: 'SUCCEEDED' });
    expect(played.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

it('refuses it for as long as a wave is at work, however long ago the migration itself took a step', async () => {
  await inMigrationNight(['a'], { a: { minutes: 300 } }, async ({ start, night }) => {
    const first = start({ waves: named('a') }, { unique: 'one' });
    await night.time.sleep(200 * 60_000);
    const second = await start({ waves: named('a') }, { unique: 'two' }).ended;

    expect(second.result).toMatchObject({ status: 'FAILED', error: 'RunHeldError' });
    expect((await first.ended).result).toMatchObject({ status: 'SUCCEEDED' });
  });
});

it('goes on where a stopped execution was, with the wave that was under way', async () => {
  await inMigrationNight(['a', 'b', 'c'], {}, async ({ start, night, played, left, endRun }) => {
    const first = start(abc, { unique: 'one' });
    await night.time.sleep(40 * 60_000);
    first.running.stop();
    await first.ended;
    expect(await left()).toMatchObject({ a: { state: 'ENDED' }, b: { state: 'RUNNING' }, c: { state: 'WAITING' } });
    // What the wave itself does when it is started again is its own business; here it has ended meanwhile.
    await night.time.sleep(60 * 60_000);
    await endRun('b', 'VERIFIED');
    const { result } = await start(abc, { unique: 'two' }).ended;

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { summary: '3 waves: 3 verified' } });
    expect(played.map(({ name }) => name)).toEqual(['a', 'b', 'b', 'c']);
  });
});

it('refuses the name of a migration that has ended', async () => {
  await inMigrationNight(['a'], {}, async ({ walk, start, played }) => {
    await walk({ waves: named('a') });
    const { result } = await start({ waves: named('a') }, { unique: 'two' }).ended;

    expect(result).toMatchObject({ status: 'FAILED', error: 'RunExistsError' });
    expect(played).toHaveLength(1);
  });
});
