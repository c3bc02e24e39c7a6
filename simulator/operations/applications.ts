/** The application operations (`mgn.md` A.2, E): applications hold source servers and belong to at most one wave. */
import type { Application } from '@aws-sdk/client-mgn';
import { MgnException } from '../exceptions.ts';
import type { Operation } from '../operation.ts';
import type {
  ApplicationMembershipInput,
  CreateNounInput,
  ListApplicationsInput,
  OneApplicationInput,
  UpdateApplicationInput,
} from '../wire/inputs.ts';
import { listing } from '../wire/paging.ts';
import type { Listing } from '../wire/paging.ts';
import { arnOf, newID } from '../world/identifiers.ts';
import { formatInstant } from '../world/instants.ts';
import { stateAt } from '../world/source-server-record.ts';
import { tagsOf } from '../world/tags.ts';
import { accountOf } from '../world/world.ts';
import type { Account, World } from '../world/world.ts';
import { aggregatedStatuses } from './aggregated-status.ts';
import type { AggregatedStatuses } from './aggregated-status.ts';
import { conflict, find, keepWithin } from './find-record.ts';
import { refuseUnfinished, serversIn } from './membership.ts';

const rendered = (world: World, account: Account, application: Application, statuses: AggregatedStatuses) => ({
  ...application,
  applicationAggregatedStatus: statuses.ofApplication(application),
  tags: tagsOf(world, account, application.arn ?? ''),
});

const renderedAlone = (world: World, account: Account, application: Application, now: number): Application =>
  rendered(world, account, application, aggregatedStatuses(world, account, now));

const applications = (account: Account, isArchived: boolean): number =>
  [...account.applications.values()].filter((application) => (application.isArchived ?? false) === isArchived).length;

const refuseArchived = (application: Application, applicationID: string): void => {
  if (application.isArchived === true) {
    throw conflict('Application', applicationID, `Application ${applicationID} is archived`);
  }
};

const refuseTakenName = (world: World, account: Account, name: string | undefined, applicationID?: string): void => {
  if (world.switches.duplicateNames === 'accepted') return;
  const taken = [...account.applications.values()].find(
    (application) => application.name === name && application.applicationID !== applicationID,
  );
  if (name !== undefined && taken !== undefined) {
    throw conflict('Application', taken.applicationID ?? '', `An application named ${name} exists already`);
  }
};

/** ListApplications: the applications that match every filter, in order of creation. */
export const listApplications: Operation<ListApplicationsInput, Listing<Application>> = (
  world,
  { filters = {} },
  call,
) => {
  const account = accountOf(world, call.accountID);
  const { applicationIDs = [], waveIDs = [] } = filters;
  const isArchived =
    filters.isArchived ?? (world.switches.describeWithoutIsArchived === 'notArchived' ? false : undefined);
  const matching = [...account.applications.values()].filter(
    (application) =>
      (applicationIDs.length === 0 || applicationIDs.includes(application.applicationID ?? '')) &&
      (waveIDs.length === 0 || waveIDs.includes(application.waveID ?? '')) &&
      (isArchived === undefined || (application.isArchived ?? false) === isArchived),
  );
  const statuses = aggregatedStatuses(world, account, call.now);
  return listing(matching, (application) => rendered(world, account, application, statuses));
};

/** CreateApplication. */
export const createApplication: Operation<CreateNounInput, Application> = (
  world,
  { name, description, tags = {} },
  call,
) => {
  const account = accountOf(world, call.accountID);
  refuseTakenName(world, account, name);
  const active = applications(account, false) + 1;
  keepWithin(active, world.quotas.activeApplications, 'Application', 'active applications');
  const applicationID = newID(world, 'application');
  const arn = arnOf(world, call.accountID, 'application', applicationID);
  const createdAt = formatInstant(world, call.now);
  const application: Application = {
    applicationID,
    arn,
    name,
    ...(description === undefined ? {} : { description }),
    isArchived: false,
    creationDateTime: createdAt,
    lastModifiedDateTime: createdAt,
  };
  account.applications.set(applicationID, application);
  account.tags.set(arn, { ...tags });
  return renderedAlone(world, account, application, call.now);
};

