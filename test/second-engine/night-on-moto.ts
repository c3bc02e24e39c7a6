/**
 * A night on moto: the project's own machines, and behind its door the real steps, the real ledger, the real SDK and the
 * simulator. Time is stepped (`stepped-time.ts`).
 */
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
  type HistoryEvent,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { createHandlers } from '../../functions/handlers/index.ts';
import { createMemoryStore } from '../../functions/ledger/memory-store.ts';
import { createMachine } from '../../conformance/on-step-functions.ts';
import { resourceName } from '../../local/arns.ts';
import { LambdaContext } from '../../local/lambda-context.ts';
import { localDeps } from '../../local/local-runner.ts';
import { createSimulatedWorld } from '../../local/simulated-world.ts';
import { stateMachines } from '../../local/state-machines.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { inspect } from '../../simulator/world/inspect.ts';
import { startMs } from '../support/a-run.ts';
import {
  beginningOf,
  comparableExecutions,
  countsOf,
  leftBehind,
  withoutTokens,
  type ExecutionTaken,
  type NightRecord,
  type NightScript,
  type NightStart,
  type StepTaken,
} from './night-script.ts';
import { startSecondEngine, type SecondEngine } from './second-engine.ts';
import { SteppedTime, secondsWaited, withoutWait } from './stepped-time.ts';

const StartedSchema = v.object({ executionArn: v.string() });
const patienceMs = 200_000;

/** Moto, ready for one night after the other. */
export interface MotoForNights {
  /** Spends the night to the end of its last execution. */
  spend(script: NightScript): Promise<NightRecord>;
  stop(): Promise<void>;
}

/** Brings moto up with the real steps behind it. */
export async function startMotoForNights(): Promise<MotoForNights> {
  let night: MotoNight | undefined;
  const engine = await startSecondEngine({
    invoke: (functionArn, event) => {
      if (night === undefined) throw new Error('no night is being spent');
      return night.perform(resourceName(functionArn), event);
    },
    overhear: (target, answered) => {
      if (target.endsWith('.StartExecution')) night?.noteStarted(answered);
    },
  });
  return {
    spend: async (script) => {
      await engine.forgetAll();
      night = new MotoNight(script);
      return night.spend(engine);
    },
    stop: () => engine.stop(),
  };
}

class MotoNight {
  readonly #script: NightScript;
  readonly #time = new SteppedTime(startMs);
  readonly #world;
  readonly #deps;
  readonly #handlers;
  readonly #steps: StepTaken[] = [];
  /** How many events have been read so far of each execution, by ARN; of one that has ended, enough for ever. */
  readonly #read = new Map<string, number>();
  readonly #arns = new Map<string, string>();
  readonly #acts;
  #acting: Promise<unknown> = Promise.resolve();
  #client: SFNClient | undefined;

  constructor(script: NightScript) {
    this.#script = script;
    this.#acts = [...(script.atGates ?? [])];
    this.#world = createSimulatedWorld(parseScenario(script.scenario), 1, this.#time);
    const { services } = this.#world;
    this.#deps = localDeps({ services, store: createMemoryStore(), time: this.#time, newNonce: () => 'nonce' });
    this.#handlers = createHandlers(this.#deps);
  }

  /** What the door does with an invocation. */
  async perform(handler: string, sent: unknown): Promise<unknown> {
    await this.#passTime();
    const event = this.#translated(sent);
    this.#steps.push({ handler, event: withoutTokens(event), atMs: this.#time.now() - startMs });
    const step = this.#handlers[handler];
    if (step === undefined) throw new Error(`there is no function ${handler}`);
    const deadlineMs = Date.now() + patienceMs;
    const context = new LambdaContext({
      functionName: handler,
      functionArn: handler,
      key: `${this.#steps.length}`,
      deadlineMs,
    });
    const answer = await step(event, context);
    const act = handler === 'OpenGate' ? this.#acts.shift() : undefined;
    if (act !== undefined) {
      await this.#time.sleep(60_000);
      this.#acting = this.#start(act);
    }
    return withoutWait(answer);
  }

  /** Keeps an execution that a task has started. */
  noteStarted(answered: string): void {
    const started = v.safeParse(v.pipe(v.string(), v.parseJson(), StartedSchema), answered);
    if (started.success) this.#read.set(started.output.executionArn, 0);
  }

  async spend({ places }: SecondEngine): Promise<NightRecord> {
    const [place] = places;
    if (place === undefined) throw new Error('there is no place on moto');
    this.#client = place.client;
    for (const { name, definition } of stateMachines().values()) {
      this.#arns.set(name, await createMachine(place, name, JSON.stringify(definition)));
    }
    const waves = inspect(this.#world.simulator.world(), startMs).accounts[0]?.waves ?? [];
    await this.#start(beginningOf(this.#script, waves));
    await this.#untilAllEnded(place.client);
    const executions: ExecutionTaken[] = [];
    for (const arn of this.#read.keys()) executions.push(await executionOf(place.client, arn));
    const left = await leftBehind(this.#deps.ledger, this.#world.simulator, this.#time.now());
    return { steps: this.#steps, executions: comparableExecutions(executions), ...left };
  }

  async #start({ machine, name, input }: NightStart): Promise<void> {
    const stateMachineArn = this.#arns.get(machine);
    const { executionArn = '' } =
      (await this.#client?.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }))) ??
      {};
    this.#read.set(executionArn, 0);
  }

  async #untilAllEnded(client: SFNClient): Promise<void> {
    const lastMs = Date.now() + patienceMs;
    for (;;) {
      await this.#acting;
      const arns = [...this.#read.keys()];
      const answers = await Promise.all(
        arns.map((executionArn) => client.send(new DescribeExecutionCommand({ executionArn }))),
      );
      const isOver = answers.every(({ status }) => status !== 'RUNNING');
      if (isOver && this.#acts.length === 0 && arns.length === this.#read.size) return;
      if (isOver || Date.now() > lastMs) throw new Error(`the night has not ended: ${JSON.stringify(answers)}`);
      await delay(100);
    }
  }

  /** Moves the night's time on by what the interpreter has waited since the last step. */
  async #passTime(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    for (const [arn, read] of this.#read) {
      if (read === Infinity) continue;
      const events = await historyOf(client, arn);
      const hasEnded = /^Execution(?!Started)/.test(events.at(-1)?.type ?? '');
      this.#read.set(arn, hasEnded ? Infinity : events.length);
      for (const { stateEnteredEventDetails: entered } of events.slice(read)) {
        const state = stateMachines().get(resourceName(arn))?.definition.States[entered?.name ?? ''];
        if (state?.Type !== 'Wait' || typeof state['SecondsPath'] !== 'string') continue;
        const input: unknown = JSON.parse(entered?.input ?? '{}');
        await this.#time.sleep(secondsWaited(state['SecondsPath'], input) * 1000);
      }
    }
  }

  #translated(event: unknown): unknown {
    if (typeof event !== 'object' || event === null || !('shiftStartedAt' in event)) return event;
    return { ...event, shiftStartedAt: this.#time.momentOf(String(event.shiftStartedAt)) };
  }
}

async function historyOf(client: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return events;
}

async function executionOf(client: SFNClient, executionArn: string): Promise<ExecutionTaken> {
  const { status = '', output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
  const events = await historyOf(client, executionArn);
  return {
    machine: resourceName(executionArn),
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) }),
    error,
    cause,
    states: events.flatMap(({ stateEnteredEventDetails: entered }) =>
      entered?.name === undefined ? [] : [entered.name],
    ),
    events: countsOf(events.map(({ type = '' }) => type)),
  };
}
