/**
 * Follows an execution of a deployed stack from outside: DescribeExecution says whether it runs, the ledger what became of
 * each source server. Any number of watchers may; none of them changes anything.
 */
import { AccessDeniedError, TransientServiceError } from '../../functions/domain/errors.ts';
import { waitingGate } from '../../functions/domain/gate.ts';
import type { RunID } from '../../functions/domain/identifiers.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import type { ExecutionEnd } from '../execute.ts';
import { CommandError, exitCodes, messageOf } from '../exit-code.ts';
import { tellGates } from '../gate-words.ts';
import type { Io } from '../io.ts';
import { clockTime } from '../live/fit.ts';
import type { Progress } from '../live/progress.ts';
import { causeMessage } from '../refusal.ts';
import type { Session } from '../world.ts';
import { consoleLink } from './console-link.ts';
import type { ExecutionDescription, StackMachine } from './executions.ts';
import type { StackWorld } from './stack-world.ts';

/** What to follow, and who hears of it. */
export interface FollowOptions {
  readonly machine: StackMachine;
  readonly name: string;
  readonly runID: RunID;
  readonly progress: Progress;
  /** An end before this is an old answer: the execution was started or redriven then. Epoch milliseconds. */
  readonly notEndedBefore?: number | undefined;
  /** What is read and told at each look, at `now`, where it is not a run that is followed. */
  readonly look?: ((now: number) => Promise<void>) | undefined;
}

/** An execution that has ended. */
export type EndedExecution = ExecutionDescription & ExecutionEnd;

/** In the first minute a person waits for the first signs of life; after that MGN takes its time. */
const pauseMs = (sinceMs: number) => (sinceMs < 60_000 ? 2_000 : 5_000);
/** How long an execution that was started may be missing from the answers, which are eventually consistent. */
const missingMsMax = 60_000;
/** Without an answer, or without a step, for so long: a person should know, and again every so often. */
const silenceMs = 60_000;
const stallRepeatMs = 10 * 60_000;
const firstStepMsMax = 15 * 60_000;

/**
 * Watches until the execution has ended.
 *
 * @throws CommandError when the process is asked to stop: the execution goes on, exit code 130; when the execution is
 *   gone; or when it can no longer be watched from here, which asks for a person.
 */
export async function follow(
  world: StackWorld,
  { time }: Session,
  io: Io,
  options: FollowOptions,
): Promise<EndedExecution> {
  const watcher = new Watcher(world, () => time.now(), options);
  const begunAt = time.now();
  const detached = Promise.withResolvers<'detached'>();
  const stopListening = io.onInterrupt(() => {
    detached.resolve('detached');
  });
  try {
    for (;;) {
      const looked = await Promise.race([watcher.look(), detached.promise]);
      if (looked === 'detached') break;
      if (looked !== undefined) return looked;
      const pause = time.sleep(pauseMs(time.now() - begunAt));
      if ((await Promise.race([pause, detached.promise])) === 'detached') break;
    }
  } finally {
    stopListening();
  }
  const { runID, name } = options;
  throw new CommandError(
    `Detached; ${name} goes on in ${world.label}. Watch it again: mgn-cutover watch ${runID} ${world.flags}`,
    exitCodes.detached,
  );
}

class Watcher {
  readonly #world: StackWorld;
  readonly #now: () => number;
  readonly #options: FollowOptions;
  /** One ledger for all looks: it parses only records that have changed and gives the same object for the others. */
  readonly #ledger: ReturnType<typeof createLedger>;
  readonly #told = new Map<string, ServerRecord>();
  readonly #tellGate: (run: RunRecord, at: number) => void;
  #run: RunRecord | undefined;
  #heardAt: number;
  #seenAt: number;
  #isSilent = false;
  #stallToldAt = -Infinity;