/** UpdateApplication: sets the name, the description or both. */
export const updateApplication: Operation<UpdateApplicationInput, Application> = (
  world,
  { applicationID, name, description },
  call,
) => {
  const account = accountOf(world, call.accountID);
  const application = find(account.applications, 'Application', applicationID);
  refuseArchived(application, applicationID);
  refuseTakenName(world, account, name, applicationID);
  if (name !== undefined) application.name = name;
  if (description !== undefined) application.description = description;
  application.lastModifiedDateTime = formatInstant(world, call.now);
  return renderedAlone(world, account, application, call.now);
};

/** DeleteApplication: refused while source servers belong to the application. */
export const deleteApplication: Operation<OneApplicationInput, undefined> = (world, { applicationID }, call) => {
  const account = accountOf(world, call.accountID);
  const application = find(account.applications, 'Application', applicationID);
  if (serversIn(account, applicationID).length > 0) {
    throw conflict('Application', applicationID, `Application ${applicationID} still has source servers`);
  }
  account.applications.delete(applicationID);
  account.tags.delete(application.arn ?? '');
  return undefined;
};

/** ArchiveApplication: every source server must be archived, CUTOVER or DISCONNECTED (`mgn.md` H.13). */
export const archiveApplication: Operation<OneApplicationInput, Application> = (world, { applicationID }, call) => {
  const account = accountOf(world, call.accountID);
  const application = find(account.applications, 'Application', applicationID);
  refuseArchived(application, applicationID);
  refuseUnfinished('Application', applicationID, serversIn(account, applicationID), call.now);
  const archived = applications(account, true) + 1;
  keepWithin(archived, world.quotas.archivedApplications, 'Application', 'archived applications');
  application.isArchived = true;
  application.lastModifiedDateTime = formatInstant(world, call.now);
  return renderedAlone(world, account, application, call.now);
};

/** UnarchiveApplication. */
export const unarchiveApplication: Operation<OneApplicationInput, Application> = (world, { applicationID }, call) => {
  const account = accountOf(world, call.accountID);
  const application = find(account.applications, 'Application', applicationID);
  if (application.isArchived === true) {
    const active = applications(account, false) + 1;
    keepWithin(active, world.quotas.activeApplications, 'Application', 'active applications');
    application.isArchived = false;
    application.lastModifiedDateTime = formatInstant(world, call.now);
  }
  return renderedAlone(world, account, application, call.now);
};

/** AssociateSourceServers: all of them or none. A source server belongs to at most one application. */
export const associateSourceServers: Operation<ApplicationMembershipInput, Record<string, never>> = (
  world,
  { applicationID, sourceServerIDs },
  call,
) => {
  const account = accountOf(world, call.accountID);
  refuseArchived(find(account.applications, 'Application', applicationID), applicationID);
  const servers = sourceServerIDs.map((id) => find(account.sourceServers, 'SourceServer', id));
  for (const server of servers) {
    const id = server.sourceServerID;
    if (stateAt(server, call.now).isArchived) throw conflict('SourceServer', id, `Source server ${id} is archived`);
    if (server.applicationID === applicationID && world.switches.reassociation === 'AccessDeniedException') {
      throw new MgnException('AccessDeniedException', `Source server ${id} is in application ${applicationID} already`);
    }
    if (server.applicationID !== undefined && server.applicationID !== applicationID) {
      throw conflict('SourceServer', id, `Source server ${id} belongs to application ${server.applicationID}`);
    }
  }
  const members = new Set([...serversIn(account, applicationID), ...servers]);
  const { sourceServersPerApplication } = world.quotas;
  keepWithin(members.size, sourceServersPerApplication, 'Application', 'source servers in one application');
  for (const server of servers) server.applicationID = applicationID;
  return {};
};

/** DisassociateSourceServers: all of them or none. */
export const disassociateSourceServers: Operation<ApplicationMembershipInput, Record<string, never>> = (
  world,
  { applicationID, sourceServerIDs },
  call,
) => {
  const account = accountOf(world, call.accountID);
  refuseArchived(find(account.applications, 'Application', applicationID), applicationID);
  const servers = sourceServerIDs.map((id) => find(account.sourceServers, 'SourceServer', id));
  for (const server of servers) {
    if (server.applicationID !== applicationID) {
      const id = server.sourceServerID;
      throw conflict('SourceServer', id, `Source server ${id} does not belong to application ${applicationID}`);
    }
  }
  for (const server of servers) server.applicationID = undefined;
  return {};
};
