/** Source servers as the wire carries them (`mgn.md` B, A.1). */
import type {
  DataReplicationInfo,
  DataReplicationInitiation,
  DataReplicationInitiationStepName,
  DataReplicationInitiationStepStatus,
  LifeCycle,
  SourceServer,
} from '@aws-sdk/client-mgn';

import { formatDuration, formatInstant } from './instants.ts';
import { initiationSeconds, lagMsAt, lastSnapshotMsAt } from './replication.ts';
import { stateAt } from './source-server-record.ts';
import type { LaunchStamps, ReplicationState, SourceServerRecord, SourceServerState } from './source-server-record.ts';
import { tagsOf } from './tags.ts';
import type { Account, World } from './world.ts';

/** The agent reports this often. */
const reportIntervalMs = 300_000;

const initiationSteps = [
  'WAIT',
  'CREATE_SECURITY_GROUP',
  'LAUNCH_REPLICATION_SERVER',
  'BOOT_REPLICATION_SERVER',
  'AUTHENTICATE_WITH_SERVICE',
  'DOWNLOAD_REPLICATION_SOFTWARE',
  'CREATE_STAGING_DISKS',
  'ATTACH_STAGING_DISKS',
  'PAIR_REPLICATION_SERVER_WITH_AGENT',
  'CONNECT_AGENT_TO_REPLICATION_SERVER',
  'START_DATA_TRANSFER',
] as const satisfies readonly DataReplicationInitiationStepName[];

/** A source server as a describe shows it at a moment (epoch milliseconds). */
export const renderSourceServer = (
  world: World,
  account: Account,
  server: SourceServerRecord,
  atMs: number,
): SourceServer => {
  const state = stateAt(server, atMs);
  return {
    sourceServerID: server.sourceServerID,
    arn: server.arn,
    isArchived: state.isArchived,
    tags: tagsOf(world, account, server.arn),
    ...(state.launchedInstance !== undefined && { launchedInstance: { ...state.launchedInstance } }),
    dataReplicationInfo: renderReplication(world, server, state.replication, atMs),
    lifeCycle: renderLifeCycle(world, server, state, atMs),
    sourceProperties: server.sourceProperties,
    replicationType: server.replicationType,
    ...(server.vcenterClientID !== undefined && { vcenterClientID: server.vcenterClientID }),
    ...(server.applicationID !== undefined && { applicationID: server.applicationID }),
    ...(server.userProvidedID !== undefined && { userProvidedID: server.userProvidedID }),
    ...(server.fqdnForActionFramework !== undefined && { fqdnForActionFramework: server.fqdnForActionFramework }),
    ...(server.connectorAction !== undefined && { connectorAction: server.connectorAction }),
  };
};

/** When the agent last reported, as of a moment; it reports at intervals while it is there. */
const lastSeenMs = (server: SourceServerRecord, replication: ReplicationState, atMs: number): number => {
  const until = Math.min(atMs, replication.agentSilentSinceMs ?? Infinity);
  return until - ((until - server.addedToServiceMs) % reportIntervalMs);
};

const renderLifeCycle = (
  world: World,
  server: SourceServerRecord,
  state: SourceServerState,
  atMs: number,
): LifeCycle => {
  const instant = (ms: number) => formatInstant(world, ms);
  const { firstByteMs } = server;
  const isDisconnected = state.replication.state === 'DISCONNECTED';
  const replicatedUntilMs = isDisconnected ? state.replication.sinceMs : atMs;
  return {
    addedToServiceDateTime: instant(server.addedToServiceMs),
    ...(firstByteMs !== undefined && {
      firstByteDateTime: instant(firstByteMs),
      elapsedReplicationDuration: formatDuration(replicatedUntilMs - firstByteMs),
      lastSeenByServiceDateTime: instant(lastSeenMs(server, state.replication, atMs)),
    }),
    lastTest: renderStamps(world, state.lastTest),
    lastCutover: renderStamps(world, state.lastCutover),
    state: state.lifeCycleState,
  };
};

