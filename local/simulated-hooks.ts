/** Hooks in a rehearsal: nothing is run, and each ends well after half a minute. */
import type { HookRunner } from '../functions/hooks/hook-runner.ts';
import type { Clock } from '../functions/domain/ports.ts';

/** How long a simulated hook takes, in milliseconds. */
export const simulatedHookMs = 30_000;

/** A runner that runs nothing; the hooks of the names in `failing` fail. */
export function createSimulatedHookRunner(clock: Clock, failing: ReadonlySet<string> = new Set()): HookRunner {
  return {
    start: ({ name }) =>
      Promise.resolve({
        externalID: [failing.has(name) ? 'failing' : 'good', clock.now() + simulatedHookMs].join(':'),
      }),
    look: (externalID) => {
      const [course, endsAt] = externalID.split(':');
      if (clock.now() < Number(endsAt)) return Promise.resolve(undefined);
      const isFailing = course === 'failing';
      const reason = isFailing ? 'simulated failure' : undefined;
      return Promise.resolve({ succeeded: !isFailing, output: 'simulated', reason });
    },
    stop: () => Promise.resolve(),
  };
}
