/** An ordinary night of one wave from the dice: any of what may go wrong, in any combination. */
import type { Script } from '../script.ts';
import { askedOf } from './asked.ts';
import type { Dice } from './dice.ts';
import { applicationsOf, switchesOf, temperOf, timingsOf } from './fleet.ts';
import { peopleOf } from './people.ts';
import { callFaultsOf, foreignActsOf, hookFaultsOf, ledgerFaultsOf, stepFaultsOf } from './troubles.ts';

/** Steps of one server's undisturbed night, about. */
const stepsOfANight = 24;

/** A night of one batch of up to three source servers, or of a wave of up to ten. */
export function waveOf(dice: Dice, seed: number, kind: 'one batch' | 'wave'): Script {
  const isOneBatch = kind === 'one batch';
  const serverCount = isOneBatch ? dice.int(1, 3) : dice.int(3, 10);
  const first = 'h1';
  const names: [string, ...string[]] = [first, ...dice.times(serverCount - 1, (index) => `h${String(index + 2)}`)];
  const asked = askedOf(dice, 'wave', isOneBatch ? 200 : dice.int(1, 2 * serverCount));
  const steps = stepsOfANight + 4 * serverCount;
  return {
    seed,
    kind,
    scenario: {
      defaults: { launchedInstance: 'none', timings: timingsOf(dice) },
      waves: [{ name: 'wave', applications: applicationsOf(dice, names, isOneBatch ? 1 : 4, temperOf(dice)) }],
      foreignActivity: foreignActsOf(dice, names),
      faults: callFaultsOf(dice),
      switches: switchesOf(dice),
    },
    acts: peopleOf(dice, asked, names),
    stepFaults: stepFaultsOf(dice, steps),
    ledgerFaults: ledgerFaultsOf(dice, 4 * steps),
    hookFaults: hookFaultsOf(dice),
    skewMs: dice.chance(0.15) ? dice.int(-60_000, 60_000) : 0,
    isUndone: dice.chance(0.25),
  };
}
