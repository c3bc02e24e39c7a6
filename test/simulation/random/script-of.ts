/** The night of a seed. */
import type { Script } from '../script.ts';
import { Dice } from './dice.ts';
import { errandOf } from './errand.ts';
import { impostorOf } from './impostor.ts';
import { crowdedOf, wideOf } from './large.ts';
import { migrationOf } from './migration.ts';
import { waveOf } from './wave.ts';

/** Every so many seeds, a night is sent to an edge of a state machine. */
const errandEvery = 3;
/** Every so many seeds, a night has more source servers than one step calls MGN for, or much to do at once. */
const wideEvery = 97;
const crowdedEvery = 41;
/** Every so many seeds, somebody else cuts the same servers over at the same moment. */
const impostorEvery = 23;

/** The night of that seed; the same one always. */
export function scriptOf(seed: number): Script {
  const dice = new Dice(seed);
  if (seed % errandEvery === 0) return errandOf(dice, seed, seed / errandEvery);
  if (seed % wideEvery === 0) return wideOf(dice, seed);
  if (seed % crowdedEvery === 0) return crowdedOf(dice, seed);
  if (seed % impostorEvery === 0) return impostorOf(dice, seed);
  const kind = dice.next();
  if (kind < 0.06) return migrationOf(dice, seed);
  return kind < 0.66 ? waveOf(dice, seed, 'one batch') : waveOf(dice, seed, 'wave');
}
