/**
 * How long to wait before looking again, as data for a Wait state. Early looks are rare because nothing can have ended
 * yet, later ones come every half minute, and a phase that drags on is looked at once a minute, which keeps a day-long
 * wait far under the history limit (`engine.md` section 2).
 */

/** What is being waited for: a launch takes minutes at least, the other waits may end soon. */
export type Wait = 'launch' | 'other';

/** Seconds until the next look, at `elapsedMs` since the wait began; at least 1 and never beyond the deadline. */
export function nextPollSeconds(wait: Wait, elapsedMs: number, remainingMs: number): number {
  const steadySeconds = elapsedMs < 30 * 60_000 ? 30 : 60;
  const seconds = wait === 'launch' && elapsedMs < 15_000 ? 120 : steadySeconds;
  const untilDeadlineSeconds = Math.ceil(remainingMs / 1_000);
  return Math.max(1, Math.min(seconds, untilDeadlineSeconds));
}
