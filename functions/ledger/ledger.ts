/**
 * The ledger: what survives a crash, a lost answer or a stopped execution. It keeps runs, the record of each source
 * server, the attempts written before each call that starts a job, and the locks that keep two runs off one server.
 * It is written once, over any store that can do an atomic conditional write.
 */
import type * as v from 'valibot';
import { LedgerConflictError } from '../domain/errors.ts';
import { RunIDSchema, type RunID, type SourceServerID } from '../domain/identifiers.ts';
import { NoticeRecordSchema, type NoticeRecord } from '../domain/notice-record.ts';
import type { LedgerChange, LedgerItem, LedgerStore } from '../domain/ports.ts';
import { ledgerChangesMax } from '../domain/ports.ts';
import {
  AttemptRecordSchema,
  FailureRecordSchema,
  LockSchema,
  RunRecordSchema,
  type AttemptKind,
  type AttemptRecord,
  type FailureRecord,
  type Lock,
  type RunRecord,
} from '../domain/run-record.ts';
import { ServerRecordSchema, type ServerRecord } from '../domain/server-record.ts';
import { chunksOf } from '../domain/wave-plan.ts';
import { createHooksLedger, type HooksLedger } from './hooks.ts';
import { createMigrationsLedger, type MigrationsLedger } from './migrations.ts';
import { parseItem } from './parse-item.ts';
import { createQuotaDesksLedger, type QuotaDesksLedger } from './quota-desks.ts';
import { createTimingsLedger, type TimingsLedger } from './timings.ts';

/** A value with the version it was read at; writing it back insists on that version. */
export interface Versioned<Value> {
  readonly value: Value;
  readonly version: number;
}

/** A lock that another run holds. */
export interface LockConflict {
  readonly arn: string;
  readonly runID: RunID;
}

/**
 * The ledger's operations. Those that read first and then write throw LedgerConflictError when they lost a race; all that
 * read throw LedgerUnreadableError for an item that is not as this version writes it.
 */
export interface Ledger extends TimingsLedger, HooksLedger, MigrationsLedger, QuotaDesksLedger {
  /** Where it is kept, for the parts that only few work with (`watched-run.ts`, `run-notices.ts`). */
  readonly store: LedgerStore;
  /**
   * Creates the run unless one of this ID exists; returns the one that exists afterwards. What an expired run of this ID
   * has left behind is removed first.
   */
  createRun(run: RunRecord): Promise<Versioned<RunRecord>>;
  readRun(runID: RunID): Promise<Versioned<RunRecord> | undefined>;
  /**
   * Writes the run if it is still of `version`; throws LedgerConflictError if not. In the same write it is put on the
   * list of open runs while it has no end, and taken off once it has one.
   */
  saveRun(run: RunRecord, version: number): Promise<void>;
  /** IDs of all runs the ledger knows, in order of their names. */
  listRunIDs(): Promise<string[]>;
  /**
   * IDs of the runs without an end, in order of their names, however many have ended before. A ledger that was written
   * before there was such a list has none: there an open run enters it when it is next saved. A list may be older than
   * a run that is read after it, so who goes by it looks at the run's own `end` too.
   */
  listOpenRunIDs(): Promise<RunID[]>;
  /**
   * Sets a run aside for which nothing was started: releases those of the locks (by ARN) that it holds and takes it off
   * the list of open runs. Every write of it goes over the run itself, if that is still of `version`, so a step that read
   * the run while it had its locks cannot save what it decided by them. The next saveRun puts the run back on the list.
   */
  setRunAside(run: RunRecord, version: number, arns: readonly string[]): Promise<void>;
  readServers(runID: RunID): Promise<ServerRecord[]>;
  saveServers(runID: RunID, records: readonly ServerRecord[]): Promise<void>;
  /**
   * Writes records of a run that nobody holds: if it is still of `version`, so that whoever has claimed it meanwhile, and
   * with that its records, is not written over. Every write goes over the run itself; gives the version it then has.
   */
  saveServersOfFreeRun(run: RunRecord, version: number, records: readonly ServerRecord[]): Promise<number>;
  readAttempt(runID: RunID, batchID: string, kind: AttemptKind): Promise<Versioned<AttemptRecord> | undefined>;
  readAttempts(runID: RunID): Promise<AttemptRecord[]>;
  /** Writes the attempt if the stored one is still of `version` (undefined: there is none yet). */
  saveAttempt(runID: RunID, attempt: AttemptRecord, version: number | undefined): Promise<number>;
  recordFailure(runID: RunID, failure: FailureRecord): Promise<void>;
  readFailures(runID: RunID): Promise<FailureRecord[]>;
  /** Notes that people were told how an execution ended; telling them again notes it again, in place. */
  recordNotice(runID: RunID, notice: NoticeRecord): Promise<void>;
  readNotices(runID: RunID): Promise<NoticeRecord[]>;
  /**
   * Locks all these servers (by ARN) for the run, or as many as `mode` says: `all` takes none more unless it can take
   * all. A lock that the run holds already stays its own and is renewed, one that has expired is taken over.
   */
  takeLocks(
    arns: readonly string[],
    runID: RunID,
    until: { now: number; expiresAt: number },
    mode: 'all' | 'free',
  ): Promise<LockConflict[]>;
  readLocks(arns: readonly string[], now: number): Promise<Map<string, Lock>>;
  /** Releases those of the locks that the run holds. */
  releaseLocks(arns: readonly string[], runID: RunID): Promise<void>;
}

