import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { parseDuration, parseTimestamp } from '../../../functions/mgn/times.ts';

describe('parseTimestamp', () => {
  it.each([
    ['2022-08-31T17:10:13.411702+00:00', '2022-08-31T17:10:13.411Z'],
    ['2022-08-31T17:08:00+00:00', '2022-08-31T17:08:00.000Z'],
    ['2022-08-31T17:08:00Z', '2022-08-31T17:08:00.000Z'],
    ['2022-08-31T17:08:00.5Z', '2022-08-31T17:08:00.500Z'],
    ['2022-08-31T19:08:00+02:00', '2022-08-31T17:08:00.000Z'],
    ['2022-08-31T11:38:00-05:30', '2022-08-31T17:08:00.000Z'],
    ['2022-08-31T17:08:00', '2022-08-31T17:08:00.000Z'],
  ])('%s', (text, expected) => {
    expect(new Date(parseTimestamp(text) ?? NaN).toISOString()).toBe(expected);
  });

  it('makes the two forms of one moment equal', () => {
    expect(parseTimestamp('2022-08-31T17:08:00.000000+00:00')).toBe(parseTimestamp('2022-08-31T17:08:00Z'));
  });

  it('does not take a time without a zone for the reader’s local time', () => {
    const module = new URL('../../../functions/mgn/times.ts', pathToFileURL(__filename)).href;
    const program = `import { parseTimestamp } from '${module}'; console.log(parseTimestamp('2022-08-31T17:08:00'));`;
    const env = { ...process.env, TZ: 'America/New_York' };
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], { env, encoding: 'utf8' });
    expect(Number(printed)).toBe(Date.UTC(2022, 7, 31, 17, 8));
  });

  it.each([undefined, '', 'yesterday', 'job 1', '2022', '2022-08-31', '2022-13-31T17:08:00Z', '1661965680'])(
    '%p is no time',
    (text) => {
      expect(parseTimestamp(text)).toBeUndefined();
    },
  );
});

describe('parseDuration', () => {
  it.each([
    ['P0D', 0],
    ['PT0S', 0],
    ['PT16H20M38.697305S', 58_838_697],
    ['PT90M', 5_400_000],
    ['P1DT2H', 93_600_000],
    ['P1W', 604_800_000],
    ['PT0.25S', 250],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([undefined, '', 'P', 'PT', '5', '00:05:00', 'PT5', 'P1Y', '-PT5S', 'PT5S and more'])(
    '%p is no duration, and so never zero lag',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
