/** The ledger's own promises, on every kind of store there is. */
import * as v from 'valibot';
import { LedgerConflictError } from '../../../functions/domain/errors.ts';
import { BatchIDSchema, RunIDSchema, SourceServerIDSchema } from '../../../functions/domain/identifiers.ts';
import type { LedgerChange } from '../../../functions/domain/ports.ts';
import { RunInputSchema } from '../../../functions/domain/run-input.ts';
import type { AttemptRecord, RunRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { createLedger, type Ledger } from '../../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import type { StoreUnderTest } from './store-contract.ts';
import { storeKinds } from './store-kinds.ts';

const runID = (name: string) => v.parse(RunIDSchema, name);
const serverID = (index: number) => v.parse(SourceServerIDSchema, `s-${String(index).padStart(17, '0')}`);
const arn = (index: number) => `arn:aws:mgn:eu-central-1:111122223333:source-server/${serverID(index)}`;
const arns = (from: number, count: number) => Array.from({ length: count }, (_, index) => arn(from + index));

const now = Date.parse('2026-03-01T02:00:00Z');
const hour = 3_600_000;
const until = (at: number) => ({ now: at, expiresAt: at + hour });

const aRun = (name: string): RunRecord => ({
  runID: runID(name),
  input: v.parse(RunInputSchema, { sourceServerIDs: [serverID(1)] }),
  nonce: `nonce-of-${name}`,
  createdAt: now,
});

const aServerRecord = (index: number): ServerRecord => ({
  sourceServerID: serverID(index),
  arn: arn(index),
  isArchived: false,
  priorityGroup: 5,
  mayFail: false,
  phase: 'resolved',
  phaseAt: now,
  launch: 'PENDING',
  reasons: [],
  warnings: [],
  expectedActions: [],
  actions: [],
  nextSteps: [],
});

const anAttempt = (state: AttemptRecord['state']): AttemptRecord => ({
  kind: 'START_CUTOVER',
  batchID: v.parse(BatchIDSchema, 'batch-001'),
  tryNumber: 1,
  token: 'token',
  sourceServerIDs: [serverID(1)],
  knownJobIDs: [],
  state,
  attemptedAt: now,
  calledAt: now,
  isAnswered: false,
});

describe.each(storeKinds)('a ledger in %s', (_, open) => {
  let stores: StoreUnderTest;
  let ledger: Ledger;
  let other: Ledger;
  beforeEach(async () => {
    stores = await open();
    ledger = createLedger(stores.store);
    other = createLedger(stores.other);
  });

  describe('runs', () => {
    it('gives the run that exists to whoever creates it again', async () => {
      const created = await ledger.createRun(aRun('wave-1'));
      const again = await other.createRun({ ...aRun('wave-1'), nonce: 'another' });

      expect(created).toEqual({ value: aRun('wave-1'), version: 1 });
      expect(again).toEqual(created);
      expect(await ledger.readRun(runID('wave-2'))).toBeUndefined();
    });

    it('lists the runs there are', async () => {
      for (const name of ['b', 'a', 'b']) await ledger.createRun(aRun(name));

      expect(await other.listRunIDs()).toEqual(['a', 'b']);
    });

    it('saves a run only over the version that was read', async () => {
      await ledger.createRun(aRun('wave-1'));
      const end = { endedAt: now, outcome: 'VERIFIED', summary: '' } as const;
      await ledger.saveRun({ ...aRun('wave-1'), end }, 1);

      await expect(other.saveRun(aRun('wave-1'), 1)).rejects.toThrow(LedgerConflictError);
      expect(await other.readRun(runID('wave-1'))).toEqual({ value: { ...aRun('wave-1'), end }, version: 2 });
    });
  });

  describe('open runs', () => {
    const end = { endedAt: now, outcome: 'VERIFIED', summary: '' } as const;

    it('are listed from their creation until they end, and again when a rollback opens them', async () => {
      for (const name of ['b', 'a', 'c']) await ledger.createRun(aRun(name));
      expect(await other.listOpenRunIDs()).toEqual(['a', 'b', 'c']);

      await ledger.saveRun({ ...aRun('b'), end }, 1);
      expect(await other.listOpenRunIDs()).toEqual(['a', 'c']);
      expect(await other.listRunIDs()).toEqual(['a', 'b', 'c']);

      await ledger.saveRun(aRun('b'), 2);
      expect(await other.listOpenRunIDs()).toEqual(['a', 'b', 'c']);
    });

    it('stay on the list when a write that would have ended them is refused', async () => {
      await ledger.createRun(aRun('a'));
      await ledger.saveRun(aRun('a'), 1);

      await expect(other.saveRun({ ...aRun('a'), end }, 1)).rejects.toThrow(LedgerConflictError);
      expect(await ledger.listOpenRunIDs()).toEqual(['a']);
    });

    it('enter the list when they are next saved where a ledger has none from before', async () => {
      await stores.store.write([{ partition: 'run#old', sort: 'run', expect: 'absent', value: aRun('old') }]);
      expect(await ledger.listOpenRunIDs()).toEqual([]);

      await ledger.saveRun(aRun('old'), 1);

      expect(await other.listOpenRunIDs()).toEqual(['old']);
    });

    it('that are set aside lose their locks, keep their record, and come back when they are saved', async () => {
      await ledger.createRun(aRun('a'));
      await ledger.takeLocks(arns(0, 150), runID('a'), until(now), 'all');
      await ledger.takeLocks([arn(200)], runID('b'), until(now), 'all');

      await other.setRunAside(aRun('a'), 1, [...arns(0, 150), arn(200)]);

      expect([...(await ledger.readLocks([...arns(0, 150), arn(200)], now)).keys()]).toEqual([arn(200)]);
      expect(await ledger.listOpenRunIDs()).toEqual([]);
      const stored = await ledger.readRun(runID('a'));
      expect(stored?.value).toEqual(aRun('a'));
      await ledger.saveRun(aRun('a'), stored?.version ?? 0);
      expect(await other.listOpenRunIDs()).toEqual(['a']);
    });

    it('cannot be saved by a step that read them before they were set aside', async () => {
      await ledger.createRun(aRun('a'));
      await other.setRunAside(aRun('a'), 1, []);

      await expect(ledger.saveRun(aRun('a'), 1)).rejects.toThrow(LedgerConflictError);
      expect(await ledger.listOpenRunIDs()).toEqual([]);
    });

    it('keep their locks when they were changed before they could be set aside', async () => {
      await ledger.createRun(aRun('a'));
      await ledger.takeLocks(arns(0, 3), runID('a'), until(now), 'all');
      await ledger.saveRun(aRun('a'), 1);

      await expect(other.setRunAside(aRun('a'), 1, arns(0, 3))).rejects.toThrow(LedgerConflictError);
      expect((await ledger.readLocks(arns(0, 3), now)).size).toBe(3);
      expect(await ledger.listOpenRunIDs()).toEqual(['a']);
    });
  });

  it('does not give a new run what an expired one of its name left behind', async () => {
    await ledger.saveAttempt(runID('a'), anAttempt('STARTED'), undefined);
    await ledger.saveServers(
      runID('a'),
      Array.from({ length: 150 }, (__, index) => aServerRecord(index)),
    );
    await ledger.recordFailure(runID('a'), { at: now, error: 'ConflictError', cause: '' });
    await ledger.saveServers(runID('b'), [aServerRecord(1)]);

    await Promise.all([ledger.createRun(aRun('a')), other.createRun(aRun('a'))]);

    expect(await ledger.readAttempts(runID('a'))).toEqual([]);
    expect(await ledger.readServers(runID('a'))).toEqual([]);
    expect(await ledger.readFailures(runID('a'))).toEqual([]);
    expect(await ledger.readServers(runID('b'))).toHaveLength(1);
    await ledger.saveServers(runID('a'), [aServerRecord(2)]);
    await other.createRun(aRun('a'));
    expect(await ledger.readServers(runID('a'))).toHaveLength(1);
  });

  it('does not take for an expired run’s what another creator of its name has written meanwhile', async () => {
    await ledger.saveServers(runID('a'), [aServerRecord(1)]);
    const readAll = async (partition: string) => {
      const leftovers = await stores.other.readAll(partition);
      await ledger.createRun(aRun('a'));
      await ledger.saveServers(runID('a'), [aServerRecord(1), aServerRecord(2)]);
      return leftovers;
    };

    const created = await createLedger({ ...stores.other, readAll }).createRun({ ...aRun('a'), nonce: 'late' });

    expect(created.value).toEqual(aRun('a'));
    expect(await ledger.readServers(runID('a'))).toEqual([aServerRecord(1), aServerRecord(2)]);
  });

  it('keeps one notice of each end of an execution, in the order they ended', async () => {
    const notice = (executionID: string, endedAt: number) => ({
      executionID,
      executionStatus: 'ABORTED',
      endedAt,
      standing: 'LEFT' as const,
      sentAt: now,
    });
    for (const [executionID, endedAt] of [
      ['two', 2_000],
      ['one', 1_000],
      ['one', 3_000],
      ['two', 2_000],
    ] as const)
      await ledger.recordNotice(runID('r'), notice(executionID, endedAt));

    expect(await other.readNotices(runID('r'))).toEqual([
      notice('one', 1_000),
      notice('two', 2_000),
      notice('one', 3_000),
    ]);
    expect(await other.readNotices(runID('r2'))).toEqual([]);
  });

  describe('attempts', () => {
    it('lets exactly one write the first attempt', async () => {
      const first = [ledger, other].map((each) => each.saveAttempt(runID('r'), anAttempt('ATTEMPTED'), undefined));

      const settled = await Promise.allSettled(first);

      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await ledger.readAttempt(runID('r'), 'batch-001', 'START_CUTOVER')).toMatchObject({ version: 1 });
    });

    it('answers with the version to insist on next', async () => {
      const version = await ledger.saveAttempt(runID('r'), anAttempt('ATTEMPTED'), undefined);
      const next = await ledger.saveAttempt(runID('r'), anAttempt('REJECTED'), version);

      await expect(other.saveAttempt(runID('r'), anAttempt('STARTED'), version)).rejects.toThrow(LedgerConflictError);
      expect(await other.saveAttempt(runID('r'), anAttempt('STARTED'), next)).toBe(3);
      expect(await ledger.readAttempts(runID('r'))).toEqual([anAttempt('STARTED')]);
    });

    it('keeps batches and kinds apart', async () => {
      await ledger.saveAttempt(runID('r'), anAttempt('ATTEMPTED'), undefined);

      expect(await ledger.readAttempt(runID('r'), 'batch-002', 'START_CUTOVER')).toBeUndefined();
      expect(await ledger.readAttempt(runID('r'), 'batch-001', 'TERMINATE_CUTOVER_INSTANCES')).toBeUndefined();
      expect(await ledger.readAttempt(runID('r2'), 'batch-001', 'START_CUTOVER')).toBeUndefined();
    });
  });

  it('keeps the records of more source servers than one write takes, and of no other run', async () => {
    const records = Array.from({ length: 230 }, (__, index) => aServerRecord(index));
    await ledger.saveServers(runID('r'), records);
    await ledger.saveServers(runID('other'), [aServerRecord(999)]);
    await ledger.saveServers(runID('r'), [{ ...aServerRecord(7), phase: 'ready' }]);

    const read = await other.readServers(runID('r'));

    expect(read.map((record) => record.sourceServerID)).toEqual(records.map((record) => record.sourceServerID));
    expect(read.filter((record) => record.phase === 'ready').map((record) => record.arn)).toEqual([arn(7)]);
  });

  it('keeps each of two failures of the same moment, and one that is told of twice once', async () => {
    const failures = ['ConflictError', 'TypeError'].map((error) => ({ at: 9, error, cause: '' }));
    for (const failure of [...failures, ...failures]) await ledger.recordFailure(runID('r'), failure);

    expect(await ledger.readFailures(runID('r'))).toEqual(failures);
  });

  it('keeps failures in the order they happened', async () => {
    const failures = [9, 10, 11].map((at) => ({ at, batchID: 'batch-001', error: 'ConflictError', cause: `at ${at}` }));
    for (const failure of [...failures].reverse()) await ledger.recordFailure(runID('r'), failure);

    expect(await ledger.readFailures(runID('r'))).toEqual(failures);
  });

  describe('locks', () => {
    it('lets exactly one of two overlapping runs have all its locks, and leaves the other none', async () => {
      const conflicts = await Promise.all([
        ledger.takeLocks(arns(0, 150), runID('a'), until(now), 'all'),
        other.takeLocks(arns(90, 150), runID('b'), until(now), 'all'),
      ]);

      expect(conflicts.filter((found) => found.length === 0)).toHaveLength(1);
      const [winner, won] = conflicts[0].length === 0 ? ['a', arns(0, 150)] : ['b', arns(90, 150)];
      const locks = await ledger.readLocks(arns(0, 240), now);
      expect([...locks.keys()].sort()).toEqual(won);
      expect(new Set([...locks.values()].map((lock) => lock.runID))).toEqual(new Set([winner]));
    });

    it('takes what is free where that is enough, and names who holds the rest', async () => {
      await ledger.takeLocks(arns(0, 2), runID('a'), until(now), 'all');

      const conflicts = await other.takeLocks(arns(0, 4), runID('b'), until(now), 'free');

      expect(conflicts).toEqual([
        { arn: arn(0), runID: 'a' },
        { arn: arn(1), runID: 'a' },
      ]);
      expect([...(await ledger.readLocks(arns(0, 4), now)).values()].map((lock) => lock.runID)).toEqual([
        'a',
        'a',
        'b',
        'b',
      ]);
    });

    it('hold until they expire, and are then taken over', async () => {
      await ledger.takeLocks([arn(1)], runID('a'), until(now), 'all');

      expect(await other.takeLocks([arn(1)], runID('b'), until(now + hour - 1), 'all')).toHaveLength(1);
      expect(await other.takeLocks([arn(1)], runID('b'), until(now + hour), 'all')).toEqual([]);
      expect((await ledger.readLocks([arn(1)], now + hour)).get(arn(1))?.runID).toBe('b');
      expect((await ledger.readLocks([arn(1)], now + 2 * hour)).size).toBe(0);
    });

    it('are renewed by the run that holds them', async () => {
      await ledger.takeLocks([arn(1)], runID('a'), until(now), 'all');
      await ledger.takeLocks([arn(1)], runID('a'), until(now + hour / 2), 'all');

      expect(await other.takeLocks([arn(1)], runID('b'), until(now + hour), 'all')).toEqual([
        { arn: arn(1), runID: 'a' },
      ]);
    });

    it('stay with the run that held them when it is refused the others', async () => {
      await ledger.takeLocks(arns(0, 120), runID('a'), until(now), 'all');
      await other.takeLocks([arn(149)], runID('b'), until(now), 'all');

      expect(await ledger.takeLocks(arns(0, 150), runID('a'), until(now), 'all')).toHaveLength(1);
      const locks = await ledger.readLocks(arns(0, 150), now);
      expect([...locks.keys()].sort()).toEqual([...arns(0, 120), arn(149)]);
    });

    it('are free once the store has let them expire, and nobody misses them', async () => {
      await ledger.takeLocks(arns(0, 3), runID('a'), until(now), 'all');
      await stores.store.write([{ partition: `lock#${arn(1)}`, sort: 'lock', expect: 'any' }]);

      expect([...(await ledger.readLocks(arns(0, 3), now)).keys()]).toEqual([arn(0), arn(2)]);
      expect(await other.takeLocks([arn(1)], runID('b'), until(now), 'all')).toEqual([]);
      await ledger.releaseLocks(arns(0, 3), runID('a'));
      expect([...(await ledger.readLocks(arns(0, 3), now)).keys()]).toEqual([arn(1)]);
    });

    it('are released by the run that holds them, and by no other', async () => {
      await ledger.takeLocks(arns(0, 120), runID('a'), until(now), 'all');
      await other.releaseLocks(arns(0, 120), runID('b'));
      expect((await ledger.readLocks(arns(0, 120), now)).size).toBe(120);

      await other.releaseLocks(arns(0, 119), runID('a'));
      expect([...(await ledger.readLocks(arns(0, 120), now)).keys()]).toEqual([arn(119)]);
    });
  });
});

it('never holds a lock for a moment in a run that is refused all of them', async () => {
  const store = createMemoryStore();
  await createLedger(store).takeLocks([arn(0)], runID('a'), until(now), 'all');
  const write = jest.fn((changes: readonly LedgerChange[]) => store.write(changes));

  const conflicts = await createLedger({ ...store, write }).takeLocks(arns(0, 250), runID('b'), until(now), 'all');

  expect(conflicts).toEqual([{ arn: arn(0), runID: 'a' }]);
  expect(write).not.toHaveBeenCalled();
});
