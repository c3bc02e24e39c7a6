/** The wave operations (`mgn.md` A.2, E): waves hold applications, and every condition of theirs is kept here. */
import type { Wave } from '@aws-sdk/client-mgn';
import { MgnException } from '../exceptions.ts';
import type { Operation } from '../operation.ts';
import type {
  CreateNounInput,
  ListWavesInput,
  OneWaveInput,
  UpdateWaveInput,
  WaveMembershipInput,
} from '../wire/inputs.ts';
import { listing } from '../wire/paging.ts';
import type { Listing } from '../wire/paging.ts';
import { arnOf, newID } from '../world/identifiers.ts';
import { formatInstant } from '../world/instants.ts';
import { tagsOf } from '../world/tags.ts';
import { accountOf } from '../world/world.ts';
import type { Account, World } from '../world/world.ts';
import { aggregatedStatuses } from './aggregated-status.ts';
import type { AggregatedStatuses } from './aggregated-status.ts';
import { conflict, find, keepWithin } from './find-record.ts';
import { applicationsIn, refuseUnfinished, serversInWave } from './membership.ts';

const rendered = (world: World, account: Account, wave: Wave, statuses: AggregatedStatuses): Wave => ({
  ...wave,
  waveAggregatedStatus: statuses.ofWave(wave),
  tags: tagsOf(world, account, wave.arn ?? ''),
});

const renderedAlone = (world: World, account: Account, wave: Wave, now: number): Wave =>
  rendered(world, account, wave, aggregatedStatuses(world, account, now));

const waves = (account: Account, isArchived: boolean): number =>
  [...account.waves.values()].filter((wave) => (wave.isArchived ?? false) === isArchived).length;

const refuseArchived = (wave: Wave, waveID: string): void => {
  if (wave.isArchived === true) throw conflict('Wave', waveID, `Wave ${waveID} is archived`);
};

const refuseTakenName = (world: World, account: Account, name: string | undefined, waveID?: string): void => {
  if (world.switches.duplicateNames === 'accepted') return;
  const taken = [...account.waves.values()].find((wave) => wave.name === name && wave.waveID !== waveID);
  if (name !== undefined && taken !== undefined) {
    throw conflict('Wave', taken.waveID ?? '', `A wave named ${name} exists already`);
  }
};

/** ListWaves: the waves that match every filter, in order of creation. */
export const listWaves: Operation<ListWavesInput, Listing<Wave>> = (world, { filters = {} }, call) => {
  const account = accountOf(world, call.accountID);
  const wanted = filters.waveIDs ?? [];
  const isArchived =
    filters.isArchived ?? (world.switches.describeWithoutIsArchived === 'notArchived' ? false : undefined);
  const matching = [...account.waves.values()].filter(
    (wave) =>
      (wanted.length === 0 || wanted.includes(wave.waveID ?? '')) &&
      (isArchived === undefined || (wave.isArchived ?? false) === isArchived),
  );
  const statuses = aggregatedStatuses(world, account, call.now);
  return listing(matching, (wave) => rendered(world, account, wave, statuses));
};

/** CreateWave. */
export const createWave: Operation<CreateNounInput, Wave> = (world, { name, description, tags = {} }, call) => {
  const account = accountOf(world, call.accountID);
  refuseTakenName(world, account, name);
  keepWithin(waves(account, false) + 1, world.quotas.activeWaves, 'Wave', 'active waves');
  const waveID = newID(world, 'wave');
  const arn = arnOf(world, call.accountID, 'wave', waveID);
  const createdAt = formatInstant(world, call.now);
  const wave: Wave = {
    waveID,
    arn,
    name,
    ...(description === undefined ? {} : { description }),
    isArchived: false,
    creationDateTime: createdAt,
    lastModifiedDateTime: createdAt,
  };
  account.waves.set(waveID, wave);
  account.tags.set(arn, { ...tags });
  return renderedAlone(world, account, wave, call.now);
};

