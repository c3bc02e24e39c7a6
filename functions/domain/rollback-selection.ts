/** Which source servers a rollback brings back: those an operator asks for, or those a wave cannot leave as they are. */
import { applyFailurePolicy, pastPointOfNoReturn } from './failure-policy.ts';
import type { HookRecord } from './hook-record.ts';
import { withoutAwaitingHooks } from './hooks-not-run.ts';
import type { SourceServerID } from './identifiers.ts';
import type { Reason } from './reason.ts';
import { toBringBack } from './rollback-plan.ts';
import type { RollbackAsk, RunRecord } from './run-record.ts';
import { leftOut, type ServerRecord } from './server-record.ts';

/** Why a wave rolls back by itself: it could not go on verifying, or nobody committed in time. */
export const rollbackScopes = ['UNVERIFIED', 'UNCOMMITTED'] as const;
/** Why a wave rolls back by itself. */
export type RollbackScope = (typeof rollbackScopes)[number];

/** Whatever the run started, or may have, and has not finalized; what it never started has nothing to bring back. */
export function isReversible(record: Pick<ServerRecord, 'verdict' | 'batchID' | 'rollback'>): boolean {
  if (record.verdict === 'VERIFIED' || record.verdict === 'NEEDS_A_PERSON') return true;
  return record.verdict === undefined && (record.batchID !== undefined || record.rollback !== undefined);
}

/**
 * The records of the source servers that an operator brings back at `now` (epoch milliseconds): everything reversible, or
 * what is named of it, whatever else its application holds.
 */
export function selectForOperator(
  records: readonly ServerRecord[],
  named: readonly SourceServerID[] | undefined,
  now: number,
): ServerRecord[] {
  return records
    .filter((record) => isReversible(record) && (named?.includes(record.sourceServerID) ?? true))
    .map((record) => toBringBack(record, now, record.reasons.length > 0 ? record.reasons : [requested]));
}

/**
 * The records that a wave's own rollback changes at `now` (epoch milliseconds). UNVERIFIED brings back what was started and
 * not verified, and what the failure policy takes along with it; UNCOMMITTED what was verified as well, but of no atomic
 * application or wave that an interrupted commit has begun to finalize. What was never started will not be. Who needs a person may have one at work; only an operator's word takes it from them.
 */
export function selectForWave(
  run: Pick<RunRecord, 'input'>,
  { records, hooks }: { readonly records: readonly ServerRecord[]; readonly hooks: readonly HookRecord[] },
  scope: RollbackScope,
  now: number,
): ServerRecord[] {
  const judged = scope === 'UNVERIFIED' ? withoutAwaitingHooks(run, records, hooks, now) : records;
  const kept = pastPointOfNoReturn(judged, run.input.options.failurePolicy);
  const marked = judged.map((record) => {
    if (record.verdict === undefined) return isReversible(record) ? toBringBack(record, now) : leftOut(record, [], now);
    const isUncommitted = scope === 'UNCOMMITTED' && record.verdict === 'VERIFIED' && !kept.has(record);
    return isUncommitted ? toBringBack(record, now, [...record.reasons, notCommitted]) : record;
  });
  const { rollBack } = applyFailurePolicy(marked, run.input.options.failurePolicy);
  const after = marked.map((record) => {
    const reason = rollBack.get(record.sourceServerID);
    return reason === undefined ? record : toBringBack(record, now, [...record.reasons, reason]);
  });
  return after.filter((record, index) => record !== records[index]);
}

const requested: Reason = {
  code: 'ROLLBACK_REQUESTED',
  fact: 'an operator asked for the rollback',
  source: 'execution input',
};

const notCommitted: Reason = {
  code: 'NOT_COMMITTED_IN_TIME',
  fact: 'nobody committed in time, and options.onCommitTimeout is "rollback"',
  source: 'execution input',
};

/** How many of them a run keeps. */
const rollbackAsksMax = 20;

/** The asks with one more; an execution that asks twice, because its first answer was lost, has asked once. */
export function withRollbackAsk(asks: readonly RollbackAsk[] = [], ask: RollbackAsk): RollbackAsk[] {
  const isKnown = asks.some(({ executionID }) => executionID === ask.executionID);
  return isKnown ? [...asks] : [...asks, ask].slice(-rollbackAsksMax);
}
