import { execFileSync } from 'node:child_process';
import path from 'node:path';
import * as v from 'valibot';
import { InvalidInputError } from '../../../functions/domain/errors.ts';
import type { ExpectedTimes } from '../../../functions/domain/expected-times.ts';
import {
  judgeStart,
  lastSafeStart,
  parseTime,
  readWindow,
  showTime,
  TimeTextSchema,
  WindowSchema,
} from '../../../functions/domain/window.ts';

const utc = (text: string) => Date.parse(`${text}Z`);
const hourMs = 3_600_000;

/** What the call refuses with; it has to refuse. */
function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parseTime', () => {
  it.each([
    ['2026-11-28T22:00', 'Europe/Berlin', '2026-11-28T21:00'],
    ['2026-07-28T22:00', 'Europe/Berlin', '2026-07-28T20:00'],
    ['2026-03-29T01:59', 'Europe/Berlin', '2026-03-29T00:59'],
    ['2026-03-29T03:00', 'Europe/Berlin', '2026-03-29T01:00'],
    ['2026-10-25T01:59', 'Europe/Berlin', '2026-10-24T23:59'],
    ['2026-10-25T03:00', 'Europe/Berlin', '2026-10-25T02:00'],
    ['2026-03-08T01:59', 'America/New_York', '2026-03-08T06:59'],
    ['2026-03-08T03:00', 'America/New_York', '2026-03-08T07:00'],
    ['2026-11-01T00:59', 'America/New_York', '2026-11-01T04:59'],
    ['2026-11-01T02:00', 'America/New_York', '2026-11-01T07:00'],
    ['2026-10-04T01:59', 'Australia/Lord_Howe', '2026-10-03T15:29'],
    ['2026-10-04T02:30', 'Australia/Lord_Howe', '2026-10-03T15:30'],
    ['2026-04-05T01:29', 'Australia/Lord_Howe', '2026-04-04T14:29'],
    ['2026-04-05T02:00', 'Australia/Lord_Howe', '2026-04-04T15:30'],
    ['2026-11-28T22:00', 'Asia/Kathmandu', '2026-11-28T16:15'],
    ['2026-12-31T23:59:59', 'Pacific/Kiritimati', '2026-12-31T09:59:59'],
    ['2028-02-29T12:00', 'UTC', '2028-02-29T12:00'],
  ])('reads %s in %s as %s in UTC', (text, zone, expected) => {
    expect(parseTime(text, zone)).toBe(utc(expected));
  });

  it.each([
    ['2026-11-28T22:00:00+01:00', '2026-11-28T21:00'],
    ['2026-11-28T22:00:30.250Z', '2026-11-28T22:00:30.250'],
    ['2026-11-28T22:00-03:30', '2026-11-29T01:30'],
  ])('takes the offset of %s whatever the zone', (text, expected) => {
    expect(parseTime(text, undefined)).toBe(utc(expected));
    expect(parseTime(text, 'Asia/Kathmandu')).toBe(utc(expected));
  });

  it.each([
    ['2026-03-29T02:00', 'Europe/Berlin'],
    ['2026-03-29T02:59:59', 'Europe/Berlin'],
    ['2026-03-08T02:30', 'America/New_York'],
    ['2026-10-04T02:00', 'Australia/Lord_Howe'],
    ['2026-10-04T02:29', 'Australia/Lord_Howe'],
    ['2011-12-30T12:00', 'Pacific/Apia'],
  ])('refuses %s, which does not exist in %s', (text, zone) => {
    const refusal = refusalOf(() => parseTime(text, zone, 'options.startBy'));

    expect(refusal).toContain(`options.startBy: ${text} does not exist in ${zone}`);
  });

  it.each([
    ['2026-10-25T02:00', 'Europe/Berlin', '+02:00', '+01:00'],
    ['2026-10-25T02:59:59', 'Europe/Berlin', '+02:00', '+01:00'],
    ['2026-11-01T01:30', 'America/New_York', '-04:00', '-05:00'],
    ['2026-04-05T01:30', 'Australia/Lord_Howe', '+11:00', '+10:30'],
    ['2026-04-05T01:59', 'Australia/Lord_Howe', '+11:00', '+10:30'],
    ['2026-10-25T01:30', 'Europe/London', '+01:00', '+00:00'],
  ])('asks for an offset with %s, which comes twice in %s, and takes either', (text, zone, earlier, later) => {
    const refusal = refusalOf(() => parseTime(text, zone, 'window.closesAt'));

    expect(refusal).toContain(`window.closesAt: ${text} comes twice in ${zone}`);
    expect(refusal).toContain(`${text}${earlier} or ${text}${later}`);
    expect(parseTime(`${text}${earlier}`, zone)).toBeLessThan(parseTime(`${text}${later}`, zone));
  });

  it.each([
    ['tomorrow', /expected a time such as "2026-11-28T22:00".*found "tomorrow"/],
    ['2026-11-28', /expected a time/],
    ['2026-11-28 22:00', /expected a time/],
    ['2026-11-28T24:00', /expected a time/],
    ['2026-13-01T22:00', /expected a time/],
    ['2026-02-30T22:00', /2026-02-30T22:00 is not in the calendar/],
    ['2026-06-31T22:00Z', /2026-06-31T22:00Z is not in the calendar/],
  ])('refuses %s', (text, words) => {
    expect(refusalOf(() => parseTime(text, 'Europe/Berlin'))).toMatch(words);
  });

  it('refuses a local time without a zone, and one in a zone that is none', () => {
    expect(refusalOf(() => parseTime('2026-11-28T22:00', undefined, 'options.commitBy'))).toMatch(
      /options\.commitBy: .* names no zone; .*\+01:00", or set window\.zone/,
    );
    expect(refusalOf(() => parseTime('2026-11-28T22:00', 'Europe/Berlim'))).toContain(
      '"Europe/Berlim" is not a time zone',
    );
  });

  it.each([
    ['America/St_Johns', 'ar_EG.UTF-8'],
    ['Pacific/Kiritimati', 'th_TH.UTF-8'],
  ])('reads and shows times the same on a machine in %s that speaks %s', (TZ, LC_ALL) => {
    const env = { ...process.env, TZ, LC_ALL };
    const told = execFileSync(process.execPath, [path.resolve('test/unit/domain/tell-times.ts')], {
      env,
      encoding: 'utf8',
    });

    expect(JSON.parse(told)).toEqual([
      utc('2026-10-25T02:30'),
      utc('2026-11-28T16:15'),
      '2026-10-24 22:30 America/New_York (2026-10-25 02:30 UTC)',
    ]);
  });
});

