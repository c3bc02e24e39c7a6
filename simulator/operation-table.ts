/**
 * The model table: every modelled operation with its success status (`mgn.md` A.2), the schema of its input and the
 * function that performs it. Each entry closes over its own types, so a call needs no knowledge of them.
 */
import type * as v from 'valibot';

import type { Call, Operation } from './operation.ts';
import { initializeService, listManagedAccounts } from './operations/accounts.ts';
import {
  archiveApplication,
  associateSourceServers,
  createApplication,
  deleteApplication,
  disassociateSourceServers,
  listApplications,
  unarchiveApplication,
  updateApplication,
} from './operations/applications.ts';
import { startCutover, startTest, terminateTargetInstances } from './operations/job-starters.ts';
import { deleteJob, describeJobLogItems, describeJobs } from './operations/jobs.ts';
import { getLaunchConfiguration, updateLaunchConfiguration } from './operations/launch-configurations.ts';
import { changeServerLifeCycleState, disconnectFromService, finalizeCutover } from './operations/life-cycle.ts';
import {
  pauseReplication,
  resumeReplication,
  retryDataReplication,
  startReplication,
  stopReplication,
} from './operations/replication.ts';
import {
  listSourceServerActions,
  listTemplateActions,
  putSourceServerAction,
  removeSourceServerAction,
} from './operations/source-server-actions.ts';
import {
  deleteSourceServer,
  describeSourceServers,
  markAsArchived,
  updateSourceServer,
} from './operations/source-servers.ts';
import { listTagsForResource, tagResource, untagResource } from './operations/tags.ts';
import {
  archiveWave,
  associateApplications,
  createWave,
  deleteWave,
  disassociateApplications,
  listWaves,
  unarchiveWave,
  updateWave,
} from './operations/waves.ts';
import * as inputs from './wire/inputs.ts';
import type { OperationName } from './wire/operation-names.ts';
import { page } from './wire/paging.ts';
import type { Listing, PageRequest } from './wire/paging.ts';
import { validateInput } from './wire/validate-input.ts';
import type { World } from './world/world.ts';

/** A request whose input is valid, ready to act in a world. */
export interface PreparedCall {
  /** The account the request names, if any. */
  readonly accountID: string | undefined;
  /** @throws MgnException for every refusal the service models. */
  readonly perform: (world: World, call: Call) => unknown;
}

/** One row of the table. */
export interface ModelledOperation {
  /** HTTP status of success; 204 has no body. */
  readonly status: 200 | 201 | 202 | 204;
  /** @throws MgnException ValidationException naming every wrong member. */
  readonly prepare: (raw: unknown) => PreparedCall;
}

const accountIn = (input: unknown): string | undefined =>
  typeof input === 'object' && input !== null && 'accountID' in input && typeof input.accountID === 'string'
    ? input.accountID
    : undefined;

const answering = <Schema extends v.GenericSchema>(
  status: ModelledOperation['status'],
  schema: Schema,
  operation: Operation<v.InferOutput<Schema>, unknown>,
): ModelledOperation => ({
  status,
  prepare: (raw) => {
    const input = validateInput(schema, raw);
    return { accountID: accountIn(input), perform: (world, call) => operation(world, input, call) };
  },
});

const listingItems = <Schema extends v.GenericSchema<unknown, PageRequest>>(
  name: OperationName,
  schema: Schema,
  operation: Operation<v.InferOutput<Schema>, Listing<unknown>>,
): ModelledOperation => ({
  status: 200,
  prepare: (raw) => {
    const input = validateInput(schema, raw);
    return {
      accountID: accountIn(input),
      perform: (world, call) => {
        const scope = `${name}/${call.accountID}`;
        return page(operation(world, input, call), input, scope, world.switches.defaultPageSize);
      },
    };
  },
});

