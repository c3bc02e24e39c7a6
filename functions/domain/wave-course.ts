/**
 * What is due in the course of a wave, and when to look again: read off the run's records alone, so that it does not
 * matter who has looked before, or how often. Only how often launches are judged, and how long a shift has lasted, is
 * passed on from look to look.
 */
import { hooksDue } from './hook-plan.ts';
import { isOpenHook, nextHookLookSeconds } from './hook-record.ts';
import { chooseNextJob, type Room } from './launch-schedule.ts';
import { launchPollSeconds, nextPollSeconds, pollSecondsMax } from './poll-schedule.ts';
import { activeJobsMax } from './quota.ts';
import { groupRollingBack, turnSince } from './rollback-group.ts';
import { isRollingBack } from './rollback-plan.ts';
import { jobServersMax } from './run-options.ts';
import type { AttemptRecord } from './run-record.ts';
import type { ServerRecord } from './server-record.ts';
import {
  expectedLaunchSecondsOf,
  isJobAtWork,
  isQueued,
  isStartLost,
  jobDeadline,
  lastMovedAt,
  startQueue,
  testInstancesInTurn,
  type WaveState,
} from './start-queue.ts';
import { readWindow } from './window.ts';

/** What a shift knows of itself. */
export interface Shift {
  /** When it began, epoch milliseconds. */
  readonly startedAt: number;
  /** How often it has looked before. */
  readonly looks: number;
  /** When it last had launches judged, epoch milliseconds; 0 for never. */
  readonly checkedAt: number;
}

/** What a look at a wave comes to; the names are those of the state machine's Choice states. */
export interface Due {
  /** DONE when nothing of the run is under way or waiting, HANDOVER when another shift has to go on. */
  readonly state: 'OPEN' | 'DONE' | 'HANDOVER';
  /** Launches or post-launch actions have to be judged. */
  readonly check: boolean;
  readonly rollBack: boolean;
  readonly runHooks: boolean;
  readonly terminateTest: boolean;
  readonly start: boolean;
  readonly delaySeconds: number;
  readonly looks: number;
  readonly checkedAt: number;
}

/** Longest shift, in milliseconds, and most looks of one: both keep the history of an execution short. */
export const shiftMs = 3_600_000;
/** A look with all that may follow from it is some 60 events of 25,000 (`engine.md` section 2). */
export const shiftLooksMax = 70;

/** Says what is due now. */
export function whatIsDue(wave: WaveState, shift: Shift): Due {
  const { run, records, now } = wave;
  const runHooks = hooksDue(run, records, wave.hooks, now);
  const isOver = !runHooks && records.every(({ verdict }) => verdict !== undefined);
  const isShiftOver = now >= shift.startedAt + shiftMs || shift.looks >= shiftLooksMax;
  const check = !isOver && isCheckDue(wave, shift);
  const due = {
    state: isOver ? 'DONE' : isShiftOver ? 'HANDOVER' : 'OPEN',
    check,
    rollBack: isRollbackDue(wave),
    runHooks,
    ...startsDue(wave),
    looks: shift.looks + 1,
    checkedAt: check ? now : shift.checkedAt,
  } as const;
  return { ...due, delaySeconds: delaySeconds(wave, due) };
}

/** Launched by this run and not judged yet, and not being brought back. */
function isUnjudged({ cutover, verdict, rollback, launch }: ServerRecord): boolean {
  return cutover !== undefined && verdict === undefined && rollback === undefined && launch !== 'FAILED';
}

const finalLaunchStatuses: readonly (string | undefined)[] = ['LAUNCHED', 'FAILED', 'TERMINATED'];

/** Whether there is something to judge of the server, and whether its job has ended, so that it is all that is waited for. */
function judgeable(wave: WaveState, record: ServerRecord): 'NO' | 'EARLY' | 'NOW' {
  if (!isUnjudged(record)) return 'NO';
  const attempt = attemptOf(wave, record);
  if (attempt === undefined || !isJobAtWork(wave.run, attempt, wave.now)) return 'NOW';
  return record.launch === 'PASSED' || finalLaunchStatuses.includes(record.cutover?.launchStatus) ? 'EARLY' : 'NO';
}

