/**
 * May this source server start a cutover? Answers with every reason against it, not only the first, so that one look
 * before the night shows all there is to mend. Facts: `mgn.md` B, C and H.
 */
import type { Job } from './job.ts';
import type { LaunchConfiguration } from './launch-configuration.ts';
import type { Reason } from './reason.ts';
import type { RunOptions } from './run-options.ts';
import type { SourceServer, Tag } from './source-server.ts';
import { hasEnded, partOf } from './job.ts';
import { showTime } from './window.ts';
import { findTestInstance, isLaunchedInstanceGone } from './test-instance.ts';

/** All that was read about one source server before a cutover. */
export interface ReadinessFacts {
  readonly server: SourceServer;
  /** Jobs of recent weeks, and the job that made the server's launched instance if it is older and known. */
  readonly jobs: readonly Job[];
  /** Undefined when MGN has none. */
  readonly launchConfiguration: LaunchConfiguration | undefined;
  /** The run that holds the server's lock, when it is another one. */
  readonly lockedByRunID: string | undefined;
  /** Other source servers of this run that report the same host name. */
  readonly sameHostname: readonly string[];
  readonly now: number;
}

/** The settings readiness depends on. */
export type ReadinessOptions = Pick<RunOptions, 'requireTestLaunch' | 'lagMaxSeconds' | 'lastSeenMaxSeconds'> & {
  readonly freshness?: FreshnessGate | undefined;
  /**
   * The tag without which the permissions of a deployment let nothing be started on a source server. Without it the
   * wave would be stopped half-way, by the first call that is denied.
   */
  readonly sourceServerTag?: Tag | undefined;
};

/** How fresh the replicated data must be, where the input asks for more than a bounded lag. */
export interface FreshnessGate {
  readonly lagZero: boolean;
  /** When the applications were stopped, epoch milliseconds; the latest snapshot has to be newer. */
  readonly fencedAt?: number | undefined;
  /** The zone that times are shown in. */
  readonly zone: string;
}

const describe = 'DescribeSourceServers';

/** Every reason against starting a cutover of this source server; empty when it is ready. */
export function assessReadiness(facts: ReadinessFacts, options: ReadinessOptions): Reason[] {
  return [
    ...lifeCycleReasons(facts.server),
    ...replicationReasons(facts, options),
    ...freshnessReasons(facts.server, options.freshness),
    ...holderReasons(facts),
    ...launchReasons(facts, options),
    ...identityReasons(facts),
    ...tagReasons(facts.server, options.sourceServerTag),
  ];
}

const remedyByState: ReadonlyMap<string, string> = new Map([
  ['STOPPED', 'Start replication for it and wait until it has caught up.'],
  ['NOT_READY', 'Wait until the initial sync is complete, then launch a test.'],
  ['READY_FOR_TEST', 'Launch a test, look at it, then mark the server as "Ready for cutover".'],
  ['TESTING', 'Accept the test: mark the server as "Ready for cutover".'],
  ['CUTTING_OVER', 'Another cutover is under way or was never finished: finalize or revert that one first.'],
  ['CUTOVER', 'It is already cut over and finalized; take it out of the input.'],
  ['DISCONNECTED', 'It is disconnected from MGN; reinstall the replication agent or take it out of the input.'],
  ['DISCOVERED', 'Start replication for it, then launch a test.'],
  ['PENDING_INSTALLATION', 'Install the replication agent on it, then launch a test.'],
]);

function lifeCycleReasons(server: SourceServer): Reason[] {
  const reasons: Reason[] = [];
  if (server.isArchived) {
    reasons.push({
      code: 'ARCHIVED',
      fact: 'isArchived is true',
      source: describe,
      remedy: 'Take it out of the input.',
    });
  }
  if (server.lifeCycleState !== 'READY_FOR_CUTOVER') {
    reasons.push({
      code: 'WRONG_LIFECYCLE_STATE',
      fact: `lifeCycle.state is ${server.lifeCycleState}, not READY_FOR_CUTOVER`,
      source: describe,
      remedy: remedyByState.get(server.lifeCycleState) ?? 'Bring it to READY_FOR_CUTOVER first.',
    });
  }
  return reasons;
}

