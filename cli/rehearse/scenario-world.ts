/** A scenario as the world of a command: virtual time from a moment of choice, and a ledger that knows earlier runs. */
import type { RunTimings } from '../../functions/domain/run-timings.ts';
import type { Tag } from '../../functions/domain/source-server.ts';
import { createMemoryStore } from '../../functions/ledger/memory-store.ts';
import { createTimingsLedger } from '../../functions/ledger/timings.ts';
import { createSimulatedWorld, warmUpSdk } from '../../local/simulated-world.ts';
import { realTime, withVirtualTime } from '../../local/virtual-time.ts';
import type { Scenario } from '../../simulator/scenario/scenario-schema.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import type { Session, World } from '../world.ts';

/** A scenario to spend time in. */
export interface ScenarioPlace {
  readonly scenario: Scenario;
  /** Seeds the simulator and the jitter. */
  readonly seed: number;
  /** When it begins, epoch milliseconds. */
  readonly startMs: number;
  /** What earlier runs of the real place teach about time, newest first. */
  readonly timings: readonly RunTimings[];
  readonly sourceServerTag?: Tag | undefined;
}

/** How a rehearsal names where it is. */
export const rehearsalLabel = 'REHEARSAL (simulated)';

/** The world of the scenario and, in every `within`, the simulator that it begins with. */
export interface ScenarioWorld extends World {
  spend<Result>(work: (session: Session, simulator: Simulator) => Promise<Result>): Promise<Result>;
}

let isWarm = false;

/** Makes the world; each `within` begins it anew at its start, with the same ledger. */
export async function scenarioWorld(place: ScenarioPlace): Promise<ScenarioWorld> {
  const { scenario, seed, startMs, timings, sourceServerTag } = place;
  const store = createMemoryStore();
  const ledger = createTimingsLedger(store);
  for (const known of timings) await ledger.recordTimings(`${scenario.accountID}/${scenario.region}`, known);
  const warmUp = async () => {
    if (!isWarm) await warmUpSdk(scenario, realTime);
    isWarm = true;
  };
  const spend: ScenarioWorld['spend'] = (work) =>
    withVirtualTime({ startMs, seed, warmUp }, (time) => {
      const { services, simulator } = createSimulatedWorld(scenario, seed, time);
      return work({ services, time }, simulator);
    });
  return {
    isRehearsal: true,
    needsConsent: false,
    label: rehearsalLabel,
    flags: '--scenario SCENARIO.json',
    store,
    newNonce: () => `rehearsal-${String(seed)}`,
    sourceServerTag,
    within: (work) => spend(work),
    spend,
    close: () => undefined,
  };
}
