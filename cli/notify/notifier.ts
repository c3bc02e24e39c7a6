/**
 * Tells a chat of a run that this process works on: gates, failures, rollbacks, what is due, the end. What was told is
 * noted in the run's own ledger, as a deployed stack does, so that a command that goes on with the run does not repeat it.
 * Nothing here delays or fails the work.
 */
import type { Clock } from '../../functions/domain/ports.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import type { RunNoticesLedger } from '../../functions/ledger/run-notices.ts';
import type { Channel } from '../../functions/watch/message.ts';
import type { NoticePlace } from '../../functions/watch/notice-place.ts';
import { tellRun } from '../../functions/watch/tell-run.ts';
import { messageOf } from '../exit-code.ts';
import type { Progress } from '../live/progress.ts';

/** Hears of a run as a screen does, and tells a chat. */
export interface Notifier extends Progress {
  /** Tells what is still due, for ten seconds at most; nothing is told after that. */
  flush(): Promise<void>;
}

/** What a notifier works with. */
export interface NotifierOptions {
  readonly channel: Channel;
  readonly notices: RunNoticesLedger;
  readonly clock: Clock;
  /** Where the run is, as notices have to say it. */
  readonly place: Omit<NoticePlace, 'executionUrl'>;
  /** Hears, in words, that the chat could not be told; once until it can be again. */
  readonly onFailure: (words: string) => void;
  /** Has what is on its way given up, when the command does not wait for it any longer. */
  readonly giveUp?: (() => void) | undefined;
  /** Calls back after so many milliseconds, unless called off by what it returns; timers that keep no process alive. */
  readonly after?: (ms: number, look: () => void) => () => void;
}

/** What changes together is written in many writes: so long nothing is told after the first, in milliseconds. */
const settlingMs = 1_000;
/** How often it is looked whether something is due by the clock, or is told at last after a failure, in milliseconds. */
const lookMs = 60_000;
/** How long the end of a command waits for the chat, in milliseconds. */
const flushMsMax = 10_000;

/** A run as it was heard of last. */
interface Heard {
  run?: RunRecord;
  readonly servers: Map<string, ServerRecord>;
}

/** A notifier; it looks by itself from `begin` to `end`. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { clock, onFailure, after = afterReal } = options;
  const heard = new Map<string, Heard>();
  let beganAt = clock.now();
  let callOff: (() => void) | undefined;
  let nextLookAt = Infinity;
  let looking = Promise.resolve();
  let isOver = false;
  let hasFailed = false;

  const ofWave = (wave = ''): Heard => {
    const known = heard.get(wave) ?? { servers: new Map<string, ServerRecord>() };
    heard.set(wave, known);
    return known;
  };
  const look = async () => {
    try {
      for (const one of heard.values()) await tell(one);
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) onFailure(`the chat could not be told: ${messageOf(error)}`);
      hasFailed = true;
    }
  };
  const tell = async ({ run, servers }: Heard) => {
    // A run that had ended before is gone on with, and has not ended anew.
    if (run === undefined || (run.end !== undefined && run.end.endedAt < beganAt)) return;
    // Once the command ends, nobody waits at a gate any more.
    const facts = { run, servers: [...servers.values()], isAttended: !isOver };
    const { notices, channel, place } = options;
    const { untold } = await tellRun(facts, { clock, notices, channels: [channel], placeOf: () => place });
    if (untold[0] !== undefined) throw untold[0].error;
  };
  const lookWithin = (ms: number) => {
    const at = clock.now() + (hasFailed ? lookMs : ms);
    if (isOver || at >= nextLookAt) return;
    callOff?.();
    nextLookAt = at;
    callOff = after(at - clock.now(), () => {
      nextLookAt = Infinity;
      looking = looking.then(look).then(() => {
        lookWithin(lookMs);
      });
    });
  };

  return {
    begin: (_header, at) => {
      beganAt = at;
      lookWithin(settlingMs);
    },
    server: (record, _at, wave) => {
      ofWave(wave).servers.set(record.sourceServerID, record);
      lookWithin(settlingMs);
    },
    run: (record, _at, wave) => {
      ofWave(wave).run = record;
      lookWithin(settlingMs);
    },
    heard: () => undefined,
    waves: () => undefined,
    execution: () => undefined,
    waiting: () => undefined,
    remark: () => undefined,
    end: () => {
      isOver = true;
      callOff?.();
    },
    flush: async () => {
      isOver = true;
      callOff?.();
      let stopWaiting: (() => void) | undefined;
      const patience = new Promise<void>((resolve) => {
        stopWaiting = after(flushMsMax, () => {
          options.giveUp?.();
          resolve();
        });
      });
      await Promise.race([looking.then(look), patience]);
      stopWaiting?.();
    },
  };
}

function afterReal(ms: number, look: () => void): () => void {
  const timer = setTimeout(look, ms).unref();
  return () => {
    clearTimeout(timer);
  };
}
