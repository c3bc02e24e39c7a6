/**
 * Identifiers and ARNs in the service's own patterns (`mgn.md` A.3), drawn from names and the seed: every
 * run makes the same ones.
 */
import { randomText, seededRandom } from '../seeded-random.ts';
import type { World } from './world.ts';

const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const hexadecimal = '0123456789abcdef';

const prefixes = {
  'source-server': 's-',
  job: 'mgnjob-',
  wave: 'wave-',
  application: 'app-',
  'launch-configuration-template': 'lct-',
} as const;

/** Kind of a resource that has an identifier and an ARN. */
export type ResourceKind = keyof typeof prefixes;

/** The identifier that belongs to a name a scenario gives: the same in every world, whatever its seed. */
export const idNamed = (kind: ResourceKind, name: string): string => drawnID(0, kind, name);

const drawnID = (seed: number, kind: ResourceKind, name: string): string =>
  prefixes[kind] + randomText(seededRandom(seed, `id/${kind}/${name}`), letters, 17);

/** An EC2-style identifier, such as an instance's `i-` and 17 hexadecimal digits, that belongs to a name. */
export const ec2IDNamed = (world: World, prefix: string, name: string): string =>
  prefix + randomText(seededRandom(world.seed, `ec2/${prefix}/${name}`), hexadecimal, 17);

/** An EC2-style identifier that belongs to a name a scenario gives: the same in every world, whatever its seed. */
export const ec2IDDrawn = (prefix: string, name: string): string =>
  prefix + randomText(seededRandom(0, `ec2/${prefix}/${name}`), hexadecimal, 17);

/** A new identifier, different from every earlier one. */
export const newID = (world: World, kind: ResourceKind): string => {
  world.identifiersMade += 1;
  return drawnID(world.seed, kind, `#${world.identifiersMade}`);
};

/** The partition of a Region. */
export const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';

/**
 * What names of a scenario's account are put behind, so that each belongs to one account and Region. In the scenario's own
 * Region it is the account alone.
 */
export const namesOf = (world: World, accountID: string): string =>
  world.region === world.scenario.region ? accountID : `${accountID}/${world.region}`;

/** ARN of a resource (`mgn.md` A.3). */
export const arnOf = (world: World, accountID: string, kind: ResourceKind, id: string): string => {
  return `arn:${partitionOf(world.region)}:mgn:${world.region}:${accountID}:${kind}/${id}`;
};