describe('TimeTextSchema', () => {
  it('takes what a time can look like and refuses the rest with an example', () => {
    expect(v.safeParse(TimeTextSchema, '2026-11-28T22:00').success).toBe(true);
    expect(v.safeParse(TimeTextSchema, '2026-11-28T22:00:00+01:00').success).toBe(true);
    for (const text of ['at 2026-11-28T22:00', '2026-11-28T22:00 sharp', '12026-11-28T22:00'])
      expect(v.safeParse(TimeTextSchema, text).success).toBe(false);
    expect(v.safeParse(TimeTextSchema, '28.11.2026 22:00').issues?.[0].message).toContain('"2026-11-28T22:00"');
  });
});

describe('readWindow', () => {
  it('reads a window over midnight in its zone', () => {
    const input = { opensAt: '2026-11-28T22:00', closesAt: '2026-11-29T04:00', zone: 'Europe/Berlin' };

    expect(readWindow(input)).toEqual({
      opensAt: utc('2026-11-28T21:00'),
      closesAt: utc('2026-11-29T03:00'),
      zone: 'Europe/Berlin',
    });
  });

  it('reads a window over the year’s end, with a time by which to roll back', () => {
    const input = {
      opensAt: '2026-12-31T20:00',
      closesAt: '2027-01-01T02:00',
      rollbackBy: '2027-01-01T00:30',
      zone: 'America/New_York',
    };

    expect(readWindow(input)).toEqual({
      opensAt: utc('2027-01-01T01:00'),
      closesAt: utc('2027-01-01T07:00'),
      rollbackBy: utc('2027-01-01T05:30'),
      zone: 'America/New_York',
    });
  });

  it.each([
    ['an hour shorter where the clocks go forward', '2026-03-28T22:00', '2026-03-29T06:00', 'Europe/Berlin', 7],
    ['an hour longer where they go back', '2026-10-24T22:00', '2026-10-25T06:00', 'Europe/Berlin', 9],
    ['half an hour shorter on Lord Howe', '2026-10-03T22:00', '2026-10-04T06:00', 'Australia/Lord_Howe', 7.5],
    ['half an hour longer there', '2026-04-04T22:00', '2026-04-05T06:00', 'Australia/Lord_Howe', 8.5],
  ])('makes the same window %s', (_, opensAt, closesAt, zone, hours) => {
    const window = readWindow({ opensAt, closesAt, zone });

    expect(window.closesAt - window.opensAt).toBe(hours * hourMs);
  });

  it('needs no zone where every time has an offset, and shows such a window in UTC', () => {
    const input = { opensAt: '2026-11-28T22:00+01:00', closesAt: '2026-11-29T03:00Z' };

    expect(readWindow(input)).toEqual({
      opensAt: utc('2026-11-28T21:00'),
      closesAt: utc('2026-11-29T03:00'),
      zone: 'UTC',
    });
  });

  it('refuses a single local time without a zone', () => {
    const refusal = refusalOf(() => readWindow({ opensAt: '2026-11-28T22:00+01:00', closesAt: '2026-11-29T04:00' }));

    expect(refusal).toContain('window.closesAt: 2026-11-29T04:00 names no zone');
  });

  it('names every wrong field', () => {
    const refusal = refusalOf(() =>
      readWindow({
        opensAt: '2026-03-29T02:30',
        closesAt: '2026-02-30T02:30',
        rollbackBy: '2026-10-25T02:30',
        zone: 'Europe/Berlin',
      }),
    );

    expect(refusal).toContain('window.opensAt: 2026-03-29T02:30 does not exist');
    expect(refusal).toContain('window.closesAt: 2026-02-30T02:30 is not in the calendar');
    expect(refusal).toContain('window.rollbackBy: 2026-10-25T02:30 comes twice');
  });

  it.each(['Europe/Berlim', '+01:00', ''])('refuses the zone "%s" even where every time has an offset', (zone) => {
    const input = { opensAt: '2026-11-28T22:00Z', closesAt: '2026-11-29T03:00Z', zone };

    expect(refusalOf(() => readWindow(input))).toContain(`window.zone: "${zone}" is not a time zone`);
  });

  it.each([
    ['closes as it opens', '2026-11-28T22:00', undefined, 'window.closesAt, 2026-11-28 22:00 UTC, is not after'],
    ['closes before it opens', '2026-11-28T21:59', undefined, 'is not after window.opensAt, 2026-11-28 22:00 UTC'],
    ['is longer than 14 days', '2026-12-12T22:01', undefined, 'is more than 14 days after window.opensAt'],
    ['is to be rolled back before it opens', '2026-11-29T04:00', '2026-11-28T22:00', 'window.rollbackBy, 2026-11-28'],
    ['is to be rolled back after it closes', '2026-11-29T04:00', '2026-11-29T04:01', 'is not within the window'],
  ])('refuses a window that %s', (_, closesAt, rollbackBy, words) => {
    const input = { opensAt: '2026-11-28T22:00', closesAt, zone: 'UTC', ...(rollbackBy && { rollbackBy }) };

    expect(refusalOf(() => readWindow(input))).toContain(words);
  });

  it('takes 14 days to the second, and a rollback at the very end', () => {
    const closesAt = '2026-12-12T22:00';

    expect(readWindow({ opensAt: '2026-11-28T22:00', closesAt, rollbackBy: closesAt, zone: 'UTC' })).toMatchObject({
      rollbackBy: utc(closesAt),
    });
  });
});

