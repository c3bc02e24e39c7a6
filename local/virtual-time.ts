/**
 * Time for a run on one machine: the wall's, or a virtual one that moves only when nothing is left to do at the
 * present instant, so that half an hour of waiting for MGN takes milliseconds and the same seed gives the same run.
 *
 * Virtual time replaces `setTimeout`, `setInterval`, their `clear…` partners and `Date`, and seeds `Math.random`; the
 * engine, the handlers and the simulator all go through these. `setImmediate` and I/O stay real.
 */
import { install } from '@sinonjs/fake-timers';

const wall = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  nowMs: () => performance.now(),
};

/** What a run needs of time. Both {@link realTime} and the virtual one offer it, so callers never branch. */
export interface Time {
  /** Whether it is a rehearsal's time, in which nothing may be done to the world outside. */
  readonly isVirtual: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds of this time. */
  sleep(durationMs: number): Promise<void>;
  /**
   * Marks work that may need several turns of the event loop, such as a handler that goes through the SDK: virtual
   * time gives it more turns before it moves on. It may itself wait on this time.
   */
  track<T>(work: Promise<T>): Promise<T>;
  /** Marks real I/O (a socket, a file): virtual time stands still until it settles. It must not wait on this time. */
  hold<T>(work: Promise<T>): Promise<T>;
}

/** The wall's time. */
export const realTime: Time = {
  isVirtual: false,
  now: () => Date.now(),
  sleep: (durationMs) =>
    new Promise((resolve) => {
      setTimeout(resolve, durationMs);
    }),
  track: (work) => work,
  hold: (work) => work,
};

/** How virtual time starts and how fast it may go. */
export interface VirtualTimeOptions {
  /** The first instant, in milliseconds since the epoch. */
  readonly startMs: number;
  /** Seeds `Math.random`, and with it the engine's retry jitter. */
  readonly seed: number;
  /** At most so many virtual seconds per second of the wall, for a person who watches; unlimited if absent. */
  readonly paceRatioMax?: number;
  /** Runs on real time before the clock is replaced: the place for what loads modules late, as an SDK's first call. */
  readonly warmUp?: () => Promise<void>;
  /** How far time may run before the body is given up as endless; 400 days if absent (an execution: a year at most). */
  readonly durationMaxMs?: number;
}

/** Nothing is left that could ever wake the body: no timer, no tracked work, no held work. */
export class VirtualTimeDeadlockError extends Error {
  override readonly name = 'VirtualTimeDeadlockError';
}

/** Virtual time ran past `durationMaxMs` with the body still unfinished. */
export class VirtualTimeLimitError extends Error {
  override readonly name = 'VirtualTimeLimitError';
}

/** Two bodies asked for virtual time at once; it replaces globals, so there can be only one. */
export class VirtualTimeInUseError extends Error {
  override readonly name = 'VirtualTimeInUseError';
}

const DAY_MS = 86_400_000;
const DURATION_MAX_MS = 400 * DAY_MS;

/** Turns of the event loop to wait before time moves; more while tracked work is under way (the SDK needs up to 8). */
const IDLE_TURNS = 2;
const IDLE_TURNS_TRACKED = 8;

/** With no timer pending, tracked work may take this long on the wall before the run counts as stuck. */
const TRACKED_STUCK_MS = 10_000;

type Clock = ReturnType<typeof install>;

let isInUse = false;

/**
 * Runs `body` in virtual time and gives back what it returns; the globals are restored whatever happens.
 * @throws VirtualTimeDeadlockError when the body waits for something that can never come.
 * @throws VirtualTimeLimitError when time runs past `durationMaxMs`.
 * @throws VirtualTimeInUseError when another body already runs in virtual time.
 */
export async function withVirtualTime<T>(options: VirtualTimeOptions, body: (time: Time) => Promise<T>): Promise<T> {
  if (isInUse) {
    throw new VirtualTimeInUseError('Virtual time replaces the clock of the whole process and is already in use.');
  }
  isInUse = true;
  const nativeRandom = Math.random;
  try {
    await options.warmUp?.();
    const clock = install({
      now: options.startMs,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
      // Connections that were made before outlive the reading of a fleet, and clear their timers when they close.
      shouldClearNativeTimers: true,
    });
    Math.random = seededRandom(options.seed);
    try {
      return await new VirtualTimeDriver(clock, options).run(body);
    } finally {
      clock.uninstall();
    }
  } finally {
    Math.random = nativeRandom;
    isInUse = false;
  }
}

