/** The facts of a wave as a saved plan keeps them, and the short text by which a run's input knows them again. */
import { createHash } from 'node:crypto';
import type { SourceServerID } from '../domain/identifiers.ts';
import { plannedFactsOf, type PlannedFacts } from '../domain/planned-facts.ts';
import type { WaveFacts } from './wave-facts.ts';

/** What a saved plan remembers of each source server that was read. */
export function plannedFactsOfWave({
  servers,
  settings,
  targets,
}: Pick<WaveFacts, 'servers' | 'settings' | 'targets'>): Map<SourceServerID, PlannedFacts> {
  return new Map(
    [...servers].map(([id, server]) => {
      const { configuration, actions } = settings.get(id) ?? { configuration: undefined, actions: [] };
      return [id, plannedFactsOf({ server, configuration, actions, target: targets.get(id) })];
    }),
  );
}

/** The first 12 hexadecimal digits of the SHA-256 of the facts. */
export function fingerprintOf(facts: PlannedFacts): string {
  const sorted = Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 12);
}
