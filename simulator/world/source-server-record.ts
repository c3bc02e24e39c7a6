/**
 * A source server as the simulator keeps it: what never changes with time, and a history of timed changes. What a read
 * shows is the fold of the changes up to the moment asked for, so jobs advance without timers and a stale read is the
 * same fold at an earlier moment.
 */
import type {
  DataReplicationErrorString,
  DataReplicationState,
  FirstBoot,
  LifeCycleState,
  ReplicationType,
  SourceProperties,
  SourceServerConnectorAction,
} from '@aws-sdk/client-mgn';
import type { ServerScenario } from '../scenario/server-schema.ts';

/** The stamps of the last test or the last cutover (`lifeCycle.lastTest`, `lifeCycle.lastCutover`; epoch milliseconds). */
export interface LaunchStamps {
  readonly initiated: { readonly apiCallMs: number; readonly jobID: string } | undefined;
  readonly revertedMs: number | undefined;
  readonly finalizedMs: number | undefined;
}

/** `launchedInstance`: the target instance, the launch job that made it and whether it was seen to boot. */
export interface LaunchedInstanceState {
  readonly ec2InstanceID: string;
  readonly jobID: string;
  readonly firstBoot: FirstBoot;
}

/** The replication of one source server (`dataReplicationInfo`, `mgn.md` B). */
export interface ReplicationState {
  /** Absent for a record that no agent has reported to yet (`mgn.md` B, PENDING_INSTALLATION). */
  readonly state: DataReplicationState | undefined;
  /** When this replication state began, in epoch milliseconds. */
  readonly sinceMs: number;
  /** When this replication state is expected to end by itself; `etaDateTime`. */
  readonly etaMs: number | undefined;
  /** The lag at a moment; it grows with time while replication does not run. Absent: the server is not launchable. */
  readonly lag: { readonly ms: number; readonly asOfMs: number } | undefined;
  readonly lastSnapshotMs: number | undefined;
  readonly error: DataReplicationErrorString | undefined;
  readonly rawError: string | undefined;
  /** Bytes that have not reached the staging area yet. */
  readonly backloggedBytes: number;
  /** When replication was last initiated. */
  readonly initiatedMs: number | undefined;
  /** Since when the agent no longer reports; absent while it does. */
  readonly agentSilentSinceMs: number | undefined;
}

/** All of a source server that changes with time. */
export interface SourceServerState {
  readonly lifeCycleState: LifeCycleState;
  readonly isArchived: boolean;
  readonly lastTest: LaunchStamps;
  readonly lastCutover: LaunchStamps;
  readonly launchedInstance: LaunchedInstanceState | undefined;
  readonly replication: ReplicationState;
}

/** One change of a source server at a moment (epoch milliseconds). */
export interface TimedChange {
  readonly atMs: number;
  /** `sync` marks the steps of a running synchronization, which a pause, stop or disconnect takes back. */
  readonly origin: 'call' | 'job' | 'sync' | 'script';
  readonly apply: (state: SourceServerState) => SourceServerState;
}

/** A source server in the world. Only the members that are not `readonly` may be set from outside this folder. */
export interface SourceServerRecord {
  readonly sourceServerID: string;
  readonly arn: string;
  readonly replicationType: ReplicationType;
  readonly vcenterClientID: string | undefined;
  readonly sourceProperties: SourceProperties;
  readonly addedToServiceMs: number;
  readonly firstByteMs: number | undefined;
  /** What the scenario says of this server, the scenario's defaults filled in: its launches, timings and outcomes. */
  readonly scenario: ServerScenario;
  /** The application the server belongs to; set by the Associate and Disassociate operations. */
  applicationID: string | undefined;
  userProvidedID: string | undefined;
  fqdnForActionFramework: string | undefined;
  connectorAction: SourceServerConnectorAction | undefined;
  /** The newest job that this server takes part in; it holds the server until it ends. */
  newestJobID: string | undefined;
  /** How many launches and terminations were started so far; picks the outcome from the scenario's lists. */
  readonly attempts: { test: number; cutover: number; terminate: number };
  readonly initial: SourceServerState;
  /** In time order. Add to it with `addChange` only. */
  readonly history: TimedChange[];
  /** The fold that the last read made, valid for `fromMs <= t < untilMs`. */
  folded: { readonly fromMs: number; readonly untilMs: number; readonly state: SourceServerState } | undefined;
}

/** Stamps of a test or cutover that never happened. */
export const noStamps: LaunchStamps = { initiated: undefined, revertedMs: undefined, finalizedMs: undefined };

/** The server as it was, is or is going to be at a moment (epoch milliseconds). */
export const stateAt = (server: SourceServerRecord, atMs: number): SourceServerState => {
  const cached = server.folded;
  if (cached !== undefined && atMs >= cached.fromMs && atMs < cached.untilMs) return cached.state;
  let state = server.initial;
  let fromMs = -Infinity;
  let untilMs = Infinity;
  for (const change of server.history) {
    if (change.atMs > atMs) {
      untilMs = change.atMs;
      break;
    }
    state = change.apply(state);
    fromMs = change.atMs;
  }
  server.folded = { fromMs, untilMs, state };
  return state;
};

/** Adds a change to the server's history, after every change of the same moment. */
export const addChange = (server: SourceServerRecord, change: TimedChange): void => {
  let index = server.history.length;
  while (index > 0 && (server.history[index - 1]?.atMs ?? 0) > change.atMs) index -= 1;
  server.history.splice(index, 0, change);
  server.folded = undefined;
};

/** Takes back the steps of a running synchronization that lie after a moment. */
export const dropSyncAfter = (server: SourceServerRecord, atMs: number): void => {
  const kept = server.history.filter((change) => change.origin !== 'sync' || change.atMs <= atMs);
  server.history.splice(0, server.history.length, ...kept);
  server.folded = undefined;
};
