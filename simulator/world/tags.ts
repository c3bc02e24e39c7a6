/** Tags of resources, kept in one place for all kinds. */
import type { Account, World } from './world.ts';

/** The tags of a resource as an answer carries them, a copy (`mgn.md` A.1 for the extra key that a switch adds). */
export const tagsOf = (world: World, account: Account, arn: string): Record<string, string> => {
  const tags = account.tags.get(arn) ?? {};
  return world.switches.tagsCarryResourceArn === 'yes' ? { ...tags, resourceArn: arn } : { ...tags };
};