/** The partition that holds all of a run. */
export const runPartition = (runID: string) => `run#${runID}`;
const lockPartition = (arn: string) => `lock#${arn}`;
const attemptSort = (batchID: string, kind: AttemptKind) => `attempt#${batchID}#${kind}`;
const runsPartition = 'runs';
const openRunsPartition = 'open-runs';

/**
 * The run's places on the lists, to be written with the run itself. The list of all runs is written each time although it
 * never changes, so that with a retention the entry lives as long as the run.
 */
function listingsOf({ runID, createdAt, end }: RunRecord): LedgerChange[] {
  const entry = { sort: runID, expect: 'any' as const, value: { createdAt } };
  const offTheList = { partition: openRunsPartition, sort: runID, expect: 'any' as const };
  return [
    { partition: runsPartition, ...entry },
    end === undefined ? { partition: openRunsPartition, ...entry } : offTheList,
  ];
}

function changesOf(runID: RunID, records: readonly ServerRecord[]): LedgerChange[] {
  return records.map((record) => ({
    partition: runPartition(runID),
    sort: `server#${record.sourceServerID}`,
    expect: 'any' as const,
    value: record,
  }));
}

/** A ledger kept in `store`. */
export function createLedger(store: LedgerStore): Ledger {
  const readSorted = async <Schema extends v.GenericSchema>(runID: RunID, prefix: string, schema: Schema) => {
    const items = await store.readAll(runPartition(runID));
    return items.filter((item) => item.sort.startsWith(prefix)).map((item) => parseItem(schema, item));
  };

  const parseRun = parseOnce(RunRecordSchema);
  const parseServer = parseOnce(ServerRecordSchema);
  const parseAttempt = parseOnce(AttemptRecordSchema);

  const readRun = async (runID: RunID) => {
    const item = await store.read(runPartition(runID), 'run');
    return item && { value: parseRun(item), version: item.version };
  };

  return {
    store,
    ...createTimingsLedger(store),
    ...createMigrationsLedger(store),
    ...createHooksLedger(store, runPartition),
    ...createQuotaDesksLedger(store),
    readRun,

    async createRun(run) {
      const known = await readRun(run.runID);
      if (known !== undefined) return known;
      await removeLeftovers(store, run.runID);
      const own = { partition: runPartition(run.runID), sort: 'run', expect: 'absent', value: run } as const;
      await store.write([own, ...listingsOf(run)]);
      const stored = await readRun(run.runID);
      if (stored === undefined)
        throw new LedgerConflictError(`run ${run.runID} vanished from the ledger while it was created`);
      return stored;
    },

    async saveRun(run, version) {
      const own = { partition: runPartition(run.runID), sort: 'run', expect: version, value: run };
      await insist(store, [own, ...listingsOf(run)]);
    },

    async listRunIDs() {
      return (await store.readAll(runsPartition)).map((item) => item.sort);
    },

    async listOpenRunIDs() {
      return (await store.readAll(openRunsPartition)).map((item) =>
        parseItem(RunIDSchema, { ...item, value: item.sort }),
      );
    },

    setRunAside: (run, version, arns) => setRunAside(store, run, version, arns),

    async readServers(runID) {
      const items = await store.readAll(runPartition(runID));
      return items.filter((item) => item.sort.startsWith('server#')).map(parseServer);
    },

    async saveServers(runID, records) {
      for (const chunk of chunksOf(changesOf(runID, records), ledgerChangesMax)) await insist(store, chunk);
    },

    async saveServersOfFreeRun(run, version, records) {
      const chunks = chunksOf(changesOf(run.runID, records), ledgerChangesMax - 1);
      for (const [written, chunk] of chunks.entries()) {
        const own = { partition: runPartition(run.runID), sort: 'run', expect: version + written, value: run };
        await insist(store, [own, ...chunk]);
      }
      return version + chunks.length;
    },

    async readAttempt(runID, batchID, kind) {
      const item = await store.read(runPartition(runID), attemptSort(batchID, kind));
      return item && { value: parseAttempt(item), version: item.version };
    },

    readAttempts: (runID) => readSorted(runID, 'attempt#', AttemptRecordSchema),

    async saveAttempt(runID, attempt, version) {
      const expect = version ?? 'absent';
      const sort = attemptSort(attempt.batchID, attempt.kind);
      await insist(store, [{ partition: runPartition(runID), sort, expect, value: attempt }]);
      return (version ?? 0) + 1;
    },

    async recordFailure(runID, failure) {
      const sort = `failure#${String(failure.at).padStart(15, '0')}#${failure.batchID ?? ''}#${failure.error.slice(0, 200)}`;
      await insist(store, [{ partition: runPartition(runID), sort, expect: 'any', value: failure }]);
    },

    readFailures: (runID) => readSorted(runID, 'failure#', FailureRecordSchema),

    async recordNotice(runID, notice) {
      const sort = `notice#${String(notice.endedAt).padStart(15, '0')}#${notice.executionID}`;
      await insist(store, [{ partition: runPartition(runID), sort, expect: 'any', value: notice }]);
    },

    readNotices: (runID) => readSorted(runID, 'notice#', NoticeRecordSchema),

    takeLocks: (arns, runID, until, mode) => takeLocks(store, [...arns].sort(), runID, until, mode),

    async readLocks(arns, now) {
      const locks = new Map<string, Lock>();
      for (const arn of arns) {
        const lock = (await readLock(store, arn))?.value;
        if (lock !== undefined && lock.expiresAt > now) locks.set(arn, lock);
      }
      return locks;
    },

    releaseLocks: (arns, runID) => releaseLocks(store, arns, runID),
  };
}

