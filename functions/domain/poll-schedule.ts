/**
 * How long to wait before looking again, as data for a Wait state. What has lasted long is looked at less often: a wait
 * is a share of the time that has passed already, between bounds, so that no wait is long compared with what it waits
 * for, and a day-long one stays far under the history limit (`engine.md` section 2).
 */

/** What is being waited for: a cutover job that may end now, first boots and actions, room in the quotas, anything else. */
export type Wait = 'launch' | 'verification' | 'room' | 'other';

interface Pace {
  /** Which part of the time passed a wait may be. */
  readonly share: number;
  readonly secondsMin: number;
  readonly secondsMax: number;
}

const paces: Readonly<Record<Wait, Pace>> = {
  launch: { share: 1 / 20, secondsMin: 30, secondsMax: 120 },
  verification: { share: 1 / 10, secondsMin: 30, secondsMax: 60 },
  room: { share: 1 / 10, secondsMin: 60, secondsMax: 120 },
  other: { share: 1 / 30, secondsMin: 30, secondsMax: 60 },
};

/** Longest wait between two looks, in seconds; an execution holds its run for fifteen minutes. */
export const pollSecondsMax = 120;

/** Seconds until the next look, at `elapsedMs` since the wait began; at least 1 and never beyond the deadline. */
export function nextPollSeconds(wait: Wait, elapsedMs: number, remainingMs: number): number {
  const { share, secondsMin, secondsMax } = paces[wait];
  const seconds = Math.ceil((elapsedMs * share) / 1_000);
  return withinDeadline(Math.min(Math.max(seconds, secondsMin), secondsMax), remainingMs);
}

/**
 * Seconds until the next look at a cutover job that is expected to take `expectedMs`: rarely at first, because nothing can
 * have ended yet, and more often once it may have.
 */
export function launchPollSeconds(elapsedMs: number, expectedMs: number, remainingMs: number): number {
  const quietMs = expectedMs * quietShare - elapsedMs;
  if (quietMs <= 0) return nextPollSeconds('launch', elapsedMs, remainingMs);
  const seconds = Math.max(Math.ceil(quietMs / 1_000), paces.launch.secondsMin);
  return withinDeadline(Math.min(seconds, pollSecondsMax), remainingMs);
}

/** Test launches foretell a cutover's launch within about a tenth. */
const quietShare = 0.9;

function withinDeadline(seconds: number, remainingMs: number): number {
  return Math.max(1, Math.min(seconds, Math.ceil(remainingMs / 1_000)));
}
