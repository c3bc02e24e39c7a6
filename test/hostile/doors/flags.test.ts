import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { CommandError } from '../../../cli/exit-code.ts';
import type { OpenWorld } from '../../../cli/world.ts';
import type { Random } from '../../../simulator/seeded-random.ts';
import { commandLine, folder, oneWave, waveID } from '../../cli/command-line.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { expectRefusal } from './clean-refusal.ts';
import { pick, prototypeKeys, terminalTricks } from './hostile-values.ts';
import { garbled, mutated } from './mutations.ts';
import { tryCases } from './seeded-cases.ts';

const files = folder();
const at = (name: string): string => join(files.path, name);
const wave = files.file('wave.json', { waveID });
const scenario = files.file('scenario.json', oneWave({ hostname: 'web-1' }));
jest.setTimeout(60_000);

expectNoUnhandledRejections();

const closedWorld: OpenWorld = () => Promise.reject(new CommandError('the world was opened'));

/** What a flag or an argument may be given by a person who slips, a script that is wrong, or somebody who means harm. */
const values = [
  '',
  ' ',
  '-',
  '--',
  '--json',
  '-1',
  '0',
  '1e3',
  '1e400',
  '9007199254740993',
  '0x10',
  'NaN',
  'Infinity',
  'true',
  'null',
  'x'.repeat(100_000),
  '漢字',
  'a b',
  '$(reboot)',
  '`reboot`',
  '../../etc/passwd',
  '%s%n%x',
  'stack:',
  `stack:${'x'.repeat(300)}`,
  'http://',
  'http://user:secret@127.0.0.1:1',
  'javascript:alert(1)',
  'file:///etc/passwd',
  ...prototypeKeys,
  ...terminalTricks,
];

const flags = [
  'name',
  'seed',
  'speed',
  'region',
  'endpoint',
  'ledger',
  'stack',
  'scenario',
  'plan',
  'expect',
  'save',
  'compare',
  'output',
  'log',
  'confirm',
  'server',
  'application',
  'limit',
  'port',
  'host',
  'begin',
  'principal',
  'gate',
  'start',
  'by',
  'note',
  'yes',
  'json',
  'wave',
  'role',
  'window',
  '__proto__',
  'constructor',
  '\u001b[31mred',
  'x'.repeat(20_000),
];

/** Not check: it asks AWS who calls without opening a world. */
const verbs = [
  'plan',
  'run',
  'approve',
  'commit',
  'rollback',
  'start',
  'watch',
  'stop',
  'list',
  'cutover',
  '__proto__',
  '\u001b[2J',
];

/** A command line with one to three flags, most of them such that the verb has them. */
const hostileLine = (random: Random): string[] => {
  const verb = pick(random, verbs);
  const argument = random() < 0.5 ? [pick(random, [wave, 'night-1'])] : [pick(random, values)];
  const given = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
    const flag = `--${pick(random, flags)}`;
    return random() < 0.5 ? [flag, pick(random, values)] : [`${flag}=${pick(random, values)}`];
  });
  const place = random() < 0.4 ? ['--region', 'eu-west-1'] : [];
  return [verb, ...argument, ...given.flat(), ...place];
};

describe('flags and arguments', () => {
  it('refuses 1,500 hostile command lines, each in a few words', async () => {
    const env = { XDG_STATE_HOME: at('state') };
    await tryCases('command lines', 1_500, hostileLine, async (argv) => {
      if (argv.some((word) => /^--(?:log|output|save|ledger)/.test(word)) || argv.includes('--help')) return;
      const ended = await commandLine(argv, { worlds: closedWorld, env });
      if (ended.exitCode === 0) expect(ended.out).toMatch(/^Usage: /);
      else expectRefusal(ended);
    });
  });

  const numbers = ['', ' ', 'x', '1,5', '0x', 'NaN', 'Infinity', '-Infinity', '1e400', '--', '٣', '1\u0000'];
  it.each(['--seed', '--speed'])('%s takes numbers only', async (flag) => {
    for (const value of numbers)
      expectRefusal(await commandLine(['run', wave, '--scenario', scenario, `${flag}=${value}`]));
  });
  it.each([
    ['--port', ['-1', '1e300', '65536', '80.5']],
    ['--speed', ['-1', '1e300', '1000001']],
    ['--seed', ['1e300', '0.5', '9007199254740993']],
  ])('simulate %s takes numbers within reason', async (flag, beyond) => {
    for (const value of [...numbers, ...beyond])
      expectRefusal(await commandLine(['simulate', '--scenario', scenario, `${flag}=${value}`]));
  });

  it.each(['night 1', '', 'x'.repeat(81), '../x', 'a/b', 'näs', 'a\n', ...terminalTricks, '__proto__ '])(
    'takes no run name like %j',
    async (name) => {
      const { err, ...ended } = await commandLine(['run', wave, '--scenario', scenario, `--name=${name}`]);
      expectRefusal({ err, ...ended });
      expect(err.split('\n')).toHaveLength(2);
      expect(err).not.toContain('\ufffd');
      expectRefusal(await commandLine(['rollback', '--region', 'eu-west-1', '--', name], { worlds: closedWorld }));
    },
  );
});

describe('saved plans and expectations', () => {
  const makePlan = async (): Promise<string> => {
    const { exitCode } = await commandLine(['plan', wave, '--scenario', scenario, '--save', at('plan.json')]);
    expect(exitCode).toBe(0);
    return readFileSync(at('plan.json'), 'utf8');
  };
  const serversIn = (text: string): unknown => v.parse(v.object({ servers: v.unknown() }), JSON.parse(text)).servers;
  const hostile = at('hostile.json');
  const make = (good: string) => (random: Random) => {
    const document: unknown = JSON.parse(good);
    if (typeof document !== 'object' || document === null) throw new TypeError('no object');
    return random() < 0.8 ? JSON.stringify(mutated(document, random)) : garbled(good, random);
  };

  it('refuses 300 mutated plans, and never takes one that was changed', async () => {
    const good = await makePlan();
    await tryCases('saved plan', 300, make(good), async (text) => {
      writeFileSync(hostile, text);
      const ended = await commandLine(['run', wave, '--region', 'eu-west-1', '--plan', hostile], {
        worlds: closedWorld,
      });
      expectRefusal(ended);
      if (!ended.err.includes('the world was opened')) return;
      expect(serversIn(text)).toEqual(serversIn(good));
    });
  });

  it('refuses 250 mutated expectations', async () => {
    const good = JSON.stringify({ description: 'all is well', verdicts: { 'web-1': 'VERIFIED' } });
    await tryCases('expectation', 250, make(good), async (text) => {
      writeFileSync(hostile, text);
      const worlds = closedWorld;
      expectRefusal(await commandLine(['run', wave, '--scenario', scenario, '--expect', hostile], { worlds }));
    });
  });
});
