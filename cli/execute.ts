/**
 * Runs a state machine in a world while somebody watches: here, and then it is stopped cleanly when the process is asked
 * to stop; or on a deployed stack, and then it goes on and only the watcher goes away.
 */
import type { RunID } from '../functions/domain/identifiers.ts';
import { countCalls, type CallCounts } from '../local/call-counter.ts';
import type { ExecutionResult, ExecutionStatus } from '../local/execution-result.ts';
import type { HistoryEvent } from '../local/history.ts';
import { startLocally, type LocalStart } from '../local/local-runner.ts';
import { HistoryMeter, type MeterReport } from '../local/meter.ts';
import type { Time } from '../local/virtual-time.ts';
import type { HistoryLog } from './history-log.ts';
import { writeLine, type Io } from './io.ts';
import type { ExecutionNews, Progress, RunHeader } from './live/progress.ts';
import { openNotifier } from './notify/open-notifier.ts';
import { together } from './notify/together.ts';
import { causeMessage } from './refusal.ts';
import { endIfTakenOver, type RunClaim } from './run-claim.ts';
import { executeOnStack } from './stack/execute-on-stack.ts';
import { insistOnWorld, noteRunPlace } from './run-place.ts';
import { readWorkSoFar, tellWork, type WaveRun } from './tell-work.ts';
import type { Session, World } from './world.ts';

/** An execution to run and those who hear of it. */
export interface ExecuteOptions {
  readonly start: LocalStart;
  readonly runID: RunID;
  readonly header: RunHeader;
  readonly progress: Progress;
  readonly historyLog: HistoryLog;
  /** How this process has the run, where it does the work; OWN if absent. */
  readonly claim?: RunClaim;
  /** The waves of a migration, whose name is then the `runID`. */
  readonly waves?: readonly WaveRun[];
}

/** How it went. */
export interface Executed {
  readonly result: ExecutionEnd;
  readonly isInterrupted: boolean;
  /** What it cost, where this process did the work. */
  readonly meter?: MeterReport | undefined;
  readonly calls?: CallCounts | undefined;
}

/** How an execution ended, here or in Step Functions. */
export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** How long a stop waits for the step that is under way, in milliseconds. */
const lastStepMsMax = 30_000;

/**
 * Runs the execution to its end or until the process is asked to stop. Here it does not begin when another process has
 * taken the run over meanwhile; the answer says so as that of a refused execution does.
 *
 * @throws CommandError on a stack: when it could not be started, or the watcher was asked to go away (exit code 130).
 */
export async function execute(world: World, session: Session, io: Io, options: ExecuteOptions): Promise<Executed> {
  const { stack } = world;
  if (stack === undefined) return executeHere(world, session, io, options);
  return { result: await executeOnStack({ ...world, stack }, session, io, options), isInterrupted: false };
}

async function executeHere(world: World, session: Session, io: Io, options: ExecuteOptions): Promise<Executed> {
  const { start, runID, header, historyLog, claim } = options;
  const { progress, flush } = withChatTold(world, session, io, options.progress);
  const refused = await endIfTakenOver(world, session, runID, claim);
  if (refused !== undefined) return { result: refused, isInterrupted: false };
  const runIDs = [runID, ...(options.waves ?? []).map((wave) => wave.runID)];
  await session.time.hold(insistOnWorld(world, runIDs).then(() => noteRunPlace(world, runIDs)));
  const { services } = session;
  const { time, settle } = withStepsCounted(session.time);
  const meter = new HistoryMeter();
  const calls = countCalls(services);
  progress.begin({ ...header, flags: world.flags }, time.now());
  const soFar = await readWorkSoFar(world.store, options);
  const store = tellWork(world, options, soFar, progress, () => time.now());
  const onEvent = (event: HistoryEvent) => {
    meter.record(event);
    historyLog.record(event);
    if (event.type === 'LambdaFunctionSucceeded') progress.heard(event.timestampMs);
    const news = newsOf(event);
    if (news !== undefined) progress.execution(news, event.timestampMs);
  };
  const { newNonce, sourceServerTag } = world;
  const execution = startLocally(
    { services, store, time, onEvent, sourceServerTag, ...(newNonce && { newNonce }) },
    start,
  );
  let isInterrupted = false;
  const stopListening = io.onInterrupt(() => {
    isInterrupted = true;
    progress.remark('stopping after the step that is under way; press Ctrl-C again to quit at once', time.now());
    execution.stop('Interrupted', 'a person stopped the command');
  });
  try {
    const result = await execution.result;
    await settle();
    const executed = { result: endOf(result), isInterrupted, meter: meter.report(), calls };
    return await unlessTakenOver(world, session, options, executed);
  } finally {
    stopListening();
    progress.end(time.now());
    await flush();
  }
}

