/** The desk where runs take turns with MGN's quotas: what the ledger promises of it, and what that gives several runs. */
import { setImmediate } from 'node:timers/promises';
import { LedgerConflictError } from '../../../functions/domain/errors.ts';
import type { RunID, SourceServerID } from '../../../functions/domain/identifiers.ts';
import type { Job } from '../../../functions/domain/job.ts';
import { chooseNextJob } from '../../../functions/domain/launch-schedule.ts';
import type { LedgerStore } from '../../../functions/domain/ports.ts';
import {
  confirm,
  doOthersWait,
  emptyQuotaDesk,
  mayTake,
  reserve,
  returnTicket,
  takeTicket,
  tidyDesk,
  type QuotaDesk,
} from '../../../functions/domain/quota-desk.ts';
import { roomBeside } from '../../../functions/domain/quota.ts';
import { createLedger, type Ledger } from '../../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { aJob, aPart, jobID, nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';
import { storeKinds } from './store-kinds.ts';

const place = '111122223333/eu-central-1';

const aDesk = (name: string): QuotaDesk =>
  confirm(
    reserve(
      takeTicket(emptyQuotaDesk, runID(name), 10, nowMs),
      { runID: runID(name), batchID: 'batch-001', serverCount: 10 },
      nowMs,
    ),
    runID(name),
    'batch-001',
    jobID(1),
  );

describe.each(storeKinds)('a quota desk in %s', (_, open) => {
  let ledger: Ledger;
  let other: Ledger;
  beforeEach(async () => {
    const stores = await open();
    ledger = createLedger(stores.store);
    other = createLedger(stores.other);
  });

  it('is empty before anybody has come', async () => {
    expect(await ledger.readQuotaDesk(place)).toEqual({ value: emptyQuotaDesk, version: 0 });
  });

  it('is kept for each account and region apart', async () => {
    await ledger.saveQuotaDesk(place, aDesk('a'), 0);
    await ledger.saveQuotaDesk('111122223333/eu-west-1', aDesk('b'), undefined);

    expect(await other.readQuotaDesk(place)).toEqual({ value: aDesk('a'), version: 1 });
    expect(await other.readQuotaDesk('111122223333/eu-west-1')).toEqual({ value: aDesk('b'), version: 1 });
  });

  it('is written only over the version that was read', async () => {
    await ledger.saveQuotaDesk(place, aDesk('a'), 0);
    await ledger.saveQuotaDesk(place, aDesk('b'), 1);

    for (const version of [0, 1, 3, undefined]) {
      await expect(other.saveQuotaDesk(place, aDesk('c'), version)).rejects.toThrow(LedgerConflictError);
    }
    expect(await other.readQuotaDesk(place)).toEqual({ value: aDesk('b'), version: 2 });
  });

  it('is written by exactly one of those who have read the same', async () => {
    for (const version of [0, 1]) {
      const settled = await Promise.allSettled(
        [ledger, other].map((each, index) => each.saveQuotaDesk(place, aDesk(`run-${index}`), version)),
      );

      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const winner = settled.findIndex(({ status }) => status === 'fulfilled');
      expect(await ledger.readQuotaDesk(place)).toEqual({ value: aDesk(`run-${winner}`), version: version + 1 });
    }
  });
});

const minute = 60_000;

/** MGN as several runs and a person in the console see it: new jobs show in its list a minute late. */
class QuotaWorld {
  now = nowMs;
  readonly jobs: Job[] = [];
  /** The most jobs and servers that were ever under way together. */
  readonly peak = { jobs: 0, servers: 0 };

  start(ids: readonly SourceServerID[], minutes: number): Job {
    const participatingServers = ids.map((id) => aPart({ sourceServerID: id }));
    const job = aJob({
      jobID: jobID(this.jobs.length + 1),
      createdAt: this.now,
      endedAt: this.now + minutes * minute,
      participatingServers,
    });
    this.jobs.push(job);
    const active = this.jobs.filter(({ endedAt = 0 }) => endedAt > this.now);
    const servers = active.reduce((sum, each) => sum + each.participatingServers.length, 0);
    this.peak.jobs = Math.max(this.peak.jobs, active.length);
    this.peak.servers = Math.max(this.peak.servers, servers);
    return job;
  }

  list(): Job[] {
    return this.jobs
      .filter(({ createdAt = 0 }) => createdAt + minute <= this.now)
      .map((job) => ({ ...job, status: (job.endedAt ?? 0) <= this.now ? 'COMPLETED' : 'STARTED' }));
  }
}

/** A store whose operations take a turn of the event loop, so that those of other runs come between. */
function slowly(store: LedgerStore): LedgerStore {
  return {
    read: (partition, sort) => setImmediate().then(() => store.read(partition, sort)),
    readAll: (partition) => setImmediate().then(() => store.readAll(partition)),
    write: (changes) => setImmediate().then(() => store.write(changes)),
  };
}

