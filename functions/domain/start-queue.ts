/**
 * Which source servers wait for their start, and which of them may be started now: their priority group's turn has come,
 * what a test launch left is gone, no hook holds them, and the window leaves time to bring them back.
 */
import {
  defaultActionsSeconds,
  defaultLaunchSeconds,
  defaultRollbackSeconds,
  secondsBeforeLaunch,
} from './expected-times.ts';
import { startableGroup } from './failure-policy.ts';
import { isHeldByHook } from './hook-plan.ts';
import type { HookRecord } from './hook-record.ts';
import type { Reason } from './reason.ts';
import type { AttemptRecord, RunRecord } from './run-record.ts';
import type { ServerRecord } from './server-record.ts';
import { readWindow, showTime } from './window.ts';

/** A run as the ledger knows it, at one moment. */
export interface WaveState {
  readonly run: RunRecord;
  readonly records: readonly ServerRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly hooks: readonly HookRecord[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Whether the source server waits for its start, as far as its record knows. */
export function isQueued(record: ServerRecord): boolean {
  return record.verdict === undefined && record.rollback === undefined && record.cutover === undefined;
}

/** The starts whose answer is lost: nobody can say yet whether their source servers are being launched. */
export function lostStarts(attempts: readonly AttemptRecord[]): AttemptRecord[] {
  return attempts.filter(({ kind, state }) => kind === 'START_CUTOVER' && state === 'ATTEMPTED');
}

/** Whether a start whose answer is lost may have launched the source server. */
export function isStartLost(record: ServerRecord, attempts: readonly AttemptRecord[]): boolean {
  if (record.cutover !== undefined) return false;
  return lostStarts(attempts).some(({ sourceServerIDs }) => sourceServerIDs.includes(record.sourceServerID));
}

/** The queued source servers of the priority group whose turn has come, as long as there is time for them. */
function serversInTurn(wave: WaveState): ServerRecord[] {
  const { records, attempts } = wave;
  const group = startableGroup(records);
  const lost = new Set(lostStarts(attempts).flatMap(({ sourceServerIDs }) => sourceServerIDs));
  const whyTooLate = judgeStartTimes(wave);
  return records.filter(
    (record) =>
      record.priorityGroup === group &&
      isQueued(record) &&
      !lost.has(record.sourceServerID) &&
      whyTooLate(record) === undefined,
  );
}

/**
 * The source servers that may be started now, were there room for them. The test instances of the whole group go first, so
 * that applications stay whole and the best order is known when the first job is started.
 */
export function startQueue(wave: WaveState): ServerRecord[] {
  const isAnyTestInstance = serversInTurn(wave).some((record) => testInstanceStage(wave, record) !== 'GONE');
  return isAnyTestInstance ? [] : serversThatOnlyLackRoom(wave);
}

/** The source servers whose turn has come and whom no hook holds: the jobs they still wait for need nothing but room. */
export function serversThatOnlyLackRoom(wave: WaveState): ServerRecord[] {
  return serversInTurn(wave).filter((record) => !isHeldByHook(wave.run, record, wave.hooks));
}

/** The source servers whose turn has come and whose test instance is still to be terminated. */
export function testInstancesInTurn(wave: WaveState): ServerRecord[] {
  return serversInTurn(wave).filter((record) => testInstanceStage(wave, record) === 'LEFT');
}

/**
 * Whether a test instance is in the way: it is still to be terminated, or the job for that is at work. One that its job left
 * over, or has not terminated in time, is not waited for any longer.
 */
function testInstanceStage({ run, attempts, now }: WaveState, { testInstance }: ServerRecord) {
  if (testInstance === undefined || !run.input.options.terminateTestInstances) return 'GONE';
  const { terminateJobID } = testInstance;
  if (terminateJobID === undefined) return 'LEFT';
  const isAtWork = attempts.some((attempt) => attempt.jobID === terminateJobID && isJobAtWork(run, attempt, now));
  return isAtWork ? 'TERMINATING' : 'GONE';
}

/** Whether the attempt's job is not known to have ended and its time is not up. */
export function isJobAtWork(run: RunRecord, attempt: AttemptRecord, now: number): boolean {
  return attempt.state === 'STARTED' && attempt.endedAt === undefined && now < jobDeadline(run, attempt);
}

/** When something of the run last moved on, epoch milliseconds. */
export function lastMovedAt({ run, records, attempts, hooks }: WaveState): number {
  return Math.max(
    run.plan?.plannedAt ?? run.createdAt,
    ...records.map(({ phaseAt }) => phaseAt),
    ...attempts.map(({ attemptedAt, endedAt }) => endedAt ?? attemptedAt),
    ...hooks.map(({ startedAt, endedAt }) => endedAt ?? startedAt),
  );
}

/** When the time of an attempt's job is up, epoch milliseconds. */
export function jobDeadline({ input }: RunRecord, { kind, attemptedAt, calledAt }: AttemptRecord): number {
  const { launchSeconds, terminateSeconds } = input.options.deadlines;
  return kind === 'START_CUTOVER' ? attemptedAt + launchSeconds * 1_000 : calledAt + terminateSeconds * 1_000;
}

/** How long the launch of a source server is expected to take, in seconds. */
export function expectedLaunchSecondsOf({ expectedLaunchSeconds }: ServerRecord): number {
  return expectedLaunchSeconds ?? defaultLaunchSeconds;
}

/**
 * Says of a source server why it can never be started any more: what is started now could not be verified and, should it
 * fail, brought back before the window closes, or it would be brought back at once. Undefined while there is time, or
 * where there is no window. A wave that was let start by its last safe start is not stopped by its own first steps.
 */
export function judgeStartTimes({
  run,
  now,
}: Pick<WaveState, 'run' | 'now'>): (record: ServerRecord) => Reason | undefined {
  if (run.input.window === undefined) return () => undefined;
  const { closesAt, rollbackBy, zone } = readWindow(run.input.window);
  const actionsSeconds = run.plan?.expected?.actionsSeconds ?? defaultActionsSeconds;
  const rollbackSeconds = run.plan?.expected?.rollbackSeconds ?? defaultRollbackSeconds;
  const reason = (fact: string): Reason => ({
    code: 'WINDOW_TOO_SHORT',
    fact: `its turn had not come at ${showTime(now, zone)}; ${fact}`,
    source: 'window',
    remedy: 'Cut it over in a later window.',
  });
  const { terminateTestInstances } = run.input.options;
  const firstStartBy = (run.plan?.lastSafeStartAt ?? -Infinity) + secondsBeforeLaunch(terminateTestInstances) * 1_000;
  const minutesOf = (...seconds: number[]) => seconds.map((each) => Math.ceil(each / 60)).join(' + ');
  return (record) => {
    const launchSeconds = expectedLaunchSecondsOf(record);
    const verifiedAt = now + (launchSeconds + actionsSeconds) * 1_000;
    const isFirstStart = now <= firstStartBy;
    if (rollbackBy !== undefined && (now >= rollbackBy || (verifiedAt > rollbackBy && !isFirstStart))) {
      const minutes = minutesOf(launchSeconds, actionsSeconds);
      return reason(
        `launch and actions are expected to take ${minutes} min, and what is not verified by ${showTime(rollbackBy, zone)} (rollbackBy) is rolled back`,
      );
    }
    if (isFirstStart || verifiedAt + rollbackSeconds * 1_000 <= closesAt) return undefined;
    const minutes = minutesOf(launchSeconds, actionsSeconds, rollbackSeconds);
    return reason(
      `launch, actions and rollback are expected to take ${minutes} min, and the window closes at ${showTime(closesAt, zone)}`,
    );
  };
}
