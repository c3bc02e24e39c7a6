/** Looking records up by id, with the service's refusal when there is none (`mgn.md` A.7). */
import { MgnException } from '../exceptions.ts';

/** Kinds of resources as `resourceType` names them. */
export type ResourceType = 'SourceServer' | 'Wave' | 'Application' | 'Job' | 'LaunchConfigurationTemplate' | 'Action';

/** The refusal of an id that names nothing. */
export const notFound = (resourceType: ResourceType, resourceId: string): MgnException =>
  new MgnException('ResourceNotFoundException', `${resourceType} ${resourceId} not found`, {
    resourceId,
    resourceType,
  });

/** The refusal of a call that the resource’s condition forbids. */
export const conflict = (resourceType: ResourceType, resourceId: string, message: string): MgnException =>
  new MgnException('ConflictException', message, { resourceId, resourceType });

/** @throws MgnException ResourceNotFoundException when the Map has no such id. */
export const find = <Found>(records: ReadonlyMap<string, Found>, resourceType: ResourceType, id: string): Found => {
  const found = records.get(id);
  if (found === undefined) throw notFound(resourceType, id);
  return found;
};

/**
 * Refuses what would exceed a quota (`mgn.md` E).
 *
 * @param count - how many there would be.
 * @throws MgnException ServiceQuotaExceededException naming the quota's value.
 */
export const keepWithin = (count: number, quotaValue: number, resourceType: ResourceType, what: string): void => {
  if (count <= quotaValue) return;
  throw new MgnException('ServiceQuotaExceededException', `The quota of ${String(quotaValue)} ${what} is exceeded`, {
    resourceType,
    serviceCode: 'mgn',
    quotaValue,
  });
};
