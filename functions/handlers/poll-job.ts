/** Looks at the batch's job of one kind: has it ended, is its time up, how far are its servers? */
import * as v from 'valibot';
import { TransientServiceError } from '../domain/errors.ts';
import { hasEnded, type Job } from '../domain/job.ts';
import { phasesOfLog } from '../domain/phase-of-log.ts';
import { nextPollSeconds } from '../domain/poll-schedule.ts';
import type { Mgn } from '../domain/ports.ts';
import { attemptKinds, type AttemptRecord, type RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import { readBatch, saveChanged } from '../shared/batch.ts';
import { BatchEventSchema, type BatchEvent } from '../shared/events.ts';
import { observeLaunch } from '../shared/observe-launch.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

const EventSchema = v.object({ ...BatchEventSchema.entries, kind: v.picklist(attemptKinds) });

/**
 * Answers NONE, RUNNING, ENDED or DEADLINE_PASSED. A read that fails for now counts as "still running": the next look
 * will tell, and the deadline holds either way.
 *
 * @throws RunHeldError when another execution works on the run; LedgerConflictError when the step was doubled.
 */
export const createHandler = step(EventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const stored = await deps.ledger.readAttempt(run.runID, event.batchID, event.kind);
  const attempt = stored?.value;
  const jobID = attempt?.jobID;
  if (attempt === undefined || jobID === undefined) return { jobState: 'NONE', delaySeconds: 0 };
  const job = await readForNow(async () => (await mgn.describeJobs([jobID]))[0]);
  if (job !== undefined && event.kind === 'START_CUTOVER') await noteProgress(deps, event, mgn, job);
  const now = deps.clock.now();
  const remainingMs = deadlineOf(run, attempt) - now;
  const delaySeconds = nextPollSeconds('other', now - attempt.attemptedAt, remainingMs);
  if (job !== undefined && hasEnded(job)) {
    await deps.ledger.saveAttempt(run.runID, { ...attempt, endedAt: attempt.endedAt ?? now }, stored?.version);
    return { jobState: 'ENDED', delaySeconds: 0 };
  }
  return remainingMs <= 0 ? { jobState: 'DEADLINE_PASSED', delaySeconds: 0 } : { jobState: 'RUNNING', delaySeconds };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

function deadlineOf(run: RunRecord, attempt: AttemptRecord): number {
  const { launchSeconds, terminateSeconds } = run.input.options.deadlines;
  return attempt.calledAt + (attempt.kind === 'START_CUTOVER' ? launchSeconds : terminateSeconds) * 1_000;
}

async function readForNow<Answer>(read: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TransientServiceError) return undefined;
    throw error;
  }
}

/** For those who watch: the phase of each server, and the first sight of a launch, from which later deadlines count. */
async function noteProgress(deps: StepDeps, event: BatchEvent, mgn: Mgn, job: Job): Promise<void> {
  const log = (await readForNow(() => mgn.describeJobLog(job.jobID))) ?? [];
  const phases = phasesOfLog(log);
  const now = deps.clock.now();
  const before = await readBatch(deps, event);
  const after = before.map((record): ServerRecord => {
    if (record.cutover?.jobID !== job.jobID || record.launch !== 'PENDING') return record;
    const observed = observeLaunch(record, job, now);
    const phase = phases.get(record.sourceServerID);
    return phase === undefined ? observed : inPhase(observed, phase, now);
  });
  await saveChanged(deps, event, before, after);
}
