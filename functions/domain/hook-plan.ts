/**
 * Which hooks are due, from the run's records alone: for which scope, in which order, and what they hold up meanwhile. A
 * hook of the whole wave begins before those of applications where something starts, and after them where something has
 * ended; of one scope they run one after another, in the order of the input.
 */
import { startableGroup } from './failure-policy.ts';
import { applyHooks } from './hook-effects.ts';
import { isPerApplication, type HookInput } from './hook-options.ts';
import { isOpenHook, isPassedHook, type HookRecord, type HookScope } from './hook-record.ts';
import { isBack, isBroughtBackSince, isFenced, isQueued, isTakingPart, isUnderWay, recordsIn } from './hook-scope.ts';
import type { ApplicationID } from './identifiers.ts';
import { jobServersMax } from './run-options.ts';
import type { RunRecord } from './run-record.ts';
import type { ServerRecord } from './server-record.ts';
import { readWindow } from './window.ts';

/** A hook for one of its scopes. */
export interface PlannedHook {
  readonly hook: HookInput;
  readonly scope: HookScope;
}

/** Where hooks are looked at: in the loop that cuts over, or after a rollback, where nothing starts any more. */
export type HookPlace = 'cutover' | 'rollback';

/** All that decides which hooks are due. */
interface HookFacts {
  readonly run: Pick<RunRecord, 'input'>;
  readonly records: readonly ServerRecord[];
  /** The records that take part, by scope. */
  readonly members: ReadonlyMap<HookScope, readonly ServerRecord[]>;
  readonly hooks: readonly HookRecord[];
  readonly now: number;
  readonly place: HookPlace;
}

/** Whether the step that runs hooks has anything to do in the cutover loop: to begin, to look at, or to write down. */
export function hooksDue(
  run: Pick<RunRecord, 'runID' | 'input'>,
  records: readonly ServerRecord[],
  hooks: readonly HookRecord[],
  now: number,
): boolean {
  if (run.input.options.hooks.length === 0) return false;
  if (hooks.some(isOpenHook) || hooksToBegin(run, records, hooks, now, 'cutover').length > 0) return true;
  const after = applyHooks(run, records, hooks, now);
  return after.some((record, index) => record !== records[index]);
}

/**
 * Whether a queued source server must not be started yet: a beforeStart hook of its scope has not passed, or an
 * afterVerified hook of an earlier priority group has not ended.
 */
export function isHeldByHook(
  run: Pick<RunRecord, 'input'>,
  record: ServerRecord,
  hooks: readonly HookRecord[],
): boolean {
  if (isProving(record.priorityGroup, hooks)) return true;
  const before = plannedHooks(run, [record]).filter(({ hook }) => hook.when === 'beforeStart');
  return before.some((planned) => {
    const known = recordOf(planned, hooks);
    return known === undefined || !isPassedHook(planned.hook, known);
  });
}

/**
 * Whether a verified source server still waits for an afterVerified hook of its scope, so that it may neither be finalized
 * nor kept by a rollback of what is not verified.
 */
export function awaitsHook(
  run: Pick<RunRecord, 'input'>,
  record: ServerRecord,
  records: readonly ServerRecord[],
  hooks: readonly HookRecord[],
): boolean {
  if (!isVerified(record)) return false;
  return plannedHooks(run, [record]).some((planned) => {
    if (planned.hook.when !== 'afterVerified') return false;
    const known = recordOf(planned, hooks);
    if (known !== undefined) return isOpenHook(known);
    const members = recordsIn(planned.scope, records).filter(isTakingPart);
    return members.some(({ verdict }) => verdict === undefined) || isVerifiedScope(planned.scope, members);
  });
}

/**
 * The hooks that are to be begun now, for the first time or, after an operator brought a scope back once more, anew. None
 * of them is in the way of another one.
 */
