/**
 * When a source server, or many of them, will be done, by what is known now. An expectation that has passed does not pull
 * the end into the past: what follows is then counted from now on, and how late it is can be told.
 */
import {
  defaultActionsSeconds,
  defaultLaunchSeconds,
  defaultRollbackSeconds,
  secondsBeforeLaunch,
  type ExpectedTimes,
} from '../../functions/domain/expected-times.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { forecastWave } from '../../functions/domain/wave-forecast.ts';

/** How long a run is expected to take: `run.plan.expected`, in seconds. */
export type ExpectedSpans = Pick<ExpectedTimes, 'launchSeconds' | 'actionsSeconds' | 'rollbackSeconds'>;

/** Most source servers that are launched, or brought back, at once (`mgn.md` E). */
const turnServersMax = 200;

/**
 * How long it is expected to take to bring back `toBringBack` of the `servers` of a run, in seconds: what was planned for is
 * the return of them all, in as many turns as that takes.
 */
export function rollbackSecondsOf(expected: ExpectedSpans | undefined, toBringBack: number, servers: number): number {
  const turns = (count: number) => Math.max(1, Math.ceil(count / turnServersMax));
  const whole = expected?.rollbackSeconds ?? defaultRollbackSeconds * turns(servers);
  return (whole * turns(toBringBack)) / turns(servers);
}

/** What is ahead of one source server. Times are epoch milliseconds. */
export interface Outlook {
  /** When what it does now began; undefined while it waits for its turn. */
  readonly begunAt: number | undefined;
  /** When what it does now is expected to be done. */
  readonly dueAt: number;
  /** How long it takes from then on until nothing is ahead of it, in milliseconds. */
  readonly afterMs: number;
}

/** When source servers that have not been started will be, as far as that can be told. */
export interface QueueForecast {
  /** Of each source server by its ID: so long after the first start it will be started, in milliseconds. */
  readonly offsetsMs: ReadonlyMap<string, number>;
  /** When the first start was or, going by the latest start, would have been; undefined before any. Epoch milliseconds. */
  readonly anchorAt: number | undefined;
  /** No start before that, epoch milliseconds; 0 where nothing is known. */
  readonly notBeforeAt: number;
}

/**
 * How long after the first start each source server of a run is started, with MGN's quotas and its priority groups, in
 * milliseconds by ID. Costs some milliseconds for a thousand of them; it changes only with who is in the wave.
 */
export function startOffsets(
  records: readonly ServerRecord[],
  { batchServersMax }: { readonly batchServersMax: number },
  expected: ExpectedSpans | undefined,
): ReadonlyMap<string, number> {
  const actionsSeconds = expected?.actionsSeconds ?? defaultActionsSeconds;
  const { jobs } = forecastWave(records.filter(isInQueueOrPast), { batchServersMax }, { actionsSeconds });
  return new Map(
    jobs.flatMap(({ sourceServerIDs, startSeconds }) =>
      sourceServerIDs.map((id) => [id, startSeconds * 1_000] as const),
    ),
  );
}

function isInQueueOrPast({ verdict }: ServerRecord): boolean {
  return verdict !== 'BLOCKED' && verdict !== 'NOT_STARTED';
}

/** When the first start would have been, going by the latest start of those in the forecast; undefined before any. */
export function anchorOf(records: readonly ServerRecord[], offsetsMs: ReadonlyMap<string, number>): number | undefined {
  let latestAt = -Infinity;
  let anchorAt: number | undefined;
  for (const { sourceServerID, cutover } of records) {
    const offset = offsetsMs.get(sourceServerID);
    if (cutover === undefined || offset === undefined || cutover.startedAt <= latestAt) continue;
    latestAt = cutover.startedAt;
    anchorAt = cutover.startedAt - offset;
  }
  return anchorAt;
}

