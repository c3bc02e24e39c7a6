/** Runs what is due of the run's hooks, looks at what runs, and lets verdicts take effect. It waits for nobody but Lambda. */
import * as v from 'valibot';
import { applyHooks } from '../domain/hook-effects.ts';
import { hooksToBegin } from '../domain/hook-plan.ts';
import { isOpenHook, nextHookLookSeconds } from '../domain/hook-record.ts';
import type { HookDeps } from '../hooks/hook-runner.ts';
import { productionHookRunner } from '../hooks/production-hook-runner.ts';
import { beginHooks, lookAtHooks, type HookWork } from '../hooks/hook-work.ts';
import type { StoredHook } from '../ledger/hooks.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

const EventSchema = v.object({
  ...RunEventSchema.entries,
  /** Whether this is a rollback: nothing starts any more, and only afterRollback hooks are begun. */
  isRollback: v.optional(v.boolean(), false),
});

/**
 * One look at the run's hooks. RUNNING while some of them are to be begun or to be looked at again, after `delaySeconds`.
 * A hook that cannot be reached is no error of this step; its own time runs out.
 *
 * @throws LedgerConflictError when somebody else works on the hooks; RunHeldError when another execution works on the run.
 */
export const createHandler = step(EventSchema, async (event, deps: HookDeps) => {
  const { run, mgn } = await openRun(deps, event);
  const place = event.isRollback ? 'rollback' : 'cutover';
  if (run.input.options.hooks.length === 0) return { state: 'DONE', delaySeconds: 0 };
  const before = { deps, run, mgn, place, records: await deps.ledger.readServers(run.runID) } as const;
  const looked = await lookAtHooks(before, await deps.ledger.readHooks(run.runID));
  const between = await takeEffect(before, looked);
  const hooks = await beginHooks(between, looked);
  const { records } = await takeEffect(between, hooks);
  const now = deps.clock.now();
  const isMoreDue = hooksToBegin(run, records, hooks, now, place).length > 0;
  const waits = [...hooks.filter(isOpenHook).map((hook) => nextHookLookSeconds(hook, now)), ...(isMoreDue ? [1] : [])];
  return waits.length === 0
    ? { state: 'DONE', delaySeconds: 0 }
    : { state: 'RUNNING', delaySeconds: Math.min(...waits) };
});

/** The Lambda function. */
export const handler = onLambda((deps) => createHandler({ ...deps, hookRunner: productionHookRunner(deps.clock) }));

async function takeEffect(work: HookWork, hooks: readonly StoredHook[]): Promise<HookWork> {
  const { deps, run, records } = work;
  const after = applyHooks(run, records, hooks, deps.clock.now());
  await saveChanged(deps, run, records, after);
  return { ...work, records: after };
}
