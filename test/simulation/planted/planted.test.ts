/** The test of the tests: of every planted bug the simulation has to tell, and of the product as it is it must not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCheckers } from '../checkers/index.ts';
import { bugs } from './bugs.ts';
import { hunt, HuntFailedError, inLanes, type Catch } from './hunt.ts';
import { nightsOnPage, pageFile } from './page.ts';
import { planted, StalePlantError, type PlantedBug } from './planted-bug.ts';

jest.setTimeout(600_000);

/** Hunts at a time; the machine that checks a change has two cores. */
const lanes = 2;

describe('a planted bug', () => {
  const example: PlantedBug = {
    name: 'example',
    what: 'It does what it should not.',
    edits: [{ file: 'a.ts', find: 'good', replace: '$& bad' }],
    checkers: ['locks'],
  };

  it('is put into the one place it names, to the letter', () => {
    expect(planted(example, 'a.ts', 'is good.')).toBe('is $& bad.');
    expect(planted(example, 'b.ts', 'is good.')).toBe('is good.');
  });

  it('is stale once that place is gone or no longer the only one', () => {
    expect(() => planted(example, 'a.ts', 'is better.')).toThrow(StalePlantError);
    expect(() => planted(example, 'a.ts', 'good, good.')).toThrow('example: a.ts holds 2 times');
  });

  it('names a checker that there is, and a place in the sources as they are', () => {
    const checkers = makeCheckers.map((make) => make().name);
    for (const bug of bugs) {
      for (const checker of bug.checkers) expect(checkers).toContain(checker);
      for (const file of new Set(bug.edits.map((edit) => edit.file)))
        expect(planted(bug, file, readFileSync(join(process.cwd(), file), 'utf8'))).not.toBe('');
    }
    expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
  });

  it('that does not exist is not hunted for', async () => {
    await expect(hunt({ name: 'no-such-bug' }, { from: 1, seeds: 1 })).rejects.toThrow(HuntFailedError);
  });
});

describe('the simulation', () => {
  const nights = nightsOnPage(readFileSync(join(process.cwd(), pageFile), 'utf8'));
  const hunts = new Map<PlantedBug | undefined, PromiseWithResolvers<Catch | undefined>>();

  beforeAll(() => {
    for (const bug of [undefined, ...bugs]) {
      const settler = Promise.withResolvers<Catch | undefined>();
      // Whoever waits for it hears of its failure; until then it is not an unhandled one.
      settler.promise.catch(() => undefined);
      hunts.set(bug, settler);
    }
    const longest = Math.max(...nights.values());
    void inLanes([...hunts], lanes, async ([bug, { resolve, reject }]) => {
      const wanted = bug === undefined ? { from: 1, seeds: longest } : { from: nights.get(bug.name) ?? 1, seeds: 1 };
      await hunt(bug, wanted).then(resolve, reject);
    });
  });

  it('finds nothing in all these nights where no bug is planted', async () => {
    expect(await hunts.get(undefined)?.promise).toBeUndefined();
  });

  it.each(bugs.map((bug) => [bug.name, bug] as const))('finds %s', async (name, bug) => {
    const caught = await hunts.get(bug)?.promise;
    expect(caught).toMatchObject({ seed: nights.get(name) });
    expect(bug.checkers.some((checker) => caught?.checkers.includes(checker))).toBe(true);
  });
});
