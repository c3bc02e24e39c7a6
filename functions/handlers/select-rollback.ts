/** First step of a rollback, for a failed batch or on an operator's word: what is to be brought back? */
import * as v from 'valibot';
import {
  BatchIDSchema,
  RunIDSchema,
  SourceServerIDSchema,
  type RunID,
  type SourceServerID,
} from '../domain/identifiers.ts';
import { InvalidInputError, RunHeldError } from '../domain/errors.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import { nameOf } from '../domain/source-server.ts';
import { describeIssue } from '../domain/run-input.ts';
import { claimRun, openRun, readExisting, releaseRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';
import { lockUntil } from './lock-source-servers.ts';

/**
 * Input of the rollback state machine: `runID` is all an operator gives, or some of its servers; the rest is for the failure
 * branch, which gives all of it. Half of that would work under a hold that is not its own, or leave a run without its end.
 */
export const RollbackInputSchema = v.pipe(
  v.strictObject({
    runID: RunIDSchema,
    sourceServerIDs: v.optional(v.pipe(v.array(SourceServerIDSchema), v.minLength(1))),
    batchID: v.optional(BatchIDSchema),
    executionID: v.optional(v.pipe(v.string(), v.nonEmpty())),
    AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: v.optional(v.string()),
  }),
  v.check(
    ({ batchID, executionID }) => (batchID === undefined) === (executionID === undefined),
    'batchID and executionID are for the failure branch of a wave; give runID and, if need be, sourceServerIDs',
  ),
);

const EventSchema = v.object({ executionID: v.string(), input: v.unknown() });

/**
 * Marks the servers to bring back and answers with their batches. The failure branch names a batch and means its servers
 * that are not verified; an operator means everything the run launched, verified or not, but nothing finalized.
 *
 * @throws InvalidInputError when the input is wrong; RunNotFoundError; RunHeldError when another execution works on the
 *   run or another run holds one of its servers.
 */
export const createHandler = step(EventSchema, async (event, deps) => {
  const parsed = v.safeParse(RollbackInputSchema, event.input);
  if (!parsed.success) {
    throw new InvalidInputError(`The rollback's input cannot be used: ${parsed.issues.map(describeIssue).join('; ')}.`);
  }
  const { runID, batchID, sourceServerIDs, executionID: parentID } = parsed.output;
  const executionID = parentID ?? event.executionID;
  await readExisting(deps, runID);
  refuseImpossible(runID, await deps.ledger.readServers(runID), sourceServerIDs);
  // A failure branch works under its parent's hold; taking the run from another execution is for operators only.
  const open = parentID === undefined ? claimRun : openRun;
  const opened = await open(deps, { runID, executionID });
  const { run, version } = opened;
  const records = await deps.ledger.readServers(runID);
  const isAskedFor = (record: ServerRecord) =>
    batchID === undefined
      ? isReversible(record) && (sourceServerIDs?.includes(record.sourceServerID) ?? true)
      : record.batchID === batchID && record.verdict === undefined;
  const chosen = records.filter(isAskedFor);
  const now = deps.clock.now();
  const arns = chosen.map((record) => record.arn);
  const [conflict] = await deps.ledger.takeLocks(arns, runID, { now, expiresAt: lockUntil(run, now) }, 'all');
  if (conflict !== undefined) {
    // Only what this execution took for itself is given back; a parent goes on, and reports what was not brought back.
    if (parentID === undefined) await releaseRun(deps, opened);
    throw new RunHeldError(`${conflict.arn} is held by run ${conflict.runID}; nothing was touched.`);
  }
  const isOperator = batchID === undefined;
  // The run is open again: what it ended with is about to stop being true.
  if (run.end !== undefined) await deps.ledger.saveRun({ ...run, end: undefined }, version);
  await deps.ledger.saveServers(
    runID,
    chosen.map((record) => requested(record, now, isOperator)),
  );
  const batchIDs = [...new Set(chosen.flatMap((record) => record.batchID ?? []))].sort();
  return { runID, executionID, batchIDs, sourceServerCount: chosen.length, isOperator };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** What is finalized stays so; an operator who asks for it, or for nothing else, has to know before anything is done. */
function refuseImpossible(
  runID: RunID,
  records: readonly ServerRecord[],
  sourceServerIDs: readonly SourceServerID[] | undefined,
): void {
  const unknown = (sourceServerIDs ?? []).filter((id) => !records.some((record) => record.sourceServerID === id));
  if (unknown.length > 0)
    throw new InvalidInputError(`sourceServerIDs: ${unknown.join(', ')} are not part of run ${runID}.`);
  const asked = records.filter((record) => sourceServerIDs?.includes(record.sourceServerID) ?? true);
  const finalized = asked.filter((record) => record.verdict === 'FINALIZED');
  const isRefused = sourceServerIDs === undefined ? !asked.some(isReversible) : true;
  if (finalized.length > 0 && isRefused) {
    const names = finalized.map(nameOf).join(', ');
    throw new InvalidInputError(`Finalized, which cannot be undone: ${names}. Nothing was touched.`);
  }
}

/** Whatever the run started and has not finalized; what it never started has nothing to bring back. */
export function isReversible(record: ServerRecord): boolean {
  if (record.verdict === 'VERIFIED' || record.verdict === 'NEEDS_A_PERSON') return true;
  return record.verdict === undefined && record.batchID !== undefined;
}

function requested(record: ServerRecord, now: number, isOperator: boolean): ServerRecord {
  const asked = {
    code: 'ROLLBACK_REQUESTED',
    fact: 'an operator asked for the rollback',
    source: 'execution input',
  };
  return {
    ...inPhase(record, 'rolling back', now),
    verdict: undefined,
    reasons: isOperator && record.reasons.length === 0 ? [asked] : record.reasons,
    nextSteps: [],
    rollback: { requestedAt: now, problems: [] },
  };
}