/**
 * Parses an item only when its version is new. Every step reads all servers of its run, a thousand of them perhaps, and
 * few have changed since the step before; records are never changed in place, so those may be shared.
 */
function parseOnce<Schema extends v.GenericSchema>(schema: Schema): (item: LedgerItem) => v.InferOutput<Schema> {
  const parsed = new Map<string, Versioned<v.InferOutput<Schema>>>();
  let partition = '';
  return (item) => {
    if (item.partition !== partition) parsed.clear();
    partition = item.partition;
    const known = parsed.get(item.sort);
    if (known?.version === item.version) return known.value;
    const value = parseItem(schema, item);
    parsed.set(item.sort, { value, version: item.version });
    return value;
  };
}

/** Versions start at 1 and grow by one with each write, in every store. */
async function insist(store: LedgerStore, changes: readonly LedgerChange[]): Promise<void> {
  if (changes.length > 0 && !(await store.write(changes))) {
    const first = changes[0];
    throw new LedgerConflictError(
      `the ledger's ${first?.partition ?? ''} ${first?.sort ?? ''} was changed by somebody else meanwhile`,
    );
  }
}

async function readLock(store: LedgerStore, arn: string): Promise<Versioned<Lock> | undefined> {
  const item = await store.read(lockPartition(arn), 'lock');
  return item && { value: parseItem(LockSchema, item), version: item.version };
}

