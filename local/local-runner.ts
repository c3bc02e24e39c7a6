/** Runs a state machine on this machine: the files of `statemachine/`, the real steps, a ledger and MGN as given. */
import { randomUUID } from 'node:crypto';
import type { TargetServices } from '../functions/accounts/target-services.ts';
import { createHandlers } from '../functions/handlers/index.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import type { HookDeps } from '../functions/hooks/hook-runner.ts';
import type { StepDeps } from '../functions/shared/step.ts';
import { createLogger } from '../functions/shared/logger.ts';
import { startExecution, type RunningExecution } from './execution.ts';
import type { HistoryEvent } from './history.ts';
import { createLocalHookRunner } from './hook-command.ts';
import { createSimulatedHookRunner } from './simulated-hooks.ts';
import { stateMachines, type StartableMachine } from './state-machines.ts';
import type { Time } from './virtual-time.ts';

/** What a local run stands on. */
export interface LocalRunner {
  readonly services: TargetServices;
  readonly store: LedgerStore;
  readonly time: Time;
  /** Logs of the steps, silent unless given. */
  readonly logger?: StepDeps['logger'];
  /** Makes the run's attempts, and this execution of it, unlike any other's; random unless given. */
  readonly newNonce?: () => string;
  /** The tag a source server has to carry before anything is started on it; none unless given. */
  readonly sourceServerTag?: StepDeps['sourceServerTag'];
  readonly onEvent?: (event: HistoryEvent) => void;
}

/** An execution to start. */
export interface LocalStart {
  readonly machine: StartableMachine;
  /** The execution's name; of a wave it is the run's ID. */
  readonly name: string;
  readonly input: unknown;
}

let silentLogger: StepDeps['logger'] | undefined;

/** One for all runs of the process: it keeps nothing of them, and making one takes longer than many a step. */
function silent(): StepDeps['logger'] {
  silentLogger ??= createLogger('SILENT');
  return silentLogger;
}

/** The steps' view of the world of a local run. */
export function localDeps({ services, store, time, logger, newNonce, sourceServerTag }: LocalRunner): HookDeps {
  return {
    mgn: (target) => services.mgn(target),
    ec2: (target) => services.ec2(target),
    ledger: createLedger(store),
    hookRunner: time.isVirtual ? createSimulatedHookRunner(time) : createLocalHookRunner(services.clientsOf({}), time),
    hookPlace: 'local',
    clock: { now: () => time.now() },
    logger: logger ?? silent(),
    newNonce: newNonce ?? randomUUID,
    pause: (ms) => time.sleep(ms),
    // Here nobody sends a callback: what a person decided in another process shows in the ledger alone.
    gateLookSeconds: time.isVirtual ? 900 : 15,
    sourceServerTag,
  };
}

/**
 * Starts an execution. Its ID, which holds the run in the ledger, is its own even where another process, on this machine or
 * another, works on the run under the same name: whoever loses the run to that process is refused at its next step.
 *
 * @throws InvalidNameError when the name is no execution name.
 */
export function startLocally(runner: LocalRunner, { machine, name, input }: LocalStart): RunningExecution {
  const { time, onEvent, newNonce = randomUUID } = runner;
  const handlers = createHandlers(localDeps(runner));
  return startExecution({
    machines: stateMachines(),
    machine,
    name,
    unique: newNonce(),
    input,
    handlers,
    time,
    ...(onEvent && { onEvent }),
  });
}
