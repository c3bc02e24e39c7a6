/** What Step Functions and MGN limit stays far from its limits: history events, payloads, calls of one step. */
import type { Checker, Scene } from '../scene.ts';

/** Step Functions ends an execution at 25,000. */
const historyEventsMax = 10_000;
/** Step Functions takes 256 KiB; what depends on the number of source servers would grow. */
const payloadBytesMax = 32 * 1_024;
/** Calls one step makes for itself, and for each source server there is (each of several tries of the SDK counts). */
const callsMax = 60;
const callsPerServerMax = 12;

/** Watches the budgets. */
export function budgets(): Checker {
  let callsBefore = 0;
  return {
    name: 'budgets',
    afterStep({ machine, stateName }, scene) {
      const calls = callsSoFar(scene);
      const made = calls - callsBefore;
      callsBefore = calls;
      // Counting the source servers is worth it only where the number of calls calls for it.
      if (made <= callsMax) return [];
      const max = callsMax + callsPerServerMax * scene.account().sourceServers.length;
      return made <= max
        ? []
        : [`${machine}/${stateName} has made ${String(made)} calls; at most ${String(max)} are expected`];
    },
    afterExecution: ({ name, walk }) =>
      walk.meter.executions.flatMap(({ machine, historyEvents, largestPayloadBytes }) => [
        ...(historyEvents <= historyEventsMax
          ? []
          : [`${machine} of ${name} has ${String(historyEvents)} history events`]),
        ...(largestPayloadBytes <= payloadBytesMax
          ? []
          : [`${machine} of ${name} has a payload of ${String(largestPayloadBytes)} bytes`]),
      ]),
  };
}

function callsSoFar({ night }: Scene): number {
  let sum = 0;
  for (const count of night.calls.values()) sum += count;
  return sum;
}
