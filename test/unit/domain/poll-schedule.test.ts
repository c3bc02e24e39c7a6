import { launchPollSeconds, nextPollSeconds, pollSecondsMax } from '../../../functions/domain/poll-schedule.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

describe('nextPollSeconds', () => {
  it.each([
    ['launch', 0, 30],
    ['launch', 10 * minuteMs, 30],
    ['launch', 20 * minuteMs, 60],
    ['launch', 30 * minuteMs, 90],
    ['launch', 23 * hourMs, 120],
    ['verification', 0, 30],
    ['verification', 7.5 * minuteMs, 45],
    ['verification', hourMs, 60],
    ['room', 0, 60],
    ['room', 15 * minuteMs, 90],
    ['room', 23 * hourMs, 120],
    ['other', 0, 30],
    ['other', 15 * minuteMs, 30],
    ['other', 20 * minuteMs, 40],
    ['other', 23 * hourMs, 60],
  ] as const)('a wait for %s that has lasted %d ms looks again in %d s', (wait, elapsedMs, expected) => {
    expect(nextPollSeconds(wait, elapsedMs, 24 * hourMs)).toBe(expected);
  });

  it.each([
    [10_000, 10],
    [10_001, 11],
    [1, 1],
    [0, 1],
    [-5_000, 1],
  ])('with %d ms left it comes in %d s: never late by more than a second, never at once', (left, expected) => {
    expect(nextPollSeconds('launch', 0, left)).toBe(expected);
    expect(nextPollSeconds('other', hourMs, left)).toBe(expected);
    expect(launchPollSeconds(0, hourMs, left)).toBe(expected);
  });
});

describe('launchPollSeconds', () => {
  it.each([
    ['has just begun', 0, 120],
    ['may end in three minutes', 15 * minuteMs, 120],
    ['may end in a minute', 17 * minuteMs, 60],
    ['may end in a moment', 18 * minuteMs - 1_000, 30],
    ['may end now', 18 * minuteMs, 54],
    ['is late', 30 * minuteMs, 90],
    ['is stuck', 23 * hourMs, 120],
  ])('a job of twenty minutes that %s is looked at again in time', (_what, elapsedMs, expected) => {
    expect(launchPollSeconds(elapsedMs, 20 * minuteMs, 24 * hourMs)).toBe(expected);
  });

  it.each([10, 20, 30, 45])('sees a job of %d min soon after its end, with few looks on the way', (minutes) => {
    const looksUntil = (endMs: number) => {
      let looks = 0;
      let elapsedMs = 0;
      for (; elapsedMs < endMs; looks += 1)
        elapsedMs += launchPollSeconds(elapsedMs, minutes * minuteMs, Infinity) * 1_000;
      return { looks, lateMs: elapsedMs - endMs };
    };
    for (const share of [0.9, 0.95, 1, 1.05, 1.1]) {
      const { looks, lateMs } = looksUntil(minutes * minuteMs * share);
      expect(lateMs).toBeLessThanOrEqual(0.06 * minutes * minuteMs);
      expect(looks).toBeLessThanOrEqual(minutes / 2 + 10);
    }
  });

  it('looks at a launch of a whole day seldom enough for the history of an execution', () => {
    let looks = 0;
    for (let elapsedMs = 0; elapsedMs < 24 * hourMs; looks += 1) {
      elapsedMs += launchPollSeconds(elapsedMs, hourMs, 24 * hourMs - elapsedMs) * 1_000;
    }
    expect(looks).toBeLessThan(900);
  });

  it('never waits longer than an execution can be away from its run', () => {
    expect(pollSecondsMax * 1_000).toBeLessThan(15 * minuteMs);
  });
});
