/**
 * Keeps two processes of one ledger off the same run, and tells a process that is at work from one that died: a dead
 * one's run may be taken over. The ledger's own hold protects the run while steps are made; this one answers at once,
 * and frees a run whose process was killed without waiting for the hold to run out.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { MigrationID } from '../functions/domain/migration-record.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { holdMs } from '../functions/shared/open-run.ts';
import { isLocalArn } from './arns.ts';

const GuardSchema = v.object({
  pid: v.number(),
  host: v.string(),
  /** When the operating system says the process began; a process ID alone may belong to a later process. */
  processStart: v.optional(v.string()),
  /** When the run was claimed, or the claim renewed. */
  claimedAt: v.number(),
});
type Guard = v.InferOutput<typeof GuardSchema>;

/** A claim of this process on a run. */
export interface ProcessClaim {
  /** Gives the run back; a claim that another process has taken over meanwhile stays its own. */
  release(): Promise<void>;
}

/** Another process works on the run. */
export class RunInProcessError extends Error {
  override readonly name = 'RunInProcessError';
}

const partitionOf = (runID: string) => `process#${runID}`;
const sort = 'guard';

/**
 * Claims the run for this process. What a dead process left held in the ledger is freed, so that the next execution, of
 * whatever name, may go on. A hold of Step Functions' own is left alone: in a ledger that a deployed stack uses too, no
 * process of ours says anything about an execution there.
 *
 * @param now - epoch milliseconds
 * @throws RunInProcessError when a process that is alive has the run, or one on another host that may be.
 */
export async function claimRunForProcess(store: LedgerStore, runID: RunID, now: number): Promise<ProcessClaim> {
  const partition = partitionOf(runID);
  const found = await store.read(partition, sort);
  if (found !== undefined) {
    const guard = v.parse(GuardSchema, found.value);
    if (await mayBeAlive(guard, await heldUntil(store, runID), now)) throw inProcess(runID, guard);
  }
  const value = await ownGuard(now);
  const expect = found?.version ?? 'absent';
  if (!(await store.write([{ partition, sort, expect, value }]))) throw justBegun(runID);
  await freeLocalHold(store, runID);
  return {
    async release() {
      const left = await store.read(partition, sort);
      if (left === undefined || !isSameProcess(v.parse(GuardSchema, left.value), value)) return;
      await store.write([{ partition, sort, expect: left.version }]);
    },
  };
}

/**
 * Whether a process that is alive has the run, or one on another host that may be.
 *
 * @param now - epoch milliseconds
 */
export async function isRunInProcess(store: LedgerStore, runID: RunID, now: number): Promise<boolean> {
  const found = await store.read(partitionOf(runID), sort);
  return found !== undefined && mayBeAlive(v.parse(GuardSchema, found.value), await heldUntil(store, runID), now);
}

/**
 * Makes sure that the run this process has claimed is still its own, and claims it anew: a person may have thought about
 * an answer for longer than a process of another host believes in a claim.
 *
 * @param now - epoch milliseconds
 * @throws RunInProcessError when another process has taken it over since.
 */
export async function renewRunClaim(store: LedgerStore, runID: RunID, now: number): Promise<void> {
  const partition = partitionOf(runID);
  const found = await store.read(partition, sort);
  const value = await ownGuard(now);
  if (found === undefined) throw new RunInProcessError(`Another process has worked on run ${runID} meanwhile.`);
  const guard = v.parse(GuardSchema, found.value);
  if (!isSameProcess(guard, value)) throw takenOver(runID, guard);
  if (!(await store.write([{ partition, sort, expect: found.version, value }]))) throw justBegun(runID);
}

/**
 * Frees the run of the hold that an execution of a local engine has on it. That is for whoever has claimed the run, or
 * works on a copy of the ledger.
 *
 * @throws LedgerConflictError when the run was changed meanwhile.
 */
export async function freeLocalHold(store: LedgerStore, runID: RunID): Promise<void> {
  const ledger = createLedger(store);
  const stored = await ledger.readRun(runID);
  if (stored?.value.holder === undefined || !isLocalArn(stored.value.holder.executionID)) return;
  await ledger.saveRun({ ...stored.value, holder: undefined }, stored.version);
}

/**
 * As {@link freeLocalHold}, of a migration.
 *
 * @throws LedgerConflictError when the migration was changed meanwhile.
 */
export async function freeLocalMigrationHold(store: LedgerStore, migrationID: MigrationID): Promise<void> {
  const ledger = createLedger(store);
  const stored = await ledger.readMigration(migrationID);
  if (stored?.record.holder === undefined || !isLocalArn(stored.record.holder.executionID)) return;
  await ledger.saveMigration({ ...stored.record, holder: undefined }, stored.version);
}

async function ownGuard(now: number): Promise<Guard> {
  return { pid: process.pid, host: hostname(), processStart: await startOf(process.pid), claimedAt: now };
}

function isSameProcess(one: Guard, other: Guard): boolean {
  return one.pid === other.pid && one.host === other.host && one.processStart === other.processStart;
}

function inProcess(runID: RunID, guard: Guard): RunInProcessError {
  return new RunInProcessError(
    `Run ${runID} is being worked on by ${wordsOf(guard)}; wait for it, or stop it with Ctrl-C first.`,
  );
}

function takenOver(runID: RunID, guard: Guard): RunInProcessError {
  return new RunInProcessError(
    `Run ${runID} has been taken over by ${wordsOf(guard)}, because nothing was heard of this command for too long; it does nothing more on the run.`,
  );
}

function justBegun(runID: RunID): RunInProcessError {
  return new RunInProcessError(`Another process has just begun to work on run ${runID}.`);
}

function wordsOf({ pid, host }: Guard): string {
  return `process ${String(pid)}${host === hostname() ? '' : ` on ${host}`}`;
}

/** A process of another host cannot be asked; it counts as alive as long as the ledger's hold is its own. */
async function mayBeAlive(guard: Guard, holdEndsAt: number | undefined, now: number): Promise<boolean> {
  if (guard.host !== hostname()) return now < Math.max(guard.claimedAt + holdMs, holdEndsAt ?? 0);
  if (!exists(guard.pid)) return false;
  return guard.processStart === undefined || (await startOf(guard.pid)) === guard.processStart;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What tells a process from a later one with the same ID: Linux counts ticks since a boot, elsewhere `ps` knows. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    const bootID = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${bootID.trim()}/${startTicks}`;
  } catch {
    return startByPs(pid);
  }
}

async function startByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim();
  } catch {
    return undefined;
  }
}

async function heldUntil(store: LedgerStore, runID: RunID): Promise<number | undefined> {
  return (await createLedger(store).readRun(runID))?.value.holder?.heldUntil;
}