describe('WindowSchema', () => {
  it.each([
    [{ opensAt: '2026-11-28T22:00' }],
    [{ opensAt: '2026-11-28T22:00', closesAt: 'later' }],
    [{ opensAt: '2026-11-28T22:00', closesAt: '2026-11-29T04:00', timezone: 'UTC' }],
  ])('refuses %j', (input) => {
    expect(v.safeParse(WindowSchema, input).success).toBe(false);
  });
});

describe('showTime', () => {
  it.each([
    ['2026-11-28T21:00', 'Europe/Berlin', '2026-11-28 22:00 Europe/Berlin (21:00 UTC)'],
    ['2026-11-28T23:30', 'Europe/Berlin', '2026-11-29 00:30 Europe/Berlin (2026-11-28 23:30 UTC)'],
    ['2026-10-25T00:30', 'Europe/Berlin', '2026-10-25 02:30 Europe/Berlin (00:30 UTC)'],
    ['2026-10-25T01:30', 'Europe/Berlin', '2026-10-25 02:30 Europe/Berlin (01:30 UTC)'],
    ['2027-01-01T00:15', 'America/New_York', '2026-12-31 19:15 America/New_York (2027-01-01 00:15 UTC)'],
    ['2026-11-28T16:15', 'Asia/Kathmandu', '2026-11-28 22:00 Asia/Kathmandu (16:15 UTC)'],
    ['2026-04-04T15:00', 'Australia/Lord_Howe', '2026-04-05 01:30 Australia/Lord_Howe (2026-04-04 15:00 UTC)'],
    ['2026-11-28T21:00:59.999', 'UTC', '2026-11-28 21:00 UTC'],
  ])('shows %s in %s', (text, zone, shown) => {
    expect(showTime(utc(text), zone)).toBe(shown);
  });
});

