/** A night of several waves from the dice. */
import type { Act, Script } from '../script.ts';
import { askedOf } from './asked.ts';
import type { Dice } from './dice.ts';
import { applicationsOf, switchesOf, temperOf, timingsOf } from './fleet.ts';
import { callFaultsOf, foreignActsOf, ledgerFaultsOf, stepFaultsOf } from './troubles.ts';

const migrationName = 'migration-1';

/** A night of two to four small waves. */
export function migrationOf(dice: Dice, seed: number): Script {
  const waveCount = dice.int(2, 4);
  const waves = dice.times(waveCount, (index) => {
    const name = `w${String(index + 1)}`;
    const names = dice.times(dice.int(1, 2), (server) => `${name}h${String(server + 1)}`);
    return { name, names };
  });
  const steps = 30 * waveCount;
  return {
    seed,
    kind: 'migration',
    scenario: {
      defaults: { launchedInstance: 'none', timings: timingsOf(dice) },
      waves: waves.map(({ name, names }) => ({
        name,
        applications: applicationsOf(dice, names, 1, temperOf(dice)),
      })),
      foreignActivity: foreignActsOf(dice, ['w1h1', 'w2h1']),
      faults: callFaultsOf(dice),
      switches: switchesOf(dice),
    },
    acts: actsOf(dice, waves),
    stepFaults: stepFaultsOf(dice, steps),
    ledgerFaults: ledgerFaultsOf(dice, 3 * steps),
    hookFaults: [],
    skewMs: 0,
    isUndone: dice.chance(0.25),
  };
}

function actsOf(dice: Dice, waves: readonly { readonly name: string }[]): Act[] {
  const input = {
    wavesAtOnceMax: dice.int(1, 3),
    onWaveFailed: dice.pick(['stop', 'continue']),
    waves: waves.map(({ name }, index) => ({
      name,
      input: askedOf(dice, name, dice.int(1, 200)).input,
      ...(index > 0 && dice.chance(0.3) && { after: [waves[index - 1]?.name ?? ''] }),
      ...(index === 0 && dice.chance(0.3) && { canary: true }),
    })),
  };
  const first: Act = { act: 'start', atSeconds: 0, machine: 'migration-run', name: migrationName, input };
  return [
    first,
    ...(dice.chance(0.3) ? [{ act: 'stop', atSeconds: dice.int(10, 4_000), name: migrationName } as const] : []),
    ...(dice.chance(0.4) ? [{ ...first, atSeconds: dice.int(30, 9_000) }] : []),
  ];
}
