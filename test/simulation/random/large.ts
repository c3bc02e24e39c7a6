/** Nights from the dice that are about many things at once: more than a step does in one go, or much that is due together. */
import type { Act, Script } from '../script.ts';
import type { Dice } from './dice.ts';
import type { ServerInput } from './fleet.ts';
import { runName } from './people.ts';
import { waveOf } from './wave.ts';

/** More source servers than one step reverts or finalizes, at a slow pace; one of them may take all others along. */
export function wideOf(dice: Dice, seed: number): Script {
  const hasFailure = dice.chance(0.5);
  const servers = dice.times(18, (index) => ({
    hostname: `h${String(index + 1)}`,
    ...(hasFailure && index === 0 && { cutover: 'launchFailed' as const }),
  }));
  const options = {
    callsPerSecondMax: 0.1,
    commit: dice.pick(['auto', 'never']),
    batchServersMax: dice.pick([6, 200]),
    failurePolicy: { wave: 'atomic' },
  };
  const back: Act = { act: 'start', atSeconds: 9_000, machine: 'rollback', name: 'back', input: { runID: runName } };
  const night = waveOf(dice, seed, 'wave');
  return withNight(night, [{ name: 'app', servers }], options, hasFailure ? [] : [back]);
}

/**
 * Priority groups of which the next begins while some of the one before, which may fail, is still being judged or brought
 * back; with test instances, perhaps hooks, and others who hold some of the source servers, or almost
 * all of a quota, for a while.
 */
export function crowdedOf(dice: Dice, seed: number): Script {
  const applications = dice.times(3, (app) => ({
    name: `app-${String(app + 1)}`,
    servers: dice.times(3, (index) => crowdedServer(dice, app + 1, index + 1)),
  }));
  const hook = { name: 'stop', when: 'beforeStart', automation: 'Document', eachApplication: true, retries: 1 };
  const options = {
    batchServersMax: dice.int(1, 3),
    failurePolicy: {
      application: 'independent',
      mayFail: [{ tag: 'may=yes' }],
      ...dice.maybe(0.4, () => ({ stopAt: { servers: dice.int(1, 2) } })),
    },
    priorityGroups: [1, 2].map((group) => ({ group, tag: `group=${String(group)}` })),
    hooks: dice.chance(0.3) ? [hook] : [],
    deadlines: { firstBootSeconds: 900, terminateSeconds: 900 },
  };
  const night = withNight(waveOf(dice, seed, 'wave'), applications, options, []);
  const isTroubled = dice.chance(0.3);
  const fullUntil = dice.int(600, 2_400);
  const full = { act: 'useQuota' as const, fromSeconds: 0, toSeconds: fullUntil, servers: dice.int(194, 198) };
  const foreignActivity = [...(dice.chance(0.4) ? [full] : []), ...(dice.chance(0.3) ? [holdOf(dice)] : [])];
  return {
    ...night,
    scenario: { ...night.scenario, foreignActivity, faults: isTroubled ? (night.scenario.faults ?? []) : [] },
    stepFaults: isTroubled ? night.stepFaults : [],
  };
}

function crowdedServer(dice: Dice, app: number, index: number): ServerInput {
  const mayFail = index > 1;
  return {
    hostname: `a${String(app)}h${String(index)}`,
    ...dice.maybe(0.5, () => ({ launchedInstance: 'test' as const })),
    ...(mayFail && dice.maybe(0.5, () => ({ cutover: dice.pick(['unbootable', 'launchFailed', 'stuck']) }))),
    tags: { group: String(app), may: mayFail ? 'yes' : 'no' },
  };
}

function holdOf(dice: Dice) {
  const fromSeconds = dice.int(0, 900);
  const toSeconds = fromSeconds + dice.int(60, 900);
  const hostname = `a${String(dice.int(1, 3))}h${String(dice.int(1, 3))}`;
  return { act: 'hold' as const, fromSeconds, toSeconds, servers: [hostname] };
}

type Applications = NonNullable<NonNullable<Script['scenario']['waves']>[number]['applications']>;

/** The night with these source servers and options instead of its own, and nobody at the console. */
function withNight(night: Script, applications: Applications, options: object, more: readonly Act[]): Script {
  const input = { waveID: 'wave:wave', options };
  const first: Act = { act: 'start', atSeconds: 0, machine: 'wave-cutover', name: runName, input };
  return {
    ...night,
    scenario: { ...night.scenario, waves: [{ name: 'wave', applications }], foreignActivity: [] },
    acts: [first, ...more],
  };
}
