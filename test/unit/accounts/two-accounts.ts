/** A world of two accounts and two regions, each place with a wave of its own. */
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';

/** The account of whoever calls, which has a wave in the home region and one in the other. */
export const homeID = '111122223333';
/** Another account, reached by a role or, in the home region only, with `accountID`. */
export const otherID = '444455556666';
/** An account that only a role reaches. */
export const unlinkedID = '777788889999';
/** The role that the other accounts have, and no other. */
export const roleArn = 'arn:aws:iam::{accountID}:role/MgnCutover-Cutover';

const wave = (name: string, ...hostnames: string[]) => [
  { name, applications: [{ name: 'shop', servers: hostnames.map((hostname) => ({ hostname })) }] },
];

/** The scenario as a file would hold it. */
export const twoAccounts = {
  accountID: homeID,
  region: 'eu-central-1',
  waves: wave('home', 'home-1'),
  managedAccounts: [
    { accountID: otherID, roles: ['MgnCutover-Cutover', 'team/Finalizer'], waves: wave('other', 'other-1', 'other-2') },
    {
      accountID: otherID,
      region: 'eu-west-1',
      roles: ['MgnCutover-Cutover'],
      waves: wave('west', 'west-1'),
      ec2: { vcpuQuota: 64 },
    },
    { accountID: unlinkedID, isLinked: false, waves: wave('alone', 'alone-1') },
    { accountID: homeID, region: 'eu-west-1', waves: wave('home-west', 'home-1') },
  ],
};

/** The same, parsed. */
export const twoAccountsScenario = parseScenario(twoAccounts);
