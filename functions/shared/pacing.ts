/** Keeping calls that change something in MGN apart, because its request rates are not published (`mgn.md` E). */
import type { Mgn } from '../domain/ports.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { StepDeps } from './step.ts';

/** Most calls of one invocation, one source server each (`engine.md` section 2). */
const callsPerInvocationMax = 25;

/** How long the pauses of one invocation may take together, in seconds, so that it ends well within its time-out. */
const pausesSecondsMax = 150;

/** How many source servers one invocation takes on where each needs a call of its own. */
export function serversPerInvocation({ input }: RunRecord): number {
  const callsInTime = Math.floor(input.options.callsPerSecondMax * pausesSecondsMax);
  return Math.min(callsPerInvocationMax, callsInTime);
}

/** Waits until the next call may be made after one that was begun at `calledAt`, epoch milliseconds. */
export async function awaitNextCall(deps: StepDeps, { input }: RunRecord, calledAt: number): Promise<void> {
  const waitMs = calledAt + 1_000 / input.options.callsPerSecondMax - deps.clock.now();
  if (waitMs > 0) await deps.pause(waitMs);
}

/**
 * MGN, of which a failed call that could change something is told only once the next one may be made: a step is repeated
 * after an interval that chance may make as short as it likes, and after a ThrottlingException least of all may it be so.
 */
export function pacingFailures(deps: StepDeps, run: RunRecord, mgn: Mgn): Mgn {
  const paced = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    const calledAt = deps.clock.now();
    try {
      return await call();
    } catch (error) {
      await awaitNextCall(deps, run, calledAt);
      throw error;
    }
  };
  return {
    ...mgn,
    startCutover: (sourceServerIDs, tags) => paced(() => mgn.startCutover(sourceServerIDs, tags)),
    terminateTargetInstances: (sourceServerIDs, tags) =>
      paced(() => mgn.terminateTargetInstances(sourceServerIDs, tags)),
    changeServerLifeCycleState: (sourceServerID, state) =>
      paced(() => mgn.changeServerLifeCycleState(sourceServerID, state)),
    finalizeCutover: (sourceServerID) => paced(() => mgn.finalizeCutover(sourceServerID)),
  };
}