/** A run that works off its queue by way of the desk. */
class QueueingRun {
  readonly startedAt: number[] = [];
  private readonly world: QuotaWorld;
  private readonly ledger: Ledger;
  private readonly runID: RunID;
  private queue: readonly SourceServerID[];

  constructor(world: QuotaWorld, ledger: Ledger, name: string, queue: readonly SourceServerID[]) {
    this.world = world;
    this.ledger = ledger;
    this.runID = runID(name);
    this.queue = queue;
  }

  get isDone(): boolean {
    return this.queue.length === 0;
  }

  /** Starts one job if there is room; says whether to be asked again at once. */
  async step(): Promise<boolean> {
    if (this.isDone) return false;
    const { world, ledger } = this;
    const { value, version } = await ledger.readQuotaDesk(place);
    const desk = tidyDesk(value, world.now);
    await setImmediate();
    const room = mayTake(desk, this.runID, roomBeside(world.list(), desk.reservations), world.now);
    const servers = this.queue.map((id) => ({ sourceServerID: id, expectedLaunchSeconds: 600 }));
    const isShared = doOthersWait(desk, this.runID, world.now);
    const ids = chooseNextJob(servers, room, { batchServersMax: 200, isShared });
    const left = this.queue.length - ids.length;
    const waiting =
      left === 0 ? returnTicket(desk, this.runID) : takeTicket(desk, this.runID, Math.min(left, 10), world.now);
    const batchID = `batch-${String(this.startedAt.length + 1).padStart(3, '0')}`;
    const reservation = { runID: this.runID, batchID, serverCount: ids.length };
    try {
      await ledger.saveQuotaDesk(place, ids.length > 0 ? reserve(waiting, reservation, world.now) : waiting, version);
    } catch (error) {
      if (error instanceof LedgerConflictError) return true;
      throw error;
    }
    if (ids.length === 0) return false;
    this.queue = this.queue.filter((id) => !ids.includes(id));
    this.startedAt.push(world.now);
    await this.confirm(batchID, world.start(ids, 5 + (ids.length % 7)));
    return true;
  }

  private async confirm(batchID: string, job: Job): Promise<void> {
    for (;;) {
      const { value, version } = await this.ledger.readQuotaDesk(place);
      try {
        await this.ledger.saveQuotaDesk(place, confirm(value, this.runID, batchID, job.jobID), version);
        return;
      } catch (error) {
        if (!(error instanceof LedgerConflictError)) throw error;
      }
    }
  }
}

describe('several runs of one account and region', () => {
  const idsFrom = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => sourceServerID(first + index));

  async function workOff(world: QuotaWorld, runs: readonly QueueingRun[]): Promise<void> {
    for (let looks = 0; looks < 400 && runs.some((run) => !run.isDone); looks += 1) {
      await Promise.all(
        runs.map(async (run) => {
          while (await run.step());
        }),
      );
      world.now += minute / 2;
    }
  }

  it('never start more together than MGN allows, whatever else is under way, and all get their turn', async () => {
    const world = new QuotaWorld();
    world.start(idsFrom(9_000, 45), 60);
    world.now += 2 * minute;
    const store = slowly(createMemoryStore());
    const runs = [300, 120, 200, 15].map(
      (count, index) =>
        new QueueingRun(world, createLedger(store), `run-${index}`, idsFrom(1_000 * (index + 1), count)),
    );

    await workOff(world, runs);

    expect(runs.map((run) => run.isDone)).toEqual([true, true, true, true]);
    expect(world.peak.jobs).toBeLessThanOrEqual(20);
    expect(world.peak.servers).toBeLessThanOrEqual(200);
    expect(world.peak.servers).toBeGreaterThan(190);
    const launched = world.jobs.flatMap((job) => job.participatingServers.map((part) => part.sourceServerID));
    expect(new Set(launched).size).toBe(launched.length);
    expect(launched).toHaveLength(45 + 300 + 120 + 200 + 15);
  });

  it('do not wait for one that has died in the queue for longer than a quarter of an hour', async () => {
    const world = new QuotaWorld();
    const ledger = createLedger(createMemoryStore());
    const dead = takeTicket(emptyQuotaDesk, runID('dead'), 200, world.now - minute);
    await ledger.saveQuotaDesk(place, takeTicket(dead, runID('dead'), 200, world.now), 0);
    const run = new QueueingRun(world, ledger, 'alive', idsFrom(1, 50));

    await workOff(world, [run]);

    expect(run.startedAt[0]).toBe(nowMs + 15 * minute);
    expect(run.isDone).toBe(true);
  });
});
