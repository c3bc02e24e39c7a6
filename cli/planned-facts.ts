/** Reading, as the command line does it, the facts that a saved plan keeps; nothing is changed here or in MGN. */
import type { SourceServerID } from '../functions/domain/identifiers.ts';
import type { PlannedFacts } from '../functions/domain/planned-facts.ts';
import type { RunRecord } from '../functions/domain/run-record.ts';
import { targetOf } from '../functions/domain/target.ts';
import { resolveTarget } from '../functions/handlers/resolve-wave.ts';
import { plannedFactsOfWave } from '../functions/shared/fingerprint.ts';
import { readWaveFacts } from '../functions/shared/wave-facts.ts';
import { patiently } from './patience.ts';
import type { Session } from './world.ts';

/** Facts of source servers as they were read. */
export type FactsOfServers = ReadonlyMap<SourceServerID, PlannedFacts>;

/**
 * Reads the facts of all source servers that the input leads to.
 *
 * @throws InvalidInputError when it leads to none; TransientServiceError or AccessDeniedError when MGN or EC2 cannot be
 *   read.
 */
export function readPlannedFacts(
  { services, time }: Session,
  run: Pick<RunRecord, 'runID' | 'input'>,
): Promise<FactsOfServers> {
  const target = targetOf(run);
  const deps = { clock: { now: () => time.now() }, ec2: services.ec2.bind(services) };
  return patiently(time, async () => {
    const mgn = services.mgn(target);
    const { servers } = await resolveTarget(mgn, run.input);
    return plannedFactsOfWave(await readWaveFacts(deps, run, mgn, servers));
  });
}
