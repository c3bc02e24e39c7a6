/**
 * What a run came to, as a document to keep: every source server with its verdict, the reasons in MGN's words, the jobs
 * and instances that are the evidence, and what is left to do. Made from the ledger alone, so it can be made again.
 */
import { evidenceOf, type Evidence } from './evidence.ts';
import { defaultLaunchSeconds } from './expected-times.ts';
import type { RunInput } from './run-input.ts';
import type { AttemptRecord, FailureRecord, Gate, Outcome, RunRecord } from './run-record.ts';
import type { Reason } from './reason.ts';
import { phases, type ActionEvidence, type Phase, type ServerRecord, type Verdict } from './server-record.ts';
import { forecastWave } from './wave-forecast.ts';
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
  /** What was decided and expected before anything was started; absent if it did not come that far. */
  readonly plan?: PlanReport | undefined;
  /** Where the run waited for a person, and what they said; absent if nowhere. */
  readonly gates?: readonly GateReport[] | undefined;
  /** Who asked for which verified source servers to be finalized: the execution they started; absent if nobody. */
  readonly commits?: readonly CommitReport[] | undefined;
  /** Who asked for the run to be brought back; absent if nobody. */
  readonly rollbacks?: readonly RollbackReport[] | undefined;
}

/** What the run was expected to take when it was planned, in seconds, and until when it had to be started. */
export interface PlanReport {
  readonly plannedAt: string;
  readonly expected?: NonNullable<RunRecord['plan']>['expected'];
  /** Until then a start still left time for a complete rollback within the window. */
  readonly lastSafeStartAt?: string | undefined;
}

/** Where the run waited for a person: before its start, or before the point of no return. */
export interface GateReport {
  readonly gate: Gate['gate'];
  readonly openedAt: string;
  /** When waiting ends, or ended. */
  readonly closesAt: string;
  /** What a person said of the start; a commit or a rollback speaks for itself. */
  readonly answer?:
    | {
        readonly approved: boolean;
        readonly at: string;
        /** The execution they started. */
        readonly by: string;
        /** Who they said they were; CloudTrail knows who started the execution. */
        readonly person?: string | undefined;
      }
    | undefined;
}

/** A person's word that source servers be finalized. */
export interface CommitReport {
  readonly executionID: string;
  readonly askedAt: string;
  readonly sourceServerIDs: readonly string[];
  /** Who they said they were; CloudTrail knows who started the execution. */
  readonly person?: string | undefined;
}

/** A person's word that the run be brought back. */
export interface RollbackReport {
  readonly executionID: string;
  readonly askedAt: string;
  /** How many source servers were to be brought back by it. */
  readonly sourceServerCount: number;
  readonly person?: string | undefined;
}

/** A fact behind a verdict; `at` is ISO 8601 in UTC. */
export type ReportedEvidence = Omit<Evidence, 'at'> & { readonly at?: string | undefined };

/** When a source server came into a phase for the first time; `at` is ISO 8601 in UTC. */
export interface PhaseEntry {
  readonly phase: Phase;
  readonly at: string;
}

/**
 * What was expected of a source server, were nobody else in MGN's quotas, counted from the run's first start of a cutover;
 * ISO 8601 in UTC.
 */
