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
  const named = scenario.managedAccounts.map(({ region = scenario.region }) => region);
  const others = [...new Set(named)].filter((region) => region !== scenario.region);
  const otherRegions = others.map((region, index) => createRegion(scenario, region, seed + index + 1, startMs, []));
  return createRegion(scenario, scenario.region, seed, startMs, otherRegions);
};

/** A seed of its own keeps identifiers of one Region from turning up in another. */
const createRegion = (
  scenario: Scenario,
  region: string,
  seed: number,
  startMs: number,
  otherRegions: readonly World[],
): World => {
  const world: World = {
    scenario,
    seed,
    startMs,
    region,
    accountID: scenario.accountID,
    switches: scenario.switches,
    quotas: scenario.quotas,
    accounts: new Map(),
    identifiersMade: 0,
    foreignActs: [],
    otherRegions,
  };
  for (const account of [scenario, ...scenario.managedAccounts]) {
    if ((account.region ?? scenario.region) !== region) continue;
    world.accounts.set(account.accountID, buildAccount(world, account));
  }
  scheduleForeignActivity(world);
  return world;
};