export function hooksToBegin(
  run: Pick<RunRecord, 'input'>,
  records: readonly ServerRecord[],
  hooks: readonly HookRecord[],
  now: number,
  place: HookPlace,
): PlannedHook[] {
  const facts = { run, records, members: membersByScope(records), hooks, now, place };
  const planned = plannedHooks(run, records);
  const ending = planned.filter((end) => isEndDue(end, facts));
  const group = groupToStart(ending, facts);
  const starting = planned.filter((start) => group !== undefined && isStartDue(start, group, facts));
  const due = new Set([...starting, ...ending]);
  const unfinished = planned.filter((other) => {
    const known = recordOf(other, hooks);
    return due.has(other) || (known !== undefined && isOpenHook(known));
  });
  const isFree = (candidate: PlannedHook) => !unfinished.some((other) => goesFirst(other, candidate, planned));
  return [...ending.filter(isFree), ...withinRoom(starting.filter(isFree), facts)];
}

/** Whether a hook that was begun is still worth another try, or waiting for what was to follow it. */
export function isStillWanted(
  { hook, scope }: PlannedHook,
  records: readonly ServerRecord[],
  place: HookPlace,
): boolean {
  const members = recordsIn(scope, records).filter(isTakingPart);
  if (hook.when === 'afterRollback') return members.every((record) => isBack(record, place));
  if (place === 'rollback') return false;
  return members.some(hook.when === 'beforeStart' ? isQueued : isVerified);
}

/** Every hook of the run with each of its scopes, in the order of the input. */
export function plannedHooks(run: Pick<RunRecord, 'input'>, records: readonly ServerRecord[]): PlannedHook[] {
  const applicationIDs = [...new Set(records.flatMap((record) => record.applicationID ?? []))].sort();
  return run.input.options.hooks.flatMap((hook): PlannedHook[] => {
    if (!isPerApplication(hook)) return [{ hook, scope: 'wave' }];
    const isMeant = (id: ApplicationID) => hook.eachApplication || hook.applicationIDs?.includes(id) === true;
    return applicationIDs.filter(isMeant).map((scope) => ({ hook, scope }));
  });
}

/** What the ledger knows of it. */
export function recordOf<Known extends HookRecord>(
  { hook, scope }: PlannedHook,
  hooks: readonly Known[],
): Known | undefined {
  return hooks.find((record) => record.name === hook.name && record.scope === scope);
}

/** The highest priority group in its scope. */
export function groupOf({ scope }: Pick<PlannedHook, 'scope'>, records: readonly ServerRecord[]): number {
  return Math.max(1, ...recordsIn(scope, records).map((record) => record.priorityGroup));
}

/** The source servers a hook is told of: those about to start, those verified, or those that are back. */
export function serversFor({ hook, scope }: PlannedHook, records: readonly ServerRecord[]): ServerRecord[] {
  const members = recordsIn(scope, records).filter(isTakingPart);
  switch (hook.when) {
    case 'beforeStart':
      return members.filter(isQueued);
    case 'afterVerified':
      return members.filter(isVerified);
    case 'afterRollback':
      return members.filter((record) => isBack(record, 'rollback'));
  }
}

const isVerified = ({ verdict }: ServerRecord) => verdict === 'VERIFIED';

function membersByScope(records: readonly ServerRecord[]): Map<HookScope, ServerRecord[]> {
  const members = records.filter(isTakingPart);
  const byScope = new Map<HookScope, ServerRecord[]>([['wave', members]]);
  for (const record of members) {
    if (record.applicationID === undefined) continue;
    const ofApplication = byScope.get(record.applicationID);
    if (ofApplication === undefined) byScope.set(record.applicationID, [record]);
    else ofApplication.push(record);
  }
  return byScope;
}

/** Whether what was verified in an earlier priority group is still being proven by a hook. */
function isProving(group: number, hooks: readonly HookRecord[]): boolean {
  return hooks.some((hook) => hook.when === 'afterVerified' && isOpenHook(hook) && hook.priorityGroup < group);
}

/**
 * The priority group that may start, as far as time and hooks are concerned: nothing is stopped for a start that cannot
 * come, after the window or before the earlier groups are proven.
 */
function groupToStart(ending: readonly PlannedHook[], facts: HookFacts): number | undefined {
  const { run, records, hooks, now, place } = facts;
  const { window } = run.input;
  if (place === 'rollback' || (window !== undefined && now >= readWindow(window).closesAt)) return undefined;
  const group = startableGroup(records);
  if (group === undefined || isProving(group, hooks)) return undefined;
  const isToBeProven = (end: PlannedHook) => end.hook.when === 'afterVerified' && groupOf(end, records) < group;
  return ending.some(isToBeProven) ? undefined : group;
}