describe('judgeStart', () => {
  const expected: ExpectedTimes = {
    launchSeconds: 1_800,
    actionsSeconds: 900,
    rollbackSeconds: 1_200,
    totalSeconds: 3_900,
    basis: { launchSeconds: 'default', actionsSeconds: 'earlier runs', rollbackSeconds: 'input' },
  };
  const window = readWindow({ opensAt: '2026-11-28T22:00', closesAt: '2026-11-29T02:00', zone: 'Europe/Berlin' });
  const { opensAt, closesAt } = window;
  const lastSafeAt = utc('2026-11-28T23:55');

  it.each([
    ['as it opens', opensAt],
    ['at the last safe start', lastSafeAt],
  ])('lets a start through %s', (_, now) => {
    expect(lastSafeStart(window, expected)).toBe(lastSafeAt);
    expect(judgeStart(window, expected, now)).toEqual({ start: 'OPEN' });
  });

  it('says when to start to who comes early', () => {
    expect(judgeStart(window, expected, opensAt - 1)).toEqual({
      start: 'NOT_YET',
      reason: {
        code: 'WINDOW_NOT_OPEN',
        fact: 'it is 2026-11-28 21:59 Europe/Berlin (20:59 UTC), and the window opens at 2026-11-28 22:00 Europe/Berlin (21:00 UTC)',
        source: 'window',
        remedy:
          'Start between 2026-11-28 22:00 Europe/Berlin (21:00 UTC) and 2026-11-29 00:55 Europe/Berlin (2026-11-28 23:55 UTC), the last safe start.',
      },
    });
  });

  it('refuses a start after which a rollback would no longer fit, with the sum it made', () => {
    expect(judgeStart(window, expected, lastSafeAt + 1)).toMatchObject({
      start: 'TOO_LATE',
      reason: {
        code: 'LAST_SAFE_START_PASSED',
        fact:
          'it is 2026-11-29 00:55 Europe/Berlin (2026-11-28 23:55 UTC), and the last safe start is 2026-11-29 00:55 Europe/Berlin (2026-11-28 23:55 UTC), ' +
          '65 min (launch 30 by default, actions 15 by earlier runs, rollback 20 by input) before the window closes at 2026-11-29 02:00 Europe/Berlin (01:00 UTC)',
      },
    });
    expect(judgeStart(window, expected, closesAt - 1)).toMatchObject({ start: 'TOO_LATE' });
  });

  it.each([
    ['as the window closes', closesAt],
    ['the night after', closesAt + 24 * hourMs],
  ])('refuses a start %s', (_, now) => {
    const judgement = judgeStart(window, expected, now);

    expect(judgement).toMatchObject({ start: 'CLOSED', reason: { code: 'WINDOW_CLOSED' } });
    expect(judgement).toMatchObject({
      reason: { fact: expect.stringContaining('the window closed at 2026-11-29 02:00 Europe/Berlin (01:00 UTC)') },
    });
  });

  it('lets a wave start as a window opens that is just long enough', () => {
    const tight = { ...window, closesAt: window.opensAt + expected.totalSeconds * 1_000 };

    expect(judgeStart(tight, expected, tight.opensAt)).toEqual({ start: 'OPEN' });
    expect(judgeStart({ ...tight, closesAt: tight.closesAt - 1 }, expected, tight.opensAt)).toMatchObject({
      start: 'TOO_LATE',
    });
  });

  it('says before the window opens that it is too short', () => {
    const short = readWindow({ opensAt: '2026-11-28T22:00', closesAt: '2026-11-28T23:00', zone: 'Europe/Berlin' });

    expect(judgeStart(short, expected, short.opensAt - 24 * hourMs)).toMatchObject({
      start: 'TOO_LATE',
      reason: {
        code: 'LAST_SAFE_START_PASSED',
        fact: expect.stringContaining('so that it is before the window opens at 2026-11-28 22:00 Europe/Berlin'),
      },
    });
  });

  it('refuses a start whose servers could not be verified before they are rolled back', () => {
    const rollbackBy = opensAt + hourMs;
    const lastUsefulAt = rollbackBy - 45 * 60_000;

    expect(judgeStart({ ...window, rollbackBy }, expected, lastUsefulAt)).toEqual({ start: 'OPEN' });
    const bound = { ...window, rollbackBy: window.closesAt };
    expect(judgeStart(bound, expected, window.closesAt - 1)).toMatchObject({
      reason: { fact: expect.stringMatching(/before the window closes at 2026-11-29/) },
    });
    expect(judgeStart({ ...window, rollbackBy }, expected, lastUsefulAt + 1)).toMatchObject({
      start: 'TOO_LATE',
      reason: {
        fact: expect.stringContaining(
          'the last safe start is 2026-11-28 22:15 Europe/Berlin (21:15 UTC), launch and actions (45 min) before what is not verified is rolled back at 2026-11-28 23:00 Europe/Berlin (22:00 UTC) (rollbackBy)',
        ),
      },
    });
  });

  it('counts real hours in the night the clocks change', () => {
    const spring = readWindow({ opensAt: '2026-03-29T00:00', closesAt: '2026-03-29T04:00', zone: 'Europe/Berlin' });

    expect(showTime(lastSafeStart(spring, expected), 'Europe/Berlin')).toBe(
      '2026-03-29 01:55 Europe/Berlin (00:55 UTC)',
    );
  });
});