/** Runs `body` on the wall's time; the partner of {@link withVirtualTime} for callers that choose between the two. */
export function withRealTime<T>(body: (time: Time) => Promise<T>): Promise<T> {
  return body(realTime);
}

class VirtualTimeDriver implements Time {
  readonly isVirtual = true;
  readonly #clock: Clock;
  readonly #options: VirtualTimeOptions;
  readonly #startedWallMs = wall.nowMs();
  #trackedCount = 0;
  #heldCount = 0;
  #isSettled = false;
  #wake: () => void = () => undefined;

  constructor(clock: Clock, options: VirtualTimeOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  now(): number {
    return this.#clock.now;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, durationMs);
    });
  }

  async track<T>(work: Promise<T>): Promise<T> {
    this.#trackedCount += 1;
    try {
      return await work;
    } finally {
      this.#trackedCount -= 1;
    }
  }

  async hold<T>(work: Promise<T>): Promise<T> {
    this.#heldCount += 1;
    try {
      return await work;
    } finally {
      this.#heldCount -= 1;
      this.#wake();
    }
  }

  async run<T>(body: (time: Time) => Promise<T>): Promise<T> {
    const settle = () => {
      this.#isSettled = true;
      this.#wake();
    };
    const outcome = body(this);
    outcome.then(settle, settle);
    await this.#drive();
    return await outcome;
  }

  async #drive(): Promise<void> {
    const lastMs = this.#options.startMs + (this.#options.durationMaxMs ?? DURATION_MAX_MS);
    await this.#idle();
    while (!this.#isSettled) {
      if (this.#clock.countTimers() === 0) {
        throw new VirtualTimeDeadlockError(
          `Nothing is left to wait for at ${new Date(this.now()).toISOString()}: a promise that no timer, handler or ` +
            'callback will settle.',
        );
      }
      this.#clock.next();
      if (this.now() > lastMs) {
        throw new VirtualTimeLimitError(`The run did not end by ${new Date(lastMs).toISOString()}.`);
      }
      await this.#keepPace();
      await this.#idle();
    }
  }

  /** Returns when the body has settled or nothing can happen before time moves. */
  async #idle(): Promise<void> {
    const sinceMs = wall.nowMs();
    for (let turns = 1; ; turns += 1) {
      await nextTurn();
      if (this.#isSettled) {
        return;
      }
      if (this.#heldCount > 0) {
        await this.#woken();
        turns = 0;
      } else if (this.#trackedCount === 0) {
        if (turns >= IDLE_TURNS) {
          return;
        }
      } else if (turns >= IDLE_TURNS_TRACKED && (this.#clock.countTimers() > 0 || isStuckSince(sinceMs))) {
        return;
      }
    }
  }

  /** Waits on the wall until virtual time is no longer ahead of the pace asked for. */
  async #keepPace(): Promise<void> {
    if (this.#options.paceRatioMax === undefined) {
      return;
    }
    const dueWallMs = this.#startedWallMs + (this.now() - this.#options.startMs) / this.#options.paceRatioMax;
    let aheadMs = dueWallMs - wall.nowMs();
    while (aheadMs >= 1 && !this.#isSettled) {
      await this.#woken(aheadMs);
      aheadMs = dueWallMs - wall.nowMs();
    }
  }

  /** Waits for the end of held work or of the body, at most so long if a time is given. */
  async #woken(atMostMs?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = atMostMs === undefined ? undefined : wall.setTimeout(resolve, atMostMs);
      this.#wake = () => {
        wall.clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}

function isStuckSince(wallMs: number): boolean {
  return wall.nowMs() - wallMs >= TRACKED_STUCK_MS;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    wall.setImmediate(resolve);
  });
}

/** A small seeded generator of numbers in [0, 1) (xorshift on 32 bits after one round of mixing). */
function seededRandom(seed: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}
