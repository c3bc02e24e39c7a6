/** The look that every cycle of the cutover loop begins with: how far are the jobs, what follows, and what is due next? */
import * as v from 'valibot';
import { LedgerConflictError, TransientServiceError } from '../domain/errors.ts';
import type { JobID } from '../domain/identifiers.ts';
import { hasEnded, type Job } from '../domain/job.ts';
import { phasesOfLog } from '../domain/phase-of-log.ts';
import type { Mgn } from '../domain/ports.ts';
import type { AttemptRecord } from '../domain/run-record.ts';
import { inPhase, type Phase, type ServerRecord } from '../domain/server-record.ts';
import type { WaveState } from '../domain/start-queue.ts';
import { isOpenAttempt, whatIsDue } from '../domain/wave-course.ts';
import { decideWave } from '../domain/wave-decisions.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { observeLaunch } from '../shared/observe-launch.ts';
import { openRun } from '../shared/open-run.ts';
import { readWave } from '../shared/read-wave.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

const EventSchema = v.object({
  ...RunEventSchema.entries,
  shiftStartedAt: v.pipe(v.string(), v.isoTimestamp()),
  looks: v.optional(v.number(), 0),
  checkedAt: v.optional(v.number(), 0),
});

/**
 * Notes how far the run's jobs are, decides what follows for its source servers, and says what is due. A read that fails for
 * now counts as "still running": the next look will tell, and the deadlines hold either way.
 *
 * @throws RunHeldError when another execution works on the run; LedgerConflictError when the step was doubled.
 */
export const createHandler = step(EventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const before = await readWave(deps, run);
  const open = before.attempts.filter(isOpenAttempt);
  const jobs = await describeForNow(
    mgn,
    open.flatMap(({ jobID }) => jobID ?? []),
  );
  const attempts = await noteEnded(deps, before, jobs);
  const seen = await noteProgress(mgn, before, jobs);
  const records = decideWave({ ...before, attempts, records: seen });
  await saveChanged(deps, event, before.records, records);
  const shift = { startedAt: Date.parse(event.shiftStartedAt), looks: event.looks, checkedAt: event.checkedAt };
  return whatIsDue({ ...before, attempts, records }, shift);
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

async function describeForNow(mgn: Mgn, jobIDs: readonly JobID[]): Promise<Job[]> {
  if (jobIDs.length === 0) return [];
  return (await readForNow(() => mgn.describeJobs(jobIDs))) ?? [];
}

async function readForNow<Answer>(read: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TransientServiceError) return undefined;
    throw error;
  }
}

/** The attempts, those whose job is seen to have ended with when that was. */
async function noteEnded(deps: StepDeps, { run, attempts, now }: WaveState, jobs: readonly Job[]) {
  const endedIDs = new Set(jobs.filter(hasEnded).map(({ jobID }) => jobID));
  return Promise.all(
    attempts.map(async (attempt): Promise<AttemptRecord> => {
      if (attempt.jobID === undefined || !endedIDs.has(attempt.jobID) || attempt.endedAt !== undefined) return attempt;
      const stored = await deps.ledger.readAttempt(run.runID, attempt.batchID, attempt.kind);
      if (stored?.value.jobID !== attempt.jobID)
        throw new LedgerConflictError(`the attempt of job ${attempt.jobID} was changed by somebody else meanwhile`);
      const ended = { ...stored.value, endedAt: stored.value.endedAt ?? now };
      await deps.ledger.saveAttempt(run.runID, ended, stored.version);
      return ended;
    }),
  );
}

/** How many job logs one look reads. */
const logsMax = 5;

/** For those who watch: the phase of each server, and the first sight of a launch, from which later deadlines count. */
async function noteProgress(mgn: Mgn, { records, now }: WaveState, jobs: readonly Job[]): Promise<ServerRecord[]> {
  const jobOf = new Map(jobs.map((job) => [job.jobID, job]));
  const launching = records.filter(isLaunching);
  const running = [...jobOf.values()].filter(
    (job) => !hasEnded(job) && launching.some(({ cutover }) => cutover?.jobID === job.jobID),
  );
  const phases = new Map<string, Phase>();
  for (const job of inTurn(running, now)) {
    const log = (await readForNow(() => mgn.describeJobLog(job.jobID))) ?? [];
    for (const [id, phase] of phasesOfLog(log)) phases.set(id, phase);
  }
  return records.map((record) => {
    const job = record.cutover && jobOf.get(record.cutover.jobID);
    if (job === undefined || record.verdict !== undefined) return record;
    const observed = observeLaunch(record, job, now);
    if (!isLaunching(record)) return observed;
    const isLaunched = observed.cutover?.launchStatus === 'LAUNCHED';
    const phase = isLaunched ? 'first boot' : phases.get(record.sourceServerID);
    return phase === undefined ? observed : inPhase(observed, phase, now);
  });
}

const isLaunching = ({ launch, cutover, rollback }: ServerRecord) =>
  launch === 'PENDING' && cutover !== undefined && rollback === undefined;

/** All jobs if they are few; of many, others at each look. */
function inTurn(jobs: readonly Job[], now: number): Job[] {
  const first = jobs.length === 0 ? 0 : (Math.floor(now / 60_000) * logsMax) % jobs.length;
  return [...jobs.slice(first), ...jobs.slice(0, first)].slice(0, logsMax);
}