/** Agents answer; SNAPSHOT_SHIPPING servers have none, so only agent-based ones are asked when they were last seen. */
function replicationReasons({ server, now }: ReadinessFacts, options: ReadinessOptions): Reason[] {
  const reasons: Reason[] = [];
  const add = (code: string, fact: string, remedy: string) => reasons.push({ code, fact, source: describe, remedy });
  const lagMs = server.lagMs;
  if (server.dataReplicationState !== 'CONTINUOUS') {
    add(
      'REPLICATION_NOT_CONTINUOUS',
      `dataReplicationState is ${server.dataReplicationState ?? 'not given'}, not CONTINUOUS`,
      'Wait for replication to catch up; where it is STALLED, look at the agent and the network.',
    );
  }
  if (server.dataReplicationError !== undefined) {
    add(
      'REPLICATION_ERROR',
      `dataReplicationError is ${server.dataReplicationError}`,
      'Clear the replication error first.',
    );
  }
  if (lagMs === undefined) {
    add('LAG_UNKNOWN', 'lagDuration is not given, so the server cannot be launched', 'Wait until MGN reports a lag.');
  } else if (lagMs > options.lagMaxSeconds * 1_000) {
    add(
      'LAG_TOO_HIGH',
      `lagDuration is ${String(Math.round(lagMs / 1_000))} s, more than lagMaxSeconds (${String(options.lagMaxSeconds)} s)`,
      'Wait until the backlog is gone, or stop the application that writes it.',
    );
  }
  if (server.replicationType === 'SNAPSHOT_SHIPPING') return reasons;
  const unseenSeconds = server.lastSeenAt === undefined ? undefined : (now - server.lastSeenAt) / 1_000;
  if (unseenSeconds === undefined || unseenSeconds > options.lastSeenMaxSeconds) {
    add(
      'AGENT_NOT_SEEN',
      unseenSeconds === undefined
        ? 'lastSeenByServiceDateTime is not given'
        : `the agent was last seen ${String(Math.round(unseenSeconds))} s ago, more than lastSeenMaxSeconds (${String(options.lastSeenMaxSeconds)} s)`,
      'Keep the source’s OS and agent running: without the agent a cutover uses an old snapshot.',
    );
  }
  return reasons;
}

/** Data written before the applications were stopped has to be in the snapshot that is launched (`mgn.md` H.4). */
function freshnessReasons(server: SourceServer, gate: FreshnessGate | undefined): Reason[] {
  const reasons: Reason[] = [];
  if (gate?.lagZero === true && server.lagMs !== undefined && server.lagMs > 0) {
    reasons.push({
      code: 'LAG_NOT_ZERO',
      fact: `lagDuration is ${String(Math.ceil(server.lagMs / 1_000))} s, and freshness.lagZero asks for none`,
      source: describe,
      remedy: 'Stop the application that writes, and wait until replication has caught up.',
    });
  }
  if (gate?.fencedAt === undefined) return reasons;
  const { lastSnapshotAt } = server;
  if (lastSnapshotAt === undefined || lastSnapshotAt <= gate.fencedAt) {
    const shown = lastSnapshotAt === undefined ? 'not given' : showTime(lastSnapshotAt, gate.zone);
    reasons.push({
      code: 'SNAPSHOT_BEFORE_FENCE',
      fact: `lastSnapshotDateTime is ${shown}, not after freshness.fencedAt (${showTime(gate.fencedAt, gate.zone)})`,
      source: describe,
      remedy: 'Wait for the next snapshot; MGN takes one every few minutes while the agent answers.',
    });
  }
  return reasons;
}

function holderReasons({ server, jobs, lockedByRunID }: ReadinessFacts): Reason[] {
  const reasons: Reason[] = jobs
    .filter((job) => !hasEnded(job) && partOf(job, server.sourceServerID) !== undefined)
    .map((job) => ({
      code: 'JOB_HOLDS_SERVER',
      fact: `job ${job.jobID} (${job.initiatedBy ?? 'unknown initiator'}) is ${job.status} and includes this server`,
      source: 'DescribeJobs',
      remedy: 'Wait until the job has ended.',
    }));
  if (lockedByRunID !== undefined) {
    reasons.push({
      code: 'LOCKED_BY_OTHER_RUN',
      fact: `run ${lockedByRunID} holds this server`,
      source: 'ledger',
      remedy: `Wait for run ${lockedByRunID} to end; if it ended needing a person, roll it back: mgn-cutover rollback ${lockedByRunID}`,
    });
  }
  return reasons;
}