  constructor(world: StackWorld, now: () => number, options: FollowOptions) {
    this.#world = world;
    this.#now = now;
    this.#options = options;
    this.#ledger = createLedger(world.store);
    this.#tellGate = tellGates(options.progress, world);
    this.#heardAt = now();
    this.#seenAt = now();
  }

  /** Looks once and tells what is new; gives the end if the execution has ended. The ledger is read after the status. */
  async look(): Promise<EndedExecution | undefined> {
    const { machine, name, progress, notEndedBefore = 0, look } = this.#options;
    try {
      const execution = await this.#world.stack.executions.describe(machine, name);
      await (look?.(this.#now()) ?? this.#lookAtRun());
      this.#heardAt = this.#now();
      this.#isSilent = false;
      if (execution === undefined) {
        this.#endIfGone();
        return undefined;
      }
      this.#seenAt = this.#now();
      const { status, error, cause } = execution;
      if (status === 'RUNNING' || (execution.endedAt ?? 0) < notEndedBefore) {
        if (look === undefined) this.#tellStall(execution, this.#run);
        return undefined;
      }
      const message = causeMessage(cause);
      progress.execution({ status, machine, execution: execution.arn, error, message }, this.#now());
      return { ...execution, status };
    } catch (error) {
      this.#bear(error);
      return undefined;
    }
  }

  async #lookAtRun(): Promise<void> {
    const { machine, runID } = this.#options;
    this.#run = (await this.#ledger.readRun(runID))?.value;
    if (this.#run !== undefined) this.#options.progress.run(this.#run, this.#now());
    this.#tellServers(await this.#ledger.readServers(runID));
    if (this.#run !== undefined && machine === 'wave-cutover') this.#tellGate(this.#run, this.#now());
  }

  #tellServers(servers: readonly ServerRecord[]): void {
    for (const record of servers) {
      if (this.#told.get(record.sourceServerID) === record) continue;
      this.#told.set(record.sourceServerID, record);
      this.#options.progress.server(record, this.#now());
    }
  }

  #endIfGone(): void {
    if (this.#now() - this.#seenAt < missingMsMax) return;
    const { name, runID } = this.#options;
    throw new CommandError(
      `Execution ${name} is gone from ${this.#world.label}: Step Functions no longer knows it. What the ledger knows of the run: mgn-cutover watch ${runID} ${this.#world.flags}`,
      exitCodes.person,
    );
  }

  /** A step renews the hold on the run; but at a gate there is never so long a wait between two that it runs out. */
  #tellStall({ arn, startedAt }: ExecutionDescription, run: RunRecord | undefined): void {
    const now = this.#now();
    if (run !== undefined && waitingGate(run) !== undefined) return;
    const { holder } = run ?? {};
    const isOverdue =
      holder?.executionID === arn ? holder.heldUntil < now : run === undefined && now - startedAt > firstStepMsMax;
    if (!isOverdue || now - this.#stallToldAt < stallRepeatMs) return;
    this.#stallToldAt = now;
    const link = consoleLink(this.#world.stack, arn);
    const sentence = `no step of the execution has run for ten minutes at least, although it is RUNNING; look at it${link === undefined ? '' : `: ${link}`}`;
    this.#options.progress.remark(sentence, now);
  }

  /** Throttles and lost answers are part of watching; what will not pass ends it, and only the watching. */
  #bear(error: unknown): void {
    const { runID, progress } = this.#options;
    if (error instanceof TransientServiceError) {
      if (this.#isSilent || this.#now() - this.#heardAt < silenceMs) return;
      this.#isSilent = true;
      progress.remark(
        `no answer since ${clockTime(this.#heardAt)} (${messageOf(error)}); the execution goes on, and so does the watching`,
        this.#now(),
      );
      return;
    }
    if (!(error instanceof AccessDeniedError)) throw error;
    throw new CommandError(
      `It can no longer be watched: ${messageOf(error)}. The execution goes on; once you are signed in again: mgn-cutover watch ${runID} ${this.#world.flags}`,
      exitCodes.person,
      { cause: error },
    );
  }
}