/** UpdateWave: sets the name, the description or both. */
export const updateWave: Operation<UpdateWaveInput, Wave> = (world, { waveID, name, description }, call) => {
  const account = accountOf(world, call.accountID);
  const wave = find(account.waves, 'Wave', waveID);
  refuseArchived(wave, waveID);
  refuseTakenName(world, account, name, waveID);
  if (name !== undefined) wave.name = name;
  if (description !== undefined) wave.description = description;
  wave.lastModifiedDateTime = formatInstant(world, call.now);
  return renderedAlone(world, account, wave, call.now);
};

/** DeleteWave: refused while applications belong to the wave. */
export const deleteWave: Operation<OneWaveInput, undefined> = (world, { waveID }, call) => {
  const account = accountOf(world, call.accountID);
  const wave = find(account.waves, 'Wave', waveID);
  if (applicationsIn(account, waveID).length > 0) {
    throw conflict('Wave', waveID, `Wave ${waveID} still has applications`);
  }
  account.waves.delete(waveID);
  account.tags.delete(wave.arn ?? '');
  return undefined;
};

/** ArchiveWave: every source server must be archived, CUTOVER or DISCONNECTED (`mgn.md` H.13). */
export const archiveWave: Operation<OneWaveInput, Wave> = (world, { waveID }, call) => {
  const account = accountOf(world, call.accountID);
  const wave = find(account.waves, 'Wave', waveID);
  refuseArchived(wave, waveID);
  refuseUnfinished('Wave', waveID, serversInWave(account, waveID), call.now);
  keepWithin(waves(account, true) + 1, world.quotas.archivedWaves, 'Wave', 'archived waves');
  wave.isArchived = true;
  wave.lastModifiedDateTime = formatInstant(world, call.now);
  return renderedAlone(world, account, wave, call.now);
};

/** UnarchiveWave. */
export const unarchiveWave: Operation<OneWaveInput, Wave> = (world, { waveID }, call) => {
  const account = accountOf(world, call.accountID);
  const wave = find(account.waves, 'Wave', waveID);
  if (wave.isArchived === true) {
    keepWithin(waves(account, false) + 1, world.quotas.activeWaves, 'Wave', 'active waves');
    wave.isArchived = false;
    wave.lastModifiedDateTime = formatInstant(world, call.now);
  }
  return renderedAlone(world, account, wave, call.now);
};

/** AssociateApplications: all of them or none. An application belongs to at most one wave. */
export const associateApplications: Operation<WaveMembershipInput, Record<string, never>> = (
  world,
  { waveID, applicationIDs },
  call,
) => {
  const account = accountOf(world, call.accountID);
  refuseArchived(find(account.waves, 'Wave', waveID), waveID);
  const applications = applicationIDs.map((id) => find(account.applications, 'Application', id));
  for (const application of applications) {
    const id = application.applicationID ?? '';
    if (application.isArchived === true) throw conflict('Application', id, `Application ${id} is archived`);
    if (application.waveID === waveID && world.switches.reassociation === 'AccessDeniedException') {
      throw new MgnException('AccessDeniedException', `Application ${id} is in wave ${waveID} already`);
    }
    if (application.waveID !== undefined && application.waveID !== waveID) {
      throw conflict('Application', id, `Application ${id} belongs to wave ${application.waveID}`);
    }
  }
  const members = new Set([...applicationsIn(account, waveID), ...applications]);
  keepWithin(members.size, world.quotas.applicationsPerWave, 'Wave', 'applications in one wave');
  for (const application of applications) application.waveID = waveID;
  return {};
};

/** DisassociateApplications: all of them or none. */
export const disassociateApplications: Operation<WaveMembershipInput, Record<string, never>> = (
  world,
  { waveID, applicationIDs },
  call,
) => {
  const account = accountOf(world, call.accountID);
  refuseArchived(find(account.waves, 'Wave', waveID), waveID);
  const applications = applicationIDs.map((id) => find(account.applications, 'Application', id));
  for (const application of applications) {
    if (application.waveID !== waveID) {
      const id = application.applicationID ?? '';
      throw conflict('Application', id, `Application ${id} does not belong to wave ${waveID}`);
    }
  }
  for (const application of applications) delete application.waveID;
  return {};
};
