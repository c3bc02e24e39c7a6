/** What the functions need of the world, as interfaces: MGN, a clock, and a store for the ledger. */
import type { ApplicationID, JobID, SourceServerID, WaveID } from './identifiers.ts';
import type { Job, JobLogItem } from './job.ts';
import type { ConfiguredAction, LaunchConfiguration } from './launch-configuration.ts';
import type { SourceServer } from './source-server.ts';

/** A wave as MGN lists it. */
export interface Wave {
  readonly waveID: WaveID;
  readonly name?: string | undefined;
  readonly isArchived: boolean;
}

/** An application as MGN lists it. */
export interface Application {
  readonly applicationID: ApplicationID;
  readonly name?: string | undefined;
  readonly waveID?: WaveID | undefined;
  readonly isArchived: boolean;
}

/** Which source servers to describe. */
export type SourceServerSelection =
  | { readonly sourceServerIDs: readonly SourceServerID[]; readonly isArchived: boolean }
  | { readonly applicationIDs: readonly ApplicationID[]; readonly isArchived: boolean };

/** AWS's ID of the request that was answered, by which its support finds it; absent where the answer names none. */
export interface Answered {
  readonly requestID?: string | undefined;
}

/**
 * MGN in one account and region. Reads page to the end and throw TransientServiceError for what may pass. Writes are
 * sent exactly once and throw ThrottledError, QuotaExceededError, ConflictError, RequestRefusedError, NotFoundError or
 * AccessDeniedError when they certainly had no effect, OutcomeUnknownError when nobody knows.
 */
export interface Mgn {
  listWaves(waveIDs: readonly WaveID[]): Promise<Wave[]>;
  listApplications(
    filter: { waveIDs: readonly WaveID[] } | { applicationIDs: readonly ApplicationID[] },
  ): Promise<Application[]>;
  describeSourceServers(selection: SourceServerSelection): Promise<SourceServer[]>;
  /** Jobs created at or after `fromMs` (epoch milliseconds), newest first. */
  describeJobsSince(fromMs: number): Promise<Job[]>;
  /** The jobs of these IDs that MGN knows. */
  describeJobs(jobIDs: readonly JobID[]): Promise<Job[]>;
  describeJobLog(jobID: JobID): Promise<JobLogItem[]>;
  getLaunchConfiguration(sourceServerID: SourceServerID): Promise<LaunchConfiguration>;
  listSourceServerActions(sourceServerID: SourceServerID): Promise<ConfiguredAction[]>;
  startCutover(
    sourceServerIDs: readonly SourceServerID[],
    tags: Readonly<Record<string, string>>,
  ): Promise<Job & Answered>;
  terminateTargetInstances(
    sourceServerIDs: readonly SourceServerID[],
    tags: Readonly<Record<string, string>>,
  ): Promise<Job & Answered>;
  changeServerLifeCycleState(
    sourceServerID: SourceServerID,
    state: 'READY_FOR_CUTOVER',
  ): Promise<SourceServer & Answered>;
  finalizeCutover(sourceServerID: SourceServerID): Promise<SourceServer & Answered>;
}

/** The account and region a run acts in; unset members mean the caller's own. */
export interface MgnTarget {
  readonly accountID?: string | undefined;
  readonly region?: string | undefined;
  /** A role to assume in the account, in which `{accountID}` and `{region}` may stand for the two above. */
  readonly roleArn?: string | undefined;
  /** The run it is for, which the role's session is named after. */
  readonly runID?: string | undefined;
}

/** Time, from one place. */
export interface Clock {
  /** Now, in epoch milliseconds. */
  now(): number;
}

/** A stored item of the ledger: `version` grows by one with each write. */
export interface LedgerItem {
  readonly partition: string;
  readonly sort: string;
  readonly version: number;
  readonly value: unknown;
}

/** What an item must be for a change to be made: absent, of this version, or anything. */
export type Expectation = 'absent' | 'any' | number;

/** One change of the ledger; a change without `value` deletes. `value` must be JSON. */
export interface LedgerChange {
  readonly partition: string;
  readonly sort: string;
  readonly expect: Expectation;
  readonly value?: unknown;
}

/** Most changes one `write` takes: what DynamoDB's TransactWriteItems takes. */
export const ledgerChangesMax = 100;

/**
 * Where the ledger is kept. Reads are strongly consistent and never show what a refused write wanted. A store may let
 * items expire that nobody has written for long; an expired one is as if it had never been.
 */
export interface LedgerStore {
  read(partition: string, sort: string): Promise<LedgerItem | undefined>;
  /**
   * Every item of the partition, ordered by `sort`. A write that is made meanwhile may show in some of its items and not
   * yet in others (a DynamoDB Query is not isolated from transactions as a whole).
   */
  readAll(partition: string): Promise<LedgerItem[]>;
  /**
   * All changes or none, 1 to `ledgerChangesMax` of them, each on another item.
   *
   * @returns false when an expectation did not hold; then nothing was written.
   */
  write(changes: readonly LedgerChange[]): Promise<boolean>;
}
