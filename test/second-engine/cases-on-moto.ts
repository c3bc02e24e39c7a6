/** The conformance cases on moto, side by side as far as moto bears it. */
import { setTimeout as delay } from 'node:timers/promises';
import { act, isActEvent, type Tell } from '../../conformance/act.ts';
import type { ConformanceCase, Observation } from '../../conformance/conformance-case.ts';
import { onStepFunctions, tellThrough } from '../../conformance/on-step-functions.ts';
import type { DoorDuties } from './door.ts';
import { startSecondEngine, type SecondEngine } from './second-engine.ts';

/** Brings moto up with the cases' one function behind it, and a door that may answer calls itself. */
export async function startMotoForCases(intercept?: DoorDuties['intercept']): Promise<SecondEngine> {
  const tellers = new Map<string, Tell>();
  const counts = new Map<string, number>();
  const invoke = (functionArn: string, event: unknown) => {
    const tell =
      tellers.get(regionOf(functionArn)) ?? (() => Promise.reject(new Error(`nobody can tell for ${functionArn}`)));
    // A task that ran out of time leaves its function asleep: that must not keep this process.
    const sleep = (seconds: number) => delay(seconds * 1000, undefined, { ref: false });
    return act(isActEvent(event) ? event : {}, { tell, sleep, counts });
  };
  const engine = await startSecondEngine({ invoke, ...(intercept && { intercept }) });
  for (const { actArn, client } of engine.places) tellers.set(regionOf(actArn), tellThrough(client));
  return engine;
}

/** Runs them all; gives what was observed, by the case's name. What went wrong with one is no matter to the others. */
export async function observeOnMoto(
  { places }: SecondEngine,
  cases: readonly ConformanceCase[],
): Promise<ReadonlyMap<string, Observation>> {
  const observed = new Map<string, Observation>();
  const left = [...cases];
  const work = places.map(async (place) => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const wrong = (error: unknown): Observation => ({ status: `not observed: ${String(error)}`, events: {} });
      observed.set(next.name, await onStepFunctions(place, next).catch(wrong));
    }
  });
  await Promise.all(work);
  return observed;
}

const regionOf = (arn: string) => arn.split(':')[3] ?? '';