function attemptOf({ attempts }: WaveState, { cutover }: ServerRecord): AttemptRecord | undefined {
  return attempts.find(({ kind, jobID }) => kind === 'START_CUTOVER' && jobID === cutover?.jobID);
}

/** How often a run is looked at, in seconds: shortest time between looks that are not urgent, and between checks. */
interface Pace {
  readonly lookSecondsMin: number;
  readonly checkSecondsMin: number;
}

/** In the first half hour a run is looked at twice a minute, later once, and launches are judged at every other look. */
const briskMs = 1_800_000;
const brisk: Pace = { lookSecondsMin: 30, checkSecondsMin: 25 };
const steady: Pace = { lookSecondsMin: 60, checkSecondsMin: 115 };

/** How often launched source servers are judged whose job still runs for others, in seconds. */
const earlyCheckSeconds = 300;

function paceOf({ attempts, now }: WaveState): Pace {
  const begunAt = Math.min(now, ...attempts.map(({ attemptedAt }) => attemptedAt));
  return now - begunAt < briskMs ? brisk : steady;
}

function isCheckDue(wave: WaveState, { checkedAt }: Shift): boolean {
  const stages = new Set(wave.records.map((record) => judgeable(wave, record)));
  const { checkSecondsMin } = paceOf(wave);
  const seconds = stages.has('NOW') ? checkSecondsMin : stages.has('EARLY') ? earlyCheckSeconds : undefined;
  return seconds !== undefined && wave.now >= checkedAt + seconds * 1_000;
}

/** What is being brought back is only waited for as long as the cutover jobs of all whose turn it is are at work. */
function isRollbackDue(wave: WaveState): boolean {
  const { run, records, now } = wave;
  const group = groupRollingBack(records);
  if (group === undefined) return false;
  const waitMs = run.input.options.deadlines.runningJobsSeconds * 1_000;
  const since = turnSince(records, group);
  return records.some((record) => {
    if (record.priorityGroup !== group || !isRollingBack(record)) return false;
    const isWaitOver = now >= Math.max(since, record.rollback?.requestedAt ?? now) + waitMs;
    const attempt = attemptOf(wave, record);
    return isWaitOver || attempt === undefined || attempt.endedAt !== undefined;
  });
}

function startsDue(wave: WaveState): Pick<Due, 'terminateTest' | 'start'> {
  const { run, records, attempts } = wave;
  const queue = startQueue(wave);
  const room = ownRoom(wave);
  const isAnyLost = records.some((record) => isQueued(record) && isStartLost(record, attempts));
  const { batchServersMax } = run.input.options;
  const next = chooseNextJob(queue.map(queued), room, { batchServersMax, isShared: false });
  const isAnyRoom = room.jobs > 0 && room.servers > 0;
  return {
    start: isAnyLost || next.length > 0,
    terminateTest: isAnyRoom && testInstancesInTurn(wave).length > 0 && !isTerminating(wave),
  };
}

/** The source server as the launch schedule sees it. */
export function queued(record: ServerRecord) {
  const { sourceServerID, applicationID } = record;
  return { sourceServerID, applicationID, expectedLaunchSeconds: expectedLaunchSecondsOf(record) };
}

/** One terminate job for test instances at a time. */
function isTerminating({ run, attempts, now }: WaveState): boolean {
  return attempts.some((attempt) => attempt.kind === 'TERMINATE_TEST_INSTANCES' && isJobAtWork(run, attempt, now));
}

/** Whether the job is one that the cutover loop waits for, and is not known to have ended. */
export function isOpenAttempt({ kind, state, endedAt }: AttemptRecord): boolean {
  return kind !== 'TERMINATE_CUTOVER_INSTANCES' && state === 'STARTED' && endedAt === undefined;
}

