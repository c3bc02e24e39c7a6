/** What the verdicts of hooks mean for source servers. It may be asked again and again: what is done is not done twice. */
import type { HookInput } from './hook-options.ts';
import type { HookRecord } from './hook-record.ts';
import { isBroughtBackSince, isQueued, isTakingPart, recordsIn } from './hook-scope.ts';
import type { RunID } from './identifiers.ts';
import { withReasons, type Reason } from './reason.ts';
import type { RunRecord } from './run-record.ts';
import { inPhase, leftOut, type ServerRecord } from './server-record.ts';

/**
 * The records after all failed hooks have had their effect; those that are not concerned, or have it already, are the same
 * objects. A failed beforeStart hook leaves out what is queued, an afterVerified one takes the verdict away, which makes
 * the failure policy bring the servers back, an afterRollback one leaves them to a person. With `onFailure: 'warn'` there
 * is only a warning.
 */
export function applyHooks(
  run: Pick<RunRecord, 'runID' | 'input'>,
  records: readonly ServerRecord[],
  hooks: readonly HookRecord[],
  now: number,
): readonly ServerRecord[] {
  let after = records;
  for (const failed of hooks.filter(({ state }) => state === 'FAILED')) {
    const hook = run.input.options.hooks.find(({ name }) => name === failed.name);
    if (hook === undefined) continue;
    const members = new Set(recordsIn(failed.scope, after).filter(isTakingPart));
    const apply = hook.onFailure === 'warn' ? withWarning : withFailure;
    after = after.map((record) => (members.has(record) ? apply(run.runID, hook, failed, record, now) : record));
  }
  return after;
}

type Effect = (runID: RunID, hook: HookInput, failed: HookRecord, record: ServerRecord, now: number) => ServerRecord;

const withFailure: Effect = (runID, hook, failed, record, now) => {
  const reason = failureReason(hook, failed);
  switch (hook.when) {
    case 'beforeStart':
      if (!isQueued(record)) return record;
      return leftOut(record, [reason], now);
    case 'afterVerified':
      if (record.verdict !== 'VERIFIED') return record;
      return {
        ...inPhase(record, 'failed', now),
        launch: 'FAILED',
        verdict: undefined,
        reasons: withReasons(record.reasons, [reason]),
        nextSteps: [],
      };
    case 'afterRollback':
      return leftToPerson(runID, failed, record, reason, now);
  }
};

/** A server that an operator has brought back since is not left to a person by an older verdict. */
function leftToPerson(
  runID: RunID,
  failed: HookRecord,
  record: ServerRecord,
  reason: Reason,
  now: number,
): ServerRecord {
  const isLeft = record.verdict !== 'ROLLED_BACK' && record.verdict !== 'NOT_STARTED';
  if (isLeft || isBroughtBackSince(record, failed)) return record;
  return {
    ...inPhase(record, 'needs a person', now),
    verdict: 'NEEDS_A_PERSON',
    reasons: withReasons(record.reasons, [reason]),
    nextSteps: [
      'start its application on the source again, if it is not up',
      `to have the hook run once more: mgn-cutover rollback ${runID}`,
    ],
  };
}

const withWarning: Effect = (_runID, hook, failed, record) => {
  const isConcerned = hook.when === 'beforeStart' || verdictsWarned[hook.when].some((one) => one === record.verdict);
  const warnings = withReasons(record.warnings, [failureReason(hook, failed)]);
  return isConcerned && warnings !== record.warnings ? { ...record, warnings } : record;
};

const verdictsWarned = { afterVerified: ['VERIFIED'], afterRollback: ['ROLLED_BACK', 'NOT_STARTED'] } as const;

const remedies: Readonly<Record<HookInput['when'], string>> = {
  beforeStart: 'Mend what the hook stumbled over, then cut these source servers over in a new run.',
  afterVerified: 'Find out on the launched instances what the hook found wanting, then cut over again.',
  afterRollback: 'See to it that the application on the source is up.',
};

function failureReason({ name, when }: HookInput, { reason, tries }: HookRecord): Reason {
  const tried = tries > 1 ? ` in ${String(tries)} tries` : '';
  return {
    code: 'HOOK_FAILED',
    fact: `${when} hook ${name} failed${tried}: ${reason ?? 'it did not say why'}`,
    source: `hook ${name}`,
    remedy: remedies[when],
  };
}