/** Those who watch, and a chat where the environment names one; `flush` waits a moment for what it is still to be told. */
function withChatTold(
  world: World,
  { time }: Session,
  io: Io,
  progress: Progress,
): { progress: Progress; flush: () => Promise<void> } {
  let isShown = true;
  const onFailure = (words: string) => {
    if (isShown) progress.remark(words, time.now());
    else writeLine(io.stderr, `mgn-cutover: ${words}`);
  };
  const notifier = openNotifier({ world, io, time, onFailure });
  if (notifier === undefined) return { progress, flush: () => Promise.resolve() };
  const flush = () => {
    isShown = false;
    return notifier.flush();
  };
  return { progress: together(progress, notifier), flush };
}

/** A person's stop, unless the run is another process's by now: what is left behind is then that one's to clear up. */
async function unlessTakenOver(
  world: World,
  session: Session,
  { runID, claim }: Pick<ExecuteOptions, 'runID' | 'claim'>,
  executed: Executed,
): Promise<Executed> {
  const lost = executed.isInterrupted ? await endIfTakenOver(world, session, runID, claim) : undefined;
  return lost === undefined ? executed : { ...executed, result: lost, isInterrupted: false };
}

function endOf(result: ExecutionResult): ExecutionEnd {
  return result.status === 'SUCCEEDED' ? { status: result.status } : result;
}

/** The time, and a way to wait for the steps that were begun: a stop leaves the last one running. */
function withStepsCounted(time: Time): { time: Time; settle: () => Promise<void> } {
  let stepCount = 0;
  const counted: Time = {
    isVirtual: time.isVirtual,
    now: () => time.now(),
    sleep: (durationMs) => time.sleep(durationMs),
    hold: (work) => time.hold(work),
    async track(work) {
      stepCount += 1;
      try {
        return await time.track(work);
      } finally {
        stepCount -= 1;
      }
    },
  };
  const settle = async () => {
    const giveUpAt = time.now() + lastStepMsMax;
    while (stepCount > 0 && time.now() < giveUpAt) await time.sleep(100);
  };
  return { time: counted, settle };
}

function newsOf(event: HistoryEvent): ExecutionNews | undefined {
  const from = { machine: event.machine, execution: event.executionArn };
  switch (event.type) {
    case 'ExecutionStarted':
      return { ...from, status: 'RUNNING' };
    case 'ExecutionSucceeded':
    case 'ExecutionFailed':
    case 'ExecutionTimedOut':
    case 'ExecutionAborted':
      return event.status === 'SUCCEEDED'
        ? { ...from, status: event.status }
        : { ...from, status: event.status, error: event.error, message: causeMessage(event.cause) };
    case 'LambdaFunctionFailed':
    case 'LambdaFunctionTimedOut':
      return {
        ...from,
        status: 'STEP_FAILED',
        step: event.stateName,
        attempt: event.attempt,
        error: event.error ?? 'States.Timeout',
        message: causeMessage(event.cause) ?? 'no answer in time',
      };
    default:
      return undefined;
  }
}
