/**
 * The world the simulator acts in: accounts and all that is in them. Records that a caller edits (waves, applications,
 * launch configurations, actions) are plain SDK shapes in Maps; what changes with time (source servers, jobs) has record
 * types of its own, evaluated at a moment. Lists of records are in order of creation.
 */
import type {
  Application,
  LaunchConfiguration,
  SourceServerActionDocument,
  TemplateActionDocument,
  Wave,
} from '@aws-sdk/client-mgn';
import type { Scenario } from '../scenario/scenario-schema.ts';
import type { Ec2Records } from './ec2-records.ts';
import type { ForeignAct } from './foreign-activity.ts';
import type { JobRecord } from './job-record.ts';
import type { Newest } from './newest-model.ts';
import type { Quotas } from './quotas.ts';
import type { SourceServerRecord } from './source-server-record.ts';
import type { Switches } from './switches.ts';

/** One account's records in the world's region. */
export interface Account {
  /** Twelve digits. */
  readonly accountID: string;
  /** Whether InitializeService was called, or the scenario says so. */
  isInitialized: boolean;
  /** Whether a replication configuration template exists; without it the account may still count as uninitialized. */
  hasReplicationTemplate: boolean;
  /** Whether it is reached with `accountID` from the caller's own account (`mgn.md` G). */
  readonly isLinked: boolean;
  /** Names of the roles in it that may be assumed; undefined for any. */
  readonly roles: readonly string[] | undefined;
  /** By `sourceServerID`. */
  readonly sourceServers: Map<string, SourceServerRecord>;
  /** By `jobID`, oldest first. Holds the job logs too. */
  readonly jobs: Map<string, JobRecord>;
  /** By `waveID`. `tags` and `waveAggregatedStatus` are left out here and computed on reading. */
  readonly waves: Map<string, Wave>;
  /** By `applicationID`. `tags` and `applicationAggregatedStatus` are left out here and computed on reading. */
  readonly applications: Map<string, Application>;
  /** By `sourceServerID`; every source server has one. */
  readonly launchConfigurations: Map<string, Newest<LaunchConfiguration>>;
  /** By `sourceServerID`, then by `actionID`; every source server has a Map, possibly empty. */
  readonly sourceServerActions: Map<string, Map<string, Newest<SourceServerActionDocument>>>;
  /** By `launchConfigurationTemplateID`, then by `actionID`. */
  readonly templateActions: Map<string, Map<string, Newest<TemplateActionDocument>>>;
  /** Where source servers are launched, in EC2. */
  readonly ec2: Ec2Records;
  /** The tags of every resource, by ARN; a resource without an entry has none. */
  readonly tags: Map<string, Record<string, string>>;
}

/** Everything there is in a Region. */
export interface World {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Epoch milliseconds of the moment the scenario describes. */
  readonly startMs: number;
  readonly region: string;
  /** The account of a call that names none. */
  readonly accountID: string;
  readonly switches: Switches;
  readonly quotas: Quotas;
  /** The own account first, then the managed ones. */
  readonly accounts: Map<string, Account>;
  /** How many identifiers were made so far; makes each new one different and every run the same. */
  identifiersMade: number;
  /** What others do in the account, in time order; the ones already done are removed. */
  readonly foreignActs: ForeignAct[];
  /** What there is in other Regions of the scenario; empty in those themselves. */
  readonly otherRegions: readonly World[];
}

/** The account a call acts in. `wire/` has already refused accounts that are not in the world. */
export const accountOf = (world: World, accountID: string): Account => {
  const account = world.accounts.get(accountID);
  if (account === undefined) throw new Error(`No account ${accountID} in this world`);
  return account;
};
