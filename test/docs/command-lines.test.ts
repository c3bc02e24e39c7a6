/** Every command line in the documents is one that the program takes: a verb that is there, with flags that it has. */
import { printed, listedVerbs } from '../../docs/generate/command-page.ts';
import { commandLinesOf, pagesWithCommands } from './command-lines.ts';

const flagsOf = async (verb: string) => {
  const help = await printed([verb, '--help'], 1_000);
  return new Set([...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag));
};

const problemOf = async ([verb = '', ...rest]: readonly string[], verbs: readonly string[]) => {
  if (verb === 'VERB' || verb === 'verb') return [];
  if (!verbs.includes(verb)) return [`no verb ${verb}`];
  const known = await flagsOf(verb);
  const flags = rest.flatMap((part) => /^\[?(--[\w-]+)/.exec(part)?.[1] ?? []);
  return flags.filter((flag) => !known.has(flag)).map((flag) => `${verb} has no ${flag}`);
};

describe('the command lines of', () => {
  it.each(pagesWithCommands)('%s', async (page) => {
    const verbs = (await listedVerbs()).map(({ name }) => name);
    const problems = await Promise.all(commandLinesOf(page).map((line) => problemOf(line, verbs)));

    expect(problems.flat()).toEqual([]);
  });

  it('the README and the tutorial are found', () => {
    expect(commandLinesOf('README.md').length).toBeGreaterThan(10);
    expect(commandLinesOf('docs/tutorial.md').length).toBeGreaterThan(4);
  });

  it('a page would be found out if it named a verb or a flag that is not there', async () => {
    const verbs = (await listedVerbs()).map(({ name }) => name);

    expect(await problemOf(['fly', '--region', 'x'], verbs)).toEqual(['no verb fly']);
    expect(await problemOf(['plan', 'wave.json', '--fast'], verbs)).toEqual(['plan has no --fast']);
  });
});