export interface PlannedTimes {
  readonly cutoverStartsAt: string;
  readonly launchedAt: string;
  readonly verifiedAt: string;
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
  /** The phases it was in, in the order in which it first came into them. */
  readonly phases: readonly PhaseEntry[];
  /** What was expected of it; absent if it was not started, or nothing was expected. */
  readonly planned?: PlannedTimes | undefined;
  /** The lifecycle state last read from MGN. */
  readonly lifeCycleState?: string | undefined;
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Reason[];
  /** Every fact behind the verdict, good or bad, in the order of the night. */
  readonly evidence: readonly ReportedEvidence[];
  /** What stands in the way of its rollback, as far as seen. */
  readonly rollbackProblems: readonly Reason[];
  /** IDs of this run's jobs, by what they were for. */
  readonly jobs: {
    readonly terminateTestInstance?: string | undefined;
    readonly cutover?: string | undefined;
    readonly terminateCutoverInstance?: string | undefined;
  };
  /** AWS's IDs of the requests that changed it alone, where their answers came. */
  readonly requestIDs: { readonly revert?: string | undefined; readonly finalize?: string | undefined };
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
  /** AWS's ID of the request, where its answer came. */
  readonly requestID?: string | undefined;
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
  const planned = plannedTimes(run, servers);
  return {
    run: reportRun(run, servers),
    servers: servers
      .map((record) => reportServer(record, planned.get(record.sourceServerID)))
      .sort(byApplicationAndName),
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
    plan: run.plan && {
      plannedAt: iso(run.plan.plannedAt),
      expected: run.plan.expected,
      lastSafeStartAt: isoIfAny(run.plan.lastSafeStartAt),
    },
    gates: run.gates?.map(reportGate),
    rollbacks: run.rollbacks?.map((ask) => ({ ...ask, askedAt: iso(ask.askedAt) })),
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

/** The forecast of a wave, laid on the clock from its first start on; by source server. */
function plannedTimes(run: RunRecord, servers: readonly ServerRecord[]): ReadonlyMap<string, PlannedTimes> {
  const expected = run.plan?.expected;
  const started = servers.filter(({ cutover }) => cutover !== undefined);
  if (expected === undefined || started.length === 0) return new Map();
  const startedAt = Math.min(...started.flatMap(({ cutover }) => cutover?.startedAt ?? []));
  const { jobs } = forecastWave(started, run.input.options, expected);
  const after = (seconds: number) => iso(startedAt + seconds * 1_000);
  const timesOf = ({ sourceServerID, expectedLaunchSeconds = defaultLaunchSeconds }: ServerRecord) => {
    const job = jobs.find(({ sourceServerIDs }) => sourceServerIDs.includes(sourceServerID));
    const startSeconds = job?.startSeconds ?? 0;
    const launchedSeconds = startSeconds + expectedLaunchSeconds;
    return {
      cutoverStartsAt: after(startSeconds),
      launchedAt: after(launchedSeconds),
      verifiedAt: after(launchedSeconds + expected.actionsSeconds),
    };
  };
  return new Map(started.map((record) => [record.sourceServerID, timesOf(record)]));
}

function reportServer(record: ServerRecord, planned: PlannedTimes | undefined): ServerReport {
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
    phases: phasesOf(record),
    planned,
    lifeCycleState: record.lifeCycleState,
    reasons: record.reasons,
    warnings: record.warnings,
    evidence: evidenceOf(record).map((fact) => ({ ...fact, at: isoIfAny(fact.at) })),
    rollbackProblems: rollback?.problems ?? [],
    jobs: {
      terminateTestInstance: testInstance?.terminateJobID,
      cutover: cutover?.jobID,
      terminateCutoverInstance: rollback?.terminateJobID,
    },
    requestIDs: { revert: rollback?.revertRequestID, finalize: record.finalizeRequestID },
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

function phasesOf({ phase, phaseAt, phaseTimes = { [phase]: phaseAt } }: ServerRecord): PhaseEntry[] {
  return phases
    .flatMap((name) => {
      const at = phaseTimes[name];
      return at === undefined ? [] : { phase: name, at };
    })
    .sort((one, other) => one.at - other.at)
    .map((entry) => ({ ...entry, at: iso(entry.at) }));
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
  const { kind, batchID, tryNumber, sourceServerIDs, calledAt, jobID, requestID, isAnswered } = attempt;
  const answer = jobID === undefined ? 'NONE' : isAnswered ? 'RECEIVED' : 'LOST_AND_FOUND';
  return { kind, batchID, tryNumber, sourceServerIDs, calledAt: iso(calledAt), jobID, requestID, answer };
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
