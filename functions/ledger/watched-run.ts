/** An open run as those see it who look on: all of it in one read, because they look every minute. */
import type * as v from 'valibot';
import type { RunID } from '../domain/identifiers.ts';
import { NoticeRecordSchema, type NoticeRecord } from '../domain/notice-record.ts';
import type { LedgerStore } from '../domain/ports.ts';
import { RunRecordSchema, type RunRecord } from '../domain/run-record.ts';
import { ServerRecordSchema, type ServerRecord } from '../domain/server-record.ts';
import { runPartition } from './ledger.ts';
import { parseItem } from './parse-item.ts';

/** What the ledger has of a run, as far as it matters from outside. */
export interface WatchedRun {
  readonly run: RunRecord;
  readonly servers: readonly ServerRecord[];
  /** Which ends of its executions people were told of. */
  readonly notices: readonly NoticeRecord[];
}

/**
 * Reads the run; undefined when there is none, or when it has ended.
 *
 * @throws LedgerUnreadableError when part of it is not as this version writes it; what the store throws.
 */
export async function readWatchedRun(store: LedgerStore, runID: RunID): Promise<WatchedRun | undefined> {
  const items = await store.readAll(runPartition(runID));
  const all = <Schema extends v.GenericSchema>(prefix: string, schema: Schema): v.InferOutput<Schema>[] =>
    items.filter(({ sort }) => sort.startsWith(prefix)).map((item) => parseItem(schema, item));
  const own = items.find(({ sort }) => sort === 'run');
  const run = own && parseItem(RunRecordSchema, own);
  if (run === undefined || run.end !== undefined) return undefined;
  return { run, servers: all('server#', ServerRecordSchema), notices: all('notice#', NoticeRecordSchema) };
}
