/** The replication of a source server over time: lag, snapshots, synchronization and what stops it (`mgn.md` B, C.1). */
import type { DataReplicationState, LifeCycleState } from '@aws-sdk/client-mgn';

import type { ReplicationChange, ReplicationScenario } from '../scenario/server-schema.ts';
import type { ReplicationState, SourceServerState, TimedChange } from './source-server-record.ts';

/** While replication runs, a snapshot is taken this often. */
const snapshotIntervalMs = 600_000;

/** The replication state that goes with a lifecycle state when a scenario names none. */
const usualState = (lifeCycleState: LifeCycleState): DataReplicationState | undefined => {
  if (lifeCycleState === 'DISCOVERED' || lifeCycleState === 'PENDING_INSTALLATION') return undefined;
  if (lifeCycleState === 'NOT_READY') return 'INITIAL_SYNC';
  if (lifeCycleState === 'STOPPED') return 'STOPPED';
  return lifeCycleState === 'CUTOVER' || lifeCycleState === 'DISCONNECTED' ? 'DISCONNECTED' : 'CONTINUOUS';
};

/** Replication states in which the source server holds no recoverable data, so it has no lag and cannot be launched. */
const withoutLag: readonly (DataReplicationState | undefined)[] = [
  undefined,
  'STOPPED',
  'DISCONNECTED',
  'INITIAL_SYNC',
];

/** Replication states in which every initiation step reads NOT_STARTED. */
const uninitiated: readonly (DataReplicationState | undefined)[] = [undefined, 'STOPPED', 'DISCONNECTED'];

/** Replication that runs at the scenario's start was initiated this long before. */
const weekMs = 7 * 86_400_000;

/** Replication states in which data does not flow, so the lag grows with time. */
const growing: readonly (DataReplicationState | undefined)[] = ['STALLED', 'PAUSED', 'RESCAN', 'INITIATING'];

/** Replication states that lead to CONTINUOUS by themselves. */
const synchronizing: readonly (DataReplicationState | undefined)[] = [
  'INITIATING',
  'INITIAL_SYNC',
  'BACKLOG',
  'RESCAN',
  'CREATING_SNAPSHOT',
];

/** The replication a scenario describes for the start. */
export const initialReplication = (
  scenario: ReplicationScenario,
  lifeCycleState: LifeCycleState,
  startMs: number,
  snapshotAgeMs: number,
): ReplicationState => {
  const state = scenario.state ?? usualState(lifeCycleState);
  const hasLag = !withoutLag.includes(state) && lifeCycleState !== 'NOT_READY';
  const isSilent = (scenario.agent ?? (scenario.error === 'AGENT_NOT_SEEN' ? 'silent' : 'reporting')) === 'silent';
  const readyMs = scenario.readyInSeconds === undefined ? undefined : startMs + scenario.readyInSeconds * 1000;
  return {
    state,
    sinceMs: startMs,
    etaMs: synchronizing.includes(state) ? readyMs : undefined,
    lag: hasLag ? { ms: (scenario.lagSeconds ?? 0) * 1000, asOfMs: startMs } : undefined,
    lastSnapshotMs: hasLag ? startMs - (scenario.lastSnapshotSecondsAgo ?? snapshotAgeMs / 1000) * 1000 : undefined,
    error: scenario.error,
    rawError: scenario.rawError,
    backloggedBytes: scenario.backloggedBytes ?? 0,
    initiatedMs: uninitiated.includes(state) ? undefined : state === 'INITIATING' ? startMs : startMs - weekMs,
    agentSilentSinceMs: isSilent ? startMs - (scenario.lastSeenSecondsAgo ?? 0) * 1000 : undefined,
  };
};

/** The lag at a moment in milliseconds; absent when the server is not launchable. */
export const lagMsAt = (replication: ReplicationState, atMs: number): number | undefined => {
  if (replication.lag === undefined) return undefined;
  return replication.lag.ms + (growing.includes(replication.state) ? atMs - replication.lag.asOfMs : 0);
};

