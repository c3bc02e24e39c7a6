/**
 * What a run came to, as a document to keep: every source server with its verdict, the reasons in MGN's words, the jobs
 * and instances that are the evidence, and what is left to do. Made from the ledger alone, so it can be made again.
 */
import type { RunInput } from './run-input.ts';
import type { AttemptRecord, FailureRecord, Gate, Outcome, RunRecord } from './run-record.ts';
import type { Reason } from './reason.ts';
import type { ActionEvidence, Phase, ServerRecord, Verdict } from './server-record.ts';
import { summarize } from './wave-outcome.ts';

/** What the ledger holds of one run. */
export interface ReportFacts {
  readonly run: RunRecord;
  readonly servers: readonly ServerRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly failures: readonly FailureRecord[];
}

/** What was to be cut over, as the input named it. */
export type Target = Pick<RunInput, 'waveID' | 'applicationIDs' | 'sourceServerIDs' | 'accountID' | 'region'>;

/** The run as a whole. All times are ISO 8601 in UTC. */
export interface RunReport {
  readonly name: string;
  readonly target: Target;
  readonly options: RunInput['options'];
  /** The change window as the input gives it. */
  readonly window?: RunInput['window'];
  /** UNFINISHED: the run was stopped or is still under way. */
  readonly outcome: Outcome | 'UNFINISHED';
  readonly summary: string;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly batchIDs: readonly string[];
  /** Where the run waited for a person, and what they said; absent if nowhere. */
  readonly gates?: readonly GateReport[] | undefined;
  /** Who asked for which verified source servers to be finalized: the execution they started; absent if nobody. */
  readonly commits?: readonly CommitReport[] | undefined;
}

/** Where the run waited for a person: before its start, or before the point of no return. */
export interface GateReport {
  readonly gate: Gate['gate'];
  readonly openedAt: string;
  /** When waiting ends, or ended. */
  readonly closesAt: string;
  /** What a person said of the start; a commit or a rollback speaks for itself. */
  readonly answer?: { readonly approved: boolean; readonly at: string; readonly by: string } | undefined;
}

/** A person's word that source servers be finalized. */
export interface CommitReport {
  readonly executionID: string;
  readonly askedAt: string;
  readonly sourceServerIDs: readonly string[];
}

/** When a source server reached each stage of the night; ISO 8601 in UTC, absent where it did not. */
export interface ServerTimings {
  readonly cutoverStartedAt?: string | undefined;
  readonly launchedAt?: string | undefined;
  readonly bootedAt?: string | undefined;
  readonly agentSeenAt?: string | undefined;
  readonly verifiedAt?: string | undefined;
  readonly finalizedAt?: string | undefined;
  readonly rollbackRequestedAt?: string | undefined;
  readonly revertedAt?: string | undefined;
  readonly rolledBackAt?: string | undefined;
  /** Since when it is in its present phase. */
  readonly phaseSince: string;
}

/** One source server. */
export interface ServerReport {
  readonly sourceServerID: string;
  readonly hostname?: string | undefined;
  readonly applicationID?: string | undefined;
  readonly applicationName?: string | undefined;
  /** 1 to 5: its priority group. */
  readonly priorityGroup: number;
  readonly batchID?: string | undefined;
  readonly verdict: Verdict | 'UNDECIDED';
  readonly phase: Phase;
  /** The lifecycle state last read from MGN. */
  readonly lifeCycleState?: string | undefined;
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Reason[];
  /** IDs of this run's jobs, by what they were for. */
  readonly jobs: {
    readonly terminateTestInstance?: string | undefined;
    readonly cutover?: string | undefined;
    readonly terminateCutoverInstance?: string | undefined;
  };
  /** EC2 instance IDs. */
  readonly instances: {
    readonly test?: string | undefined;
    readonly cutover?: string | undefined;
    readonly terminated?: string | undefined;
  };
  /** The post-launch actions that were expected or ran, with MGN's evidence. */
  readonly actions: readonly ActionEvidence[];
  readonly timings: ServerTimings;
  /** What a person does next, as commands or sentences. */
  readonly nextSteps: readonly string[];
}

/** A call that starts a job, as it went. */
export interface JobStart {
  readonly kind: AttemptRecord['kind'];
  readonly batchID: string;
  readonly tryNumber: number;
  readonly sourceServerIDs: readonly string[];
  readonly calledAt: string;
  readonly jobID?: string | undefined;
  /** RECEIVED; LOST_AND_FOUND: the answer never came and the job was recognised in MGN's list; NONE: no job is known. */
  readonly answer: 'RECEIVED' | 'LOST_AND_FOUND' | 'NONE';
}

