/** Opening a run: only the execution that holds it may go on, so a stopped or doubled one can do no harm. */
import { RunHeldError, RunNotFoundError } from '../domain/errors.ts';
import type { RunID } from '../domain/identifiers.ts';
import type { Mgn } from '../domain/ports.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { shownText } from '../domain/shown-text.ts';
import { targetOf } from '../domain/target.ts';
import type { Versioned } from '../ledger/ledger.ts';
import type { RunEvent } from './events.ts';
import { pacingFailures } from './pacing.ts';
import type { StepDeps } from './step.ts';

/** How long an execution holds a run after its last step, in milliseconds; longer than any wait between two steps. */
export const holdMs = 15 * 60_000;
const renewBelowMs = 10 * 60_000;

/** An opened run: its record as stored, and MGN in its account. */
export interface OpenRun {
  readonly run: RunRecord;
  readonly version: number;
  readonly mgn: Mgn;
}

/**
 * Reads the run and renews the hold on it. An invocation that Step Functions had given up may come through after its
 * execution has ended the run; it must not lock, judge or open anything any more.
 *
 * @throws RunNotFoundError when there is none; RunHeldError when another execution holds it, or it has ended.
 */
export async function openRun(deps: StepDeps, event: RunEvent): Promise<OpenRun> {
  const stored = await readExisting(deps, event.runID);
  const { end } = stored.value;
  if (end !== undefined)
    throw new RunHeldError(`Run ${event.runID} has ended (${end.summary}); this step comes too late for it.`);
  return openStored(deps, stored, event.executionID);
}

/**
 * As {@link openRun}, for the step that ends the run: repeating it after a lost answer finds the end there already.
 *
 * @throws RunNotFoundError when there is none; RunHeldError when another execution holds it.
 */
export async function openRunToEnd(deps: StepDeps, { runID, executionID }: RunEvent): Promise<OpenRun> {
  return openStored(deps, await readExisting(deps, runID), executionID);
}

async function openStored(deps: StepDeps, stored: Versioned<RunRecord>, executionID: string): Promise<OpenRun> {
  const now = deps.clock.now();
  const { holder, runID } = stored.value;
  if (holder?.executionID !== executionID) throw heldBy(runID, holder?.executionID);
  const needsRenewal = holder.heldUntil - now < renewBelowMs;
  const opened = needsRenewal ? await holdAs(deps, stored, executionID) : stored;
  const mgn = pacingFailures(deps, opened.value, deps.mgn(targetOf(opened.value)));
  return { run: opened.value, version: opened.version, mgn };
}

/**
 * Takes the run for an execution: it is free, held by this same execution, or its hold has run out.
 *
 * @throws RunNotFoundError when there is none; RunHeldError when another execution holds it.
 */
export async function claimRun(deps: StepDeps, { runID, executionID }: RunEvent): Promise<OpenRun> {
  const stored = await readExisting(deps, runID);
  const holder = stored.value.holder;
  if (holder !== undefined && holder.executionID !== executionID && holder.heldUntil > deps.clock.now()) {
    throw heldBy(runID, holder.executionID, holder.heldUntil);
  }
  const claimed = await holdAs(deps, stored, executionID);
  return { run: claimed.value, version: claimed.version, mgn: deps.mgn(targetOf(claimed.value)) };
}

/**
 * Reads the run without a claim on it.
 *
 * @throws RunNotFoundError when there is none.
 */
export async function readExisting(deps: StepDeps, runID: RunID): Promise<Versioned<RunRecord>> {
  const stored = await deps.ledger.readRun(runID);
  if (stored === undefined)
    throw new RunNotFoundError(`There is no run ${runID} in the ledger; check the name and the ledger.`);
  return stored;
}

async function holdAs(
  deps: StepDeps,
  stored: Versioned<RunRecord>,
  executionID: string,
): Promise<Versioned<RunRecord>> {
  const value = { ...stored.value, holder: { executionID, heldUntil: deps.clock.now() + holdMs } };
  await deps.ledger.saveRun(value, stored.version);
  return { value, version: stored.version + 1 };
}

/**
 * Gives a claimed run back because nothing is going to be done about it.
 *
 * @throws LedgerConflictError when it was changed meanwhile.
 */
export async function releaseRun(deps: StepDeps, { run, version }: OpenRun): Promise<void> {
  await deps.ledger.saveRun({ ...run, holder: undefined }, version);
}

function heldBy(runID: RunID, executionID: string | undefined, heldUntil?: number): RunHeldError {
  const holder =
    executionID === undefined
      ? 'no longer held by this execution'
      : `held by execution ${shownText(executionID, 2_048)}`;
  const freeAt = heldUntil === undefined ? '' : ` If it was stopped, the run is free at ${toIso(heldUntil)}.`;
  return new RunHeldError(
    `Run ${runID} is ${holder}; stop that execution or wait for it before another one works on the run.${freeAt}`,
  );
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}
