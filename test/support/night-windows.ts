/** Nights inside a change window: its input, told by minutes after the night began, and when things happen in it. */
import { eachOnItsOwn, startMs, type Night } from './a-run.ts';

const minuteMs = 60_000;

/** The moment so many minutes after the night began. */
export const atMinute = (minutes: number): number => startMs + minutes * minuteMs;

/** The moment as ISO 8601 in UTC. */
export const timeAt = (minutes: number): string => new Date(atMinute(minutes)).toISOString();

/** A window of which the minutes are counted from the night's begin. */
export const windowAt = (opensAt: number, closesAt: number, rollbackBy?: number) => ({
  opensAt: timeAt(opensAt),
  closesAt: timeAt(closesAt),
  ...(rollbackBy !== undefined && { rollbackBy: timeAt(rollbackBy) }),
});

/** 40 minutes in all. */
export const fortyMinutes = { launchSeconds: 1_200, actionsSeconds: 600, rollbackSeconds: 600 };

/** The input of the first wave in a window, expected to take forty minutes. */
export const inWindow = (night: Night, window: object, options: Record<string, unknown> = {}) => ({
  waveID: night.account().waves[0]?.waveID,
  window,
  options: { ...eachOnItsOwn, expected: fortyMinutes, ...options },
});

/** Lets time pass until that moment, epoch milliseconds. */
export const until = (night: Night, atMs: number): Promise<void> => night.time.sleep(atMs - night.time.now());
