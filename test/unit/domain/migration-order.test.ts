import { findCycle, findPastTimes, inOrder, predecessorsOf } from '../../../functions/domain/migration-order.ts';
import { nowMs } from '../../support/domain-builders.ts';
import { aMigration } from './migration-builders.ts';

const inMinutes = (minutes: number) => new Date(nowMs + minutes * 60_000).toISOString();

describe('findPastTimes', () => {
  const pastOf = (input: Readonly<Record<string, unknown>>) =>
    findPastTimes(aMigration([{ name: 'a', input }, 'b']).waves, nowMs);
  const windowUntil = (minutes: number) => ({ window: { opensAt: inMinutes(-60), closesAt: inMinutes(minutes) } });

  it('names the wave whose window has closed, and when', () => {
    expect(pastOf(windowUntil(0))).toEqual([expect.stringMatching(/^wave "a": its window closed at 2026-03-07 22:00/)]);
    expect(pastOf(windowUntil(1))).toEqual([]);
  });

  it('names the option whose time has come', () => {
    const approving = { start: 'approve', commit: 'approve' };

    expect(pastOf({ options: { ...approving, startBy: inMinutes(0), commitBy: inMinutes(1) } })).toEqual([
      'wave "a": options.startBy is past',
    ]);
    expect(pastOf({ options: { ...approving, startBy: inMinutes(1), commitBy: inMinutes(-1) } })).toEqual([
      'wave "a": options.commitBy is past',
    ]);
  });

  it('reads a time without an offset in the zone of the wave’s window', () => {
    const window = { opensAt: '2026-03-07T22:00', closesAt: '2026-03-08T04:00', zone: 'Europe/Berlin' };
    const startBy = (text: string) => pastOf({ window, options: { start: 'approve', startBy: text } });

    expect(startBy('2026-03-07T23:00')).toEqual(['wave "a": options.startBy is past']);
    expect(startBy('2026-03-07T23:01')).toEqual([]);
  });
});

it('a canary comes before all that are no canaries, and only after what it names', () => {
  const { waves } = aMigration(['a', { name: 'b', canary: true }, { name: 'c', after: ['a'] }]);

  expect([...predecessorsOf(waves)]).toEqual([
    ['a', ['b']],
    ['b', []],
    ['c', ['a', 'b']],
  ]);
});

it('waves are offered canaries first, each once', () => {
  const { waves } = aMigration(['a', { name: 'b', canary: true }, 'c']);
  expect(inOrder(waves).map(({ name }) => name)).toEqual(['b', 'a', 'c']);
});

describe('findCycle', () => {
  const wave = (name: string, ...after: string[]) => ({ name, after, canary: false });

  it('gives the circle alone, without the way that led to it', () => {
    expect(findCycle([wave('a', 'b'), wave('b', 'c'), wave('c', 'b')])).toEqual(['b', 'c', 'b']);
  });

  it('looks beyond what leads into none', () => {
    expect(findCycle([wave('a'), wave('b', 'a', 'c'), wave('c', 'b')])).toEqual(['b', 'c', 'b']);
    expect(findCycle([wave('a'), wave('b', 'a'), wave('c', 'a', 'b')])).toBeUndefined();
  });
});

it('a wave may not have closed before one that comes before it opens', () => {
  const between = (from: number, until: number) => ({
    input: { window: { opensAt: inMinutes(from), closesAt: inMinutes(until) } },
  });
  const planned = (until: number) =>
    aMigration([
      { name: 'a', ...between(60, 120) },
      { name: 'b', after: ['a'], ...between(0, until) },
    ]);

  expect(() => planned(60)).toThrow(/wave "b" comes after "a", and its window closes at .*, before that of "a" opens/);
  expect(planned(61).waves).toHaveLength(2);
});