function isStartDue(planned: PlannedHook, group: number, { members, hooks }: HookFacts): boolean {
  if (planned.hook.when !== 'beforeStart' || recordOf(planned, hooks) !== undefined) return false;
  return (members.get(planned.scope) ?? []).some((record) => isQueued(record) && record.priorityGroup === group);
}

function isEndDue(planned: PlannedHook, facts: HookFacts): boolean {
  const { hook, scope } = planned;
  const known = recordOf(planned, facts.hooks);
  const members = facts.members.get(scope) ?? [];
  switch (hook.when) {
    case 'beforeStart':
      return false;
    case 'afterVerified':
      return known === undefined && facts.place === 'cutover' && isVerifiedScope(scope, members);
    case 'afterRollback':
      return isRolledBackScope(scope, members, facts) && (known === undefined || isBackAgain(known, members));
  }
}

/** Of an application all that must succeed have to be verified; of a wave whatever is, once everything is settled. */
function isVerifiedScope(scope: HookScope, members: readonly ServerRecord[]): boolean {
  if (members.some(({ verdict }) => verdict === undefined)) return false;
  const isGood = (record: ServerRecord) => isVerified(record) || record.verdict === 'FINALIZED';
  if (scope !== 'wave' && !members.every((record) => record.mayFail || isGood(record))) return false;
  return members.some(isVerified);
}

/** Everything that was started is back, or nothing was although it had been fenced. */
function isRolledBackScope(
  scope: HookScope,
  members: readonly ServerRecord[],
  { hooks, place }: Pick<HookFacts, 'hooks' | 'place'>,
): boolean {
  if (members.length === 0 || !members.every((record) => isBack(record, place))) return false;
  const isInTheWay = (hook: HookRecord) => hook.when !== 'afterRollback' && isOpenHook(hook);
  if (hooks.some((hook) => isInTheWay(hook) && overlaps(hook.scope, scope))) return false;
  return members.some(({ verdict }) => verdict === 'ROLLED_BACK') || isFenced(scope, hooks, members);
}

/** An operator's rollback of what a failed hook had left to a person is its next chance. */
function isBackAgain(known: HookRecord, members: readonly ServerRecord[]): boolean {
  return known.state === 'FAILED' && members.some((record) => isBroughtBackSince(record, known));
}

function overlaps(one: HookScope, other: HookScope): boolean {
  return one === 'wave' || other === 'wave' || one === other;
}

/** Whether `first` has to end before `second` begins. */
function goesFirst(first: PlannedHook, second: PlannedHook, planned: readonly PlannedHook[]): boolean {
  if (first === second || first.hook.when !== second.hook.when) return false;
  if (first.scope === second.scope) return planned.indexOf(first) < planned.indexOf(second);
  return (second.hook.when === 'beforeStart' ? first.scope : second.scope) === 'wave';
}

/**
 * Applications are fenced when their turn comes, not all at once: as many source servers as may be under way at the same
 * time, those included that are fenced and have not started. The longest launches go first, as they do when jobs are made.
 */
function withinRoom(candidates: readonly PlannedHook[], { records, members, hooks }: HookFacts): PlannedHook[] {
  const fenced = new Set(hooks.filter((hook) => hook.when === 'beforeStart').map((hook) => hook.scope));
  const isWaiting = (record: ServerRecord) =>
    record.applicationID !== undefined && fenced.has(record.applicationID) && isQueued(record);
  let room = jobServersMax - records.filter(isUnderWay).length - records.filter(isWaiting).length;
  const queuedOf = ({ scope }: PlannedHook) => (members.get(scope) ?? []).filter(isQueued);
  const longest = (candidate: PlannedHook) =>
    Math.max(0, ...queuedOf(candidate).map(({ expectedLaunchSeconds = 0 }) => expectedLaunchSeconds));
  const inOrder = candidates.toSorted((one, other) => longest(other) - longest(one));
  return inOrder.filter((candidate) => {
    if (candidate.scope === 'wave' || fenced.has(candidate.scope)) return true;
    const isTurn = room > 0;
    if (isTurn) room -= queuedOf(candidate).length;
    return isTurn;
  });
}
