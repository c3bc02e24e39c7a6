/** How far a launching source server is, read from its job's log: for a person who watches, never for a verdict. */
import type { JobLogItem } from './job.ts';
import type { Phase } from './server-record.ts';

/** A map, because an event is any text: an object would know `constructor`, too. */
const phaseByEvent: ReadonlyMap<string, Phase> = new Map([
  ['CLEANUP_START', 'starting'],
  ['SNAPSHOT_START', 'snapshot'],
  ['SNAPSHOT_END', 'snapshot'],
  ['SNAPSHOT_FAIL', 'snapshot'],
  ['USING_PREVIOUS_SNAPSHOT', 'snapshot'],
  ['CONVERSION_START', 'conversion'],
  ['CONVERSION_END', 'conversion'],
  ['LAUNCH_START', 'launch'],
  ['LAUNCH_END', 'first boot'],
]);

/** The phase of each source server that the log mentions, from its latest telling event. */
export function phasesOfLog(log: readonly JobLogItem[]): Map<string, Phase> {
  const phases = new Map<string, Phase>();
  const inOrder = [...log].sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
  for (const item of inOrder) {
    const phase = phaseByEvent.get(item.event);
    if (item.sourceServerID !== undefined && phase !== undefined) phases.set(item.sourceServerID, phase);
  }
  return phases;
}
