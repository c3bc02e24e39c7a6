/**
 * What the ledger promises to many writers at once, on every store. The writers' steps fall between each other's
 * differently each time; what has to hold is the same whichever way they do.
 */
import { LedgerConflictError } from '../../../functions/domain/errors.ts';
import type { AttemptRecord } from '../../../functions/domain/run-record.ts';
import type { LedgerStore } from '../../../functions/domain/ports.ts';
import { createLedger, type Ledger } from '../../../functions/ledger/ledger.ts';
import { aRunRecord, cutoverJobID, runID, sourceServerID } from '../../support/domain-builders.ts';

const now = Date.parse('2026-03-01T02:00:00Z');
const until = { now, expiresAt: now + 3_600_000 };
/**
 * A ring of source servers, and how many of them each run wants: more than one write takes, so that a run may find the
 * others' only after it has taken the first of its own.
 */
const ringServers = 300;
const wantedServers = 120;

/** The ARNs of so many source servers of the ring, from that one on. */
const arnsOf = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `arn:${String((from + index) % ringServers).padStart(3, '0')}`);

const everyArn = arnsOf(0, ringServers);

const nameOf = (index: number) => runID(`run-${index}`);

const anAttempt = (fields: Partial<AttemptRecord>): AttemptRecord => ({
  kind: 'START_CUTOVER',
  batchID: 'batch-001',
  tryNumber: 1,
  token: 'token',
  sourceServerIDs: [sourceServerID(1)],
  knownJobIDs: [],
  state: 'ATTEMPTED',
  attemptedAt: now,
  calledAt: now,
  isAnswered: false,
  ...fields,
});

const end = { endedAt: now, outcome: 'VERIFIED', summary: '' } as const;

/** Who holds what of the servers, by the run's name. */
async function holdersOf(ledger: Ledger): Promise<Map<string, string[]>> {
  const holders = new Map<string, string[]>();
  for (const [arn, lock] of await ledger.readLocks(everyArn, now))
    holders.set(lock.runID, [...(holders.get(lock.runID) ?? []), arn]);
  return holders;
}

/** Which of these came through; all others have to have lost the race, and nothing worse. */
function winnersOf(settled: readonly PromiseSettledResult<unknown>[]): number[] {
  for (const result of settled)
    if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(LedgerConflictError);
  return settled.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
}

