/**
 * Plays a script to its end: the real machines, steps, ledger and SDK against the simulator on virtual time, with every
 * checker looking on. After the script comes the calm: nothing goes wrong any more, and every run has to end.
 */
import { inNight, startMs, type AroundStep, type Night, type NightOptions } from '../support/a-run.ts';
import { bringToRest, type CalmStart } from './calm.ts';
import { makeCheckers } from './checkers/index.ts';
import { createCoverage } from './coverage/coverage.ts';
import { fillIn, knownIDs, type KnownIDs } from './fill-in.ts';
import { createFaultyHooks } from './hook-faults.ts';
import { currentInvocation, passing } from './invocation.ts';
import { createLedgerFaults } from './ledger-faults.ts';
import { Onlookers, wordsOf } from './onlookers.ts';
import type { Breach, MakeChecker } from './scene.ts';
import type { Act, Script, StartAct, StepFault, StopAct } from './script.ts';
import { createStepFaults, type StepFaults } from './step-faults.ts';
import { createTeller, type Told } from './teller.ts';

/** How to play. */
export interface PlayOptions {
  /** Who looks on; every checker there is unless given. */
  readonly checkers?: readonly MakeChecker[];
  /** Hears what happens, in the order it happens. */
  readonly onTell?: (told: Told) => void;
}

/** How a night went. */
export interface Played {
  readonly breaches: readonly Breach[];
  /** What happened, and how often. */
  readonly coverage: ReadonlyMap<string, number>;
  readonly steps: number;
  readonly executions: number;
  readonly calls: number;
  readonly virtualSeconds: number;
}

const dayMs = 86_400_000;
/** No night lasts longer; the longest wait there is, for a commit, is a week. */
const nightMaxMs = 60 * dayMs;

/** Plays the script. What is thrown on the way, a promise that nobody settles included, is a breach as well. */
export async function playScript(script: Script, options: PlayOptions = {}): Promise<Played> {
  const play = new Play(script, options);
  const { onlookers } = play;
  try {
    await inNight(script.scenario, (night) => play.perform(night), play.nightOptions());
  } catch (error) {
    onlookers.breach('player', wordsOf(error));
  }
  return play.played();
}

class Play {
  readonly #script: Script;
  readonly #coverage = createCoverage();
  readonly #teller;
  readonly #ledgerFaults;
  readonly #running = new Map<string, () => void>();
  readonly onlookers: Onlookers;
  #stepFaults: StepFaults | undefined;
  #night: Night | undefined;
  #knownIDs: KnownIDs = { waves: new Map(), servers: new Map() };
  #steps = 0;