/**
 * Takes locks in sorted order, so that of two runs that overlap one always gets to the end. Each chunk is one atomic
 * write; a chunk that lost a race is read again.
 */
async function takeLocks(
  store: LedgerStore,
  sortedArns: readonly string[],
  runID: RunID,
  { now, expiresAt }: { now: number; expiresAt: number },
  mode: 'all' | 'free',
): Promise<LockConflict[]> {
  const taken: string[] = [];
  const conflicts: LockConflict[] = [];
  for (const chunk of chunksOf(sortedArns, ledgerChangesMax)) {
    for (;;) {
      const held = await Promise.all(chunk.map(async (arn) => ({ arn, lock: await readLock(store, arn) })));
      const isForeign = (lock: Versioned<Lock> | undefined) =>
        lock !== undefined && lock.value.runID !== runID && lock.value.expiresAt > now;
      const foreign = held.flatMap(({ arn, lock }) =>
        lock && isForeign(lock) ? [{ arn, runID: lock.value.runID }] : [],
      );
      const free =
        mode === 'all' && conflicts.length + foreign.length > 0 ? [] : held.filter(({ lock }) => !isForeign(lock));
      const changes = free.map(({ arn, lock }) => ({
        partition: lockPartition(arn),
        sort: 'lock',
        expect: lock?.version ?? ('absent' as const),
        value: { runID, takenAt: now, expiresAt } satisfies Lock,
      }));
      if (changes.length > 0 && !(await store.write(changes))) continue;
      taken.push(...free.filter(({ lock }) => lock?.value.runID !== runID).map(({ arn }) => arn));
      conflicts.push(...foreign);
      break;
    }
  }
  if (mode === 'all' && conflicts.length > 0) await releaseLocks(store, taken, runID);
  return conflicts;
}

async function releaseLocks(store: LedgerStore, arns: readonly string[], runID: RunID): Promise<void> {
  for (const chunk of chunksOf(arns, ledgerChangesMax)) await insist(store, await releasesOf(store, chunk, runID));
}

/** The changes that release those of the locks that the run holds. */
async function releasesOf(store: LedgerStore, arns: readonly string[], runID: RunID): Promise<LedgerChange[]> {
  const held = await Promise.all(arns.map(async (arn) => ({ arn, lock: await readLock(store, arn) })));
  return held.flatMap(({ arn, lock }) =>
    lock?.value.runID === runID ? [{ partition: lockPartition(arn), sort: 'lock', expect: lock.version }] : [],
  );
}

async function setRunAside(
  store: LedgerStore,
  run: RunRecord,
  version: number,
  arns: readonly string[],
): Promise<void> {
  const offTheList = { partition: openRunsPartition, sort: run.runID, expect: 'any' } as const;
  const chunks = arns.length === 0 ? [[]] : chunksOf(arns, ledgerChangesMax - 2);
  for (const [written, chunk] of chunks.entries()) {
    const own = { partition: runPartition(run.runID), sort: 'run', expect: version + written, value: run };
    await insist(store, [own, offTheList, ...(await releasesOf(store, chunk, run.runID))]);
  }
}

/**
 * Where items expire, those of a run go one by one, so that some may still be there when the run is not. A new run of the
 * same name must not take them for its own: an attempt of then would keep it from ever starting anything. Each write
 * insists that there still is no run, lest what another creator has begun to write be removed.
 */
async function removeLeftovers(store: LedgerStore, runID: RunID): Promise<void> {
  const noRun = { partition: runPartition(runID), sort: 'run', expect: 'absent' } as const;
  const leftovers = (await store.readAll(runPartition(runID))).filter((item) => item.sort !== 'run');
  for (const chunk of chunksOf(leftovers, ledgerChangesMax - 1)) {
    const removals = chunk.map(({ partition, sort }) => ({ partition, sort, expect: 'any' as const }));
    if (!(await store.write([noRun, ...removals]))) return;
  }
}

/** A server's ID, for those who hold only its record. */
export function idsOf(records: readonly ServerRecord[]): SourceServerID[] {
  return records.map((record) => record.sourceServerID);
}
