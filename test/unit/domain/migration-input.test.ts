import { InvalidInputError } from '../../../functions/domain/errors.ts';
import {
  isMigrationInput,
  migrationInputBytesMax,
  parseMigration,
  runIDOfWave,
} from '../../../functions/domain/migration-input.ts';
import { applicationID, sourceServerID, waveID } from '../../support/domain-builders.ts';
import { aMigration, migrationInput, type WaveWords } from './migration-builders.ts';

const refusalOf = (input: unknown): string => {
  try {
    parseMigration(input);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
};
const refusal = (waves: readonly (string | WaveWords)[], rest: object = {}) => refusalOf(migrationInput(waves, rest));

const saturday = { opensAt: '2026-11-28T22:00', closesAt: '2026-11-29T04:00', zone: 'Europe/Berlin' };
const sunday = { opensAt: '2026-11-29T22:00', closesAt: '2026-11-30T04:00', zone: 'Europe/Berlin' };

describe('parseMigration', () => {
  it('fills in that waves go one after the other in their order, and that a failed one stops the rest', () => {
    expect(aMigration(['a', 'b'])).toMatchObject({
      waves: [
        { name: 'a', after: [], canary: false, input: { waveID: waveID(1), options: { commit: 'never' } } },
        { name: 'b', after: [], canary: false, input: { waveID: waveID(2) } },
      ],
      wavesAtOnceMax: 1,
      onWaveFailed: 'stop',
    });
  });

  it('takes what a wave leaves out from the defaults, option by option', () => {
    const own = { window: sunday, options: { commit: 'never', deadlines: { launchSeconds: 60 } } };
    const defaults = {
      window: saturday,
      accountID: '111122223333',
      options: { commit: 'auto', onBlocked: 'skip', deadlines: { agentSeconds: 60 } },
    };
    const { waves } = aMigration(['a', { name: 'b', input: own }], { defaults });

    expect(waves[0]?.input).toMatchObject({
      window: saturday,
      accountID: '111122223333',
      options: { commit: 'auto', onBlocked: 'skip', deadlines: { agentSeconds: 60, launchSeconds: 7_200 } },
    });
    expect(waves[1]?.input).toMatchObject({
      window: sunday,
      accountID: '111122223333',
      options: { commit: 'never', onBlocked: 'skip', deadlines: { agentSeconds: 1_800, launchSeconds: 60 } },
    });
  });

  it('gives what it makes of itself again', () => {
    const once = aMigration(['a', 'b'], { defaults: { options: { hooks: [] } } });

    expect(parseMigration({ ...once, waves: once.waves.map(({ name, input }) => ({ name, input })) })).toEqual(once);
  });

  it('names every wave whose input is wrong, with what is wrong', () => {
    const words = refusal([
      { name: 'a', input: { options: { comit: 'auto' } } },
      'b',
      { name: 'c', input: { applicationIDs: [applicationID(1)] } },
      { name: 'd', input: { options: 5 } },
    ]);

    expect(words).toMatch(/^The migration's input cannot be used: wave "a": options\.comit is not a known field/);
    expect(words).toContain('wave "c": The input must name what to cut over by exactly one of');
    expect(words).toContain('wave "d": options: ');
    expect(words).not.toContain('wave "b"');
  });

  it('names what is wrong with the defaults once', () => {
    const words = refusal(['a', 'b'], { defaults: { options: { commit: 'perhaps' } } });

    expect(words.match(/defaults\.options\.commit/g)).toHaveLength(1);
    expect(words).not.toContain('wave "');
  });

  it('names a combination that only the defaults make wrong', () => {
    const words = refusal([{ name: 'a', input: { options: { commit: 'never' } } }], {
      defaults: { options: { commit: 'approve', commitBy: '2026-11-29T03:00Z' } },
    });

    expect(words).toContain('wave "a": options.commitBy is only for options.commit "approve"');
  });

  it.each<[string, readonly (string | WaveWords)[], object, string]>([
    ['two waves of one name', ['a', 'b', 'a'], {}, 'two waves are called "a"'],
    [
      'a wave after one that is not there',
      ['a', { name: 'b', after: ['c'] }],
      {},
      'wave "b" comes after "c", which is no wave of the migration',
    ],
    ['a name twice in after', ['a', { name: 'b', after: ['a', 'a'] }], {}, 'waves.1.after.1: is listed twice'],
    [
      'a circle',
      [
        { name: 'a', after: ['c'] },
        { name: 'b', after: ['a'] },
        { name: 'c', after: ['b'] },
      ],
      {},
      'the waves wait for each other: "a" comes after "c", "c" comes after "b", "b" comes after "a"',
    ],
    ['a wave after itself', [{ name: 'a', after: ['a'] }], {}, 'the waves wait for each other: "a" comes after "a"'],
    [
      'a canary after a wave that waits for all canaries',
      ['a', { name: 'b', canary: true, after: ['a'] }],
      {},
      'the waves wait for each other: "a" comes after "b", a canary, "b" comes after "a"',
    ],
    ['no wave', [], {}, 'waves: expected at least one wave'],
    ['a wave without a good name', ['a b'], {}, 'waves.0.name: expected the name of a wave'],
    ['six at once', ['a'], { wavesAtOnceMax: 6 }, 'wavesAtOnceMax'],
    ['a field nobody knows', ['a'], { parallel: 3 }, 'parallel is not a known field'],
    [
      'a window that closes before that of an earlier wave opens',
      [
        { name: 'a', input: { window: sunday } },
        { name: 'b', input: { window: saturday } },
      ],
      {},
      'wave "b" comes after "a", and its window closes at 2026-11-29 04:00 Europe/Berlin (03:00 UTC), before that of "a" opens at 2026-11-29 22:00 Europe/Berlin (21:00 UTC)',
    ],
    [
      'the same by way of another wave',
      [
        { name: 'b', after: ['m'], input: { window: saturday } },
        { name: 'm', after: ['a'] },
        { name: 'a', input: { window: sunday } },
      ],
      {},
      'wave "b" comes after "a", and its window closes',
    ],
    [
      'the same of a canary',
      [
        { name: 'b', input: { window: saturday } },
        { name: 'a', canary: true, input: { window: sunday } },
      ],
      {},
      'wave "b" comes after "a", and its window closes',
    ],
  ])('refuses %s', (_what, waves, rest, words) => {
    expect(refusal(waves, rest)).toContain(words);
  });

  it('takes windows in any order where the waves need not keep one', () => {
    const waves = [
      { name: 'a', input: { window: sunday } },
      { name: 'b', input: { window: saturday } },
      { name: 'c', after: ['a'] },
    ];

    expect(aMigration(waves).waves).toHaveLength(3);
  });

  it.each([
    ['MGN wave', { waveID: waveID(7) }, waveID(7)],
    ['application', { waveID: undefined, applicationIDs: [applicationID(7)] }, applicationID(7)],
    ['source server', { waveID: undefined, sourceServerIDs: [sourceServerID(7)] }, sourceServerID(7)],
  ])('refuses the same %s in two waves', (_what, input, id) => {
    const words = refusal([{ name: 'a', input }, 'b', { name: 'c', input }]);

    expect(words).toContain(`${id} is named by the waves "a" and "c"`);
  });

  it('tells twenty problems and how many more there are', () => {
    const sourceServerIDs = Array.from({ length: 25 }, (_, index) => sourceServerID(index));
    const words = refusal(['a', 'b'].map((name) => ({ name, input: { waveID: undefined, sourceServerIDs } })));

    expect(words.match(/is named by/g)).toHaveLength(20);
    expect(words).toContain('; and 5 more.');
  });

  it('takes 50 waves and refuses 51', () => {
    const names = Array.from({ length: 51 }, (_, index) => `wave-${String(index)}`);

    expect(aMigration(names.slice(1)).waves).toHaveLength(50);
    expect(refusal(names)).toContain('expected at most 50 waves');
  });

  it('refuses an input that would not fit a state, and says how to make it smaller', () => {
    const sourceServerIDs = Array.from({ length: 950 }, (_, index) => sourceServerID(index));
    const waves = ['a', 'b', 'c'].map((name) => ({ name, input: { waveID: undefined, sourceServerIDs } }));

    expect(refusal(waves)).toMatch(
      /it is 6\d{4} bytes of JSON, and at most 60000 are taken: name waves or applications/,
    );
    expect(migrationInputBytesMax).toBeLessThan(64_000);
  });

  it.each([undefined, null, 7, 'waves', [], { waves: 3 }])('refuses %j as an input', (input) => {
    expect(refusalOf(input)).toContain('cannot be used');
  });
});

describe('isMigrationInput', () => {
  it.each([
    [{ waves: [] }, true],
    [{ waves: 'wrong' }, true],
    [{ waveID: waveID(1) }, false],
    [null, false],
    ['waves', false],
  ])('of %j is %s', (input, is) => {
    expect(isMigrationInput(input)).toBe(is);
  });
});

describe('runIDOfWave', () => {
  it('is the migration’s name and the wave’s', () => {
    expect(runIDOfWave('move-1', 'crm')).toBe('move-1-crm');
  });

  it('refuses names that are too long together', () => {
    expect(() => runIDOfWave('m'.repeat(77), 'crm')).toThrow(/name is too long/);
    expect(runIDOfWave('m'.repeat(76), 'crm')).toHaveLength(80);
  });
});
