/** Runs at a glance: how each stands and what comes next, made of the ledger's record and of what is known of executions. */
import { isLocalArn } from '../local/arns.ts';
import type { ExecutionStatus } from '../local/execution-result.ts';
import { targetWords } from './target-words.ts';
import { waitingGate } from '../functions/domain/gate.ts';
import type { RunRecord } from '../functions/domain/run-record.ts';
import type { ServerRecord } from '../functions/domain/server-record.ts';
import { phaseCounts } from './live/server-words.ts';
import { plain } from './live/fit.ts';
import type { Standing } from './live/style.ts';

/**
 * How a run stands. ON_ANOTHER_MACHINE: a command somewhere holds it. WAITING: for a person, with or without a command
 * that goes on once they have answered. REFUSED_EARLY: it never came into the ledger.
 */
export type RunStatus = 'RUNNING' | 'ENDED' | 'STOPPED' | 'ON_ANOTHER_MACHINE' | 'WAITING' | 'REFUSED_EARLY';

/** What is known of an execution that a run consists of. */
export interface KnownExecution {
  readonly status: ExecutionStatus;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Why it ended, in words; undefined where nobody asked. */
  readonly why?: string | undefined;
  /** What it was to cut over, in words; undefined where nobody asked. */
  readonly target?: string | undefined;
}

/** What there is of one run. */
export interface RunFacts {
  readonly name: string;
  /** The ledger's record; undefined of an execution that has not got that far, or never did. */
  readonly run: RunRecord | undefined;
  readonly servers: readonly ServerRecord[];
  /** Whether any job was started for it. */
  readonly isTouched: boolean;
  /** Its execution on the stack; undefined where there is none, or Step Functions has forgotten it. */
  readonly execution?: KnownExecution | undefined;
  /** Whether it is in the ledger of this machine, where `run` goes on with it. */
  readonly isHere: boolean;
  /** Whether an execution of it, or a rollback or commit of it, runs on the stack now. */
  readonly isRunning: boolean;
}

/** One run as it is listed. Times are ISO 8601 in UTC. */
export interface ListedRun {
  readonly name: string;
  readonly target: string;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly status: RunStatus;
  readonly outcome?: NonNullable<RunRecord['end']>['outcome'] | undefined;
  readonly summary: string;
  /** When the newest thing that the ledger knows of it came to be; absent of a run that never came into the ledger. */
  readonly newestFactAt?: string | undefined;
  /** Whether any job was started for it. */
  readonly isTouched: boolean;
  /** Commands, without the program's name and the flags of the place. */
  readonly next: readonly string[];
}

/** The run as it is listed at `now` (epoch milliseconds). */
export function listRun(facts: RunFacts, now: number): ListedRun {
  const { name, run, execution } = facts;
  const status = statusOf(facts, now);
  return {
    name,
    target: run === undefined ? (execution?.target ?? '') : targetWords(run.input),
    startedAt: iso(run?.createdAt ?? execution?.startedAt ?? 0),
    endedAt: run?.end === undefined ? undefined : iso(run.end.endedAt),
    status,
    outcome: run?.end?.outcome,
    summary: summaryOf(facts, status),
    newestFactAt: run === undefined ? undefined : iso(newestFact(run, facts.servers)),
    isTouched: facts.isTouched,
    next: nextOf(facts, status),
  };
}

/** Of the run itself and of its source servers, epoch milliseconds. */
function newestFact(run: RunRecord, servers: readonly ServerRecord[]): number {
  const { createdAt, resolvedAt, plan, gates = [], commits = [], rollbacks = [], end } = run;
  const times = [
    createdAt,
    resolvedAt,
    plan?.plannedAt,
    ...gates.flatMap(({ openedAt, answer, closedAt }) => [openedAt, answer?.at, closedAt]),
    ...[...commits, ...rollbacks].map(({ askedAt }) => askedAt),
    end?.endedAt,
    ...servers.flatMap(({ phaseAt, finalizedAt, cutover, rollback }) => [
      phaseAt,
      finalizedAt,
      cutover?.launchedAt,
      cutover?.bootedAt,
      cutover?.agentSeenAt,
      cutover?.verifiedAt,
      rollback?.requestedAt,
      rollback?.revertedAt,
      rollback?.verifiedAt,
    ]),
  ];
  return times.reduce<number>((newest, at) => Math.max(newest, at ?? 0), 0);
}

