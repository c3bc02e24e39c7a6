/** Until when a run waits: for locks or a person's approval before it starts, for a person's commit once it is verified. */
import type { RunInput } from './run-input.ts';
import type { RunRecord } from './run-record.ts';
import { parseTime, readWindow } from './window.ts';

const dayMs = 86_400_000;
const commitWaitMs = 7 * dayMs;

/**
 * When a run that has not started yet stops waiting, epoch milliseconds: `startBy` or, without it, the last safe start
 * the plan knows, the end of the window, or a day after the run was created.
 */
export function startWaitUntil({ input, plan, createdAt }: Pick<RunRecord, 'input' | 'plan' | 'createdAt'>): number {
  const window = input.window && readWindow(input.window);
  const { startBy } = input.options;
  if (startBy !== undefined) return parseTime(startBy, window?.zone, 'options.startBy');
  return plan?.lastSafeStartAt ?? window?.closesAt ?? createdAt + dayMs;
}

/**
 * When a run stops waiting for a person's commit, epoch milliseconds: `commitBy` or, without it, the end of the window
 * (early enough for a rollback, if that is what silence means), or seven days after its gate opened (`openedAt`).
 */
export function commitWaitUntil({ input, plan }: Pick<RunRecord, 'input' | 'plan'>, openedAt: number): number {
  if (input.options.commit !== 'approve') return openedAt;
  const window = input.window && readWindow(input.window);
  const { commitBy } = input.options;
  if (commitBy !== undefined) return parseTime(commitBy, window?.zone, 'options.commitBy');
  if (window === undefined) return openedAt + commitWaitMs;
  const rollbackSeconds = input.options.onCommitTimeout === 'rollback' ? (plan?.expected?.rollbackSeconds ?? 0) : 0;
  return window.closesAt - rollbackSeconds * 1_000;
}

/** The farthest a run may be told to wait, in days: executions last 20. */
export const waitDaysMax = 14;

/** What is wrong with the times of an input at `now` (epoch milliseconds), in words; empty when nothing is. */
export function timesAmiss(input: RunInput, now: number): string[] {
  const zone = input.window && readWindow(input.window).zone;
  return (['startBy', 'commitBy'] as const).flatMap((field) => {
    const text = input.options[field];
    if (text === undefined) return [];
    const at = parseTime(text, zone, `options.${field}`);
    if (at <= now) return [`options.${field} is past`];
    return at > now + waitDaysMax * dayMs ? [`options.${field} is more than ${String(waitDaysMax)} days away`] : [];
  });
}