/** What this run's own jobs leave of MGN's quotas; what others use of them is looked up right before a job is started. */
function ownRoom({ attempts }: WaveState): Room {
  const open = attempts.filter(isOpenAttempt);
  const held = open.reduce((sum, { sourceServerIDs }) => sum + sourceServerIDs.length, 0);
  return { jobs: Math.max(0, activeJobsMax - open.length), servers: Math.max(0, jobServersMax - held) };
}

/** Seconds until the next look, which is never late for a deadline. */
function delaySeconds(wave: WaveState, due: Omit<Due, 'delaySeconds'>): number {
  const { run, attempts, now } = wave;
  const usual = Math.max(paceOf(wave).lookSecondsMin, Math.min(pollSecondsMax, ...usualWaits(wave, due)));
  const deadlines = attempts.filter((attempt) => isJobAtWork(run, attempt, now)).map((job) => jobDeadline(run, job));
  const rollbackBy = run.input.window && readWindow(run.input.window).rollbackBy;
  const ahead = [...deadlines, rollbackBy ?? 0].filter((at) => at > now);
  const untilNextSeconds = Math.ceil((Math.min(...ahead) - now) / 1_000);
  return Math.max(1, Math.min(usual, untilNextSeconds, ...urgentWaits(wave, due)));
}

function usualWaits(wave: WaveState, due: Omit<Due, 'delaySeconds'>): number[] {
  const { records, now } = wave;
  const verifying = records.filter((record) => judgeable(wave, record) === 'NOW');
  const since = Math.max(...verifying.map(({ cutover, phaseAt }) => cutover?.launchedAt ?? phaseAt));
  const untilCheckSeconds = paceOf(wave).checkSecondsMin - Math.floor((now - due.checkedAt) / 1_000);
  return [
    ...jobWaits(wave),
    ...(verifying.length > 0 ? [Math.max(untilCheckSeconds, nextPollSeconds('verification', now - since, dayMs))] : []),
    ...(due.terminateTest ? [nextPollSeconds('other', 0, dayMs)] : []),
    // It may be refused for want of room.
    ...(due.start ? [nextPollSeconds('room', now - lastMovedAt(wave), dayMs)] : []),
  ];
}

/** Hooks and rollbacks are short, and people wait for them. */
function urgentWaits({ records, hooks, now }: WaveState, due: Omit<Due, 'delaySeconds'>): number[] {
  const requestedAt = records.filter(isRollingBack).map(({ rollback }) => rollback?.requestedAt ?? now);
  const hookSeconds = hooks.filter(isOpenHook).map((hook) => nextHookLookSeconds(hook, now));
  return [
    ...(due.rollBack ? [nextPollSeconds('other', now - Math.max(...requestedAt), dayMs)] : []),
    ...(due.runHooks ? [Math.max(hookSecondsMin, Math.min(...hookSeconds, hookSecondsMax))] : []),
  ];
}

const dayMs = 86_400_000;
const hookSecondsMin = 20;
const hookSecondsMax = 30;

/** Seconds until each job at work is worth a look. */
function jobWaits({ run, records, attempts, now }: WaveState): number[] {
  const expected = new Map(records.map((record) => [record.sourceServerID, expectedLaunchSecondsOf(record)]));
  return attempts
    .filter((attempt) => isJobAtWork(run, attempt, now) && attempt.kind !== 'TERMINATE_CUTOVER_INSTANCES')
    .map(({ kind, attemptedAt, calledAt, sourceServerIDs }) => {
      if (kind !== 'START_CUTOVER') return nextPollSeconds('other', now - calledAt, dayMs);
      const longest = Math.max(0, ...sourceServerIDs.map((id) => expected.get(id) ?? 0));
      return launchPollSeconds(now - attemptedAt, longest * 1_000, dayMs);
    });
}
