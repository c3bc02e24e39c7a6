/**
 * Starting a job exactly once, with an API that takes no client token: write the attempt down first, tag the call with
 * it, send it once, and after anything but a clear answer look for the tagged job before ever calling again
 * (`engine.md` section 4, D3).
 */
import { attemptTagKey, findOwnJob, readTagEcho } from '../domain/adoption.ts';
import {
  AccessDeniedError,
  AccountNotInitializedError,
  NotFoundError,
  OutcomeUnknownError,
  QuotaExceededError,
  RequestRefusedError,
  ThrottledError,
} from '../domain/errors.ts';
import type { JobID, SourceServerID } from '../domain/identifiers.ts';
import { hasEnded, type Job } from '../domain/job.ts';
import type { Answered, Mgn } from '../domain/ports.ts';
import type { AttemptKind, AttemptRecord, RunRecord } from '../domain/run-record.ts';
import type { Versioned } from '../ledger/ledger.ts';
import type { StepDeps } from './step.ts';

/** How far MGN's clock and ours may differ when jobs are listed by date, in milliseconds. */
export const clockSlackMs = 15 * 60_000;

/** The servers a call is about to be made for, and every job that existed before it. */
export interface AttemptTarget {
  readonly sourceServerIDs: readonly SourceServerID[];
  readonly knownJobIDs: readonly JobID[];
}

/** One kind of call that starts a job, for one batch. */
export interface JobStarter {
  readonly kind: AttemptKind;
  readonly batchID: string;
  /** Reads the facts anew and says which servers the call may be made for; none means there is nothing to do. */
  choose(): Promise<AttemptTarget>;
  call(sourceServerIDs: readonly SourceServerID[], tags: Readonly<Record<string, string>>): Promise<Job & Answered>;
  /** Whether a further job may be started for what is left once the job of an earlier try has ended. */
  readonly mayRepeat: boolean;
  /** Whether the job of an earlier try counts as ended although MGN shows it at work: nobody waits for it any more. */
  isOver?(earlier: AttemptRecord): boolean;
}

/**
 * The attempt with its job known, or undefined when there was nothing to do.
 *
 * @throws OutcomeUnknownError while a call's answer is lost and the settle time has not passed; ConflictError and the
 *   definite refusals of the call; TransientServiceError when MGN cannot be read.
 */
export async function attemptJob(
  deps: StepDeps,
  run: RunRecord,
  mgn: Mgn,
  starter: JobStarter,
): Promise<AttemptRecord | undefined> {
  const stored = await deps.ledger.readAttempt(run.runID, starter.batchID, starter.kind);
  const settled = stored && (await settleAttempt(deps, run, mgn, stored));
  const isStarted = settled?.value.state === 'STARTED';
  if (isStarted && !(starter.mayRepeat && (await isJobOver(mgn, starter, settled.value)))) return settled.value;
  const target = await starter.choose();
  if (target.sourceServerIDs.length === 0) return isStarted ? settled.value : undefined;
  return callOnce(deps, run, starter, target, settled);
}

/**
 * An attempt whose answer may be lost, settled as far as it can be: STARTED when its job is found, REJECTED when the
 * settle time has passed without one. A rejected one is looked for again, lest a job that turned up late be disowned.
 *
 * @throws OutcomeUnknownError while it cannot be told.
 */
export async function settleAttempt(
  deps: StepDeps,
  run: RunRecord,
  mgn: Mgn,
  stored: Versioned<AttemptRecord>,
): Promise<Versioned<AttemptRecord>> {
  const attempt = stored.value;
  if (attempt.state === 'STARTED') return stored;
  const job = await searchOwnJob(deps, run, mgn, attempt);
  if (job === undefined && attempt.state === 'REJECTED') return stored;
  const now = deps.clock.now();
  if (job === undefined && now < attempt.calledAt + run.input.options.settleSeconds * 1_000) {
    throw new OutcomeUnknownError(
      `The answer of ${attempt.kind} for ${attempt.batchID} was lost; its job is being looked for.`,
    );
  }
  const value: AttemptRecord =
    job === undefined
      ? { ...attempt, state: 'REJECTED' }
      : { ...attempt, state: 'STARTED', jobID: job.jobID, sourceServerIDs: idsOf(job, attempt) };
  return { value, version: await deps.ledger.saveAttempt(run.runID, value, stored.version) };
}

/** The job says itself whom it holds, unless it lists nobody: a later try with the same token may have been meant for fewer. */
function idsOf(job: Job, attempt: AttemptRecord): SourceServerID[] {
  const listed = job.participatingServers.map((part) => part.sourceServerID);
  return listed.length === 0 ? attempt.sourceServerIDs : listed;
}

