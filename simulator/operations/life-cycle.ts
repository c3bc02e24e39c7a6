/** The calls that move one server through its lifecycle without a job (`mgn.md` C.1, C.3, C.4). */
import type { SourceServer } from '@aws-sdk/client-mgn';

import type { Operation } from '../operation.ts';
import type { ChangeServerLifeCycleStateInput, OneSourceServerInput } from '../wire/inputs.ts';
import { legalForChange, neverConnected } from '../world/life-cycle-table.ts';
import { disconnected, lagMsAt } from '../world/replication.ts';
import { addChange, dropSyncAfter, stateAt } from '../world/source-server-record.ts';
import type { LaunchStamps, SourceServerRecord, SourceServerState } from '../world/source-server-record.ts';
import { accountOf } from '../world/world.ts';
import type { Account, World } from '../world/world.ts';
import { conflict, find } from './find-record.ts';
import { chosenRefusal, refuseWhileHeld } from './refuse-while-held.ts';
import { answerWith } from './source-servers.ts';

type TargetState = ChangeServerLifeCycleStateInput['lifeCycle']['state'];

const changeRefusedMessage = (from: string, to: TargetState): string =>
  from === 'CUTOVER'
    ? 'Cannot ChangeServerLifeCycleState for a CUTOVER server. If you need to restart the migration, reinstall the Replication Agent.'
    : `Cannot ChangeServerLifeCycleState to ${to} for a ${from} server.`;

/** ChangeServerLifeCycleState: moves the state alone; a launched instance keeps running (`mgn.md` C.3). */
export const changeServerLifeCycleState: Operation<ChangeServerLifeCycleStateInput, SourceServer> = (
  world,
  input,
  call,
) => {
  const account = accountOf(world, call.accountID);
  const server = find(account.sourceServers, 'SourceServer', input.sourceServerID);
  const to = input.lifeCycle.state;
  const { lifeCycleState, replication } = stateAt(server, call.now);
  if (lifeCycleState === 'CUTOVER') {
    throw conflict('SourceServer', server.sourceServerID, changeRefusedMessage(lifeCycleState, to));
  }
  refuseWhileHeld(world, account, server, call.now);
  if (!legalForChange(to, world.switches).includes(lifeCycleState)) {
    throw conflict('SourceServer', server.sourceServerID, changeRefusedMessage(lifeCycleState, to));
  }
  if (to !== 'CUTOVER' && lagMsAt(replication, call.now) === undefined) throw notLaunchable(world, server);
  addChange(server, { atMs: call.now, origin: 'call', apply: (state) => movedTo(world, state, to, call.now) });
  return answerWith(world, server, call);
};

const movedTo = (world: World, state: SourceServerState, to: TargetState, atMs: number): SourceServerState => {
  const isStamped = world.switches.revertedStamp === 'stamped';
  const stamped = (stamps: LaunchStamps, reverts: boolean): LaunchStamps =>
    isStamped && reverts && stamps.initiated !== undefined ? { ...stamps, revertedMs: atMs } : stamps;
  return {
    ...state,
    lifeCycleState: to,
    lastTest: stamped(state.lastTest, to === 'READY_FOR_TEST' && state.lifeCycleState !== 'CUTTING_OVER'),
    lastCutover: stamped(state.lastCutover, state.lifeCycleState === 'CUTTING_OVER'),
  };
};

/** The refusal of a call on a server that has no lag and so cannot be launched (`mgn.md` C.1). */
export const notLaunchable = (world: World, server: SourceServerRecord) =>
  chosenRefusal(
    world.switches.notLaunchableRefusal,
    `Source server ${server.sourceServerID} is not launchable: it has no replicated data.`,
    { resourceId: server.sourceServerID, resourceType: 'SourceServer' },
  );

/** FinalizeCutover: CUTOVER and DISCONNECTED before the answer; no job; nothing leads back (`mgn.md` C.4). */
export const finalizeCutover: Operation<OneSourceServerInput, SourceServer> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const server = find(account.sourceServers, 'SourceServer', input.sourceServerID);
  refuseWhileHeld(world, account, server, call.now);
  const { lifeCycleState } = stateAt(server, call.now);
  const refuse = (message: string) =>
    chosenRefusal(world.switches.finalizeRefusal, message, {
      resourceId: server.sourceServerID,
      resourceType: 'SourceServer',
    });
  if (lifeCycleState !== 'CUTTING_OVER') throw refuse(`Cannot FinalizeCutover for a ${lifeCycleState} server.`);
  const blocking = blockingActions(world, account, server, call.now);
  if (blocking.length > 0) {
    throw refuse(`Post-launch actions that must succeed before the cutover is finalized: ${blocking.join(', ')}.`);
  }
  const agentStops = world.switches.finalizeUninstallsAgent === 'yes';
  dropSyncAfter(server, call.now);
  addChange(server, {
    atMs: call.now,
    origin: 'call',
    apply: (state) => ({
      ...disconnected(state, call.now, agentStops),
      lifeCycleState: 'CUTOVER',
      lastCutover: { ...state.lastCutover, finalizedMs: call.now },
    }),
  });
  return answerWith(world, server, call);
};

/** Names of the must-succeed actions of the launched instance that keep the cutover from being finalized. */
const blockingActions = (world: World, account: Account, server: SourceServerRecord, nowMs: number): string[] => {
  const { finalizeBlockedBy } = world.switches;
  const jobID = stateAt(server, nowMs).launchedInstance?.jobID;
  if (finalizeBlockedBy === 'nothing' || jobID === undefined) return [];
  const participant = account.jobs
    .get(jobID)
    ?.participatingServers.find(({ sourceServerID }) => sourceServerID === server.sourceServerID);
  return (participant?.postLaunch?.actions ?? [])
    .filter(({ ssmDocument }) => ssmDocument.mustSucceedForCutover === true)
    .filter(({ endMs, result }) =>
      finalizeBlockedBy === 'failed' ? nowMs >= endMs && result === 'FAILED' : nowMs < endMs || result === 'FAILED',
    )
    .map(({ ssmDocument }) => ssmDocument.actionName ?? '');
};

/** DisconnectFromService: replication and lifecycle DISCONNECTED; launched instances are kept. */
export const disconnectFromService: Operation<OneSourceServerInput, SourceServer> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const server = find(account.sourceServers, 'SourceServer', input.sourceServerID);
  refuseWhileHeld(world, account, server, call.now);
  const { lifeCycleState, replication } = stateAt(server, call.now);
  if (replication.state === 'DISCONNECTED' || neverConnected.includes(lifeCycleState)) {
    throw conflict('SourceServer', server.sourceServerID, 'The source server is not connected to the service.');
  }
  dropSyncAfter(server, call.now);
  addChange(server, {
    atMs: call.now,
    origin: 'call',
    apply: (state) => ({ ...disconnected(state, call.now, true), lifeCycleState: 'DISCONNECTED' }),
  });
  return answerWith(world, server, call);
};
