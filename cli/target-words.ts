/** What a run is about, in a few words. */
import type { RunInput } from '../functions/domain/run-input.ts';

/** Such as `wave-0123456789abcdefg` or `3 applications`. */
export function targetWords({ waveID, applicationIDs = [], sourceServerIDs = [] }: RunInput): string {
  if (waveID !== undefined) return waveID;
  return applicationIDs.length > 0 ? words(applicationIDs, 'applications') : words(sourceServerIDs, 'source servers');
}

function words(ids: readonly string[], noun: string): string {
  return ids.length === 1 ? (ids[0] ?? noun) : `${String(ids.length)} ${noun}`;
}