/** Looks in the list of recent jobs and, should that lag, at the jobs the servers themselves point to. */
async function searchOwnJob(
  deps: StepDeps,
  run: RunRecord,
  mgn: Mgn,
  attempt: AttemptRecord,
): Promise<Job | undefined> {
  const initiatedBy = initiatorOf(attempt);
  const call = { ...attempt, initiatedBy };
  const answered = (await deps.ledger.readAttempts(run.runID)).filter((other) => other.isAnswered);
  const recent = await mgn.describeJobsSince(run.createdAt - clockSlackMs);
  const echo = readTagEcho(
    recent,
    answered.flatMap((other) => other.jobID ?? []),
  );
  const listed = findOwnJob(call, recent, echo);
  if (listed !== undefined || initiatedBy === 'TERMINATE') return listed;
  const servers = await mgn.describeSourceServers({ sourceServerIDs: attempt.sourceServerIDs, isArchived: false });
  const pointedTo = new Set(servers.flatMap((server) => server.lastCutover.jobID ?? []));
  const unknown = [...pointedTo].filter((jobID) => !attempt.knownJobIDs.includes(jobID));
  return unknown.length === 0 ? undefined : findOwnJob(call, await mgn.describeJobs(unknown), echo);
}

async function isJobOver(mgn: Mgn, starter: JobStarter, attempt: AttemptRecord): Promise<boolean> {
  if (attempt.jobID === undefined) return false;
  if (starter.isOver?.(attempt) === true) return true;
  const [job] = await mgn.describeJobs([attempt.jobID]);
  return job !== undefined && hasEnded(job);
}

async function callOnce(
  deps: StepDeps,
  run: RunRecord,
  starter: JobStarter,
  target: AttemptTarget,
  previous: Versioned<AttemptRecord> | undefined,
): Promise<AttemptRecord> {
  const attempt = attemptOf(run, starter, target, previous?.value, deps.clock.now());
  const version = await deps.ledger.saveAttempt(run.runID, attempt, previous?.version);
  try {
    const job = await starter.call(attempt.sourceServerIDs, { [attemptTagKey]: attempt.token });
    refuseOtherJob(job, attempt);
    const { jobID, requestID } = job;
    const started: AttemptRecord = { ...attempt, state: 'STARTED', jobID, isAnswered: true, requestID };
    await deps.ledger.saveAttempt(run.runID, started, version);
    return started;
  } catch (error) {
    if (hadNoEffect(error)) await deps.ledger.saveAttempt(run.runID, { ...attempt, state: 'REJECTED' }, version);
    throw error;
  }
}

/**
 * An answer that was meant for another call would make somebody else's job ours, to be reverted and terminated. The call
 * may have taken effect all the same, so its own job is looked for as after a lost answer.
 *
 * @throws OutcomeUnknownError when the job cannot be the one that was asked for.
 */
function refuseOtherJob({ jobID, initiatedBy, tags, participatingServers }: Job, attempt: AttemptRecord): void {
  const asked = new Set<string>(attempt.sourceServerIDs);
  const { [attemptTagKey]: token } = tags;
  const isOther =
    attempt.knownJobIDs.includes(jobID) ||
    participatingServers.some(({ sourceServerID }) => !asked.has(sourceServerID)) ||
    (token === undefined ? (initiatedBy ?? initiatorOf(attempt)) !== initiatorOf(attempt) : token !== attempt.token);
  if (isOther)
    throw new OutcomeUnknownError(
      `${attempt.kind} for ${attempt.batchID} was answered with job ${jobID}, which is not the one asked for.`,
    );
}

function initiatorOf({ kind }: AttemptRecord): 'START_CUTOVER' | 'TERMINATE' {
  return kind === 'START_CUTOVER' ? 'START_CUTOVER' : 'TERMINATE';
}

/**
 * The attempt about to be made. Calling again after a try that came to nothing keeps the token and what was known then,
 * so that a job of that earlier try is still recognised should it turn up late.
 */
function attemptOf(
  run: RunRecord,
  starter: JobStarter,
  target: AttemptTarget,
  previous: AttemptRecord | undefined,
  now: number,
): AttemptRecord {
  const sourceServerIDs = [...target.sourceServerIDs];
  if (previous?.state === 'REJECTED') return { ...previous, sourceServerIDs, state: 'ATTEMPTED', calledAt: now };
  const tryNumber = (previous?.tryNumber ?? 0) + 1;
  return {
    kind: starter.kind,
    batchID: starter.batchID,
    tryNumber,
    token: `${run.runID}/${run.nonce}/${starter.batchID}/${starter.kind}/${String(tryNumber)}`,
    sourceServerIDs,
    knownJobIDs: [...target.knownJobIDs],
    state: 'ATTEMPTED',
    attemptedAt: now,
    calledAt: now,
    isAnswered: false,
  };
}

/** A conflict is not here: it may be our own earlier call that took effect, so it is looked into like a lost answer. */
function hadNoEffect(error: unknown): boolean {
  return [
    ThrottledError,
    QuotaExceededError,
    RequestRefusedError,
    NotFoundError,
    AccessDeniedError,
    AccountNotInitializedError,
  ].some((definite) => error instanceof definite);
}
