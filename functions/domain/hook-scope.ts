/** The source servers of a hook's scope, and how far they are as far as hooks are concerned. */
import type { HookRecord, HookScope } from './hook-record.ts';
import type { ServerRecord } from './server-record.ts';

/** The records of the scope's source servers. */
export function recordsIn(scope: HookScope, records: readonly ServerRecord[]): ServerRecord[] {
  return records.filter((record) => scope === 'wave' || record.applicationID === scope);
}

/** Whether the run may start it, or has; what was blocked is none of a hook's business. */
export function isTakingPart({ verdict }: Pick<ServerRecord, 'verdict'>): boolean {
  return verdict !== 'BLOCKED';
}

/** Whether it waits to be started. */
export function isQueued(record: Pick<ServerRecord, 'cutover' | 'launch' | 'rollback' | 'verdict'>): boolean {
  const { cutover, launch, rollback, verdict } = record;
  return cutover === undefined && launch === 'PENDING' && rollback === undefined && verdict === undefined;
}

/** Whether its launch has begun and is not judged: it counts towards MGN's quota. */
export function isUnderWay({
  cutover,
  launch,
  verdict,
}: Pick<ServerRecord, 'cutover' | 'launch' | 'verdict'>): boolean {
  return cutover !== undefined && launch === 'PENDING' && verdict === undefined;
}

/**
 * Whether it is where it was before the run: rolled back, or never started. After a rollback nothing starts any more, so
 * there what is queued is back too.
 */
export function isBack(record: ServerRecord, place: 'cutover' | 'rollback'): boolean {
  if (record.verdict === 'ROLLED_BACK' || record.verdict === 'NOT_STARTED') return true;
  return place === 'rollback' && isQueued(record);
}

/** Whether its return was asked for after the hook's latest try was begun, so that this try tells nothing of it. */
export function isBroughtBackSince(
  { rollback }: Pick<ServerRecord, 'rollback'>,
  { startedAt }: Pick<HookRecord, 'startedAt'>,
): boolean {
  return rollback !== undefined && rollback.requestedAt > startedAt;
}

/** Whether a beforeStart hook was begun for the scope or a part of it: what it stopped has to be started again. */
export function isFenced(
  scope: HookScope,
  hooks: readonly HookRecord[],
  members: readonly Pick<ServerRecord, 'applicationID'>[],
): boolean {
  const isOfMember = (id: HookScope) => members.some((member) => member.applicationID === id);
  const concerns = (hook: HookRecord) =>
    hook.scope === 'wave' || hook.scope === scope || (scope === 'wave' && isOfMember(hook.scope));
  return hooks.some((hook) => hook.when === 'beforeStart' && hook.tries > 0 && concerns(hook));
}
