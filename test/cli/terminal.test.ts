/**
 * How everything that can be said offline looks on terminals and in a pipe: no line is wider than the terminal unless it is
 * one command or one word, and where nobody draws a picture nothing steers the cursor or colours.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../../cli/live/fit.ts';
import { createProgram } from '../../cli/main.ts';
import { aNightInALedger, exampleScenario } from './a-night-in-a-ledger.ts';
import { commandLine, folder, oneWave, waveID, type ProcessOptions } from './command-line.ts';
import { silentIo } from './silent-io.ts';

const files = folder();
const deep = join(files.path, 'a folder with a rather long name', 'for the files of the night');
mkdirSync(deep, { recursive: true });
const escape = String.fromCharCode(27);
const example = ['examples/wave.json', '--scenario', 'examples/scenario.json'];
const migration = ['examples/migration.json', '--scenario', 'examples/migration-scenario.json'];
const wave = files.file('wave.json', { waveID });
const stuck = files.file(
  'stuck.json',
  oneWave({ hostname: 'web-1', cutover: 'launchFailed' }, { hostname: 'web-2', cutover: 'stuck' }),
);
const wrongScenario = files.file('wrong.json', { waves: [{ name: 'x', nonsense: true }] });
const wrongInput = files.file('wrong-input.json', { waveID, options: { launchTimeout: 5, commit: 'perhaps' } });

const expected = 'examples/migration-expected.json';

const verbs = createProgram(
  silentIo(),
  () => Promise.reject(new Error('no world')),
  () => undefined,
).commands.map((verb) => verb.name());

let ledger = '';
beforeAll(async () => {
  const night = await aNightInALedger(deep, exampleScenario(), 'examples/wave.json');
  night.close();
  ledger = night.path;
}, 60_000);

/** What is said, by what it is about, and the exit code with which it ends. */
const sayings: readonly (readonly [string, () => readonly string[], number])[] = [
  ['the help', () => ['--help'], 0],
  ...verbs.map((verb) => [`the help of ${verb}`, () => [verb, '--help'], 0] as const),
  ['a plan', () => ['plan', ...example], 0],
  ['the plan of a migration', () => ['plan', ...migration], 0],
  ['a rehearsal', () => ['rehearse', '--demo-fleet', '6', '--seeds', '1'], 0],
  ['a run', () => ['run', ...example, '--speed', '1000000'], 1],
  ['a run that needs a person', () => ['run', wave, '--scenario', stuck, '--speed', '1000000'], 3],
  ['a run not as expected', () => ['run', ...example, '--expect', expected, '--speed', '1000000'], 1],
  ['a migration', () => ['run', ...migration, '--speed', '1000000'], 1],
  ['the list of runs', () => ['list', '--ledger', ledger], 0],
  ...['shop-web-1', 'billing-app-1', 'billing-app-2', 'billing-db', 'wiki', 'wms-db'].map(
    (server) => [`the explanation of ${server}`, () => ['explain', server, '--ledger', ledger], 0] as const,
  ),
  ['a report', () => ['report', 'night-1', '--ledger', ledger, '--html', join(deep, 'night.html')], 0],
  ['the run of this machine', () => ['watch', 'night-1', '--ledger', ledger], 1],
  ['no such run', () => ['watch', 'night-9', '--ledger', ledger], 2],
  ['no such server', () => ['explain', 'web', '--ledger', ledger], 2],
  ['no ledger', () => ['list', '--ledger', join(deep, 'nothing-here.sqlite')], 2],
  ['no place', () => ['run', wave], 2],
  ['two places', () => ['plan', wave, '--scenario', stuck, '--region', 'eu-west-1', '--ledger', ledger], 2],
  ['a scenario that is none', () => ['run', wave, '--scenario', wrongScenario], 2],
  ['an input that is none', () => ['run', wrongInput, '--scenario', stuck], 2],
  ['no such file', () => ['plan', join(deep, 'nothing-here.json'), '--scenario', stuck], 2],
  ['no such verb', () => ['rolback', 'night-1'], 2],
  ['no such flag', () => ['rollback', 'night-1', '--sever', 'web-1'], 2],
  ['nothing', () => [], 2],
  ['the simulator', () => ['simulate', '--scenario', 'examples/scenario.json'], 0],
];

const say = async (argv: readonly string[], exitCode: number, options: ProcessOptions) => {
  const onOutput = (text: string, interrupt: () => void) => {
    if (text.includes('Ctrl-C stops it')) interrupt();
  };
  const said = await commandLine(argv, { ...options, onOutput });
  expect({ said: said.out + said.err, exitCode: said.exitCode }).toEqual({
    said: expect.stringMatching(/\w/),
    exitCode,
  });
  return said.out + said.err;
};

/** What is to be pasted or opened stays whole, on a line of its own. */
const isWhole = (line: string) => /^(?:mgn-cutover|aws|curl) \S/.test(line.trim()) || !line.trim().includes(' ');

/** A picture moves the cursor to its rows, so each move begins a line. */
const moves = new RegExp(`${escape}\\[[0-9;?]*[A-Za-ln-z]`, 'g');

const tooWide = (text: string, columns: number) =>
  stripVTControlCharacters(text.replace(moves, '\n'))
    .split(/[\r\n]/)
    .filter((line) => widthOf(line) > columns && !isWhole(line));

describe.each([80, 200])('on a terminal of %i columns', (columns) => {
  it.each(sayings)('%s fits', async (_what, argv, exitCode) => {
    const text = await say(argv(), exitCode, { isTerminal: true, columns, errColumns: columns });
    expect(tooWide(text, columns)).toEqual([]);
  });
});

describe('in a pipe', () => {
  it.each(sayings)('%s neither colours nor steers', async (_what, argv, exitCode) => {
    expect(await say(argv(), exitCode, {})).not.toContain(escape);
  });
});

describe('with NO_COLOR on a terminal', () => {
  // Of a picture that moves only the colours go; what is drawn over needs the cursor.
  const colour = new RegExp(`${escape}\\[[0-9;]*m`);
  it.each(sayings)('%s has no colour', async (_what, argv, exitCode) => {
    expect(await say(argv(), exitCode, { isTerminal: true, env: { NO_COLOR: '1' } })).not.toMatch(colour);
  });
});

describe('on a terminal that can nothing (TERM=dumb)', () => {
  it.each(sayings)('%s neither colours nor steers', async (_what, argv, exitCode) => {
    expect(await say(argv(), exitCode, { isTerminal: true, env: { TERM: 'dumb' } })).not.toContain(escape);
  });
});

describe('symbols', () => {
  it('never stand without a word', async () => {
    const symbol = /[▸✓↺✗⊘!?](?=\s|$)/u;
    for (const [, argv, exitCode] of sayings) {
      const lines = (await say(argv(), exitCode, {})).split('\n').filter((line) => symbol.test(line));
      expect(lines.filter((line) => !/[▸✓↺✗⊘!?] \S*[\p{L}\d]/u.test(line))).toEqual([]);
    }
  });
});
