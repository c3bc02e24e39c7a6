/** How an execution ends says what became of its run: whoever only looks at the console's green and red is not misled. */
import { memberOf } from '../member-of.ts';
import type { Checker, Started } from '../scene.ts';

/** Watches that no execution succeeds which has not done what it was started for. */
export function honestEnds(): Checker {
  return {
    name: 'honest-ends',
    afterExecution: ({ machine, name, walk }) => {
      if (walk.result.status !== 'SUCCEEDED' || hasDone(machine, walk.result.output)) return [];
      return [`${machine} ${name} has succeeded with ${JSON.stringify(walk.result.output).slice(0, 300)}`];
    },
  };
}

/** Whether the output of an execution that succeeded, which is the answer of its last step, shows that it was for a reason. */
function hasDone(machine: Started['machine'], output: unknown): boolean {
  const outcome = memberOf(output, 'outcome');
  switch (machine) {
    case 'wave-cutover':
    case 'migration-run':
      return outcome === 'VERIFIED' || outcome === 'FINALIZED';
    case 'rollback':
      return outcome !== undefined && outcome !== 'NEEDS_A_PERSON';
    case 'commit':
      return (
        memberOf(output, 'state') === 'NOTHING_LEFT' ||
        memberOf(output, 'answer') !== undefined ||
        memberOf(output, 'commit') === 'FINALIZED'
      );
  }
}
