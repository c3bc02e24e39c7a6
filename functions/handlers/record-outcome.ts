/** Last step of a run and of an operator's rollback: every server gets its verdict, and the locks are released. */
import { assessCommit } from '../domain/commit.ts';
import { stepsAfterIncompleteRollback, stepsAfterVerified } from '../domain/next-steps.ts';
import type { Mgn } from '../domain/ports.ts';
import type { Reason } from '../domain/reason.ts';
import type { AttemptRecord, FailureRecord, RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord, type Verdict } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { countVerdicts, judgeOutcome, summarize } from '../domain/wave-outcome.ts';
import { saveChanged } from '../shared/batch.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Gives every server that has none a verdict, re-reads those that were verified or finalized, and ends the run. Locks
 * stay on servers that need a person, so that no other run starts on them. The hold on the run ends now, but the execution
 * stays its last holder, so that repeating this step after a lost answer is no intrusion.
 *
 * @throws TransientServiceError when MGN cannot be read and a retry may help; RunHeldError when another execution works
 *   on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, version, mgn } = await openRun(deps, event);
  const before = await deps.ledger.readServers(run.runID);
  const servers = await readAgain(mgn, before);
  const past = {
    attempts: await deps.ledger.readAttempts(run.runID),
    failures: await deps.ledger.readFailures(run.runID),
  };
  const now = deps.clock.now();
  const after = before.map((record) => conclude(run, record, servers.get(record.sourceServerID), past, now));
  await saveChanged(deps, event, before, after);
  const outcome = judgeOutcome(run, after);
  const summary = summarize(after);
  const released = after.filter((record) => record.verdict !== 'NEEDS_A_PERSON').map((record) => record.arn);
  await deps.ledger.releaseLocks(released, run.runID);
  await deps.ledger.saveRun(
    { ...run, holder: { executionID: event.executionID, heldUntil: now }, end: { endedAt: now, outcome, summary } },
    version,
  );
  return { outcome, summary, verdicts: countVerdicts(after) };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

interface Past {
  readonly attempts: readonly AttemptRecord[];
  readonly failures: readonly FailureRecord[];
}

/** Only servers that may have been touched are worth reading again. */
async function readAgain(mgn: Mgn, records: readonly ServerRecord[]): Promise<Map<string, SourceServer>> {
  const sourceServerIDs = records
    .filter((record) => record.batchID !== undefined)
    .map((record) => record.sourceServerID);
  if (sourceServerIDs.length === 0) return new Map();
  const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  return new Map(servers.map((server) => [server.sourceServerID, server]));
}

function conclude(
  run: RunRecord,
  record: ServerRecord,
  server: SourceServer | undefined,
  past: Past,
  now: number,
): ServerRecord {
  const known = server === undefined ? record : { ...record, lifeCycleState: server.lifeCycleState };
  switch (record.verdict) {
    case 'VERIFIED':
      return concludeVerified(run, known, server, now);
    case 'NOT_STARTED':
      return concludeNotStarted(run, known, past, now);
    case undefined:
      return concludeUnjudged(run, known, past, now);
    default:
      return known;
  }
}

/** Somebody may have reverted or finalized it in the console meanwhile; a verdict must be true when it is written. */
function concludeVerified(
  run: RunRecord,
  record: ServerRecord,
  server: SourceServer | undefined,
  now: number,
): ServerRecord {
  const assessment = assessCommit(record, server);
  const { accountID, options } = run.input;
  if (assessment.commit === 'REFUSE') return needsPerson(run, record, assessment.reasons, now);
  if (assessment.commit === 'DONE') {
    return {
      ...inPhase(record, 'finalized', now),
      verdict: 'FINALIZED',
      finalizedAt: server?.lastCutover.finalizedAt ?? now,
      nextSteps: [],
    };
  }
  const notAsked = options.commit === 'never' ? [] : [notFinalized];
  return {
    ...record,
    warnings: [...record.warnings, ...notAsked],
    nextSteps: stepsAfterVerified(run.runID, record, accountID),
  };
}

const notFinalized: Reason = {
  code: 'NOT_FINALIZED',
  fact: 'finalizing was asked for and did not happen; the server is verified and can still be brought back',
  source: 'DescribeSourceServers',
};

/** Left out before the start; but if a call of ours named it and it is not where it was, its state may be our doing. */
function concludeNotStarted(run: RunRecord, record: ServerRecord, { attempts }: Past, now: number): ServerRecord {
  if (record.lifeCycleState === 'READY_FOR_CUTOVER' || !wasAttempted(record, attempts)) return record;
  return needsPerson(run, record, [], now);
}

function concludeUnjudged(run: RunRecord, record: ServerRecord, past: Past, now: number): ServerRecord {
  const failures = past.failures
    .filter((failure) => failure.batchID === undefined || failure.batchID === record.batchID)
    .map((failure) => ({ code: failure.error, fact: failure.cause, source: 'state machine' }));
  if (run.plan?.decision !== 'PROCEED')
    return withVerdict(record, 'NOT_STARTED', 'not started', [...refusals(run), ...failures], now);
  const isUntouched =
    record.lifeCycleState === 'READY_FOR_CUTOVER' &&
    record.cutover === undefined &&
    !wasAttempted(record, past.attempts);
  if (isUntouched) return withVerdict(record, 'NOT_STARTED', 'not started', failures, now);
  return needsPerson(run, record, [...failures, unjudged], now);
}

function refusals(run: RunRecord): Reason[] {
  if (run.plan?.decision !== 'REFUSE') return [];
  if (run.plan.reasons.length > 0) return run.plan.reasons;
  return [
    {
      code: 'WAVE_REFUSED',
      fact: 'other source servers of the input are blocked, so nothing was started',
      source: 'validation',
      remedy: 'Mend what blocks them, take them out of the input, or set options.onBlocked to "skip".',
    },
  ];
}

const unjudged: Reason = {
  code: 'ENDED_UNJUDGED',
  fact: 'the run ended before this server was known to be verified or back',
  source: 'ledger',
};

function wasAttempted(record: ServerRecord, attempts: readonly AttemptRecord[]): boolean {
  return attempts.some(
    (attempt) => attempt.kind === 'START_CUTOVER' && attempt.sourceServerIDs.includes(record.sourceServerID),
  );
}

function withVerdict(
  record: ServerRecord,
  verdict: Verdict,
  phase: 'not started' | 'needs a person',
  reasons: readonly Reason[],
  now: number,
): ServerRecord {
  const added = reasons.filter(
    (reason) => !record.reasons.some((known) => known.code === reason.code && known.fact === reason.fact),
  );
  return { ...inPhase(record, phase, now), verdict, reasons: [...record.reasons, ...added] };
}

function needsPerson(run: RunRecord, record: ServerRecord, reasons: readonly Reason[], now: number): ServerRecord {
  return {
    ...withVerdict(record, 'NEEDS_A_PERSON', 'needs a person', reasons, now),
    nextSteps: stepsAfterIncompleteRollback(run.runID, record, run.input.accountID),
  };
}