function launchReasons(facts: ReadinessFacts, options: ReadinessOptions): Reason[] {
  const { server, jobs, launchConfiguration } = facts;
  const reasons: Reason[] = [];
  if (launchConfiguration === undefined) {
    reasons.push({
      code: 'NO_LAUNCH_CONFIGURATION',
      fact: 'MGN has no launch configuration for this server',
      source: 'GetLaunchConfiguration',
      remedy: 'Set its launch settings in MGN.',
    });
  } else if (launchConfiguration.launchDisposition === 'STOPPED') {
    reasons.push({
      code: 'LAUNCH_DISPOSITION_STOPPED',
      fact: 'launchDisposition is STOPPED: the instance would never boot, so the cutover could not be verified',
      source: 'GetLaunchConfiguration',
      remedy: 'Set "Start instance upon launch" in its launch settings.',
    });
  } else if ((launchConfiguration.launchDisposition ?? 'STARTED') !== 'STARTED') {
    reasons.push({
      code: 'LAUNCH_DISPOSITION_UNKNOWN',
      fact: `launchDisposition is ${launchConfiguration.launchDisposition ?? ''}, and nothing here knows what that means for the launch`,
      source: 'GetLaunchConfiguration',
      remedy: 'Set "Start instance upon launch" in its launch settings, or ask for a newer version of this tool.',
    });
  }
  if (options.requireTestLaunch && server.lastTest.initiatedAt === undefined) {
    reasons.push({
      code: 'NEVER_TESTED',
      fact: 'lifeCycle.lastTest has never been initiated',
      source: describe,
      remedy: 'Launch a test first, or set options.requireTestLaunch to false.',
    });
  }
  return [...reasons, ...foreignInstanceReasons(server, jobs)];
}

/**
 * The reason against a start that lies in the server's launched instance, if there is one: StartCutover deletes what an
 * earlier launch left, and only a test's instance may go that way.
 */
export function foreignInstanceReasons(server: SourceServer, jobs: readonly Job[]): Reason[] {
  const instance = server.launchedInstance;
  if (instance === undefined || findTestInstance(server, jobs) !== undefined || isLaunchedInstanceGone(server, jobs)) {
    return [];
  }
  return [
    {
      code: 'UNKNOWN_LAUNCHED_INSTANCE',
      fact: `instance ${instance.ec2InstanceID} of job ${instance.jobID ?? 'unknown'} is no test instance; StartCutover would delete it`,
      source: describe,
      remedy: 'Find out whose instance it is; if nobody needs it, terminate it in the MGN console.',
    },
  ];
}

function identityReasons({ server, sameHostname }: ReadinessFacts): Reason[] {
  if (sameHostname.length === 0) return [];
  return [
    {
      code: 'AMBIGUOUS_HOSTNAME',
      fact: `host name ${server.hostname ?? ''} is also that of ${sameHostname.join(', ')}`,
      source: describe,
      remedy: 'One machine may be registered twice; archive the stale source server.',
    },
  ];
}

function tagReasons(server: SourceServer, tag: Tag | undefined): Reason[] {
  if (tag === undefined || server.tags[tag.key] === tag.value) return [];
  const { [tag.key]: found } = server.tags;
  return [
    {
      code: 'SOURCE_SERVER_TAG_MISSING',
      fact: `${found === undefined ? `it has no tag ${tag.key}` : `its tag ${tag.key} is "${found}"`}; only source servers with ${tag.key}=${tag.value} may be cut over here`,
      source: describe,
      remedy: `If it may be cut over, say so: ${tagCommand(server, tag)}`,
    },
  ];
}

/** A tag with a blank needs the JSON form; AWS allows no quotes in tags, so these need no escape. */
function tagCommand({ arn }: SourceServer, { key, value }: Tag): string {
  const isPlain = [key, value].every((text) => /^[\w.:/@+-]+$/.test(text));
  const tags = isPlain ? `${key}=${value}` : `'${JSON.stringify({ [key]: value })}'`;
  const region = arn.split(':')[3] ?? '';
  return `aws mgn tag-resource --resource-arn ${arn} --tags ${tags}${region === '' ? '' : ` --region ${region}`}`;
}
