/** Builds worlds. Apart from `world.ts`, so that what acts in a world need not know how one is made. */
import type { Scenario } from '../scenario/scenario-schema.ts';
import { buildAccount } from './build-account.ts';
import { scheduleForeignActivity } from './foreign-activity.ts';
import type { World } from './world.ts';

/**
 * Builds the world a scenario describes.
 *
 * @param startMs - epoch milliseconds of the moment the scenario describes; its seconds count from here.
 */
export const createWorld = (scenario: Scenario, seed: number, startMs: number): World => {
  const world: World = {
    scenario,
    seed,
    startMs,
    region: scenario.region,
    accountID: scenario.accountID,
    switches: scenario.switches,
    quotas: scenario.quotas,
    accounts: new Map(),
    identifiersMade: 0,
    foreignActs: [],
  };
  for (const account of [scenario, ...scenario.managedAccounts]) {
    world.accounts.set(account.accountID, buildAccount(world, account));
  }
  scheduleForeignActivity(world);
  return world;
};
