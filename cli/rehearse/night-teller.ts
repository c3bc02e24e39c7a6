/** How far a rehearsal is and how long it is going to take, on stderr, where no reader of the results is disturbed. */
import { writeLine, type OutputStream } from '../io.ts';
import type { Night } from './night.ts';

/** No more often than this is it told how far it is, in milliseconds of the wall's time. */
const tellMs = 5_000;

/** Tells how many answers were read, now and then: 1,000 source servers take some 2,000 of them. */
export function createReadTeller(stderr: OutputStream): () => void {
  let toldMs = performance.now();
  let answers = 0;
  return () => {
    answers += 1;
    const nowMs = performance.now();
    if (nowMs - toldMs < tellMs) return;
    toldMs = nowMs;
    writeLine(stderr, `${answers.toLocaleString('en')} answers read so far.`);
  };
}

/** Tells of each night, the clean one first. The wall's time is measured, which virtual time leaves alone. */
export function createNightTeller(stderr: OutputStream, seeds: number): (night: Night, played: number) => void {
  const beganMs = performance.now();
  let cleanMs = 0;
  let toldMs = beganMs;
  return (_night, played) => {
    const nowMs = performance.now();
    if (played === 0) {
      cleanMs = nowMs - beganMs;
      const seconds = Math.max(1, Math.round((cleanMs * seeds * roughness) / 1_000));
      const budget = seeds === 0 ? '' : ` ${String(seeds)} more to go, about ${String(seconds)} s.`;
      writeLine(stderr, `Clean night played in ${(cleanMs / 1_000).toFixed(1)} s.${budget}`);
      return;
    }
    if (nowMs - toldMs < tellMs || played === seeds) return;
    toldMs = nowMs;
    const perNightMs = (nowMs - beganMs - cleanMs) / played;
    const leftSeconds = Math.ceil((perNightMs * (seeds - played)) / 1_000);
    writeLine(stderr, `${String(played)} of ${String(seeds)} nights played, about ${String(leftSeconds)} s left.`);
  };
}

/** A night in which something goes wrong is longer than a clean one, by about this factor. */
const roughness = 1.3;
