/** A plan of the night's first wave as it is now, as `plan --save` keeps it and a run's input carries it. */
import { parseRunInput } from '../../functions/domain/run-input.ts';
import type { SavedPlan } from '../../functions/domain/saved-plan-input.ts';
import { fingerprintOf, plannedFactsOfWave } from '../../functions/shared/fingerprint.ts';
import { readWaveFacts } from '../../functions/shared/wave-facts.ts';
import { resolveTarget } from '../../functions/handlers/resolve-wave.ts';
import { runIDOf, type Night } from './a-run.ts';

/** Reads the facts of all its source servers. */
export async function createPlanOf(night: Night): Promise<SavedPlan> {
  const input = parseRunInput({ waveID: night.account().waves[0]?.waveID });
  const mgn = night.deps.mgn({});
  const { servers } = await resolveTarget(mgn, input);
  const facts = await readWaveFacts(night.deps, { runID: runIDOf('plan'), input }, mgn, servers);
  const fingerprints = [...plannedFactsOfWave(facts)].map(([id, known]) => [id, fingerprintOf(known)] as const);
  return { savedAt: new Date(night.time.now()).toISOString(), fingerprints: Object.fromEntries(fingerprints) };
}
