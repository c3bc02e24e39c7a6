/** The gate before the point of no return: what is to happen to what was verified, and is anybody still writing there? */
import { judgeCommitGate, lookSeconds, withClosedGate, type CommitGateJudgement } from '../domain/gate.ts';
import type { Mgn } from '../domain/ports.ts';
import type { Reason } from '../domain/reason.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { watchSource } from '../domain/source-still-written.ts';
import { targetOf } from '../domain/target.ts';
import { showTime } from '../domain/window.ts';
import type { Versioned } from '../ledger/ledger.ts';
import { RunEventSchema, type RunEvent } from '../shared/events.ts';
import { holdMs, openRun, readExisting } from '../shared/open-run.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

/**
 * Says how the run goes on once its cutover is over: RECORD leaves the servers as they are, FINALIZE commits them because
 * the input says so, AWAIT waits for a person, ROLL_BACK brings them back because nobody came in time, ENDED gives the
 * outcome that a person's commit or rollback came to. While it waits the run is nobody's, so a look changes only what
 * nobody else has changed since; when the run goes on by itself, this execution holds it again.
 *
 * @throws RunHeldError when the input leaves nothing to a person and another execution works on the run;
 *   LedgerConflictError when the run was changed meanwhile, which the next look sees.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const stored = await readExisting(deps, event.runID);
  const run = stored.value;
  if (run.end === undefined && run.input.options.commit !== 'approve') return decideAlone(deps, event);
  const records = await deps.ledger.readServers(run.runID);
  const judgement = judgeCommitGate(run, records, event.executionID, deps.clock.now());
  switch (judgement.state) {
    case 'ENDED': {
      const { outcome, summary } = judgement.end;
      return { state: judgement.state, outcome: { outcome, summary } };
    }
    case 'AWAIT': {
      if (!judgement.isAtWork) await look(deps, stored, records);
      const delaySeconds = lookSeconds(judgement, deps.clock.now(), deps.gateLookSeconds);
      return { state: judgement.state, delaySeconds };
    }
    default:
      await goOn(deps, event, stored, records, judgement);
      return { state: judgement.state };
  }
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** Where the input leaves nothing to a person. */
async function decideAlone(deps: StepDeps, event: RunEvent): Promise<{ state: 'FINALIZE' | 'RECORD' }> {
  const { run } = await openRun(deps, event);
  const records = await deps.ledger.readServers(run.runID);
  const isAnyVerified = records.some(({ verdict }) => verdict === 'VERIFIED');
  return { state: run.input.options.commit === 'auto' && isAnyVerified ? 'FINALIZE' : 'RECORD' };
}

/** Takes the run again, unless somebody was faster. */
async function goOn(
  deps: StepDeps,
  { executionID }: RunEvent,
  { value: run, version }: Versioned<RunRecord>,
  records: readonly ServerRecord[],
  judgement: Extract<CommitGateJudgement, { state: 'RECORD' | 'ROLL_BACK' }>,
): Promise<void> {
  const now = deps.clock.now();
  const holder = { executionID, heldUntil: now + holdMs };
  await deps.ledger.saveRun({ ...withClosedGate(run, now), holder }, version);
  if (judgement.state !== 'RECORD' || !judgement.isTimedOut) return;
  const warning = timedOut(run, judgement.closesAt);
  const left = records.filter(({ verdict }) => verdict === 'VERIFIED');
  await deps.ledger.saveServers(
    run.runID,
    left.map((record) => ({ ...record, warnings: [...withoutCode(record.warnings, warning.code), warning] })),
  );
}

function timedOut({ input }: RunRecord, closesAt: number): Reason {
  return {
    code: 'COMMIT_TIMED_OUT',
    fact: `nobody committed by ${showTime(closesAt, input.window?.zone ?? 'UTC')}, and the server was left as it was verified`,
    source: 'options.onCommitTimeout',
    remedy: 'Commit it or bring it back; both are still possible.',
  };
}

function withoutCode(reasons: readonly Reason[], code: string): Reason[] {
  return reasons.filter((reason) => reason.code !== code);
}

/** A look while nobody is at work. The locks were taken for as long as the run waits. */
async function look(
  deps: StepDeps,
  { value: run, version }: Versioned<RunRecord>,
  records: readonly ServerRecord[],
): Promise<void> {
  const verified = records.filter(({ verdict }) => verdict === 'VERIFIED');
  const sources = await readSources(deps, deps.mgn(targetOf(run)), verified);
  const now = deps.clock.now();
  const seen = verified.map((record) => watchSource(record, sources.get(record.sourceServerID), now));
  const changed = seen.filter((record, index) => record !== verified[index]);
  await deps.ledger.saveServersOfFreeRun(run, version, changed);
}

/** The watch is a service to the person who decides; that MGN cannot be read keeps nobody from waiting. */
async function readSources(
  deps: StepDeps,
  mgn: Mgn,
  verified: readonly ServerRecord[],
): Promise<Map<string, SourceServer>> {
  const sourceServerIDs = verified.map(({ sourceServerID }) => sourceServerID);
  try {
    const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
    return new Map(servers.map((server) => [server.sourceServerID, server]));
  } catch (error) {
    deps.logger.warn('sources could not be looked at', {
      errorMessage: error instanceof Error ? error.message : String(error),
    });
    return new Map();
  }
}
