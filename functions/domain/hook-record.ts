/** What the ledger keeps of a hook, once for each scope it runs for, and how that moves on: try by try to a verdict. */
import * as v from 'valibot';
import { hookTimes, timeoutSecondsOf, type HookInput } from './hook-options.ts';
import { ApplicationIDSchema } from './identifiers.ts';

/** Schema of what a hook runs for: the whole wave, or one application by its ID. */
const HookScopeSchema = v.union([v.literal('wave'), ApplicationIDSchema]);
/** What a hook runs for: the whole wave, or one application by its ID. */
export type HookScope = v.InferOutput<typeof HookScopeSchema>;

/** Schema of a hook record. */
export const HookRecordSchema = v.object({
  name: v.string(),
  scope: HookScopeSchema,
  when: v.picklist(hookTimes),
  /** The highest priority group of its scope: an afterVerified hook holds the groups after it. */
  priorityGroup: v.number(),
  /**
   * PENDING: another try is to be made. RUNNING: a try was begun, and may be known to the service or not. WAITING_FOR_LAG:
   * it succeeded, and its source servers have not caught up yet.
   */
  state: v.picklist(['PENDING', 'RUNNING', 'WAITING_FOR_LAG', 'SUCCEEDED', 'FAILED']),
  /** How many tries were begun; the number of a try is part of its token. */
  tries: v.number(),
  /** How many tries may be begun. */
  triesMax: v.number(),
  /** When the latest try was begun, epoch milliseconds. */
  startedAt: v.number(),
  /** When the latest try ended, epoch milliseconds. */
  endedAt: v.optional(v.number()),
  /** The latest try as the runner knows it; unset while it is not known whether it was begun at all. */
  externalID: v.optional(v.string()),
  /** What the latest try put out, cut at 4,096 characters. */
  output: v.optional(v.string()),
  /** Why the latest try failed, or what is being waited for. */
  reason: v.optional(v.string()),
});
/** What the ledger keeps of a hook for one scope. */
export type HookRecord = v.InferOutput<typeof HookRecordSchema>;

/** How a try ended. */
export interface HookVerdict {
  readonly succeeded: boolean;
  readonly output: string;
  /** Why it failed. */
  readonly reason?: string | undefined;
}

/** How long after a hook's end the replication lag is believed, in milliseconds: what is read sooner may be older. */
const lagSettleMs = 60_000;

/** Whether its verdict is still to come. */
export function isOpenHook({ state }: Pick<HookRecord, 'state'>): boolean {
  return state === 'PENDING' || state === 'RUNNING' || state === 'WAITING_FOR_LAG';
}

/** Whether what it guards may go on: it succeeded, or its failure is only a warning. */
export function isPassedHook({ onFailure }: HookInput, { state }: Pick<HookRecord, 'state'>): boolean {
  return state === 'SUCCEEDED' || (state === 'FAILED' && onFailure === 'warn');
}

/** A hook for one scope, about to be tried for the first time, or once more after a verdict of `earlier`. */
export function newHookRecord(
  hook: HookInput,
  scope: HookScope,
  priorityGroup: number,
  now: number,
  earlier?: Pick<HookRecord, 'tries'>,
): HookRecord {
  const tries = earlier?.tries ?? 0;
  const { name, when } = hook;
  return {
    name,
    scope,
    when,
    priorityGroup,
    state: 'PENDING',
    tries,
    triesMax: tries + hook.retries + 1,
    startedAt: now,
  };
}

/** The record with its next try begun. */
export function beginTry(record: HookRecord, now: number): HookRecord {
  const { name, scope, when, priorityGroup, tries, triesMax } = record;
  return { name, scope, when, priorityGroup, state: 'RUNNING', tries: tries + 1, triesMax, startedAt: now };
}

/** The record with the verdict of its latest try: on to the lag, to the next try, or to its end. */
export function endTry(hook: HookInput, record: HookRecord, verdict: HookVerdict, now: number): HookRecord {
  const { output, reason } = verdict;
  const ended = { ...record, endedAt: now, output, reason };
  if (!verdict.succeeded) return { ...ended, state: record.tries < record.triesMax ? 'PENDING' : 'FAILED' };
  return { ...ended, state: hook.lagZeroWithinSeconds === undefined ? 'SUCCEEDED' : 'WAITING_FOR_LAG' };
}

/** Whether the latest try has had its time. */
export function isTryOverdue(hook: HookInput, record: HookRecord, now: number): boolean {
  return now >= record.startedAt + timeoutSecondsOf(hook) * 1_000;
}

/**
 * A record that waits for the replication lag, after a look at it.
 *
 * @param behind - the source servers that are not known to be without lag, in words, or undefined if MGN could not be read.
 */
export function judgeLag(
  hook: HookInput,
  record: HookRecord,
  behind: readonly string[] | undefined,
  now: number,
): HookRecord {
  const withinMs = (hook.lagZeroWithinSeconds ?? 0) * 1_000;
  const waitedMs = now - (record.endedAt ?? now);
  const isSettled = waitedMs >= Math.min(lagSettleMs, withinMs);
  if (isSettled && behind?.length === 0) return { ...record, state: 'SUCCEEDED', reason: undefined };
  const reason = describeBehind(behind);
  if (waitedMs < withinMs) return { ...record, reason };
  return {
    ...record,
    state: 'FAILED',
    reason: `not caught up ${String(hook.lagZeroWithinSeconds)} s after it: ${reason}`,
  };
}

const namedMax = 10;

function describeBehind(behind: readonly string[] | undefined): string {
  if (behind === undefined) return 'the replication lag could not be read';
  if (behind.length === 0) return 'the replication lag is zero and has to stay so for a moment';
  const more = behind.length > namedMax ? ` and ${String(behind.length - namedMax)} more` : '';
  return `${behind.slice(0, namedMax).join(', ')}${more}`;
}

const lookSteps = [
  { untilMs: 60_000, seconds: 5 },
  { untilMs: 600_000, seconds: 15 },
] as const;

/** Seconds until the next look at a hook: sooner while it is young, and at once when a try is to be made. */
export function nextHookLookSeconds(record: HookRecord, now: number): number {
  if (record.state === 'PENDING') return 1;
  const since = record.state === 'WAITING_FOR_LAG' ? record.endedAt : record.startedAt;
  return lookSteps.find(({ untilMs }) => now - (since ?? now) < untilMs)?.seconds ?? 30;
}
