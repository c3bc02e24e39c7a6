/** The nights of the soak: waves of many sizes that go well, fail, are brought back, committed, interrupted and resumed. */
import type { LedgerStore } from '../functions/domain/ports.ts';
import type { TargetServices } from '../functions/accounts/target-services.ts';
import { startLocally, type LocalStart } from '../local/local-runner.ts';
import { createSimulatedWorld } from '../local/simulated-world.ts';
import type { Time } from '../local/virtual-time.ts';
import { parseScenario } from '../simulator/scenario/parse-scenario.ts';
import type { Scenario } from '../simulator/scenario/scenario-schema.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { inspect } from '../simulator/world/inspect.ts';

/** Nights in a week; the seventh is of rest. */
export const daysOfWeek = 6;

/** What the weeks pass in. */
export interface SoakWorld {
  readonly time: Time;
  readonly services: TargetServices;
  readonly simulator: Simulator;
  readonly store: LedgerStore;
  /** Bytes of all that the simulated account shows, as JSON. */
  recordBytes(): number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const independent = { failurePolicy: { application: 'independent' } };

/** The launches of a night's servers: most go well. */
const courses = [
  undefined,
  'launchFailed',
  undefined,
  undefined,
  'unbootable',
  undefined,
  undefined,
  undefined,
] as const;
const sizes = [3, 12, 7, 24, 5, 9] as const;
const migrationWaves = 3;
const timings = {
  snapshotSeconds: 60,
  conversionSeconds: 300,
  launchSeconds: 180,
  firstBootSeconds: 120,
  variation: 0.2,
};

const waveName = (week: number, day: number, part = 0) => `w${String(week)}-d${String(day)}-p${String(part)}`;

/** A wave for every night, of a migration for three. */
export function soakScenario(weeks: number): Scenario {
  const waveOf = (week: number, day: number, part: number) => {
    const size = day === daysOfWeek - 1 ? 3 : (sizes[day] ?? 3) + (week % 4);
    const servers = Array.from({ length: size }, (_, index) => {
      const cutover = courses[(week + day + index) % courses.length];
      const hostname = `${waveName(week, day, part)}-${String(index)}`;
      return { hostname, ...(cutover !== undefined && { cutover }), ...(index === 0 && actions) };
    });
    const name = waveName(week, day, part);
    return { name, applications: [{ name: `app-${name}`, servers }] };
  };
  const waves = Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: daysOfWeek }, (_unused, day) =>
      Array.from({ length: day === daysOfWeek - 1 ? migrationWaves : 1 }, (_part, part) => waveOf(week, day, part)),
    ),
  );
  return parseScenario({ waves: waves.flat(2), defaults: { launchedInstance: 'none', timings } });
}

const actions = { actions: [{ actionName: 'check', mustSucceedForCutover: true }] };

/** The world of a scenario as of now, with its ledger in `store`. */
export function openSoakWorld(scenario: Scenario, seed: number, time: Time, store: LedgerStore): SoakWorld {
  const { services, simulator } = createSimulatedWorld(scenario, seed, time);
  const recordBytes = () => JSON.stringify(inspect(simulator.world(), time.now())).length;
  return { time, services, simulator, store, recordBytes };
}

/** Spends a week; gives how many executions there were. */
export async function spendWeek(world: SoakWorld, week: number): Promise<number> {
  let runs = 0;
  for (let day = 0; day < daysOfWeek; day += 1) {
    const dayBegins = world.time.now();
    runs += await spendNight(world, week, day);
    await world.time.sleep(Math.max(0, dayBegins + dayMs - world.time.now()));
  }
  await world.time.sleep(dayMs);
  return runs;
}

async function spendNight(world: SoakWorld, week: number, day: number): Promise<number> {
  const name = waveName(week, day);
  const { time } = world;
  const input = (options: object) => ({ waveID: waveIDOf(world, name), options: { ...independent, ...options } });
  const wave = (options: object, runName = name): LocalStart => ({
    machine: 'wave-cutover',
    name: runName,
    input: input(options),
  });
  const operator = (machine: 'commit' | 'rollback'): LocalStart => ({
    machine,
    name: `${machine}-${name}`,
    input: { runID: name },
  });
  switch (day) {
    case 0:
      return walkAll(world, [wave({ commit: 'auto' })]);
    case 1:
      return walkAll(world, [wave({}), operator('commit')]);
    case 2:
      return walkAll(world, [wave({}), operator('rollback'), wave({ commit: 'auto' }, `${name}-again`)]);
    case 3: {
      const running = start(world, wave({ commit: 'auto' }));
      await time.sleep(hourMs / 6);
      running.stop();
      await running.result;
      await time.sleep(hourMs / 2);
      return 1 + (await walkAll(world, [wave({ commit: 'auto' })]));
    }
    case 4: {
      const waiting = start(world, wave({ commit: 'approve' }));
      await time.sleep(4 * hourMs);
      await walkAll(world, [operator(week % 2 === 0 ? 'commit' : 'rollback')]);
      await waiting.result;
      return 2;
    }
    default:
      return walkAll(world, [
        { machine: 'migration-run', name: `move-${name}`, input: migrationInput(world, week, day) },
      ]);
  }
}

function migrationInput(world: SoakWorld, week: number, day: number): unknown {
  const waves = Array.from({ length: migrationWaves }, (_, part) => ({
    name: `part-${String(part)}`,
    input: { waveID: waveIDOf(world, waveName(week, day, part)) },
  }));
  return { waves, wavesAtOnceMax: 2, onWaveFailed: 'continue' };
}

function waveIDOf({ simulator }: SoakWorld, name: string): string {
  for (const account of simulator.world().accounts.values())
    for (const [waveID, wave] of account.waves) if (wave.name === name) return waveID;
  throw new Error(`no wave ${name}`);
}

let executions = 0;

function start({ services, store, time }: SoakWorld, what: LocalStart) {
  executions += 1;
  const nonce = String(executions);
  return startLocally({ services, store, time, newNonce: () => nonce }, what);
}

async function walkAll(world: SoakWorld, starts: readonly LocalStart[]): Promise<number> {
  for (const what of starts) await start(world, what).result;
  return starts.length;
}
