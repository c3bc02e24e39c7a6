/** Retrying, pausing, resuming, stopping and starting the replication of a server (`mgn.md` C.1). */
import type { DataReplicationState, SourceServer } from '@aws-sdk/client-mgn';

import { MgnException } from '../exceptions.ts';
import type { Operation } from '../operation.ts';
import type { OneSourceServerInput } from '../wire/inputs.ts';
import { paused, resumedReplication, retriedReplication, startedReplication, stopped } from '../world/replication.ts';
import { addChange, dropSyncAfter, stateAt } from '../world/source-server-record.ts';
import type { SourceServerRecord, TimedChange } from '../world/source-server-record.ts';
import { accountOf } from '../world/world.ts';
import type { Account, World } from '../world/world.ts';
import { conflict, find, keepWithin } from './find-record.ts';
import { refuseWhileHeld } from './refuse-while-held.ts';
import { answerWith } from './source-servers.ts';

/** Replication states in which nothing is replicated, so the server does not count as active (`mgn.md` E). */
const inactive: readonly (DataReplicationState | undefined)[] = [undefined, 'STOPPED', 'DISCONNECTED', 'PAUSED'];

/** Drops what a running synchronization still had to do, and adds what comes instead. */
const continueWith = (server: SourceServerRecord, nowMs: number, changes: readonly TimedChange[]): void => {
  dropSyncAfter(server, nowMs);
  for (const change of changes) addChange(server, change);
};

const refuseUnless = (server: SourceServerRecord, isLegal: boolean, call: string, nowMs: number): void => {
  if (isLegal) return;
  const state = stateAt(server, nowMs).replication.state ?? 'absent';
  throw conflict('SourceServer', server.sourceServerID, `Cannot ${call} while data replication is ${state}.`);
};

/** Refuses one more replicating server than the quota allows. */
const refuseBeyondActive = (world: World, account: Account, nowMs: number): void => {
  const active = [...account.sourceServers.values()].filter(
    (server) => !inactive.includes(stateAt(server, nowMs).replication.state),
  ).length;
  keepWithin(active + 1, world.quotas.activeSourceServers, 'SourceServer', 'active source servers');
};

/** RetryDataReplication: stalled servers only; initiation begins anew. */
export const retryDataReplication: Operation<OneSourceServerInput, SourceServer> = (world, input, call) => {
  const server = find(accountOf(world, call.accountID).sourceServers, 'SourceServer', input.sourceServerID);
  const { replication } = stateAt(server, call.now);
  if (replication.state !== 'STALLED') {
    const message = `Cannot RetryDataReplication while data replication is ${replication.state ?? 'absent'}.`;
    throw new MgnException('ValidationException', message, { reason: 'other' });
  }
  const recovers = server.scenario.replication?.recovers ?? true;
  continueWith(server, call.now, retriedReplication(call.now, replication, recovers));
  return answerWith(world, server, call);
};

/** PauseReplication: the staging area is kept; the lag grows. */
export const pauseReplication: Operation<OneSourceServerInput, SourceServer> = (world, input, call) => {
  const server = find(accountOf(world, call.accountID).sourceServers, 'SourceServer', input.sourceServerID);
  refuseUnless(server, !inactive.includes(stateAt(server, call.now).replication.state), 'PauseReplication', call.now);
  continueWith(server, call.now, [{ atMs: call.now, origin: 'call', apply: (state) => paused(state, call.now) }]);
  return answerWith(world, server, call);
};

/** ResumeReplication: from PAUSED; the disks are rescanned, then replication goes on. */
export const resumeReplication: Operation<OneSourceServerInput, SourceServer> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const server = find(account.sourceServers, 'SourceServer', input.sourceServerID);
  refuseUnless(server, stateAt(server, call.now).replication.state === 'PAUSED', 'ResumeReplication', call.now);
  refuseBeyondActive(world, account, call.now);
  continueWith(server, call.now, resumedReplication(call.now));
  return answerWith(world, server, call);
};

/** StopReplication: snapshots and staging area are deleted; the agent and the settings stay. */
export const stopReplication: Operation<OneSourceServerInput, SourceServer> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const server = find(account.sourceServers, 'SourceServer', input.sourceServerID);
  refuseWhileHeld(world, account, server, call.now);
  const { state } = stateAt(server, call.now).replication;
  refuseUnless(server, state === 'PAUSED' || !inactive.includes(state), 'StopReplication', call.now);
  const movesLifeCycle = world.switches.stopReplicationLifeCycle === 'STOPPED';
  continueWith(server, call.now, [
    {
      atMs: call.now,
      origin: 'call',
      apply: (before) => ({
        ...stopped(before, call.now),
        lifeCycleState: movesLifeCycle ? 'STOPPED' : before.lifeCycleState,
      }),
    },
  ]);
  return answerWith(world, server, call);
};

/** StartReplication: from STOPPED; a first synchronization begins anew. */
export const startReplication: Operation<OneSourceServerInput, SourceServer> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const server = find(account.sourceServers, 'SourceServer', input.sourceServerID);
  refuseUnless(server, stateAt(server, call.now).replication.state === 'STOPPED', 'StartReplication', call.now);
  refuseBeyondActive(world, account, call.now);
  continueWith(server, call.now, [
    {
      atMs: call.now,
      origin: 'call',
      apply: (state) => (state.lifeCycleState === 'STOPPED' ? { ...state, lifeCycleState: 'NOT_READY' } : state),
    },
    ...startedReplication(call.now),
  ]);
  return answerWith(world, server, call);
};
