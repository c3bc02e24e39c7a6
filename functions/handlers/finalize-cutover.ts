/** The point of no return, taken only on a person's word: one server a call, each re-checked just before. */
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  OutcomeUnknownError,
  RequestRefusedError,
} from '../domain/errors.ts';
import { stepsAfterFailedFinalize } from '../domain/next-steps.ts';
import type { Answered } from '../domain/ports.ts';
import type { Reason } from '../domain/reason.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { askedOf, assessCommit, finalized } from '../domain/commit.ts';
import { finalizingTargetOf } from '../domain/target.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { awaitNextCall, pacingFailures, serversPerInvocation } from '../shared/pacing.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

/** How long a refusal is tried again, in milliseconds: an earlier call may have taken effect and not show yet. */
const lateReadMs = 180_000;

/**
 * Finalizes the next verified servers and answers how many remain: those this execution was asked to finalize after the
 * run was verified or, when it is no such execution, all of a run whose input said "auto". Forward only: one that MGN refuses
 * is tried again when the others are done and reported when MGN goes on refusing it.
 *
 * @throws InvalidInputError when nobody asked to finalize; ConflictError when only servers remain that MGN
 *   refuses for now; ThrottledError, OutcomeUnknownError, AccessDeniedError from FinalizeCutover; TransientServiceError
 *   when MGN cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run } = await openRun(deps, event);
  const mgn = pacingFailures(deps, run, deps.mgn(finalizingTargetOf(run)));
  const asked = askedOf(run, event.executionID);
  if (asked === undefined && run.input.options.commit !== 'auto')
    throw new InvalidInputError(`Run ${run.runID} was not asked to finalize (options.commit, or a commit of it).`);
  const verified = (await deps.ledger.readServers(run.runID)).filter(
    (record) => record.verdict === 'VERIFIED' && (asked?.has(record.sourceServerID) ?? true),
  );
  const untried = verified.filter((record) => record.finalizeRefusedAt === undefined);
  const chunk = (untried.length > 0 ? untried : verified).slice(0, serversPerInvocation(run));
  if (chunk.length === 0) return { remaining: 0 };
  const sourceServerIDs = chunk.map((record) => record.sourceServerID);
  const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  let decided = 0;
  for (const record of chunk) {
    const server = servers.find((candidate) => candidate.sourceServerID === record.sourceServerID);
    let calledAt: number | undefined;
    const finalize = async () => {
      calledAt = deps.clock.now();
      return mgn.finalizeCutover(record.sourceServerID);
    };
    const judged = await finalizeOne(run, record, server, finalize, deps.clock.now());
    const after = judged.verdict === 'FINALIZED' ? judged : ((await decidedMeanwhile(deps, run, record)) ?? judged);
    await deps.ledger.saveServers(run.runID, [after]);
    if (after.verdict !== 'VERIFIED') decided += 1;
    if (calledAt !== undefined) await awaitNextCall(deps, run, calledAt);
  }
  if (decided === 0 && untried.length === 0)
    throw new ConflictError('FinalizeCutover is refused for now', sourceServerIDs);
  return { remaining: verified.length - decided };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** The record if it is verified no more: MGN refuses what a repetition of this step has finalized meanwhile. */
async function decidedMeanwhile(
  { ledger }: StepDeps,
  { runID }: RunRecord,
  { sourceServerID }: ServerRecord,
): Promise<ServerRecord | undefined> {
  const records = await ledger.readServers(runID);
  return records.find((known) => known.sourceServerID === sourceServerID && known.verdict !== 'VERIFIED');
}

async function finalizeOne(
  run: RunRecord,
  record: ServerRecord,
  server: SourceServer | undefined,
  finalize: () => Promise<SourceServer & Answered>,
  now: number,
): Promise<ServerRecord> {
  const assessment = assessCommit(record, server);
  if (assessment.commit === 'REFUSE') return refused(run, record, assessment.reasons, now);
  try {
    return finalized(record, assessment.commit === 'DONE' ? assessment.server : proven(await finalize()), now);
  } catch (error) {
    if (error instanceof ConflictError || error instanceof RequestRefusedError || error instanceof NotFoundError) {
      const finalizeRefusedAt = record.finalizeRefusedAt ?? now;
      const mayBeLate = !(error instanceof NotFoundError) && now < finalizeRefusedAt + lateReadMs;
      if (mayBeLate) return { ...record, finalizeRefusedAt };
      return refused(run, record, [{ code: 'FINALIZE_REFUSED', fact: error.message, source: 'FinalizeCutover' }], now);
    }
    throw error;
  }
}

/** MGN answers once the server is CUTOVER (`mgn.md` C.1); anything else leaves open whether it will be. */
function proven(server: SourceServer & Answered): SourceServer & Answered {
  if (server.lifeCycleState === 'CUTOVER') return server;
  throw new OutcomeUnknownError(
    `FinalizeCutover of ${server.sourceServerID} was answered, but its lifeCycle.state is ${server.lifeCycleState}, not CUTOVER`,
  );
}

function refused(run: RunRecord, record: ServerRecord, reasons: readonly Reason[], now: number): ServerRecord {
  const judged = { ...record, verdict: 'NEEDS_A_PERSON' as const, reasons: [...record.reasons, ...reasons] };
  return {
    ...inPhase(judged, 'needs a person', now),
    nextSteps: stepsAfterFailedFinalize(judged, finalizingTargetOf(run)),
  };
}
