/**
 * The ledger store of one machine: an SQLite file through Node's own `node:sqlite`. Several processes may share it.
 * Every write is on the disk before it is answered, because an attempt that is lost is a second launch.
 */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { LedgerUnreadableError, TransientServiceError } from '../domain/errors.ts';
import type { LedgerChange, LedgerItem, LedgerStore } from '../domain/ports.ts';
import { shownText } from '../domain/shown-text.ts';
import { parseStored } from './parse-item.ts';

/** A store that has to be closed. */
export interface ClosableStore extends LedgerStore {
  close(): void;
}

/** How long to wait for another process that has the file, in milliseconds. */
const busyMsMax = 10_000;
const busyRetryMs = 20;

/**
 * Opens (and creates) the store in the file at `path`. Its operations throw TransientServiceError when SQLite cannot use
 * the file now.
 *
 * @throws Error from SQLite when the file cannot be opened or is no database.
 */
export function openSqliteStore(path: string): ClosableStore {
  const database = new DatabaseSync(path, { timeout: busyMsMax });
  useWriteAheadLog(database);
  database.exec('PRAGMA synchronous = FULL');
  database.exec(
    'CREATE TABLE IF NOT EXISTS ledger (partition TEXT NOT NULL, sort TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (partition, sort)) STRICT, WITHOUT ROWID',
  );
  const { selectOne, selectAll } = readsOf(database);
  const upsert = database.prepare(
    'INSERT INTO ledger (partition, sort, version, value) VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET version = version + 1, value = excluded.value',
  );
  const remove = database.prepare('DELETE FROM ledger WHERE partition = ? AND sort = ?');

  const holds = ({ partition, sort, expect }: LedgerChange) => {
    if (expect === 'any') return true;
    const version = selectOne.get(partition, sort)?.['version'];
    return expect === 'absent' ? version === undefined : version === expect;
  };
  const apply = ({ partition, sort, value }: LedgerChange) => {
    if (value === undefined) remove.run(partition, sort);
    else upsert.run(partition, sort, JSON.stringify(value));
  };

  const use = usesOf(path);

  return {
    read: (partition, sort) =>
      use(() => {
        const row = selectOne.get(partition, sort);
        return row && toItem(row);
      }),
    readAll: (partition) => use(() => selectAll.all(partition).map(toItem)),
    write: (changes) =>
      use(() => {
        database.exec('BEGIN IMMEDIATE');
        try {
          const isAllowed = changes.every(holds);
          if (isAllowed) changes.forEach(apply);
          database.exec(isAllowed ? 'COMMIT' : 'ROLLBACK');
          return isAllowed;
        } catch (error) {
          if (database.isTransaction) database.exec('ROLLBACK');
          throw error;
        }
      }),
    close() {
      database.close();
    },
  };
}

/**
 * Opens the store in the file at `path` for somebody who only looks, again and again: nothing is written to it, and what
 * no other process has changed since is not read again. To write to it throws TypeError.
 *
 * @throws Error from SQLite when the file cannot be opened or is no database of ours.
 */
export function openSqliteReader(path: string): ClosableStore {
  const database = new DatabaseSync(path, { timeout: busyMsMax, readOnly: true });
  const { selectOne, selectAll } = readsOf(database);
  const dataVersion = database.prepare('PRAGMA data_version');
  const use = usesOf(path);
  const known = new Map<string, { readonly version: unknown; readonly items: LedgerItem[] }>();
  return {
    read: (partition, sort) =>
      use(() => {
        const row = selectOne.get(partition, sort);
        return row && toItem(row);
      }),
    readAll: (partition) =>
      use(() => {
        const version = dataVersion.get()?.['data_version'];
        const before = known.get(partition);
        if (before !== undefined && before.version === version) return before.items;
        const items = selectAll.all(partition).map(toItem);
        known.set(partition, { version, items });
        return items;
      }),
    write: () => Promise.reject(new TypeError(`the ledger file ${path} was opened to be read only`)),
    close() {
      database.close();
    },
  };
}

function readsOf(database: DatabaseSync) {
  const all = 'SELECT partition, sort, version, value FROM ledger WHERE partition = ?';
  return { selectOne: database.prepare(`${all} AND sort = ?`), selectAll: database.prepare(`${all} ORDER BY sort`) };
}

/** Does work on the file; what SQLite says against it is told as an error of ours. */
function usesOf(path: string) {
  return <Answer>(work: () => Answer): Promise<Answer> => {
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(translated(error, path));
    }
  };
}

/** A file that is busy, or full, may be neither a minute later. */
function translated(error: unknown, path: string): Error {
  if (error instanceof LedgerUnreadableError) return error;
  const words = shownText(error instanceof Error ? error.message : String(error));
  return new TransientServiceError(`the ledger file ${path} cannot be used now: ${words}`, { cause: error });
}

/** SQLite waits for other processes with everything but this switch, which it refuses at once while one has the file. */
function useWriteAheadLog(database: DatabaseSync): void {
  for (let waitedMs = 0; ; waitedMs += busyRetryMs) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || waitedMs >= busyMsMax) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyRetryMs);
    }
  }
}

/** Whether the error is SQLITE_BUSY, result code 5. */
function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === 5;
}

function toItem(row: Record<string, SQLOutputValue>): LedgerItem {
  const key = { partition: String(row['partition']), sort: String(row['sort']) };
  return { ...key, version: Number(row['version']), value: parseStored(String(row['value']), key) };
}
