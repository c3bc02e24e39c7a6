/** Reading a stored item: what is not as this version writes it is named, and never guessed at. */
import * as v from 'valibot';
import { LedgerUnreadableError } from '../domain/errors.ts';
import type { LedgerItem } from '../domain/ports.ts';
import { describeIssue } from '../domain/run-input.ts';
import { listProblems } from '../domain/shown-text.ts';

/**
 * The item's value.
 *
 * @throws LedgerUnreadableError when it does not fit `schema`; the message says which item and what is wrong with it.
 */
export function parseItem<Schema extends v.GenericSchema>(schema: Schema, item: LedgerItem): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, item.value);
  if (parsed.success) return parsed.output;
  throw unreadable(item, listProblems(parsed.issues.map(describeIssue)));
}

/** The value of stored text, which is JSON in every store. */
export function parseStored(json: string, key: Pick<LedgerItem, 'partition' | 'sort'>): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw unreadable(key, 'it is no JSON');
  }
}

/** The refusal of an item. */
export function unreadable(
  { partition, sort }: Pick<LedgerItem, 'partition' | 'sort'>,
  problem: string,
): LedgerUnreadableError {
  return new LedgerUnreadableError(
    `The ledger's ${partition} ${sort} cannot be read by this version (${problem}). A newer version may have written it, or somebody changed it; use that version, or mend the item.`,
  );
}
