/** Verified source servers whose afterVerified hook never ran: they are not what the input asked to be believed. */
import { awaitsHook } from './hook-plan.ts';
import type { HookRecord } from './hook-record.ts';
import type { Reason } from './reason.ts';
import type { RunRecord } from './run-record.ts';
import { inPhase, type ServerRecord } from './server-record.ts';

/** Those of the records that are verified and still wait for a hook whose failure would not leave them so. */
export function awaitingHooks(
  { input }: Pick<RunRecord, 'input'>,
  records: readonly ServerRecord[],
  hooks: readonly HookRecord[],
): ServerRecord[] {
  const binding = input.options.hooks.filter(({ onFailure }) => onFailure === 'fail');
  const run = { input: { ...input, options: { ...input.options, hooks: binding } } };
  return records.filter((record) => awaitsHook(run, record, records, hooks));
}

/** The records once the run has given up: those that wait for a hook have failed, so that they are brought back. */
export function withoutAwaitingHooks(
  run: Pick<RunRecord, 'input'>,
  records: readonly ServerRecord[],
  hooks: readonly HookRecord[],
  now: number,
): ServerRecord[] {
  const awaiting = new Set(awaitingHooks(run, records, hooks));
  return records.map((record) =>
    awaiting.has(record)
      ? {
          ...inPhase(record, 'failed', now),
          launch: 'FAILED',
          verdict: undefined,
          reasons: [...record.reasons, hookNotRun],
          nextSteps: [],
        }
      : record,
  );
}

const hookNotRun: Reason = {
  code: 'HOOK_NOT_RUN',
  fact: 'the run was given up before its afterVerified hook had said anything about this server',
  source: 'ledger',
  remedy: 'See what stopped the run, then cut this server over in a new run.',
};
