/** Describing, editing, archiving and deleting source servers (`mgn.md` A.2, C.1). */
import type { SourceServer } from '@aws-sdk/client-mgn';

import type { Call, Operation } from '../operation.ts';
import type { DescribeSourceServersInput, OneSourceServerInput, UpdateSourceServerInput } from '../wire/inputs.ts';
import { listing } from '../wire/paging.ts';
import type { Listing } from '../wire/paging.ts';
import { archivable, deletable } from '../world/life-cycle-table.ts';
import { renderSourceServer } from '../world/render-source-server.ts';
import { addChange, stateAt } from '../world/source-server-record.ts';
import type { SourceServerRecord } from '../world/source-server-record.ts';
import { accountOf } from '../world/world.ts';
import type { World } from '../world/world.ts';
import { conflict, find } from './find-record.ts';
import { refuseWhileHeld } from './refuse-while-held.ts';

/** DescribeSourceServers: the servers that every given filter admits, in order of creation. */
export const describeSourceServers: Operation<DescribeSourceServersInput, Listing<SourceServer>> = (
  world,
  input,
  call,
) => {
  const account = accountOf(world, call.accountID);
  const atMs = call.now - call.staleMs;
  const { filters = {} } = input;
  const ids = filters.sourceServerIDs;
  const candidates =
    ids === undefined || ids.length === 0
      ? [...account.sourceServers.values()]
      : [...new Set(ids)].flatMap((id) => account.sourceServers.get(id) ?? []);
  const admits = admission(world, filters, atMs);
  return listing(candidates.filter(admits), (server) => renderSourceServer(world, account, server, atMs));
};

/** Whether a server passes the filters; an empty list filters nothing. */
const admission = (
  world: World,
  filters: NonNullable<DescribeSourceServersInput['filters']>,
  atMs: number,
): ((server: SourceServerRecord) => boolean) => {
  const isArchived =
    filters.isArchived ?? (world.switches.describeWithoutIsArchived === 'notArchived' ? false : undefined);
  const allows = <T>(list: readonly T[] | undefined, value: T | undefined): boolean =>
    list === undefined || list.length === 0 || (value !== undefined && list.includes(value));
  return (server) =>
    allows(filters.replicationTypes, server.replicationType) &&
    allows(filters.applicationIDs, server.applicationID) &&
    allows(filters.lifeCycleStates, stateAt(server, atMs).lifeCycleState) &&
    (isArchived === undefined || stateAt(server, atMs).isArchived === isArchived);
};

/** The answer of every call that acts on one server: the server as it is after the call. */
export const answerWith = (world: World, server: SourceServerRecord, call: Call): SourceServer =>
  renderSourceServer(world, accountOf(world, call.accountID), server, call.now);

/** UpdateSourceServer: sets the members that are given. `platform` is accepted and, as in describes, not shown. */
export const updateSourceServer: Operation<UpdateSourceServerInput, SourceServer> = (world, input, call) => {
  const server = find(accountOf(world, call.accountID).sourceServers, 'SourceServer', input.sourceServerID);
  server.connectorAction = input.connectorAction ?? server.connectorAction;
  server.userProvidedID = input.userProvidedID ?? server.userProvidedID;
  server.fqdnForActionFramework = input.fqdnForActionFramework ?? server.fqdnForActionFramework;
  return answerWith(world, server, call);
};

/** MarkAsArchived: from DISCONNECTED or CUTOVER; the lifecycle state is kept. */
export const markAsArchived: Operation<OneSourceServerInput, SourceServer> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const server = find(account.sourceServers, 'SourceServer', input.sourceServerID);
  refuseWhileHeld(world, account, server, call.now);
  const { lifeCycleState } = stateAt(server, call.now);
  if (!archivable.includes(lifeCycleState)) {
    throw conflict('SourceServer', server.sourceServerID, `A ${lifeCycleState} server cannot be archived.`);
  }
  addChange(server, { atMs: call.now, origin: 'call', apply: (state) => ({ ...state, isArchived: true }) });
  return answerWith(world, server, call);
};

/** DeleteSourceServer: from DISCONNECTED or CUTOVER; the launch configuration and the actions go with it. */
export const deleteSourceServer: Operation<OneSourceServerInput, undefined> = (world, input, call) => {
  const account = accountOf(world, call.accountID);
  const server = find(account.sourceServers, 'SourceServer', input.sourceServerID);
  refuseWhileHeld(world, account, server, call.now);
  const { lifeCycleState } = stateAt(server, call.now);
  if (!deletable.includes(lifeCycleState)) {
    throw conflict('SourceServer', server.sourceServerID, `A ${lifeCycleState} server cannot be deleted.`);
  }
  account.sourceServers.delete(server.sourceServerID);
  account.launchConfigurations.delete(server.sourceServerID);
  account.sourceServerActions.delete(server.sourceServerID);
  account.tags.delete(server.arn);
  return undefined;
};
