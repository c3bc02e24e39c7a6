/**
 * One night against the simulator, on virtual time: the files of `statemachine/`, the real handlers, the real SDK. A
 * test walks executions through it, may step in before and after every step, and looks at what was left behind.
 */
import * as v from 'valibot';
import type { TargetServices } from '../../functions/accounts/target-services.ts';
import { RunIDSchema, type RunID } from '../../functions/domain/identifiers.ts';
import type { AttemptRecord, FailureRecord, RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { createHandlers } from '../../functions/handlers/index.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import type { LedgerStore } from '../../functions/domain/ports.ts';
import { createMemoryStore } from '../../functions/ledger/memory-store.ts';
import type { HookDeps } from '../../functions/hooks/hook-runner.ts';
import { countCalls, type CallCounts } from '../../local/call-counter.ts';
import { startExecution, type RunningExecution } from '../../local/execution.ts';
import type { ExecutionResult } from '../../local/execution-result.ts';
import type { HistoryEvent } from '../../local/history.ts';
import { serialize } from '../../local/json.ts';
import type { TaskHandler } from '../../local/lambda-context.ts';
import { localDeps } from '../../local/local-runner.ts';
import { HistoryMeter, type MeterReport } from '../../local/meter.ts';
import { createSimulatedWorld, warmUpSdk } from '../../local/simulated-world.ts';
import { stateMachines, type StartableMachine } from '../../local/state-machines.ts';
import { TaskTokens } from '../../local/task-tokens.ts';
import { realTime, withVirtualTime, type Time } from '../../local/virtual-time.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { inspect, inspectServer, type InspectedAccount, type InspectedServer } from '../../simulator/world/inspect.ts';

/** When every night begins. */
export const startMs = Date.parse('2026-03-07T22:00:00Z');

/** One invocation of a step's function. */
export interface Step {
  readonly machine: string;
  readonly stateName: string;
  readonly handler: string;
  /** Counts the invocations of the execution and of those nested in it, from 1. */
  readonly number: number;
  readonly event: unknown;
  /** StopExecution, now. */
  stop(): void;
}

/** Stands around every step: `invoke` performs it, as often as it is called. */
export type AroundStep = (step: Step, invoke: () => Promise<unknown>) => Promise<unknown>;

/** An execution to walk. */
export interface WalkOptions {
  readonly machine?: StartableMachine;
  readonly name?: string;
  readonly input?: unknown;
  readonly around?: AroundStep;
  /** Whether nobody hears when it calls back a task that waits, as from another machine. */
  readonly isUnheard?: boolean;
  /** Makes the execution another one than those of the same name, as a second start by another process is. */
  readonly unique?: string;
  /** Hears every event of it as it happens. */
  readonly onEvent?: (event: HistoryEvent) => void;
}

/** How a night is set up beside its scenario. */
export interface NightOptions {
  /** Seeds the simulator and the jitter; 1 if absent. */
  readonly seed?: number;
  /** What stands between the ledger and its store. */
  readonly wrapStore?: (store: LedgerStore) => LedgerStore;
  /** Who sends what is being sent, as `Write` is to say. */
  readonly sentBy?: () => string | undefined;
  /** Hears of a call that could change something before it is sent, and again when it was answered or its answer lost. */
  readonly onWrite?: (write: Write) => void;
  readonly onAnswer?: (write: Write) => void;
  /** How long the night may last, in milliseconds. */
  readonly durationMaxMs?: number;
}

/** An execution that was walked to its end. */
export interface Walk {
  readonly result: ExecutionResult;
  readonly events: readonly HistoryEvent[];
  readonly meter: MeterReport;
  readonly steps: readonly Omit<Step, 'stop'>[];
}

/** An execution that was started and is left running. */
export interface StartedWalk {
  readonly running: RunningExecution;
  readonly ended: Promise<Walk>;
}

/** A call that could change something, as it was sent. */
export interface Write {
  readonly operation: string;
  readonly sourceServerIDs: readonly string[];
  readonly atMs: number;
  /** The servers of the call as they were when it was sent. */
  readonly servers: readonly InspectedServer[];
  /** Name of what the SDK threw; undefined when the call was answered. */
  error: string | undefined;
  /** Who sent it, where the night was told how to know. */
  readonly by: string | undefined;
}

/** The world and the ledger of one night. */
export interface Night {
  readonly time: Time;
  readonly deps: HookDeps;
  readonly services: TargetServices;
  readonly ledger: Ledger;
  readonly simulator: Simulator;
  /** What was sent through the writing client, in order. */
  readonly writes: readonly Write[];
  readonly calls: CallCounts;
  /** Walks a wave (unless `machine` says otherwise) named `night-1` to its end. */
  walk(options?: WalkOptions): Promise<Walk>;
  /** Starts an execution and leaves it running. */
  start(options?: WalkOptions): StartedWalk;
  /** The simulated account as it is now. */
  account(): InspectedAccount;
  /** The source server of that host name as it is now. */
  server(hostname: string): InspectedServer;
  idOf(hostname: string): string;
  /** What the ledger says of a run. */
  read(name?: string): Promise<RunLeft>;
}

/** What the ledger says of a run. */
export interface RunLeft {
  readonly run: RunRecord;
  readonly servers: readonly ServerRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly failures: readonly FailureRecord[];
  /** Verdict by host name. */
  readonly verdicts: Readonly<Record<string, string | undefined>>;
  /** The record of the server of that host name. */
  of(hostname: string): ServerRecord;
}

let isWarm = false;

/** Spends a night in a scenario; without an `input` the first wave is what is cut over, each source server on its own. */
export async function inNight<Answer>(
  scenarioInput: ScenarioInput,
  spend: (night: Night) => Promise<Answer>,
  seedOrOptions: number | NightOptions = 1,
): Promise<Answer> {
  const options = typeof seedOrOptions === 'number' ? { seed: seedOrOptions } : seedOrOptions;
  const { seed = 1, durationMaxMs } = options;
  const scenario = parseScenario(scenarioInput);
  const warmUp = async () => {
    if (!isWarm) await warmUpSdk(scenario, realTime);
    isWarm = true;
  };
  const limit = durationMaxMs === undefined ? {} : { durationMaxMs };
  return withVirtualTime({ startMs, seed, warmUp, ...limit }, (time) => {
    const { services, simulator } = createSimulatedWorld(scenario, seed, time);
    return spend(nightOf(time, services, simulator, options));
  });
}

function nightOf(time: Time, services: TargetServices, simulator: Simulator, options: NightOptions): Night {
  const calls = countCalls(services);
  const memory = createMemoryStore();
  const store = options.wrapStore?.(memory) ?? memory;
  const deps = localDeps({ services, store, time, newNonce: () => 'nonce' });
  const account = () => {
    const [own] = inspect(simulator.world(), time.now()).accounts;
    if (own === undefined) throw new Error('the world has no account');
    return own;
  };
  const writes = recordWrites(services, simulator, options);
  const server = (hostname: string) => {
    const found = account().sourceServers.find(
      ({ sourceProperties }) => sourceProperties?.identificationHints?.hostname === hostname,
    );
    if (found === undefined) throw new Error(`no server ${hostname}`);
    return found;
  };
  const tokens = new TaskTokens();
  const start = (options: WalkOptions = {}) => {
    const input = options.input ?? { waveID: account().waves[0]?.waveID, options: eachOnItsOwn };
    return startWalk(deps, time, { ...options, input }, options.isUnheard === true ? new TaskTokens() : tokens);
  };
  return {
    time,
    deps,
    services,
    ledger: deps.ledger,
    simulator,
    writes,
    calls,
    start,
    walk: async (options) => start(options).ended,
    account,
    server,
    idOf: (hostname) => server(hostname).sourceServerID ?? '',
    read: (name = 'night-1') => readRun(deps.ledger, runIDOf(name)),
  };
}

/** The name as the ID of a run. */
export function runIDOf(name: string): RunID {
  return v.parse(RunIDSchema, name);
}

const undisturbed: AroundStep = (_step, invoke) => invoke();

function startWalk(deps: HookDeps, time: Time, options: WalkOptions, tokens: TaskTokens) {
  const { machine = 'wave-cutover', name = 'night-1', input, unique, around = undisturbed } = options;
  const events: HistoryEvent[] = [];
  const steps: Omit<Step, 'stop'>[] = [];
  const meter = new HistoryMeter();
  let scheduled = { machine: '', stateName: '' };
  const wrap = ([handler, perform]: [string, TaskHandler]): [string, TaskHandler] => [
    handler,
    (event, context) => {
      const step = { ...scheduled, handler, event, number: steps.length + 1 };
      steps.push(step);
      const stop = () => {
        running.stop();
      };
      return around({ ...step, stop }, () => perform(serialize(event).parse(), context));
    },
  ];
  const running = startExecution({
    machines: stateMachines(),
    machine,
    name,
    ...(unique !== undefined && { unique }),
    input,
    time,
    tokens,
    handlers: Object.fromEntries(Object.entries(createHandlers(deps)).map(wrap)),
    onEvent: (event) => {
      events.push(event);
      meter.record(event);
      options.onEvent?.(event);
      if ('stateName' in event && isCallOfFunction(event))
        scheduled = { machine: event.machine, stateName: event.stateName };
    },
  });
  const ended = running.result.then((result): Walk => ({ result, events, steps, meter: meter.report() }));
  return { running, ended };
}

/** A task that waits for a callback calls its function as well. */
function isCallOfFunction(event: HistoryEvent) {
  if (event.type === 'LambdaFunctionScheduled') return true;
  return event.type === 'TaskScheduled' && event.handler !== undefined;
}

const SentSchema = v.object({
  sourceServerID: v.optional(v.string()),
  sourceServerIDs: v.optional(v.array(v.string())),
});

function recordWrites(services: TargetServices, simulator: Simulator, options: NightOptions): Write[] {
  const { sentBy, onWrite, onAnswer } = options;
  const writes: Write[] = [];
  services.watchClients(({ writer }) => {
    writer.middlewareStack.add(
      (next, context) => async (args) => {
        const { sourceServerID, sourceServerIDs = [] } = v.parse(SentSchema, args.input);
        const named = sourceServerID === undefined ? sourceServerIDs : [sourceServerID];
        const write: Write = {
          operation: (context.commandName ?? 'unknown').replace(/Command$/, ''),
          sourceServerIDs: named,
          atMs: simulator.now(),
          servers: serversNow(simulator, named),
          error: undefined,
          by: sentBy?.(),
        };
        writes.push(write);
        onWrite?.(write);
        try {
          return await next(args);
        } catch (error) {
          write.error = error instanceof Error ? error.name : String(error);
          throw error;
        } finally {
          onAnswer?.(write);
        }
      },
      { step: 'initialize', name: 'recordWrites' },
    );
  });
  return writes;
}

function serversNow(simulator: Simulator, sourceServerIDs: readonly string[]): InspectedServer[] {
  const home = simulator.world();
  return [home, ...home.otherRegions].flatMap((world) =>
    [...world.accounts.values()].flatMap((account) =>
      sourceServerIDs.flatMap((id) => {
        const server = account.sourceServers.get(id);
        return server === undefined ? [] : inspectServer(world, account, server, simulator.now());
      }),
    ),
  );
}

async function readRun(ledger: Ledger, runID: RunID): Promise<RunLeft> {
  const run = await ledger.readRun(runID);
  if (run === undefined) throw new Error(`no run ${runID}`);
  const servers = await ledger.readServers(runID);
  return {
    run: run.value,
    servers,
    attempts: await ledger.readAttempts(runID),
    failures: await ledger.readFailures(runID),
    verdicts: Object.fromEntries(servers.map(({ hostname, verdict }) => [hostname ?? '', verdict])),
    of: (hostname) => {
      const record = servers.find((candidate) => candidate.hostname === hostname);
      if (record === undefined) throw new Error(`run ${runID} has no server ${hostname}`);
      return record;
    },
  };
}

/** A wave of one application with these servers, of exact timings and without anything left of their tests. */
export function aWave(
  servers: NonNullable<ScenarioInput['servers']>,
  rest: Omit<ScenarioInput, 'waves' | 'servers'> = {},
): ScenarioInput {
  const defaults = { launchedInstance: 'none' as const, timings: { variation: 0 }, ...rest.defaults };
  return { ...rest, defaults, waves: [{ name: 'wave', applications: [{ name: 'shop', servers }] }] };
}

/** The failure policy of the nights unless they say otherwise: a source server that fails takes nothing along. */
export const eachOnItsOwn = { failurePolicy: { application: 'independent' } } as const;

/** The input of the scenario's first wave with these options. */
export function withOptions(night: Night, options: Record<string, unknown>): unknown {
  return { waveID: night.account().waves[0]?.waveID, options: { ...eachOnItsOwn, ...options } };
}

/** The states an execution and those nested in it entered, as `machine/State`, in order. */
export function statesEntered(walk: Walk): string[] {
  return walk.events.flatMap((event) =>
    event.type.endsWith('StateEntered') && 'stateName' in event ? [`${event.machine}/${event.stateName}`] : [],
  );
}
