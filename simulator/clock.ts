/** The simulator's own clock, for a server that people and programs drive: it runs at any speed and can be advanced. */

/** A clock that starts at a chosen moment. All moments are epoch milliseconds. */
export interface Clock {
  readonly startMs: number;
  /** Simulated seconds a wall-clock second; 0 stands still until it is advanced. */
  readonly speed: number;
  readonly now: () => number;
  readonly advance: (seconds: number) => void;
  /** Back to the start. */
  readonly reset: () => void;
}

/** The last millisecond of the year 9999: what comes after has no timestamp that clients read. The clock stops there. */
const latestMs = Date.UTC(10_000, 0) - 1;

/**
 * A clock over a wall clock.
 *
 * @param wallNow - the wall clock in epoch milliseconds.
 */
export const createClock = (startMs: number, speed: number, wallNow: () => number): Clock => {
  let originMs = wallNow();
  let advancedMs = 0;
  return {
    startMs,
    speed,
    now: () => Math.min(startMs + advancedMs + (wallNow() - originMs) * speed, latestMs),
    advance: (seconds) => {
      advancedMs += seconds * 1000;
    },
    reset: () => {
      originMs = wallNow();
      advancedMs = 0;
    },
  };
};
