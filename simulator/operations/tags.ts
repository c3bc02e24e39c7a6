/** The tag operations (`mgn.md` A.2): on any resource that has an ARN in an account the caller reaches. */
import { MgnException } from '../exceptions.ts';
import type { Operation } from '../operation.ts';
import type { ListTagsForResourceInput, TagResourceInput, UntagResourceInput } from '../wire/inputs.ts';
import { fieldValidationFailed } from '../wire/validate-input.ts';
import { arnOf } from '../world/identifiers.ts';
import type { ResourceKind } from '../world/identifiers.ts';
import { tagsOf } from '../world/tags.ts';
import type { Account, World } from '../world/world.ts';
import { notFound } from './find-record.ts';
import type { ResourceType } from './find-record.ts';

const tagsMax = 50;

const arnPattern = /^arn:[\w-]+:mgn:[a-z0-9-]+:(\d{12}):([a-z-]+)\/(.+)$/;

/** The resources that exist in an account, by the kind their ARN names. */
const resourcesOf = (
  account: Account,
  kind: string,
): [ResourceKind, ResourceType, ReadonlyMap<string, unknown>] | undefined => {
  switch (kind) {
    case 'source-server':
      return [kind, 'SourceServer', account.sourceServers];
    case 'job':
      return [kind, 'Job', account.jobs];
    case 'wave':
      return [kind, 'Wave', account.waves];
    case 'application':
      return [kind, 'Application', account.applications];
    case 'launch-configuration-template':
      return [kind, 'LaunchConfigurationTemplate', account.templateActions];
    default:
      return undefined;
  }
};

/**
 * The account that holds a resource.
 *
 * @throws MgnException ValidationException for what is no MGN ARN, AccessDeniedException for an account out of reach,
 *   ResourceNotFoundException for a resource that does not exist in this Region.
 */
const holderOf = (world: World, resourceArn: string): Account => {
  const [, accountID, kind, id] = arnPattern.exec(resourceArn) ?? [];
  if (accountID === undefined || kind === undefined || id === undefined) {
    throw fieldValidationFailed([{ name: 'resourceArn', message: 'Member must be the ARN of an MGN resource' }]);
  }
  const account = world.accounts.get(accountID);
  if (account === undefined) {
    throw new MgnException('AccessDeniedException', `Not authorized to access ${resourceArn}`);
  }
  const [ownKind, resourceType, resources] = resourcesOf(account, kind) ?? [];
  const exists = ownKind !== undefined && (resources?.has(id) ?? false);
  if (!exists || arnOf(world, accountID, ownKind, id) !== resourceArn)
    throw notFound(resourceType ?? 'SourceServer', resourceArn);
  return account;
};

/** ListTagsForResource. */
export const listTagsForResource: Operation<ListTagsForResourceInput, { readonly tags: Record<string, string> }> = (
  world,
  { resourceArn },
) => ({ tags: tagsOf(world, holderOf(world, resourceArn), resourceArn) });

/** TagResource: adds tags and replaces the values of keys that are there. At most 50 tags on a resource. */
export const tagResource: Operation<TagResourceInput, Record<string, never>> = (world, { resourceArn, tags }) => {
  const account = holderOf(world, resourceArn);
  const merged = { ...account.tags.get(resourceArn), ...tags };
  if (Object.keys(merged).length > tagsMax) {
    throw fieldValidationFailed([{ name: 'tags', message: `A resource has at most ${String(tagsMax)} tags` }]);
  }
  account.tags.set(resourceArn, merged);
  return {};
};

/** UntagResource: keys that are not there are no error. */
export const untagResource: Operation<UntagResourceInput, Record<string, never>> = (
  world,
  { resourceArn, tagKeys },
) => {
  const account = holderOf(world, resourceArn);
  const kept = Object.entries(account.tags.get(resourceArn) ?? {}).filter(([key]) => !tagKeys.includes(key));
  account.tags.set(resourceArn, Object.fromEntries(kept));
  return {};
};
