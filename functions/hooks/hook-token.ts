/** The token of a try: the same each time it is asked for, and nobody else's. */
import { createHash } from 'node:crypto';
import type { HookRecord } from '../domain/hook-record.ts';
import type { RunRecord } from '../domain/run-record.ts';

/** The token of the hook's latest try, shaped as the UUID that StartAutomationExecution asks for (`ClientToken`). */
export function hookToken(
  { runID, nonce }: Pick<RunRecord, 'runID' | 'nonce'>,
  { name, scope, tries }: Pick<HookRecord, 'name' | 'scope' | 'tries'>,
): string {
  const hash = createHash('sha256').update(JSON.stringify([runID, nonce, name, scope, tries]));
  const [a = '', b = '', c = '', d = '', e = ''] =
    hash
      .digest('hex')
      .match(/^(.{8})(.{4})(.{3})(.{3})(.{12})/)
      ?.slice(1) ?? [];
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
