/** What becomes of hooks when the step that runs them has failed for good: they fail, so that nothing waits for them. */
import { applyHooks } from '../domain/hook-effects.ts';
import { groupOf, hooksToBegin, recordOf } from '../domain/hook-plan.ts';
import { isOpenHook, newHookRecord } from '../domain/hook-record.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { saveChanged } from '../shared/save-changed.ts';
import type { StepDeps } from '../shared/step.ts';

/**
 * Fails every hook of the run that is not decided or would be begun now, with `reason`, and lets that take effect. What is
 * still running at a service is left alone.
 *
 * @throws LedgerConflictError when somebody else works on the hooks.
 */
export async function giveUpHooks(deps: StepDeps, run: RunRecord, reason: string): Promise<void> {
  const records = await deps.ledger.readServers(run.runID);
  const hooks = await deps.ledger.readHooks(run.runID);
  const now = deps.clock.now();
  const open = hooks.filter(isOpenHook);
  const due = hooksToBegin(run, records, hooks, now, 'cutover').map((planned) => {
    const earlier = recordOf(planned, hooks);
    const record = newHookRecord(planned.hook, planned.scope, groupOf(planned, records), now, earlier);
    return { ...record, version: earlier?.version ?? 0 };
  });
  const failed = await Promise.all(
    [...open, ...due].map((hook) =>
      deps.ledger.saveHook(run.runID, { ...hook, state: 'FAILED', endedAt: now, reason }),
    ),
  );
  await saveChanged(deps, run, records, applyHooks(run, records, failed, now));
}
