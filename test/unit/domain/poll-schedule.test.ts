import { nextPollSeconds } from '../../../functions/domain/poll-schedule.ts';

const hourMs = 3_600_000;

describe('nextPollSeconds', () => {
  it.each([
    ['launch', 0, 120],
    ['launch', 14_999, 120],
    ['launch', 15_000, 30],
    ['launch', 30 * 60_000 - 1, 30],
    ['launch', 30 * 60_000, 60],
    ['other', 0, 30],
    ['other', 30 * 60_000 - 1, 30],
    ['other', 30 * 60_000, 60],
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
  ])(
    'with %d ms left it comes in %d s: never after the deadline by more than a second, never at once',
    (left, expected) => {
      expect(nextPollSeconds('launch', 0, left)).toBe(expected);
      expect(nextPollSeconds('other', hourMs, left)).toBe(expected);
    },
  );

  it('looks at a launch of a whole day seldom enough for the history of an execution', () => {
    let looks = 0;
    for (let elapsedMs = 0; elapsedMs < 24 * hourMs; looks += 1) {
      elapsedMs += nextPollSeconds('launch', elapsedMs, 24 * hourMs - elapsedMs) * 1_000;
    }
    expect(looks).toBeLessThan(1_500);
  });
});
