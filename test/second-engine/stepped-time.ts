/**
 * The night's time on an interpreter that goes by the wall's. The interpreter is told to wait no time at all, and by how much
 * it would have waited the night's time is moved on instead: so half an hour passes at once, and is the same half hour again
 * and again.
 */
import type { Time } from '../../local/virtual-time.ts';

/** What an answer carries beside a `delaySeconds` of 0: the seconds that it asked for. */
const kept = 'steppedDelaySeconds';

/** Time that stands still unless it is moved. */
export class SteppedTime implements Time {
  readonly isVirtual = true;
  #now: number;
  readonly #seen = new Map<string, string>();

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** Moves on by so much. */
  sleep(durationMs: number): Promise<void> {
    this.#now += durationMs;
    return Promise.resolve();
  }

  track<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  hold<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  /**
   * A moment of the interpreter's own, such as `$$.Execution.StartTime`, as a moment of the night. It is first seen with the
   * execution's first step, and no time passes before that.
   */
  momentOf(interpreterMoment: string): string {
    const seen = this.#seen.get(interpreterMoment) ?? new Date(this.#now).toISOString();
    this.#seen.set(interpreterMoment, seen);
    return seen;
  }
}

/** The answer of a step with its wait taken out; a wait for a person is left, because a person ends it. */
export function withoutWait(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('delaySeconds' in answer)) return answer;
  const awaits =
    ('state' in answer && answer.state === 'AWAIT') || ('decision' in answer && answer.decision === 'AWAIT_APPROVAL');
  return awaits ? answer : { ...answer, delaySeconds: 0, [kept]: answer.delaySeconds };
}

/** What a Wait with this SecondsPath, such as `$.look.delaySeconds`, would have waited on this input, in seconds. */
export function secondsWaited(secondsPath: string, input: unknown): number {
  const keys = [...secondsPath.split('.').slice(1, -1), kept];
  const seconds = keys.reduce<unknown>(memberOf, input);
  if (typeof seconds !== 'number') throw new Error(`${secondsPath} leads to no wait that was taken out`);
  return seconds;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined;
}
