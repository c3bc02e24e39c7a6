/**
 * What a run leaves behind in the process, beside its records: nothing. Dozens of runs go by in one world whose clients, store
 * and clock live on, and all that was made for each of them has to be collectable afterwards.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as v from 'valibot';
import { createHandlers } from '../../../functions/handlers/index.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { startExecution } from '../../../local/execution.ts';
import { localDeps } from '../../../local/local-runner.ts';
import { createSimulatedWorld, warmUpSdk } from '../../../local/simulated-world.ts';
import { stateMachines, type StartableMachine } from '../../../local/state-machines.ts';
import { TaskTokens } from '../../../local/task-tokens.ts';
import { realTime, withVirtualTime, type Time } from '../../../local/virtual-time.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { startMs } from '../../support/a-run.ts';

jest.setTimeout(60_000);

setFlagsFromString('--expose-gc');
const collect = v.parse(v.function(), runInNewContext('gc'));

const waves = 12;
const timings = { variation: 0, snapshotSeconds: 10, conversionSeconds: 20, launchSeconds: 20, firstBootSeconds: 45 };
const scenario = parseScenario({
  defaults: { timings, launchedInstance: 'none' },
  waves: Array.from({ length: waves }, (_, index) => ({
    name: `wave-${String(index)}`,
    applications: [
      {
        name: `app-${String(index)}`,
        servers: [{ hostname: `web-${String(index)}` }, { hostname: `db-${String(index)}`, cutover: 'launchFailed' }],
      },
    ],
  })),
});

/** Something of each run that nothing but the run holds, by name. */
type Watched = Map<string, WeakRef<object>>;

/** What lives as long as the process of somebody who runs one wave after the other. */
const openWorld = (time: Time) => {
  const { services, simulator } = createSimulatedWorld(scenario, 1, time);
  const store = createMemoryStore();
  const waveIDs = [...simulator.world().accounts.values()].flatMap((account) => [...account.waves.keys()]);
  const kept: object[] = [];
  return { time, services, simulator, store, waveIDs, tokens: new TaskTokens(), kept };
};
type World = ReturnType<typeof openWorld>;

/** Starts an execution as the command line does, and watches what is made for it. */
const begin = (world: World, watched: Watched, machine: StartableMachine, name: string, input: object) => {
  const { services, store, time, tokens } = world;
  const deps = localDeps({ services, store, time, newNonce: () => name });
  const handlers = createHandlers(deps);
  const onEvent = (): void => undefined;
  const running = startExecution({
    machines: stateMachines(),
    machine,
    name,
    unique: name,
    input,
    handlers,
    time,
    tokens,
    onEvent,
  });
  for (const [what, part] of Object.entries({ deps, handlers, onEvent, running, input }))
    watched.set(`${what} of ${name}`, new WeakRef(part));
  return running;
};

const spendRuns = async (world: World, watched: Watched): Promise<void> => {
  for (const [index, waveID] of world.waveIDs.entries()) {
    const name = `night-${String(index)}`;
    const options = {
      failurePolicy: { application: 'independent' },
      ...(index % 4 === 3 ? { commit: 'approve' } : {}),
    };
    const wave = begin(world, watched, 'wave-cutover', name, { waveID, options });
    switch (index % 4) {
      case 0:
        await wave.result;
        await begin(world, watched, 'commit', `keep-${name}`, { runID: name }).result;
        break;
      case 1:
        await wave.result;
        await begin(world, watched, 'rollback', `undo-${name}`, { runID: name }).result;
        break;
      case 2: {
        await world.time.sleep(200_000);
        wave.stop();
        await wave.result;
        await world.time.sleep(1_200_000);
        await begin(world, watched, 'rollback', `undo-${name}`, { runID: name }).result;
        break;
      }
      default:
        await world.time.sleep(4 * 3_600_000);
        await begin(world, watched, 'commit', `keep-${name}`, { runID: name }).result;
        await wave.result;
    }
  }
};

/** Those that are still there after everything pending has run and all that can be was collected. */
const survivors = async (watched: Watched): Promise<string[]> => {
  for (let round = 0; round < 6; round += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    collect();
  }
  return [...watched].flatMap(([name, part]) => (part.deref() === undefined ? [] : [name]));
};

const inWorld = (spend: (world: World, watched: Watched) => Promise<void>) =>
  withVirtualTime({ startMs, seed: 1, warmUp: () => warmUpSdk(scenario, realTime) }, async (time) => {
    const world = openWorld(time);
    const watched: Watched = new Map();
    await spend(world, watched);
    const left = await time.hold(survivors(watched));
    // The world outlives them all, and has to be there until here.
    return { world, watched, left };
  });

const listenersOf = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
const ClockSchema = v.object({ clock: v.object({ countTimers: v.function() }) });

it('can be collected once the run is over, however it went', async () => {
  const listeners = listenersOf();
  const { world, watched, left } = await inWorld(spendRuns);
  expect(watched.size).toBe(waves * 10);
  // The engine may hold on to the very last execution until another one comes.
  expect(left.filter((name) => !name.endsWith(`night-${String(waves - 1)}`))).toEqual([]);
  expect(listenersOf()).toEqual(listeners);
  expect(world.waveIDs).toHaveLength(waves);
});

it('leaves no timer and no middleware', async () => {
  const counts = await withVirtualTime(
    { startMs, seed: 1, warmUp: () => warmUpSdk(scenario, realTime) },
    async (time) => {
      const world = openWorld(time);
      const { reader, writer } = world.services.clientsOf({});
      const count = () => [reader, writer].map((client) => client.middlewareStack.identify().length);
      const before = count();
      await spendRuns(world, new Map());
      const { clock } = v.parse(ClockSchema, { clock: Reflect.get(setTimeout, 'clock') });
      return { before, after: count(), timers: Number(Reflect.apply(clock.countTimers, clock, [])) };
    },
  );
  expect(counts.after).toEqual(counts.before);
  expect(counts.timers).toBe(0);
});

it('is seen by these tests when something is held', async () => {
  const { left } = await inWorld(async (world, watched) => {
    const input = { waveID: world.waveIDs[0] };
    const running = begin(world, watched, 'wave-cutover', 'held', input);
    world.kept.push(running);
    await running.result;
  });
  expect(left).toContain('running of held');
});