/** The moment of the newest snapshot as of a moment; absent when there is none. */
export const lastSnapshotMsAt = (replication: ReplicationState, atMs: number): number | undefined => {
  const last = replication.lastSnapshotMs;
  if (last === undefined || replication.state !== 'CONTINUOUS') return last;
  return last + Math.max(0, Math.floor((atMs - last) / snapshotIntervalMs)) * snapshotIntervalMs;
};

/** Whether the agent does not report at a moment. */
export const isAgentSilentAt = (replication: ReplicationState, atMs: number): boolean =>
  replication.agentSilentSinceMs !== undefined && atMs >= replication.agentSilentSinceMs;

/** Enters a replication state at a moment; lag and snapshots go on from where they are. */
const entering = (
  replication: ReplicationState,
  state: DataReplicationState | undefined,
  atMs: number,
  etaMs?: number,
): ReplicationState => {
  const lagMs = lagMsAt(replication, atMs);
  return {
    ...replication,
    state,
    sinceMs: atMs,
    etaMs,
    lag: lagMs === undefined || withoutLag.includes(state) ? undefined : { ms: lagMs, asOfMs: atMs },
    lastSnapshotMs: lastSnapshotMsAt(replication, atMs),
  };
};

/** Replication is CONTINUOUS from a moment on: no lag, no error, and a server not ready becomes READY_FOR_TEST. */
export const toContinuous = (state: SourceServerState, atMs: number): SourceServerState => ({
  ...state,
  lifeCycleState: state.lifeCycleState === 'NOT_READY' ? 'READY_FOR_TEST' : state.lifeCycleState,
  replication: {
    ...state.replication,
    state: 'CONTINUOUS',
    sinceMs: atMs,
    etaMs: undefined,
    lag: { ms: 0, asOfMs: atMs },
    lastSnapshotMs: atMs,
    error: undefined,
    rawError: undefined,
    backloggedBytes: 0,
  },
});

/** A snapshot succeeded at a moment (SNAPSHOT_END). */
export const withSnapshot = (state: SourceServerState, atMs: number): SourceServerState =>
  state.replication.lag === undefined
    ? state
    : { ...state, replication: { ...state.replication, lastSnapshotMs: atMs } };

/** Replication is PAUSED from a moment on; the staging area is kept. */
export const paused = (state: SourceServerState, atMs: number): SourceServerState => ({
  ...state,
  replication: entering(state.replication, 'PAUSED', atMs),
});

/** Replication is DISCONNECTED from a moment on: no lag, no snapshots, every initiation step back at NOT_STARTED. */
export const disconnected = (state: SourceServerState, atMs: number, agentStops: boolean): SourceServerState => ({
  ...state,
  replication: {
    ...entering(state.replication, 'DISCONNECTED', atMs),
    lastSnapshotMs: undefined,
    error: undefined,
    rawError: undefined,
    backloggedBytes: 0,
    initiatedMs: undefined,
    agentSilentSinceMs: state.replication.agentSilentSinceMs ?? (agentStops ? atMs + agentUninstallMs : undefined),
  },
});

/** The agent is told to uninstall within ten minutes (`mgn.md` C.4). */
const agentUninstallMs = 600_000;

/** Replication is STOPPED from a moment on: snapshots and staging area are gone, the agent stays. */
export const stopped = (state: SourceServerState, atMs: number): SourceServerState => ({
  ...state,
  replication: {
    ...entering(state.replication, 'STOPPED', atMs),
    lastSnapshotMs: undefined,
    error: undefined,
    rawError: undefined,
    backloggedBytes: 0,
    initiatedMs: undefined,
  },
});

interface SyncStep {
  readonly state: DataReplicationState;
  readonly seconds: number;
}

/** The steps of a synchronization that begins at a moment and ends in CONTINUOUS. */
const synchronization = (startMs: number, steps: readonly SyncStep[]): TimedChange[] => {
  const changes: TimedChange[] = [];
  let atMs = startMs;
  for (const step of steps) {
    const beganMs = atMs;
    const endMs = atMs + step.seconds * 1000;
    changes.push({
      atMs: beganMs,
      origin: 'sync',
      apply: (state) => ({
        ...state,
        replication: {
          ...entering(state.replication, step.state, beganMs, endMs),
          error: undefined,
          rawError: undefined,
          initiatedMs: step.state === 'INITIATING' ? beganMs : state.replication.initiatedMs,
        },
      }),
    });
    atMs = endMs;
  }
  changes.push({ atMs, origin: 'sync', apply: (state) => toContinuous(state, atMs) });
  return changes;
};