/** Every modelled operation by name. */
export const operationTable: Readonly<Record<OperationName, ModelledOperation>> = {
  InitializeService: answering(204, inputs.noInput, initializeService),
  DescribeSourceServers: listingItems('DescribeSourceServers', inputs.describeSourceServers, describeSourceServers),
  StartTest: answering(202, inputs.jobStarter, startTest),
  StartCutover: answering(202, inputs.jobStarter, startCutover),
  TerminateTargetInstances: answering(202, inputs.jobStarter, terminateTargetInstances),
  ChangeServerLifeCycleState: answering(200, inputs.changeServerLifeCycleState, changeServerLifeCycleState),
  FinalizeCutover: answering(200, inputs.oneSourceServer, finalizeCutover),
  DisconnectFromService: answering(200, inputs.oneSourceServer, disconnectFromService),
  MarkAsArchived: answering(200, inputs.oneSourceServer, markAsArchived),
  DeleteSourceServer: answering(204, inputs.oneSourceServer, deleteSourceServer),
  UpdateSourceServer: answering(200, inputs.updateSourceServer, updateSourceServer),
  DescribeJobs: listingItems('DescribeJobs', inputs.describeJobs, describeJobs),
  DescribeJobLogItems: listingItems('DescribeJobLogItems', inputs.describeJobLogItems, describeJobLogItems),
  DeleteJob: answering(204, inputs.deleteJob, deleteJob),
  GetLaunchConfiguration: answering(200, inputs.oneSourceServer, getLaunchConfiguration),
  UpdateLaunchConfiguration: answering(200, inputs.updateLaunchConfiguration, updateLaunchConfiguration),
  RetryDataReplication: answering(200, inputs.oneSourceServer, retryDataReplication),
  PauseReplication: answering(200, inputs.oneSourceServer, pauseReplication),
  ResumeReplication: answering(200, inputs.oneSourceServer, resumeReplication),
  StopReplication: answering(200, inputs.oneSourceServer, stopReplication),
  StartReplication: answering(200, inputs.oneSourceServer, startReplication),
  ListWaves: listingItems('ListWaves', inputs.listWaves, listWaves),
  CreateWave: answering(201, inputs.createNoun, createWave),
  UpdateWave: answering(200, inputs.updateWave, updateWave),
  DeleteWave: answering(204, inputs.oneWave, deleteWave),
  ArchiveWave: answering(200, inputs.oneWave, archiveWave),
  UnarchiveWave: answering(200, inputs.oneWave, unarchiveWave),
  AssociateApplications: answering(200, inputs.waveMembership, associateApplications),
  DisassociateApplications: answering(200, inputs.waveMembership, disassociateApplications),
  ListApplications: listingItems('ListApplications', inputs.listApplications, listApplications),
  CreateApplication: answering(201, inputs.createNoun, createApplication),
  UpdateApplication: answering(200, inputs.updateApplication, updateApplication),
  DeleteApplication: answering(204, inputs.oneApplication, deleteApplication),
  ArchiveApplication: answering(200, inputs.oneApplication, archiveApplication),
  UnarchiveApplication: answering(200, inputs.oneApplication, unarchiveApplication),
  AssociateSourceServers: answering(200, inputs.applicationMembership, associateSourceServers),
  DisassociateSourceServers: answering(200, inputs.applicationMembership, disassociateSourceServers),
  ListSourceServerActions: listingItems(
    'ListSourceServerActions',
    inputs.listSourceServerActions,
    listSourceServerActions,
  ),
  PutSourceServerAction: answering(200, inputs.putSourceServerAction, putSourceServerAction),
  RemoveSourceServerAction: answering(204, inputs.removeSourceServerAction, removeSourceServerAction),
  ListTemplateActions: listingItems('ListTemplateActions', inputs.listTemplateActions, listTemplateActions),
  ListManagedAccounts: listingItems('ListManagedAccounts', inputs.listManagedAccounts, listManagedAccounts),
  TagResource: answering(200, inputs.tagResource, tagResource),
  UntagResource: answering(200, inputs.untagResource, untagResource),
  ListTagsForResource: answering(200, inputs.listTagsForResource, listTagsForResource),
};
