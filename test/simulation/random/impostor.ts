/** A night on which somebody acts on the very same source servers at the console at the very moment we do. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import type { Script } from '../script.ts';
import type { Dice } from './dice.ts';
import { waveOf } from './wave.ts';

/**
 * Somebody cuts exactly our servers over seconds after our own StartCutover had no effect or no answer, so that there is a
 * job that could pass for ours; or a job of theirs takes a server between our looking and our starting.
 */
export function impostorOf(dice: Dice, seed: number): Script {
  const { scenario, skewMs, ...night } = waveOf(dice, seed, 'one batch');
  const isTwin = dice.chance(0.6);
  const hostnames = dice.times(dice.int(1, 2), (index) => `h${String(index + 1)}`);
  const launchedInstance = isTwin ? 'none' : 'test';
  const servers = hostnames.map((hostname) => ({ hostname, launchedInstance }) as const);
  const options = {
    commit: dice.pick(['never', 'auto']),
    settleSeconds: dice.pick([0, 60]),
    failurePolicy: { application: 'independent' },
  };
  const input = { waveID: 'wave:wave', options };
  return {
    ...night,
    scenario: {
      defaults: scenario.defaults ?? {},
      waves: [{ name: 'wave', applications: [{ name: 'app', servers }] }],
      ...(isTwin ? twinOf(dice, hostnames) : holdOf(dice)),
    },
    acts: [{ act: 'start', atSeconds: 0, machine: 'wave-cutover', name: 'night-1', input }],
    stepFaults: [],
    ledgerFaults: [],
    hookFaults: [],
    skewMs,
  };
}

type Meanwhile = Pick<ScenarioInput, 'foreignActivity' | 'faults'>;

function twinOf(dice: Dice, servers: string[]): Meanwhile {
  const loss = { operation: 'StartCutover' as const, firstCalls: 1 };
  const stale = { fault: 'staleRead', operation: '*', probability: 0.5, staleSecondsMax: 45 } as const;
  return {
    foreignActivity: [{ act: 'StartCutover', atSeconds: dice.int(0, 70), servers }],
    faults: [
      dice.chance(0.7) ? { fault: 'reset', ...loss } : { fault: 'lostAnswer', ...loss },
      ...(dice.chance(0.4) ? [stale] : []),
    ],
  };
}

function holdOf(dice: Dice): Meanwhile {
  const fromSeconds = dice.int(1, 120);
  return {
    foreignActivity: [{ act: 'hold', fromSeconds, toSeconds: fromSeconds + dice.int(300, 2_000), servers: ['h1'] }],
    faults: [],
  };
}
