/** What every verb owes to whoever asks it for help. */
import type { Command } from 'commander';
import { createProgram } from '../../cli/main.ts';
import { commandLine } from './command-line.ts';
import { silentIo } from './silent-io.ts';

const programOf = () =>
  createProgram(
    silentIo(),
    () => Promise.reject(new Error('no world')),
    () => undefined,
  );
const verbs = programOf().commands;
const nameOf = (verb: Command) => verb.name();

/** Verbs whose whole output is a document of another kind. */
const withoutJson: Readonly<Record<string, string>> = { completion: 'it prints a script for a shell' };

const helpOf = async (verb: string) => (await commandLine([verb, '--help'])).out;

/** What stands in the help under `Examples:`, without the program's name. */
const examplesIn = (help: string): string[][] =>
  (/\nExamples:\n((?: {2}mgn-cutover .*\n)+)/.exec(help)?.[1] ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(/ > .*$/, '')
        .trim()
        .split(/\s+/)
        .slice(1),
    );

/** Parses a command line as the program does, and does nothing of it. */
const parse = async (argv: readonly string[]) => {
  const program = programOf();
  for (const verb of program.commands) verb.action(() => undefined);
  await program.parseAsync([...argv], { from: 'user' });
};

describe.each(verbs.map(nameOf))('%s', (name) => {
  it('says what it does in a sentence without an end', () => {
    const description = verbs.find((verb) => nameOf(verb) === name)?.description() ?? '';
    expect(description).toMatch(/^[a-z].{10,}[^.]$/);
  });

  it('ends its help with examples that can be typed, and with its exit codes', async () => {
    const help = await helpOf(name);
    const examples = examplesIn(help);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(example[0]).toBe(name);
      await expect(parse(example)).resolves.toBeUndefined();
    }
    expect(help).toMatch(/\nExit codes:\n(?: {2,}.+\n)+$/);
  });

  it('tells a program what it tells a person, unless that would make no sense', () => {
    const hasJson = verbs.find((verb) => nameOf(verb) === name)?.options.some(({ long }) => long === '--json');
    expect(hasJson).toBe(withoutJson[name] === undefined);
  });

  it('describes each of its flags', () => {
    const flags = verbs.find((verb) => nameOf(verb) === name)?.options ?? [];
    expect(flags.filter(({ description }) => description === '')).toEqual([]);
  });
});

it('would notice an example with a flag that there is not', async () => {
  await expect(parse(['list', '--limits', '3'])).rejects.toThrow("unknown option '--limits'");
});

describe('the overview', () => {
  it('names the verbs in the order of the night, with verbs that there are', async () => {
    const { out } = await commandLine(['--help']);
    const [, order = ''] = /\n {2}(plan → .*)\n/.exec(out) ?? [];
    const named = order.split(/[→|]/).map((word) => word.trim());
    const known = verbs.map(nameOf);
    expect(named.filter((verb) => !known.includes(verb))).toEqual([]);
    const listed = [...out.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map(([, verb]) => verb);
    expect(listed.filter((verb) => verb !== undefined && named.includes(verb))).toEqual(named);
    expect(new Set(listed)).toEqual(new Set([...known, 'help']));
  });
});

describe('a word that is none', () => {
  it.each([
    [['rolback', 'night-1'], 'Did you mean rollback?'],
    [['comit', 'night-1'], 'Did you mean commit?'],
    [['rollback', 'night-1', '--sever', 'web-1'], 'Did you mean --server?'],
    [['list', '--legder', 'x'], 'Did you mean --ledger?'],
  ])('is answered with the nearest one: %j', async (argv, hint) => {
    const { exitCode, err } = await commandLine(argv);
    expect(err).toContain(hint);
    expect(exitCode).toBe(2);
  });

  it('says which shells there are', async () => {
    const { exitCode, err } = await commandLine(['completion', 'tcsh']);
    expect(err).toContain('Allowed choices are bash, zsh, fish');
    expect(exitCode).toBe(2);
  });
});
