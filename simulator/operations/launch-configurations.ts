/** GetLaunchConfiguration and UpdateLaunchConfiguration (`mgn.md` A.5). */
import type { LaunchConfiguration } from '@aws-sdk/client-mgn';
import type { Operation } from '../operation.ts';
import type { OneSourceServerInput, UpdateLaunchConfigurationInput } from '../wire/inputs.ts';
import type { Newest } from '../world/newest-model.ts';
import { accountOf } from '../world/world.ts';
import { find } from './find-record.ts';

/** GetLaunchConfiguration. */
export const getLaunchConfiguration: Operation<OneSourceServerInput, Newest<LaunchConfiguration>> = (
  world,
  { sourceServerID },
  call,
) => find(accountOf(world, call.accountID).launchConfigurations, 'SourceServer', sourceServerID);

/** UpdateLaunchConfiguration: members that are sent replace the old ones whole, `postLaunchActions` included. */
export const updateLaunchConfiguration: Operation<UpdateLaunchConfigurationInput, Newest<LaunchConfiguration>> = (
  world,
  changes,
  call,
) => {
  const configurations = accountOf(world, call.accountID).launchConfigurations;
  const configuration = find(configurations, 'SourceServer', changes.sourceServerID);
  const updated = { ...configuration, ...changes };
  delete updated.accountID;
  configurations.set(changes.sourceServerID, updated);
  return updated;
};
