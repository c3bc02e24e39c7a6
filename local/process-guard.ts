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
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { holdMs } from '../functions/shared/open-run.ts';
import { LOCAL_RESIDENCE } from './arns.ts';

const GuardSchema = v.object({
  pid: v.number(),
  host: v.string(),
  /** When the operating system says the process began; a process ID alone may belong to a later process. */
  processStart: v.optional(v.string()),
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
  const value: Guard = {
    pid: process.pid,
    host: hostname(),
    processStart: await startOf(process.pid),
    claimedAt: now,
  };
  const expect = found?.version ?? 'absent';
  if (!(await store.write([{ partition, sort, expect, value }]))) {
    throw new RunInProcessError(`Another process has just begun to work on run ${runID}.`);
  }
  await freeRun(store, runID);
  return {
    async release() {
      await store.write([{ partition, sort, expect: (found?.version ?? 0) + 1 }]);
    },
  };
}

function inProcess(runID: RunID, { pid, host }: Guard): RunInProcessError {
  const where = host === hostname() ? '' : ` on ${host}`;
  return new RunInProcessError(
    `Run ${runID} is being worked on by process ${String(pid)}${where}; wait for it, or stop it with Ctrl-C first.`,
  );
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

async function freeRun(store: LedgerStore, runID: RunID): Promise<void> {
  const ledger = createLedger(store);
  const stored = await ledger.readRun(runID);
  if (stored?.value.holder === undefined || !isLocal(stored.value.holder.executionID)) return;
  await ledger.saveRun({ ...stored.value, holder: undefined }, stored.version);
}

/** Executions of this machine's engine live in an account that AWS gives to nobody. */
function isLocal(executionArn: string): boolean {
  return executionArn.split(':')[4] === LOCAL_RESIDENCE.accountID;
}
