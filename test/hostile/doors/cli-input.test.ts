import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../../../cli/exit-code.ts';
import type { OpenWorld } from '../../../cli/world.ts';
import type { Random } from '../../../simulator/seeded-random.ts';
import { commandLine, folder } from '../../cli/command-line.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { expectRefusal } from './clean-refusal.ts';
import { garbled, mutated } from './mutations.ts';
import { nested, pick } from './hostile-values.ts';
import { tryCases } from './seeded-cases.ts';

jest.setTimeout(60_000);

const files = folder();
const read = (name: string): object => {
  const content: unknown = JSON.parse(readFileSync(join(__dirname, '../../../examples', name), 'utf8'));
  if (typeof content !== 'object' || content === null) throw new TypeError(`${name} is no object`);
  return content;
};

expectNoUnhandledRejections();

/** A world that nobody gets into: an input that comes so far was taken for a good one. */
const reached = 'the world was opened';
const closedWorld: OpenWorld = () => Promise.reject(new CommandError(reached));

const rich = {
  $schema: 'x',
  sourceServerIDs: ['s-0123456789abcdefg', 's-1123456789abcdefg'],
  accountID: '123456789012',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::{accountID}:role/MgnCutover',
  window: { opensAt: '2026-01-10T22:00', closesAt: '2026-01-11T06:00', zone: 'Europe/Berlin' },
  plan: { savedAt: '2026-01-10T22:00:00Z', fingerprints: { 's-0123456789abcdefg': '0123456789ab' } },
  options: {
    onBlocked: 'skip',
    commit: 'never',
    lagMaxSeconds: 60,
    hooks: [
      { name: 'drain', when: 'beforeStart', command: ['sh', '-c', 'true'], parameters: { ids: '{sourceServerIDs}' } },
    ],
  },
};

const runInputs = [read('wave.json'), rich, { waveID: 'wave-7f3a9c2e5b1d8f640', options: {} }];
const migrations = [read('migration.json')];

/** The text of a file: mutated JSON most of the time, hardly JSON otherwise. */
const hostileText =
  (documents: readonly object[]) =>
  (random: Random): string => {
    const document = pick(random, documents);
    return random() < 0.8
      ? JSON.stringify(mutated(document, random))
      : garbled(JSON.stringify(document, null, random() < 0.5 ? 2 : 0), random);
  };

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Requires of a command with a file of this text that it refuses the file, or finds nothing wrong with it and goes on. */
const expectRefusedOrTaken = async (argv: readonly string[], path: string, text: string): Promise<void> => {
  writeFileSync(path, text);
  const ended = await commandLine(argv, { worlds: closedWorld });
  expectRefusal(ended);
  if (ended.err.includes(reached)) expect(isJson(text)).toBe(true);
  else expect(ended.err).toMatch(/INPUT|input|--plan|--expect|--name|--compare/);
};

describe('the JSON that the command line reads', () => {
  const path = join(files.path, 'hostile.json');
  const place = ['--region', 'eu-west-1'];

  it('refuses or takes 1,000 mutated inputs of runs', async () => {
    const verbs = [
      ['run', path, ...place],
      ['plan', path, ...place],
      ['start', path, '--stack', 'MgnCutover', ...place],
    ];
    await tryCases('run input', 1_000, hostileText(runInputs), (text, index) =>
      expectRefusedOrTaken(verbs[index % verbs.length] ?? [], path, text),
    );
  });

  it.each([
    ['a key without an end', { ['k'.repeat(500_000)]: 1 }],
    ['a value without an end', { waveID: 'w'.repeat(500_000) }],
    ['a key that clears the screen', { waveID: 'w', '\u001b[2J\nmgn-cutover: fine': 1 }],
    ['50,000 unknown keys', Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${String(n)}`, n]))],
    ['40,000 times the same', { sourceServerIDs: Array.from({ length: 40_000 }, () => 's-0123456789abcdefg') }],
    ['options 60 levels deep', { waveID: 'wave-7f3a9c2e5b1d8f640', options: nested(60) }],
  ])('says in a few words what is wrong with %s', async (_what, document) => {
    writeFileSync(path, JSON.stringify(document));
    const ended = await commandLine(['run', path, ...place], { worlds: closedWorld });
    expectRefusal(ended);
    expect(ended.err).toMatch(/^mgn-cutover: The input [^\n]*\n$/);
    expect(ended.err.length).toBeLessThan(5_000);
  });

  it('says once what is wrong with a key, and not with all of its letters', async () => {
    writeFileSync(path, JSON.stringify({ ['k'.repeat(5_000)]: 1 }));
    const { err } = await commandLine(['run', path, ...place], { worlds: closedWorld });
    expect(err.length).toBeLessThan(700);
  });

  it('refuses or takes 500 mutated inputs of migrations', async () => {
    const verbs = [
      ['run', path, ...place],
      ['plan', path, ...place],
      ['start', path, '--stack', 'MgnCutover', ...place],
    ];
    await tryCases('migration input', 500, hostileText(migrations), (text, index) =>
      expectRefusedOrTaken(verbs[index % verbs.length] ?? [], path, text),
    );
  });
});