function statusOf({ run, execution, isRunning, isHere }: RunFacts, now: number): RunStatus {
  if (isRunning) return 'RUNNING';
  if (run?.end !== undefined) return 'ENDED';
  if (run === undefined) return isCutShort(execution) ? 'STOPPED' : 'REFUSED_EARLY';
  // Whether a process of this machine is alive is known, and so its hold says nothing more.
  const isKnown = isHere && run.holder !== undefined && isLocalArn(run.holder.executionID);
  const isHeld = !isKnown && run.holder !== undefined && run.holder.heldUntil > now;
  if (execution !== undefined) return 'STOPPED';
  if (isHeld) return 'ON_ANOTHER_MACHINE';
  return waitingGate(run) === undefined ? 'STOPPED' : 'WAITING';
}

function summaryOf({ run, servers, execution }: RunFacts, status: RunStatus): string {
  if (run?.end !== undefined && status === 'ENDED') return run.end.summary;
  if (servers.length > 0) return phaseCounts(servers);
  if (status === 'RUNNING') return 'its source servers are not resolved yet';
  return execution?.why === undefined ? 'nothing was started' : `nothing was started: ${plain(execution.why)}`;
}

function nextOf(facts: RunFacts, status: RunStatus): string[] {
  const { name, servers, isTouched } = facts;
  switch (status) {
    case 'RUNNING':
    case 'ON_ANOTHER_MACHINE':
      return [`watch ${name}`, ...answersTo(facts)];
    case 'STOPPED':
    case 'WAITING': {
      const answers = answersTo(facts);
      return [...goOn(facts), ...(isTouched && answers.length === 0 ? [`rollback ${name}`] : answers)];
    }
    case 'ENDED': {
      const has = (verdict: ServerRecord['verdict']) => servers.some((server) => server.verdict === verdict);
      const isVerified = has('VERIFIED');
      if (!isVerified && !has('NEEDS_A_PERSON')) return [`report ${name}`];
      return [...(isVerified ? [`commit ${name}`] : []), `rollback ${name}`];
    }
    default:
      return [];
  }
}

/** What a person may say to a run that waits for them. */
function answersTo({ name, run }: RunFacts): string[] {
  const gate = run && waitingGate(run)?.gate;
  if (gate === undefined) return [];
  return gate === 'START' ? [`approve ${name}`] : [`commit ${name}`, `rollback ${name}`];
}

/** An execution that failed of its own accord would only fail again; a run of this machine goes on with its input. */
function goOn({ name, isHere, execution }: RunFacts): string[] {
  if (isHere) return [`run INPUT.json --name ${name}`];
  return isCutShort(execution) ? [`start INPUT.json --name ${name} --resume`] : [];
}

function isCutShort(execution: KnownExecution | undefined): boolean {
  return execution?.status === 'ABORTED' || execution?.status === 'TIMED_OUT';
}

const standings: Readonly<Record<NonNullable<ListedRun['outcome']>, Standing>> = {
  VERIFIED: 'good',
  FINALIZED: 'good',
  PARTIAL: 'undone',
  REFUSED: 'undone',
  NEEDS_A_PERSON: 'person',
};

/** How it looks at a glance. */
export function standingOfRun({ status, outcome, isTouched }: ListedRun): Standing {
  if (status === 'RUNNING' || status === 'ON_ANOTHER_MACHINE') return 'working';
  if (status === 'WAITING') return 'person';
  if (status === 'STOPPED') return isTouched ? 'person' : 'undone';
  return outcome === undefined ? 'undone' : standings[outcome];
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
