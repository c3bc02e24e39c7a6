/**
 * In which order the waves of a migration may start: what comes before each of them, and whether that can be kept. The
 * order is the one of the list, canaries first, unless a wave names others by `after`.
 */
import type { Migration, MigrationWave } from './migration-input.ts';
import { parseTime, readWindow, showTime } from './window.ts';

type OrderedWave = Pick<MigrationWave, 'name' | 'after' | 'canary'>;

/** The names of the waves that must be verified before each wave starts; every other wave waits for the canaries. */
export function predecessorsOf(waves: readonly OrderedWave[]): Map<string, readonly string[]> {
  const canaries = waves.filter(({ canary }) => canary).map(({ name }) => name);
  return new Map(
    waves.map(({ name, after, canary }) => [name, canary ? after : [...new Set([...after, ...canaries])]]),
  );
}

/** Whether no wave names others by `after`: then none starts before one that is listed before it. */
export function isInListOrder(waves: readonly Pick<MigrationWave, 'after'>[]): boolean {
  return waves.every(({ after }) => after.length === 0);
}

/** The waves in the order in which they are offered: canaries first, otherwise as listed. */
export function inOrder<Wave extends Pick<MigrationWave, 'canary'>>(waves: readonly Wave[]): Wave[] {
  return [...waves.filter(({ canary }) => canary), ...waves.filter(({ canary }) => !canary)];
}

/** A circle in the order as the names along it, the first one again at the end; undefined when there is none. */
export function findCycle(waves: readonly OrderedWave[]): string[] | undefined {
  const predecessors = predecessorsOf(waves);
  const isFree = new Set<string>();
  const follow = (name: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(name);
    if (start >= 0) return [...path.slice(start), name];
    if (isFree.has(name)) return undefined;
    for (const before of predecessors.get(name) ?? []) {
      const cycle = follow(before, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    isFree.add(name);
    return undefined;
  };
  for (const { name } of waves) {
    const cycle = follow(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/**
 * Waves whose change window has closed before that of a wave which comes before them opens, in words. The order must have
 * no circle.
 */
export function findWindowContradictions(waves: Migration['waves']): string[] {
  const before = allBefore(waves);
  const windows = new Map(waves.map(({ name, input }) => [name, input.window && readWindow(input.window)]));
  return waves.flatMap(({ name }) => {
    const window = windows.get(name);
    if (window === undefined) return [];
    return [...(before.get(name) ?? [])].flatMap((other) => {
      const earlier = windows.get(other);
      if (earlier === undefined || window.closesAt > earlier.opensAt) return [];
      const closes = showTime(window.closesAt, window.zone);
      const opens = showTime(earlier.opensAt, earlier.zone);
      return [
        `wave "${name}" comes after "${other}", and its window closes at ${closes}, before that of "${other}" opens at ${opens}`,
      ];
    });
  });
}

/** Waves that could not start any more at `now` (epoch milliseconds), because a time of theirs has passed, in words. */
export function findPastTimes(waves: Migration['waves'], now: number): string[] {
  return waves.flatMap(({ name, input: { window: written, options } }) => {
    const window = written && readWindow(written);
    const isPast = (text: string | undefined, field: string) =>
      text !== undefined && parseTime(text, window?.zone, field) <= now;
    return [
      ...(window !== undefined && window.closesAt <= now
        ? [`wave "${name}": its window closed at ${showTime(window.closesAt, window.zone)}`]
        : []),
      ...(['startBy', 'commitBy'] as const).flatMap((field) =>
        isPast(options[field], `options.${field}`) ? [`wave "${name}": options.${field} is past`] : [],
      ),
    ];
  });
}

/** All the waves that come before each one, directly or by way of others. */
function allBefore(waves: readonly OrderedWave[]): Map<string, ReadonlySet<string>> {
  if (isInListOrder(waves)) {
    const names = inOrder(waves).map(({ name }) => name);
    return new Map(names.map((name, index) => [name, new Set(names.slice(0, index))]));
  }
  const predecessors = predecessorsOf(waves);
  const collect = (name: string, found: Set<string>): Set<string> => {
    for (const before of predecessors.get(name) ?? []) {
      if (found.has(before)) continue;
      found.add(before);
      collect(before, found);
    }
    return found;
  };
  return new Map(waves.map(({ name }) => [name, collect(name, new Set())]));
}
