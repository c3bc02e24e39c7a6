/** First step of a rollback, for a wave that failed or on an operator's word: what is to be brought back? */
import * as v from 'valibot';
import { InvalidInputError, RunHeldError } from '../domain/errors.ts';
import { RunIDSchema, SourceServerIDSchema, type RunID, type SourceServerID } from '../domain/identifiers.ts';
import { isRollingBack } from '../domain/rollback-plan.ts';
import {
  isReversible,
  rollbackScopes,
  selectForOperator,
  selectForWave,
  withRollbackAsk,
} from '../domain/rollback-selection.ts';
import { describeIssue, runServersMax } from '../domain/run-input.ts';
import { listProblems } from '../domain/shown-text.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { nameOf } from '../domain/source-server.ts';
import { RunEventSchema } from '../shared/events.ts';
import { lockUntil } from '../shared/lock-servers.ts';
import { giveUpHooks } from '../hooks/give-up-hooks.ts';
import { claimRun, openRun, readExisting, releaseRun } from '../shared/open-run.ts';
import { PersonSchema } from '../shared/person.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Input of the rollback state machine: `runID` is all an operator gives, or some of its servers; the rest is for a wave,
 * which gives all of it. Half of that would work under a hold that is not its own, or leave a run without its end.
 */
export const RollbackInputSchema = v.pipe(
  v.strictObject({
    runID: RunIDSchema,
    sourceServerIDs: v.optional(v.pipe(v.array(SourceServerIDSchema), v.minLength(1), v.maxLength(runServersMax))),
    executionID: v.optional(RunEventSchema.entries.executionID),
    scope: v.optional(v.picklist(rollbackScopes)),
    by: v.optional(PersonSchema),
    AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: v.optional(v.string()),
  }),
  v.check(
    ({ scope, executionID }) => (scope === undefined) === (executionID === undefined),
    'scope and executionID are for a wave that rolls back by itself; give runID and, if need be, sourceServerIDs',
  ),
  v.check(
    ({ scope, sourceServerIDs }) => scope === undefined || sourceServerIDs === undefined,
    'scope and sourceServerIDs exclude each other',
  ),
);

const EventSchema = v.object({ executionID: v.string(), input: v.unknown() });

/**
 * Marks the servers to bring back. An operator means everything the run started, verified or not, but nothing finalized, or
 * those servers of it that are named. A wave means by UNVERIFIED what it started and did not verify, by UNCOMMITTED what
 * it verified as well; what it never started is not started any more.
 *
 * @throws InvalidInputError when the input is wrong; RunNotFoundError; RunHeldError when another execution works on the
 *   run or another run holds one of its servers.
 */
export const createHandler = step(EventSchema, async (event, deps) => {
  const parsed = v.safeParse(RollbackInputSchema, event.input);
  if (!parsed.success) {
    throw new InvalidInputError(
      `The rollback's input cannot be used: ${listProblems(parsed.issues.map(describeIssue))}.`,
    );
  }
  const { runID, scope, sourceServerIDs, executionID: parentID, by: person } = parsed.output;
  const executionID = parentID ?? event.executionID;
  const isOperator = scope === undefined;
  await readExisting(deps, runID);
  if (isOperator) refuseImpossible(runID, await deps.ledger.readServers(runID), sourceServerIDs);
  // A wave's rollback works under the hold of the wave; taking the run from another execution is for operators only.
  const open = isOperator ? claimRun : openRun;
  const opened = await open(deps, { runID, executionID });
  const { run, version } = opened;
  // What a wave gives up is not kept because a hook that should have spoken against it never did.
  if (scope === 'UNVERIFIED') await giveUpHooks(deps, run, 'the run was given up');
  const records = await deps.ledger.readServers(runID);
  const now = deps.clock.now();
  const hooks = scope === 'UNVERIFIED' ? await deps.ledger.readHooks(runID) : [];
  const changed = isOperator
    ? selectForOperator(records, sourceServerIDs, now)
    : selectForWave(run, { records, hooks }, scope, now);
  const chosen = changed.filter(isRollingBack);
  const arns = chosen.map((record) => record.arn);
  const [conflict] = await deps.ledger.takeLocks(arns, runID, { now, expiresAt: lockUntil(run, now) }, 'all');
  if (conflict !== undefined) {
    // Only what this execution took for itself is given back; a wave goes on, and reports what was not brought back.
    if (isOperator) await releaseRun(deps, opened);
    throw new RunHeldError(`${conflict.arn} is held by run ${conflict.runID}; nothing was touched.`);
  }
  // The run is open again: what it ended with is about to stop being true.
  if (isOperator) {
    const rollbacks = withRollbackAsk(run.rollbacks, {
      executionID,
      askedAt: now,
      sourceServerCount: chosen.length,
      person,
    });
    await deps.ledger.saveRun({ ...run, rollbacks, end: undefined }, version);
  } else if (run.end !== undefined) await deps.ledger.saveRun({ ...run, end: undefined }, version);
  await deps.ledger.saveServers(runID, changed);
  return { runID, executionID, sourceServerCount: chosen.length, isOperator };
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