/** How long an initiation takes, all its steps together. */
export const initiationSeconds = 330;

/** StartReplication: initiation, then a first synchronization (about 20 min for a small server, `mgn.md` D.3). */
export const startedReplication = (atMs: number): TimedChange[] =>
  synchronization(atMs, [
    { state: 'INITIATING', seconds: initiationSeconds },
    { state: 'INITIAL_SYNC', seconds: 870 },
  ]);

/** ResumeReplication: the disks are compared anew, then replication goes on. */
export const resumedReplication = (atMs: number): TimedChange[] =>
  synchronization(atMs, [{ state: 'RESCAN', seconds: 300 }]);

/** RetryDataReplication: initiation begins anew; it ends well, or stalls again for the reason it had. */
export const retriedReplication = (atMs: number, before: ReplicationState, recovers: boolean): TimedChange[] => {
  const changes = synchronization(atMs, [
    { state: 'INITIATING', seconds: initiationSeconds },
    { state: 'RESCAN', seconds: 300 },
  ]);
  if (recovers) return changes;
  const stallMs = atMs + initiationSeconds * 1000;
  return [
    ...changes.slice(0, 1),
    {
      atMs: stallMs,
      origin: 'sync',
      apply: (state) => ({
        ...state,
        replication: {
          ...entering(state.replication, 'STALLED', stallMs),
          error: before.error,
          rawError: before.rawError,
        },
      }),
    },
  ];
};

/** The synchronization that the scenario's `readyInSeconds` lets end. */
export const scriptedSynchronization = (scenario: ReplicationScenario, initial: ReplicationState, startMs: number) => {
  if (scenario.readyInSeconds === undefined || !synchronizing.includes(initial.state)) return [];
  if (initial.state === 'INITIATING') {
    return synchronization(startMs, [
      { state: 'INITIATING', seconds: Math.min(initiationSeconds, scenario.readyInSeconds / 3) },
      {
        state: 'INITIAL_SYNC',
        seconds: scenario.readyInSeconds - Math.min(initiationSeconds, scenario.readyInSeconds / 3),
      },
    ]);
  }
  return synchronization(startMs, []).map((change) => {
    const atMs = startMs + (scenario.readyInSeconds ?? 0) * 1000;
    return { ...change, atMs, apply: (state: SourceServerState) => toContinuous(state, atMs) };
  });
};

/** A scripted change of replication; it passes over a server that was disconnected or stopped before. */
export const scriptedChange = (change: ReplicationChange, startMs: number): TimedChange => {
  const atMs = startMs + change.atSeconds * 1000;
  return {
    atMs,
    origin: 'script',
    apply: (before) => {
      if (before.replication.state === 'DISCONNECTED' || before.replication.state === 'STOPPED') return before;
      const state =
        change.state === 'CONTINUOUS'
          ? toContinuous(before, atMs)
          : { ...before, replication: entering(before.replication, change.state ?? before.replication.state, atMs) };
      return { ...state, replication: overridden(state.replication, change, atMs) };
    },
  };
};

const overridden = (replication: ReplicationState, change: ReplicationChange, atMs: number): ReplicationState => {
  const agent = change.agent ?? (change.error === 'AGENT_NOT_SEEN' ? 'silent' : undefined);
  return {
    ...replication,
    ...(change.lagSeconds !== undefined && { lag: { ms: change.lagSeconds * 1000, asOfMs: atMs } }),
    ...(change.error !== undefined && { error: change.error }),
    ...(change.rawError !== undefined && { rawError: change.rawError }),
    ...(change.backloggedBytes !== undefined && { backloggedBytes: change.backloggedBytes }),
    ...(agent === 'silent' && { agentSilentSinceMs: replication.agentSilentSinceMs ?? atMs }),
    ...(agent === 'reporting' && { agentSilentSinceMs: undefined }),
  };
};
