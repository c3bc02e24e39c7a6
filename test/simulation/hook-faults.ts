/** Hooks that run nothing, of which some fail and of some nobody knows whether they were begun. */
import type { HookRunner } from '../../functions/hooks/hook-runner.ts';
import { createSimulatedHookRunner } from '../../local/simulated-hooks.ts';
import type { Time } from '../../local/virtual-time.ts';
import type { HookFault } from './script.ts';

/** A runner with these faults, told to `tell` as they happen. */
export function createFaultyHooks(
  faults: readonly HookFault[],
  time: Time,
  tell: (fault: HookFault) => void,
): HookRunner {
  const due = new Map(faults.map((fault) => [fault.start, fault]));
  const good = createSimulatedHookRunner(time);
  let starts = 0;
  return {
    ...good,
    start: async (hook, payload) => {
      starts += 1;
      const fault = due.get(starts);
      if (fault !== undefined) tell(fault);
      if (fault?.fault === 'lostBefore') throw new Error('the answer did not come');
      const failing = new Set(fault?.fault === 'fails' ? [hook.name] : []);
      const begun = await createSimulatedHookRunner(time, failing).start(hook, payload);
      if (fault?.fault === 'lostAfter') throw new Error('the answer did not come');
      return begun;
    },
  };
}