/** The contract's tests; `open` gives several ways into the same empty store, one for each writer. */
export function describeConcurrency(name: string, open: () => Promise<LedgerStore[]>): void {
  describe(`a ledger in ${name} with many writers`, () => {
    let ledgers: Ledger[] = [];
    /** What each writer wants: each overlaps its neighbours, the last one the first. */
    let overlapping: string[][] = [];
    let ledger: Ledger;
    beforeEach(async () => {
      ledgers = (await open()).map(createLedger);
      overlapping = ledgers.map((_, index) => arnsOf((index * ringServers) / ledgers.length, wantedServers));
      const [first] = ledgers;
      if (first === undefined) throw new Error('there is no way into the store');
      ledger = first;
    });

    it('gives overlapping sets of locks to runs that do not overlap, and to the others nothing', async () => {
      const conflicts = await Promise.all(
        ledgers.map((each, index) => each.takeLocks(overlapping[index] ?? [], nameOf(index), until, 'all')),
      );

      const winners = conflicts.flatMap((found, index) => (found.length === 0 ? [index] : []));
      expect(winners.length).toBeGreaterThan(0);
      expect(await holdersOf(ledger)).toEqual(
        new Map(winners.map((index) => [nameOf(index), [...(overlapping[index] ?? [])].sort()])),
      );
    });

    it('gives each lock to one run when every run takes what is free, and tells the others whose it is', async () => {
      const conflicts = await Promise.all(
        ledgers.map((each, index) => each.takeLocks(overlapping[index] ?? [], nameOf(index), until, 'free')),
      );

      const holders = await holdersOf(ledger);
      expect([...holders.values()].flat().sort()).toEqual([...everyArn].sort());
      for (const [index, found] of conflicts.entries()) {
        const wanted = overlapping[index] ?? [];
        const refused = new Set(found.map(({ arn }) => arn));
        expect(holders.get(nameOf(index)) ?? []).toEqual(wanted.filter((arn) => !refused.has(arn)).sort());
        for (const { arn, runID: holder } of found) expect(holders.get(holder)).toContain(arn);
      }
    });

    it('keeps the locks of a run whole that several of its steps take at once', async () => {
      await Promise.all(ledgers.map((each) => each.takeLocks(arnsOf(0, wantedServers), nameOf(0), until, 'all')));

      expect(await holdersOf(ledger)).toEqual(new Map([[nameOf(0), arnsOf(0, wantedServers)]]));
    });

    it('creates one run of a name, of which every creator is told', async () => {
      const created = await Promise.all(
        ledgers.map((each, index) => each.createRun(aRunRecord({ nonce: `nonce-${index}` }))),
      );

      const nonces = new Set(created.map(({ value }) => value.nonce));
      expect(nonces.size).toBe(1);
      expect(created.map(({ version }) => version)).toEqual(created.map(() => 1));
      expect((await ledger.readRun(runID('night-1')))?.value.nonce).toBe([...nonces][0]);
      expect(await ledger.listOpenRunIDs()).toEqual(['night-1']);
    });

    it('lets exactly one write an attempt, first and ever after', async () => {
      for (const version of [undefined, 1]) {
        const settled = await Promise.allSettled(
          ledgers.map((each, index) => each.saveAttempt(nameOf(0), anAttempt({ token: `token-${index}` }), version)),
        );

        const winners = winnersOf(settled);
        expect(winners).toHaveLength(1);
        expect(await ledger.readAttempts(nameOf(0))).toEqual([anAttempt({ token: `token-${winners[0]}` })]);
      }
    });

    it('lets exactly one save a run over the version all have read, and lists it by what was saved', async () => {
      await ledger.createRun(aRunRecord());
      for (let version = 1; version <= 4; version += 1) {
        const settled = await Promise.allSettled(
          ledgers.map((each, index) =>
            each.saveRun(aRunRecord({ nonce: `${index}`, ...((index + version) % 2 === 0 && { end }) }), version),
          ),
        );

        const winners = winnersOf(settled);
        expect(winners).toHaveLength(1);
        const stored = await ledger.readRun(runID('night-1'));
        expect(stored).toMatchObject({ version: version + 1, value: { nonce: `${winners[0]}` } });
        expect(await ledger.listOpenRunIDs()).toEqual(stored?.value.end === undefined ? ['night-1'] : []);
      }
    });

    it('sets a run aside or lets a step save it, never both', async () => {
      const own = arnsOf(0, wantedServers);
      await ledger.createRun(aRunRecord());
      await ledger.takeLocks(own, runID('night-1'), until, 'all');

      const settled = await Promise.allSettled(
        ledgers.map((each, index) =>
          index % 2 === 0 ? each.setRunAside(aRunRecord(), 1, own) : each.saveRun(aRunRecord({ nonce: 'step' }), 1),
        ),
      );

      const [winner, ...others] = winnersOf(settled);
      expect(others).toEqual([]);
      const isAside = winner !== undefined && winner % 2 === 0;
      expect((await ledger.readLocks(own, now)).size).toBe(isAside ? 0 : own.length);
      expect(await ledger.listOpenRunIDs()).toEqual(isAside ? [] : ['night-1']);
    });

    it('shows a reader nothing of a write that is refused, and of one that is made never less than was shown', async () => {
      let isWriting = true;
      const seen: { token: string; version: number }[] = [];
      await ledger.saveAttempt(nameOf(0), anAttempt({ token: '0' }), undefined);
      const read = async (reader: Ledger) => {
        while (isWriting) {
          const attempt = await reader.readAttempt(nameOf(0), 'batch-001', 'START_CUTOVER');
          seen.push({ token: attempt?.value.token ?? 'none', version: attempt?.version ?? 0 });
        }
      };
      const write = async (writer: Ledger) => {
        for (let version = 1; version <= 10; version += 1) {
          const refused = anAttempt({ token: 'refused', jobID: cutoverJobID });
          await expect(writer.saveAttempt(nameOf(0), refused, version + 1)).rejects.toThrow(LedgerConflictError);
          await writer.saveAttempt(nameOf(0), anAttempt({ token: String(version) }), version);
        }
        isWriting = false;
      };

      const [writer, ...readers] = ledgers;
      if (writer === undefined) throw new Error('there is no writer');
      await Promise.all([write(writer), ...readers.slice(0, 2).map(read)]);

      expect(seen.length).toBeGreaterThan(0);
      for (const { token, version } of seen) expect(token).toBe(String(version - 1));
    });
  });
}
