/** First step of a commit, on a person's word: which verified servers are to be finalized? */
import * as v from 'valibot';
import { chooseForCommit, withAsk } from '../domain/commit.ts';
import { InvalidInputError, RunHeldError } from '../domain/errors.ts';
import { awaitingHooks } from '../domain/hooks-not-run.ts';
import { RunIDSchema, SourceServerIDSchema, type RunID } from '../domain/identifiers.ts';
import { describeIssue, runServersMax } from '../domain/run-input.ts';
import { listProblems } from '../domain/shown-text.ts';
import type { CommitAsk } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { nameOf } from '../domain/source-server.ts';
import { claimRun, readExisting, releaseRun, type OpenRun } from '../shared/open-run.ts';
import { PersonSchema } from '../shared/person.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';
import { lockUntil } from '../shared/lock-servers.ts';

/** Input of the commit state machine: `runID` alone means everything the run verified. */
export const CommitInputSchema = v.strictObject({
  runID: RunIDSchema,
  sourceServerIDs: v.optional(v.pipe(v.array(SourceServerIDSchema), v.minLength(1), v.maxLength(runServersMax))),
  by: v.optional(PersonSchema),
});

const EventSchema = v.object({ executionID: v.pipe(v.string(), v.nonEmpty()), input: v.unknown() });

/**
 * Writes into the run who asked for which servers to be finalized, and locks those. NOTHING_LEFT: the run has ended and all
 * that was asked for is finalized, so nothing was touched. A run that a stopped commit left open goes on even when all of
 * it is finalized, because it still has to end.
 *
 * @throws InvalidInputError when the input is wrong, names a server that is not verified, or the run has none;
 *   RunNotFoundError; RunHeldError when the run has not ended, a rollback of it is not finished, another execution works
 *   on it or another run holds one of its servers.
 */
export const createHandler = step(EventSchema, async ({ executionID, input }, deps) => {
  const parsed = v.safeParse(CommitInputSchema, input);
  if (!parsed.success) {
    throw new InvalidInputError(
      `The commit's input cannot be used: ${listProblems(parsed.issues.map(describeIssue))}.`,
    );
  }
  const { runID, sourceServerIDs, by: person } = parsed.output;
  const { value: known } = await readExisting(deps, runID);
  const choose = async () => {
    const records = await deps.ledger.readServers(runID);
    const chosen = chooseForCommit(runID, records, sourceServerIDs);
    refuseAwaiting(runID, awaitingHooks(known, records, await deps.ledger.readHooks(runID)), chosen);
    return chosen;
  };
  const chosenBefore = await choose();
  if (known.end !== undefined && chosenBefore.length === 0) {
    return { runID, executionID, state: 'NOTHING_LEFT', summary: `Nothing is left to finalize in run ${runID}.` };
  }
  const opened = await claimRun(deps, { runID, executionID });
  try {
    // Only now can nobody else change what the choice depends on.
    const chosen = await choose();
    await recordAsk(deps, opened, { executionID, person }, chosen);
    return { runID, executionID, state: 'ASKED', sourceServerCount: chosen.length };
  } catch (error) {
    const isRefused = error instanceof InvalidInputError || error instanceof RunHeldError;
    if (isRefused) await releaseRun(deps, opened);
    throw error;
  }
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** Verified by MGN's facts, but not yet by the person's own hook. */
function refuseAwaiting(runID: RunID, awaiting: readonly ServerRecord[], chosen: readonly ServerRecord[]): void {
  const names = awaiting.filter((record) => chosen.includes(record)).map(nameOf);
  if (names.length === 0) return;
  throw new RunHeldError(
    `The hooks of run ${runID} have not spoken about ${names.slice(0, 10).join(', ')} yet; let the run go on to its end, or bring it back. Nothing was touched.`,
  );
}

async function recordAsk(
  deps: StepDeps,
  { run, version }: OpenRun,
  asked: Pick<CommitAsk, 'executionID' | 'person'>,
  chosen: readonly ServerRecord[],
): Promise<void> {
  const now = deps.clock.now();
  const arns = chosen.map((record) => record.arn);
  const [conflict] = await deps.ledger.takeLocks(arns, run.runID, { now, expiresAt: lockUntil(run, now) }, 'all');
  if (conflict !== undefined)
    throw new RunHeldError(`${conflict.arn} is held by run ${conflict.runID}; nothing was touched.`);
  // What MGN refused an earlier commit for a while, this one tries with the same patience.
  const refusedBefore = chosen.filter((record) => record.finalizeRefusedAt !== undefined);
  await deps.ledger.saveServers(
    run.runID,
    refusedBefore.map((record) => ({ ...record, finalizeRefusedAt: undefined })),
  );
  const sourceServerIDs = chosen.map((record) => record.sourceServerID);
  const commits = withAsk(run.commits ?? [], { ...asked, askedAt: now, sourceServerIDs });
  // The run is open again: what it ended with is about to stop being true.
  await deps.ledger.saveRun({ ...run, commits, end: undefined }, version);
}
