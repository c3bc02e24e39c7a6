/** Walking up to a gate, and what a person or a fault does there. */
import { waitingGate } from '../../functions/domain/gate.ts';
import type { Gate } from '../../functions/domain/run-record.ts';
import {
  aWave,
  runIDOf,
  withOptions,
  type AroundStep,
  type Night,
  type StartedWalk,
  type Walk,
  type WalkOptions,
} from './a-run.ts';

/** Two source servers that launch well. */
export const scenario = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]);

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Options of a run that waits for a commit, and of one that brings everything back when nobody comes. */
export const approving = { commit: 'approve' };
export const rollingBack = { ...approving, onCommitTimeout: 'rollback' };

/** The same verdict for both. */
export const both = (verdict: string) => ({ 'web-1': verdict, 'web-2': verdict });
export const codesOf = (reasons: readonly { code: string }[]) => reasons.map(({ code }) => code);

export const denied = Object.assign(new Error('denied for good'), { name: 'AccessDeniedError' });

/** A step that takes so long before it does anything. */
export const slow =
  (night: Night, state: string, ms: number): AroundStep =>
  async ({ stateName }, invoke) => {
    if (stateName === state) await night.time.sleep(ms);
    return invoke();
  };

/** Starts a wave and comes back once it waits at a gate. */
export async function atGate(
  night: Night,
  options: object,
  walk: WalkOptions = {},
): Promise<StartedWalk & { readonly gate: Gate }> {
  const started = night.start({ ...walk, input: withOptions(night, { commit: 'never', ...options }) });
  for (let minutes = 0; minutes < 240; minutes += 1) {
    const run = (await night.ledger.readRun(runIDOf('night-1')))?.value;
    const gate = run && waitingGate(run);
    if (gate !== undefined) return { ...started, gate };
    await night.time.sleep(minuteMs);
  }
  throw new Error('the wave never came to a gate');
}

/** Walks a person's commit, of all that was verified or of some servers. */
export function commit(
  night: Night,
  { servers, ...walk }: WalkOptions & { readonly servers?: readonly string[] } = {},
): Promise<Walk> {
  const sourceServerIDs = servers?.map((hostname) => night.idOf(hostname));
  const input = { runID: 'night-1', ...(sourceServerIDs && { sourceServerIDs }) };
  return night.walk({ machine: 'commit', name: 'keep-1', input, ...walk });
}

/** Walks a person's rollback. */
export function undo(night: Night, walk: WalkOptions = {}): Promise<Walk> {
  return night.walk({ machine: 'rollback', name: 'undo-1', input: { runID: 'night-1' }, ...walk });
}

/** Walks a person's answer before the start. */
export function say(night: Night, word: 'approve' | 'refuse', walk: WalkOptions = {}): Promise<Walk> {
  return night.walk({ machine: 'commit', name: `${word}-1`, input: { runID: 'night-1', [word]: 'start' }, ...walk });
}
