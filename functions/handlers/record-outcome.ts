/** Last step of a run, of an operator's rollback and of a commit: every server gets its verdict, and the locks are released. */
import * as v from 'valibot';
import { askedOf, assessCommit, foundFinalized, freshlyRead, isFinalizeAsked } from '../domain/commit.ts';
import { gateOf } from '../domain/gate.ts';
import { pastPointOfNoReturn } from '../domain/failure-policy.ts';
import { stepsAfterIncompleteRollback, stepsAfterVerified } from '../domain/next-steps.ts';
import { placeOf } from '../domain/place.ts';
import type { Mgn } from '../domain/ports.ts';
import type { Reason } from '../domain/reason.ts';
import type { AttemptRecord, FailureRecord, RunRecord } from '../domain/run-record.ts';
import { timingsOf } from '../domain/run-timings.ts';
import { inPhase, type ServerRecord, type Verdict } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { countVerdicts, judgeCommit, judgeOutcome, summarize } from '../domain/wave-outcome.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRunToEnd } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

const EventSchema = v.object({
  ...RunEventSchema.entries,
  isMgnUnreadable: v.optional(v.boolean(), false),
  /** Whether the wave ends its run itself, and not a person's rollback or commit. */
  isWave: v.optional(v.boolean(), false),
});

/**
 * Gives every server that has none a verdict, re-reads those that were verified or finalized, and ends the run. Locks
 * stay on servers that need a person, so that no other run starts on them. The hold on the run ends now, but the execution
 * stays its last holder, so that repeating this step after a lost answer is no intrusion. When MGN cannot be read even at
 * the end (`isMgnUnreadable`), the ledger alone is judged by: what is not known to be well needs a person. The answer to
 * an execution that was asked to finalize servers says what became of those (`commit`); `taskToken` is that of a wave
 * that waits at its commit gate and has to hear of the end. What the run teaches about time is kept for later runs.
 *
 * @throws TransientServiceError when MGN cannot be read and a retry may help; RunHeldError when another execution works
 *   on the run.
 */