/** What is ahead of the source server; undefined where nothing is. */
export function outlookOf(
  record: ServerRecord,
  expected: Partial<ExpectedSpans>,
  queue: QueueForecast,
): Outlook | undefined {
  const launchMs = (record.expectedLaunchSeconds ?? defaultLaunchSeconds) * 1_000;
  const actionsMs = (expected.actionsSeconds ?? defaultActionsSeconds) * 1_000;
  const rollbackMs = (expected.rollbackSeconds ?? defaultRollbackSeconds) * 1_000;
  const { phase, phaseAt, cutover } = record;
  switch (phase) {
    case 'resolved':
    case 'ready':
      return queued(record, launchMs + actionsMs, queue);
    case 'terminating test instance':
      return {
        begunAt: phaseAt,
        dueAt: phaseAt + (secondsBeforeLaunch(true) - secondsBeforeLaunch(false)) * 1_000,
        afterMs: launchMs + actionsMs,
      };
    case 'starting':
    case 'snapshot':
    case 'conversion':
    case 'launch': {
      const begunAt = cutover?.startedAt ?? phaseAt;
      return { begunAt, dueAt: begunAt + launchMs, afterMs: actionsMs };
    }
    case 'first boot':
    case 'actions':
      return {
        begunAt: cutover?.startedAt ?? phaseAt,
        dueAt: (cutover?.launchedAt ?? phaseAt) + actionsMs,
        afterMs: 0,
      };
    case 'failed':
      return { begunAt: phaseAt, dueAt: phaseAt + rollbackMs, afterMs: 0 };
    case 'rolling back': {
      const begunAt = record.rollback?.requestedAt ?? phaseAt;
      return { begunAt, dueAt: begunAt + rollbackMs, afterMs: 0 };
    }
    default:
      return undefined;
  }
}

/** Before any start it counts from now on, or from when the window opens. */
function queued(
  { sourceServerID }: ServerRecord,
  workMs: number,
  { offsetsMs, anchorAt, notBeforeAt }: QueueForecast,
): Outlook {
  const offsetMs = offsetsMs.get(sourceServerID) ?? 0;
  return anchorAt === undefined
    ? { begunAt: undefined, dueAt: notBeforeAt, afterMs: offsetMs + workMs }
    : { begunAt: undefined, dueAt: anchorAt + offsetMs, afterMs: workMs };
}

/** When nothing is ahead any more, as it looks at `now`; epoch milliseconds. */
export function endOf({ dueAt, afterMs }: Outlook, now: number): number {
  return Math.max(dueAt, now) + afterMs;
}

/** How late what it does now is, in milliseconds; who waits for a turn is not late, the turns are. */
export function overdueMs({ begunAt, dueAt }: Outlook, now: number): number {
  return begunAt === undefined ? 0 : Math.max(0, now - dueAt);
}

/** How much of the way is behind it, from 0 to 0.99; 0 while it waits. */
export function doneShare(outlook: Outlook, now: number): number {
  const { begunAt } = outlook;
  if (begunAt === undefined) return 0;
  const wholeMs = endOf(outlook, now) - begunAt;
  return wholeMs <= 0 ? 0 : Math.min(0.99, Math.max(0, (now - begunAt) / wholeMs));
}

/** What is ahead of many source servers together, so that its end is told without looking at each of them again. */
export interface Horizon {
  /** The latest end if nothing were late, epoch milliseconds. */
  readonly latestAt: number;
  /** The longest way that follows upon what is done now, in milliseconds. */
  readonly longestAfterMs: number;
}

/** The horizon of these; undefined where nothing is ahead of any. */
export function horizonOf(outlooks: readonly (Outlook | undefined)[]): Horizon | undefined {
  let horizon: Horizon | undefined;
  for (const outlook of outlooks) {
    if (outlook === undefined) continue;
    const { dueAt, afterMs } = outlook;
    horizon = {
      latestAt: Math.max(horizon?.latestAt ?? -Infinity, dueAt + afterMs),
      longestAfterMs: Math.max(horizon?.longestAfterMs ?? 0, afterMs),
    };
  }
  return horizon;
}

/** When the last of them is done, as it looks at `now`; epoch milliseconds. */
export function horizonEnd({ latestAt, longestAfterMs }: Horizon, now: number): number {
  return Math.max(latestAt, now + longestAfterMs);
}
