/**
 * How many whole nights a second one core gets through, from a seed to the end of the run: the state machines, the
 * steps, a ledger, the SDK and the simulator. Two kinds: two source servers at the simulator's own timings, and one batch
 * of one to three whose launches take three to five minutes. So that machines compare, each is also given as nights per
 * turn of a fixed piece of work that is measured between the nights. Run: `npx node bench/seeds.ts [nights of a kind]`.
 */
import { withoutStackTraces } from '../local/stack-traces.ts';
import type { ScenarioInput } from '../simulator/scenario/scenario-schema.ts';
import { aWave, inNight } from '../test/support/a-run.ts';

const nightsEach = Number(process.argv[2] ?? '600');
const rounds = 12;

/** A batch of two at the simulator's own timings, without their variation. */
function plainNight(): ScenarioInput {
  return aWave([{ hostname: 'app-1' }, { hostname: 'app-2' }]);
}

/** A batch of one to three whose launches take three to five minutes, as the seed says. */
function shortNight(seed: number): ScenarioInput {
  const servers = Array.from({ length: 1 + (seed % 3) }, (_, index) => ({ hostname: `app-${index + 1}` }));
  const timings = {
    snapshotSeconds: 20,
    conversionSeconds: 60 + (seed % 4) * 20,
    launchSeconds: 60 + (seed % 7) * 10,
    firstBootSeconds: 20 + (seed % 5) * 5,
    variation: 0.1,
  };
  return aWave(servers, { defaults: { launchedInstance: 'none', timings } });
}

/** Steps of a night that went as it should. */
async function stepsOf(scenario: ScenarioInput, seed: number): Promise<number> {
  return inNight(
    scenario,
    async (night) => {
      const { result, steps } = await night.walk();
      if (result.status !== 'SUCCEEDED') throw new Error(`night ${seed} ended as ${result.status}`);
      return steps.length;
    },
    seed,
  );
}

/** A fixed piece of work of the kinds a night is made of: JSON, maps, closures, promises. */
async function calibrate(): Promise<number> {
  const record = {
    name: 'calibration',
    servers: Array.from({ length: 40 }, (_, id) => ({ id: `s-${id}`, at: id * 1e3 })),
  };
  let sum = 0;
  for (let turn = 0; turn < 250; turn += 1) {
    const copy: unknown = JSON.parse(JSON.stringify({ ...record, turn }));
    const byID = new Map(record.servers.map((server) => [server.id, { ...server, turn }]));
    sum += JSON.stringify(copy).length + [...byID.values()].filter(({ at }) => at % 2 === 0).length;
    for (let waits = 0; waits < 20; waits += 1) sum += await Promise.resolve(waits);
  }
  return sum;
}

/** Seconds of processor time, those of the garbage collector's threads included: what else the machine does is no part. */
async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** The fastest of some turns: what the machine can do when nobody disturbs it. */
async function calibrationSeconds(): Promise<number> {
  const turns: number[] = [];
  for (let turn = 0; turn < 10; turn += 1) turns.push(await secondsOf(calibrate));
  return Math.min(...turns);
}

interface Round {
  readonly nights: number;
  readonly steps: number;
  readonly seconds: number;
  readonly turnSeconds: number;
}

async function round(scenarioOf: (seed: number) => ScenarioInput, firstSeed: number): Promise<Round> {
  const nights = Math.ceil(nightsEach / rounds);
  let steps = 0;
  const turnSeconds = await calibrationSeconds();
  const seconds = await secondsOf(async () => {
    for (let seed = firstSeed; seed < firstSeed + nights; seed += 1) steps += await stepsOf(scenarioOf(seed), seed);
  });
  return { nights, steps, seconds, turnSeconds };
}

async function measure(what: string, scenarioOf: (seed: number) => ScenarioInput): Promise<void> {
  for (let seed = 1; seed <= 200; seed += 1) await stepsOf(scenarioOf(seed), seed);
  const done: Round[] = [];
  for (let index = 0; index < rounds; index += 1) done.push(await round(scenarioOf, 1 + index * 1000));
  const best = done.reduce((one, other) => (other.seconds / other.nights < one.seconds / one.nights ? other : one));
  const perSecond = best.nights / best.seconds;
  const figures = [
    `${perSecond.toFixed(0)} nights/s`,
    `${(best.steps / best.seconds).toFixed(0)} steps/s`,
    `${(best.steps / best.nights).toFixed(1)} steps a night`,
    `${(perSecond * best.turnSeconds).toFixed(3)} nights a turn of ${(best.turnSeconds * 1000).toFixed(2)} ms`,
  ];
  process.stdout.write(`${what.padEnd(44)}${figures.map((figure) => figure.padStart(18)).join('  ')}\n`);
}

await withoutStackTraces(async () => {
  await measure('two source servers, the usual timings', plainNight);
  await measure('one to three source servers, short launches', shortNight);
});