  constructor(script: Script, { checkers = makeCheckers, onTell }: PlayOptions) {
    this.#script = script;
    this.#teller = createTeller(() => this.#night?.time.now() ?? startMs, onTell);
    this.onlookers = new Onlookers(
      script,
      checkers.map((make) => make()),
      this.#teller,
    );
    this.#ledgerFaults = createLedgerFaults(script.ledgerFaults, ({ fault, write }) => {
      this.#faulted(`ledger fault ${fault}`, `at ledger write ${String(write)}`);
    });
  }

  nightOptions(): NightOptions {
    return {
      seed: this.#script.seed,
      durationMaxMs: nightMaxMs,
      wrapStore: (store) => this.#ledgerFaults.wrap(store),
      sentBy: () => currentInvocation()?.execution,
      onWrite: (write) => {
        this.onlookers.onWrite(write);
      },
      onAnswer: (write) => {
        this.#teller.call(write);
        this.onlookers.onAnswer(write);
      },
    };
  }

  /** Lets the script happen, then the calm; answers once everything has ended and was checked. */
  async perform(night: Night): Promise<void> {
    this.#night = night;
    this.#knownIDs = knownIDs(night);
    this.onlookers.arrive(night);
    this.#setUp(night);
    await Promise.all(this.#script.acts.map((act) => this.#act(act, night)));
    this.#calmDown(night);
    await bringToRest(night, this.#script, this.onlookers.started, (act) => this.#start(act, night));
    await this.onlookers.atEnd();
    for (const runID of await night.ledger.listRunIDs()) this.#coverage.ofRun(await night.read(runID));
  }

  played(): Played {
    const night = this.#night;
    return {
      breaches: this.onlookers.breaches,
      coverage: this.#coverage.facts(),
      steps: this.#steps,
      executions: this.onlookers.started.length,
      calls: [...(night?.calls.values() ?? [])].reduce((sum, count) => sum + count, 0),
      virtualSeconds: night === undefined ? 0 : Math.round((night.simulator.now() - startMs) / 1000),
    };
  }

  #faulted(fact: string, where: string): void {
    this.#coverage.count(fact);
    this.#teller.tell('fault', '', `${fact} ${where}`);
  }

  #setUp(night: Night): void {
    const { hookFaults, stepFaults, skewMs } = this.#script;
    const hookRunner = createFaultyHooks(hookFaults, night.time, ({ fault, start }) => {
      this.#faulted(`hook fault ${fault}`, `at start ${String(start)} of a hook`);
    });
    Object.assign(night.deps, { hookRunner, clock: { now: () => night.time.now() + skewMs } });
    if (skewMs !== 0) this.#coverage.count('clock skew');
    this.#stepFaults = createStepFaults(stepFaults, night.time, (fault, step) => {
      this.#faulted(`step fault ${kindOf(fault)}`, `at step ${String(this.#steps)}, ${step.machine}/${step.stateName}`);
    });
    night.services.watchClients(({ reader, writer }) => {
      for (const { middlewareStack } of new Set([reader, writer]))
        middlewareStack.add((next) => (args) => passing('call', () => next(args)), {
          step: 'finalizeRequest',
          priority: 'low',
          name: 'passing',
          override: true,
        });
    });
  }

  #calmDown(night: Night): void {
    this.#coverage.ofFaults(night.simulator.faults());
    const seconds = (night.time.now() - startMs) / 1000;
    for (const act of this.#script.scenario.foreignActivity ?? []) {
      const atSeconds = 'atSeconds' in act ? act.atSeconds : act.fromSeconds;
      if (atSeconds <= seconds) this.#coverage.count(`foreign act ${act.act}`);
    }
    night.simulator.faults().clear();
    this.#stepFaults?.end();
    this.#ledgerFaults.end();
    this.onlookers.calmDown();
    this.#teller.tell('calm', '', 'nothing goes wrong any more');
  }

  async #act(act: Act, night: Night): Promise<void> {
    await night.time.sleep(act.atSeconds * 1000);
    this.#coverage.count(`act ${act.act}`);
    if (act.act === 'stop') this.#stop(act);
    else await this.#start({ ...act, purpose: 'script' }, night);
  }

  #stop({ name }: StopAct): void {
    const stop = this.#running.get(name);
    this.#teller.tell('act', name, stop === undefined ? 'is not there to be stopped' : 'is stopped');
    stop?.();
  }

  /** Starts the execution and waits for its end. Where one of its name runs, this is another one, as on another machine. */
  async #start(act: StartAct & Pick<CalmStart, 'purpose'>, night: Night): Promise<void> {
    const { machine, name, purpose } = act;
    const input = fillIn(act.input, this.#knownIDs);
    const isAnother = this.#running.has(name);
    const { started: before } = this.onlookers;
    if (!isAnother && before.some((one) => one.name === name)) this.#coverage.count('act go on');
    if (before.some((one) => one.runID === runOf(act) && one.endedAt === undefined)) this.#coverage.count('act second');
    const started = this.onlookers.start({ machine, name, runID: runOf(act), purpose, input });
    this.#teller.tell('act', name, `${machine} is started${isAnother ? ' once more' : ''}: ${JSON.stringify(input)}`);
    const { running, ended } = night.start({
      machine,
      name,
      input,
      ...(isAnother && { unique: `other-${String(this.onlookers.started.length)}` }),
      around: this.#around(name),
      onEvent: (event) => {
        this.#teller.event(event, name);
      },
    });
    const stop = () => {
      running.stop();
    };
    this.#running.set(name, stop);
    const walk = await ended;
    if (this.#running.get(name) === stop) this.#running.delete(name);
    this.#coverage.ofWalk(walk);
    this.#teller.end(walk, name);
    await this.onlookers.ended(started, walk);
  }

  #around(name: string): AroundStep {
    const around = this.#stepFaults?.around(name) ?? ((_step, invoke) => invoke());
    return async (step, invoke) => {
      this.#steps += 1;
      try {
        return await around(step, invoke);
      } finally {
        await this.onlookers.afterStep(step);
      }
    };
  }
}

function kindOf(fault: StepFault): string {
  if (fault.fault === 'dies') return `dies ${fault.at} ${fault.effect ? 'after' : 'before'}`;
  if (fault.fault === 'stop') return fault.seconds === undefined ? 'stop for good' : 'stop late';
  return fault.fault;
}

/** The run an execution works on: its own, or the one its input names. */
function runOf({ machine, name, input }: Pick<StartAct, 'machine' | 'name' | 'input'>): string {
  if (machine === 'wave-cutover' || machine === 'migration-run') return name;
  const isNamed = typeof input === 'object' && input !== null && 'runID' in input;
  return isNamed ? String(input.runID) : name;
}