export const createHandler = step(EventSchema, async (event, deps) => {
  const { run, version, mgn } = await openRunToEnd(deps, event);
  const before = await deps.ledger.readServers(run.runID);
  const servers = event.isMgnUnreadable ? undefined : await readAgain(mgn, run, before);
  const past = {
    attempts: await deps.ledger.readAttempts(run.runID),
    failures: await deps.ledger.readFailures(run.runID),
  };
  const now = deps.clock.now();
  const concluded = before.map((record) =>
    servers === undefined
      ? concludeUnread(run, record, past, now)
      : conclude(run, record, servers.get(record.sourceServerID), past, now),
  );
  const after = event.isWave ? concludeUncommitted(run, concluded, now) : concluded;
  await saveChanged(deps, event, before, after);
  const outcome = judgeOutcome(run, after);
  const summary = summarize(after);
  const released = after.filter((record) => record.verdict !== 'NEEDS_A_PERSON').map((record) => record.arn);
  await deps.ledger.releaseLocks(released, run.runID);
  const timings = timingsOf(run.runID, now, after);
  if (timings !== undefined) await deps.ledger.recordTimings(placeOf(after[0]?.arn ?? ''), timings);
  await deps.ledger.saveRun(
    { ...run, holder: { executionID: event.executionID, heldUntil: now }, end: { endedAt: now, outcome, summary } },
    version,
  );
  const asked = askedOf(run, event.executionID);
  const taskToken = gateOf(run, 'COMMIT')?.taskToken;
  return {
    outcome,
    summary,
    verdicts: countVerdicts(after),
    ...(asked && { commit: judgeCommit(asked, after) }),
    ...(taskToken !== undefined && { taskToken }),
  };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

interface Past {
  readonly attempts: readonly AttemptRecord[];
  readonly failures: readonly FailureRecord[];
}

/** Only servers that may have been touched are worth reading again: none of a wave that was refused, nor one that was blocked. */
async function readAgain(
  mgn: Mgn,
  { plan }: RunRecord,
  records: readonly ServerRecord[],
): Promise<Map<string, SourceServer>> {
  const sourceServerIDs = records
    .filter((record) => plan?.decision === 'PROCEED' && record.verdict !== 'BLOCKED')
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
    case 'ROLLED_BACK':
      return explained(known, past);
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
  const isAsked = isFinalizeAsked(run, record.sourceServerID);
  if (assessment.commit === 'REFUSE') return needsPerson(run, record, assessment.reasons, now);
  if (assessment.commit === 'DONE') return foundFinalized(run, record, assessment.server, now);
  return {
    ...withWarnings(freshlyRead(record), isAsked ? [notFinalized] : []),
    nextSteps: stepsAfterVerified(run.runID, record),
  };
}

/**
 * Where silence means to bring everything back, a wave that ends by itself has left nothing verified unless that failed,
 * or would have undone half of what a commit has begun to finalize.
 */
function concludeUncommitted(run: RunRecord, records: readonly ServerRecord[], now: number): ServerRecord[] {
  const { commit, onCommitTimeout, failurePolicy } = run.input.options;
  if (commit !== 'approve' || onCommitTimeout !== 'rollback') return [...records];
  const kept = pastPointOfNoReturn(records, failurePolicy);
  return records.map((record) => {
    if (record.verdict !== 'VERIFIED') return record;
    return kept.has(record) ? withWarnings(record, [halfFinalized]) : needsPerson(run, record, [notBroughtBack], now);
  });
}

const halfFinalized: Reason = {
  code: 'HALF_FINALIZED',
  fact: 'the time for a commit is up, but others of its application or all-or-nothing wave are finalized for good, so it was left as it was verified',
  source: 'failure policy',
  remedy: 'Commit it as well; bring it back only if what is finalized can do without it.',
};

const notBroughtBack: Reason = {
  code: 'NOT_BROUGHT_BACK',
  fact: 'nobody committed it and options.onCommitTimeout is "rollback", but the run could not bring it back; it was left as it was verified',
  source: 'ledger',
};

const notFinalized: Reason = {
  code: 'NOT_FINALIZED',
  fact: 'finalizing was asked for and did not happen; the server was left as it was verified',
  source: 'DescribeSourceServers',
};

const unread: Reason = {
  code: 'MGN_UNREADABLE',
  fact: 'MGN could not be read at the end, so this is what the run saw last',
  source: 'ledger',
};

const finalizeUnknown: Reason = {
  code: 'FINALIZE_UNKNOWN',
  fact: 'finalizing was asked for, and whether it happened could not be read',
  source: 'ledger',
  remedy: 'Ask for it again when MGN can be read; what is finalized already is found out first.',
};

/** Without MGN only what was proven before stands; whatever a call of ours may have moved needs a person. */
function concludeUnread(run: RunRecord, record: ServerRecord, past: Past, now: number): ServerRecord {
  switch (record.verdict) {
    case 'VERIFIED':
      return {
        ...withWarnings(record, isFinalizeAsked(run, record.sourceServerID) ? [unread, finalizeUnknown] : [unread]),
        nextSteps: stepsAfterVerified(run.runID, record),
      };
    case 'NOT_STARTED':
      return wasAttempted(record, past.attempts) ? needsPerson(run, record, [unread], now) : explained(record, past);
    case undefined: {
      const isTouched = record.cutover !== undefined || wasAttempted(record, past.attempts);
      const judged = concludeUnjudged(run, record, past, now);
      return isTouched ? needsPerson(run, judged, [unread], now) : judged;
    }
    default:
      return explained(record, past);
  }
}

/** A verdict that nobody has given a reason for is explained by what failed in the state machine. */
function explained(record: ServerRecord, past: Past): ServerRecord {
  if (record.reasons.length > 0) return record;
  const failures = failuresOf(record, past);
  const unexplained = record.cutover === undefined ? notReached : unjudged;
  return { ...record, reasons: failures.length > 0 ? failures : [unexplained] };
}

function withWarnings(record: ServerRecord, warnings: readonly Reason[]): ServerRecord {
  const added = warnings.filter(({ code }) => !record.warnings.some((known) => known.code === code));
  return { ...record, warnings: [...record.warnings, ...added] };
}

/** Left out before the start; but if a call of ours named it and it is not where it was, its state may be our doing. */
function concludeNotStarted(run: RunRecord, record: ServerRecord, past: Past, now: number): ServerRecord {
  if (record.lifeCycleState === 'READY_FOR_CUTOVER' || !wasAttempted(record, past.attempts))
    return explained(record, past);
  return needsPerson(run, record, [], now);
}

function concludeUnjudged(run: RunRecord, record: ServerRecord, past: Past, now: number): ServerRecord {
  const failures = failuresOf(record, past);
  if (run.plan?.decision !== 'PROCEED') {
    const judged = withVerdict(record, 'NOT_STARTED', 'not started', [...refusals(run), ...failures], now);
    return explained(judged, past);
  }
  const isUntouched =
    record.lifeCycleState === 'READY_FOR_CUTOVER' &&
    record.cutover === undefined &&
    !wasAttempted(record, past.attempts);
  if (isUntouched) return withVerdict(explained(record, past), 'NOT_STARTED', 'not started', [], now);
  return needsPerson(run, record, [...failures, unjudged], now);
}

function failuresOf(record: ServerRecord, past: Past): Reason[] {
  return past.failures
    .filter((failure) => failure.batchID === undefined || failure.batchID === record.batchID)
    .map((failure) => ({ code: failure.error, fact: failure.cause, source: 'state machine' }));
}

function refusals({ plan }: RunRecord): Reason[] {
  if (plan === undefined) return [];
  return plan.reasons.length > 0 || plan.decision === 'PROCEED' ? plan.reasons : [refusalOf[plan.decision]];
}

const refusalOf: Readonly<Record<'REFUSE' | 'WAIT' | 'AWAIT_APPROVAL', Reason>> = {
  REFUSE: {
    code: 'WAVE_REFUSED',
    fact: 'other source servers of the input are blocked, so nothing was started',
    source: 'validation',
    remedy: 'Mend what blocks them, take them out of the input, or set options.onBlocked to "skip".',
  },
  WAIT: { code: 'STILL_WAITING', fact: 'the run ended while it waited for another run to let go', source: 'ledger' },
  AWAIT_APPROVAL: { code: 'NOT_APPROVED', fact: 'the run ended before anybody approved its start', source: 'ledger' },
};

const notReached: Reason = {
  code: 'ENDED_EARLIER',
  fact: 'the run ended before this server was started',
  source: 'ledger',
};

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
  const judged = withVerdict(record, 'NEEDS_A_PERSON', 'needs a person', reasons, now);
  return { ...judged, nextSteps: stepsAfterIncompleteRollback(run.runID, judged, run.input) };
}