/** A step that failed for good. */
export interface StepFailure {
  readonly at: string;
  readonly batchID?: string | undefined;
  readonly error: string;
  readonly message: string;
}

/** The report of a run. */
export interface Report {
  readonly run: RunReport;
  readonly servers: readonly ServerReport[];
  readonly jobStarts: readonly JobStart[];
  readonly failures: readonly StepFailure[];
}

/** Makes the report of a run; its source servers come in the order of their applications and host names. */
export function buildReport({ run, servers, attempts, failures }: ReportFacts): Report {
  return {
    run: reportRun(run, servers),
    servers: servers.map(reportServer).sort(byApplicationAndName),
    jobStarts: [...attempts].sort((one, other) => one.attemptedAt - other.attemptedAt).map(reportJobStart),
    failures: failures.map(({ at, batchID, error, cause }) => ({ at: iso(at), batchID, error, message: cause })),
  };
}

function reportRun(run: RunRecord, servers: readonly ServerRecord[]): RunReport {
  const { waveID, applicationIDs, sourceServerIDs, accountID, region, options, window } = run.input;
  return {
    name: run.runID,
    target: { waveID, applicationIDs, sourceServerIDs, accountID, region },
    options,
    window,
    outcome: run.end?.outcome ?? 'UNFINISHED',
    summary: run.end?.summary ?? summarize(servers),
    startedAt: iso(run.createdAt),
    endedAt: isoIfAny(run.end?.endedAt),
    batchIDs: [...new Set(servers.flatMap(({ batchID }) => batchID ?? []))].sort(),
    gates: run.gates?.map(reportGate),
    commits: run.commits?.map((ask) => ({ ...ask, askedAt: iso(ask.askedAt) })),
  };
}

/** Without the token: whoever has it could speak for a person. */
function reportGate({ gate, openedAt, closesAt, answer }: Gate): GateReport {
  return {
    gate,
    openedAt: iso(openedAt),
    closesAt: iso(closesAt),
    answer: answer && { ...answer, at: iso(answer.at) },
  };
}

function reportServer(record: ServerRecord): ServerReport {
  const { testInstance, cutover, rollback } = record;
  return {
    sourceServerID: record.sourceServerID,
    hostname: record.hostname,
    applicationID: record.applicationID,
    applicationName: record.applicationName,
    priorityGroup: record.priorityGroup,
    batchID: record.batchID,
    verdict: record.verdict ?? 'UNDECIDED',
    phase: record.phase,
    lifeCycleState: record.lifeCycleState,
    reasons: record.reasons,
    warnings: record.warnings,
    jobs: {
      terminateTestInstance: testInstance?.terminateJobID,
      cutover: cutover?.jobID,
      terminateCutoverInstance: rollback?.terminateJobID,
    },
    instances: {
      test: testInstance?.ec2InstanceID,
      cutover: cutover?.ec2InstanceID,
      terminated: rollback?.terminatedInstanceID,
    },
    actions: record.actions,
    timings: timingsOf(record),
    nextSteps: record.nextSteps,
  };
}

function timingsOf({ cutover, rollback, finalizedAt, phaseAt }: ServerRecord): ServerTimings {
  return {
    cutoverStartedAt: isoIfAny(cutover?.startedAt),
    launchedAt: isoIfAny(cutover?.launchedAt),
    bootedAt: isoIfAny(cutover?.bootedAt),
    agentSeenAt: isoIfAny(cutover?.agentSeenAt),
    verifiedAt: isoIfAny(cutover?.verifiedAt),
    finalizedAt: isoIfAny(finalizedAt),
    rollbackRequestedAt: isoIfAny(rollback?.requestedAt),
    revertedAt: isoIfAny(rollback?.revertedAt),
    rolledBackAt: isoIfAny(rollback?.verifiedAt),
    phaseSince: iso(phaseAt),
  };
}

function reportJobStart(attempt: AttemptRecord): JobStart {
  const { kind, batchID, tryNumber, sourceServerIDs, calledAt, jobID, isAnswered } = attempt;
  const answer = jobID === undefined ? 'NONE' : isAnswered ? 'RECEIVED' : 'LOST_AND_FOUND';
  return { kind, batchID, tryNumber, sourceServerIDs, calledAt: iso(calledAt), jobID, answer };
}

function byApplicationAndName(one: ServerReport, other: ServerReport): number {
  const keyOf = (server: ServerReport) =>
    [server.applicationName ?? server.applicationID ?? '', server.hostname ?? '', server.sourceServerID].join('\u0000');
  return keyOf(one) < keyOf(other) ? -1 : 1;
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function isoIfAny(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : iso(epochMs);
}