/** Stamps that were not made are `{}`, as captured (`mgn.md` A.1). */
const renderStamps = (world: World, stamps: LaunchStamps) => {
  const { initiated } = stamps;
  const stamp = (ms: number | undefined) => (ms === undefined ? {} : { apiCallDateTime: formatInstant(world, ms) });
  return {
    initiated: initiated === undefined ? {} : { ...stamp(initiated.apiCallMs), jobID: initiated.jobID },
    reverted: stamp(stamps.revertedMs),
    finalized: stamp(stamps.finalizedMs),
  };
};

const renderReplication = (
  world: World,
  server: SourceServerRecord,
  replication: ReplicationState,
  atMs: number,
): DataReplicationInfo => {
  if (replication.state === undefined) return {};
  const lagMs = lagMsAt(replication, atMs);
  const lastSnapshotMs = lastSnapshotMsAt(replication, atMs);
  return {
    ...(lagMs !== undefined && { lagDuration: formatDuration(lagMs) }),
    ...(replication.etaMs !== undefined && { etaDateTime: formatInstant(world, replication.etaMs) }),
    replicatedDisks: renderDisks(server, replication, atMs),
    dataReplicationState: replication.state,
    dataReplicationInitiation: renderInitiation(world, replication, atMs),
    ...(replication.error !== undefined && {
      dataReplicationError: {
        error: replication.error,
        ...(replication.rawError !== undefined && { rawError: replication.rawError }),
      },
    }),
    ...(lastSnapshotMs !== undefined && { lastSnapshotDateTime: formatInstant(world, lastSnapshotMs) }),
  };
};

/** How much of a running synchronization is done, from 0 to 1. */
const progressAt = (replication: ReplicationState, atMs: number): number => {
  if (replication.etaMs === undefined || replication.etaMs <= replication.sinceMs) return 0.5;
  return Math.min(1, Math.max(0, (atMs - replication.sinceMs) / (replication.etaMs - replication.sinceMs)));
};

const renderDisks = (server: SourceServerRecord, replication: ReplicationState, atMs: number) => {
  const disks = server.sourceProperties.disks ?? [];
  const { state } = replication;
  const replicated =
    state === 'INITIAL_SYNC' ? progressAt(replication, atMs) : state === 'INITIATING' || state === 'STOPPED' ? 0 : 1;
  return disks.map(({ deviceName, bytes = 0 }, index) => ({
    ...(deviceName !== undefined && { deviceName }),
    totalStorageBytes: bytes,
    replicatedStorageBytes: Math.floor(bytes * replicated),
    rescannedStorageBytes: state === 'RESCAN' ? Math.floor(bytes * progressAt(replication, atMs)) : 0,
    backloggedStorageBytes: index === 0 ? replication.backloggedBytes : 0,
  }));
};

const renderInitiation = (world: World, replication: ReplicationState, atMs: number): DataReplicationInitiation => {
  const failed = replication.error?.startsWith('FAILED_TO_') === true ? replication.error.slice(10) : undefined;
  const failedIndex = initiationSteps.findIndex((step) => step === failed);
  const stepMs = (initiationSeconds * 1000) / initiationSteps.length;
  const running =
    replication.state === 'INITIATING' ? Math.floor((atMs - replication.sinceMs) / stepMs) : initiationSteps.length;
  const status = (index: number): DataReplicationInitiationStepStatus => {
    if (replication.initiatedMs === undefined) return 'NOT_STARTED';
    const reached = failedIndex === -1 ? running : failedIndex;
    if (index < reached) return 'SUCCEEDED';
    if (index > reached) return 'NOT_STARTED';
    return failedIndex === -1 ? 'IN_PROGRESS' : 'FAILED';
  };
  return {
    ...(replication.initiatedMs !== undefined && { startDateTime: formatInstant(world, replication.initiatedMs) }),
    steps: initiationSteps.map((name, index) => ({ name, status: status(index) })),
  };
};
