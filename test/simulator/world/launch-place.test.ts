import { describeJobLogItems } from '../../../simulator/operations/jobs.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { freeAddressesAt, templateOf, vcpusInUseAt } from '../../../simulator/world/launch-place.ts';
import { exact, startMs, worldOf } from '../world-under-test.ts';

const ec2 = {
  vpcs: [
    {
      name: 'main',
      subnets: [{ name: 'target' }, { name: 'full', freeAddresses: 0 }],
      securityGroups: [{ name: 'web' }],
    },
    { name: 'other', securityGroups: [{ name: 'db' }, { name: 'both', alsoInVpcs: ['main'] }] },
  ],
};

const afterCutover = (server: object, more: object = {}) => {
  const under = worldOf({ ec2, defaults: exact, servers: [{ hostname: 'web-1', ...server }], ...more });
  const jobID = under.start('cutover', ['web-1'], 0);
  const log = under.perform(describeJobLogItems, { jobID }, 7200).slice(0, 50);
  const failure = log.find(({ event }) => event === 'LAUNCH_FAILED');
  return {
    launchStatus: under.participant(jobID, 'web-1', 7200)?.launchStatus,
    rawError: failure?.eventData.rawError,
    actions: under.participant(jobID, 'web-1', 7200)?.postLaunchActionsStatus,
  };
};

describe('a launch whose outcome is left open', () => {
  it.each([
    [{ subnet: 'subnet-00000bad' }, 'InvalidSubnetID.NotFound'],
    [{ subnet: null }, 'VPCIdNotSpecified: No default VPC for this user'],
    [{ subnet: 'full' }, 'InsufficientFreeAddressesInSubnet'],
    [{ securityGroups: ['sg-00000bad'] }, 'InvalidGroup.NotFound'],
    [{ securityGroups: ['web', 'db'] }, 'belong to different networks'],
    [{ exists: false }, 'InvalidLaunchTemplateId.NotFound'],
  ])('fails in EC2’s words where its template says %j', (launchTemplate, rawError) => {
    expect(afterCutover({ launchTemplate })).toMatchObject({
      launchStatus: 'FAILED',
      rawError: expect.stringContaining(rawError),
    });
  });

  it.each([{}, { securityGroups: ['both'] }, { securityGroups: [] }, { instanceProfile: null }])(
    'works where its template says %j',
    (launchTemplate) => {
      expect(afterCutover({ launchTemplate })).toMatchObject({ launchStatus: 'LAUNCHED', rawError: undefined });
    },
  );

  it('takes a default subnet where the template names none', () => {
    const withDefault = [{ name: 'default', isDefault: true, subnets: [{ name: 'd' }] }];

    expect(afterCutover({ launchTemplate: { subnet: null } }, { ec2: { vpcs: withDefault } })).toMatchObject({
      launchStatus: 'LAUNCHED',
    });
  });

  it('gives way to an outcome that the scenario names', () => {
    expect(afterCutover({ launchTemplate: { exists: false }, cutover: 'launched' }).launchStatus).toBe('LAUNCHED');
  });
});

describe('an instance without an instance profile', () => {
  const actions = [{ actionName: 'Validate', mustSucceedForCutover: true, timeoutSeconds: 600 }];
  const discoveredAt = (server: object, more: object = {}) =>
    afterCutover({ actions, launchTemplate: { instanceProfile: null }, ...server }, more).actions
      ?.ssmAgentDiscoveryDatetime;

  it('is never seen by Systems Manager, unless the switch or the launch says so', () => {
    expect(discoveredAt({})).toBeUndefined();
    expect(discoveredAt({ launchTemplate: {} })).toBeDefined();
    expect(discoveredAt({}, { switches: { withoutInstanceProfile: 'agentSeen' } })).toBeDefined();
    expect(discoveredAt({ cutover: { ssmAgent: 'discovered' } })).toBeDefined();
  });
});

describe('what launches take', () => {
  it('goes from the subnet and the quota when an instance runs, and comes back when it is terminated', () => {
    const { world, account, start, change } = worldOf({
      ec2: { vpcs: [{ name: 'v', subnets: [{ name: 'target', freeAddresses: 10 }] }], vcpusInUse: 5 },
      defaults: { ...exact, tested: false },
      servers: [{ hostname: 'a' }, { hostname: 'b' }, { hostname: 'c', launchedInstance: 'test', tested: true }],
    });
    const [subnet] = account.ec2.subnets.values();
    if (subnet === undefined) throw new Error('no subnet');
    const at = (seconds: number) => {
      const ms = startMs + seconds * 1000;
      return { free: freeAddressesAt(world, account, subnet, ms), vcpus: vcpusInUseAt(account, ms) };
    };

    expect(at(0)).toEqual({ free: 10, vcpus: 7 });
    start('cutover', ['a', 'b'], 0);
    expect(at(3600)).toEqual({ free: 8, vcpus: 11 });
    change('a', 'READY_FOR_CUTOVER', 3600);
    start('terminate', ['a'], 3600);
    expect(at(7200)).toEqual({ free: 9, vcpus: 9 });
  });
});

describe('ModifyLaunchTemplate', () => {
  it('makes a new version with the change the default one at its moment', () => {
    const { account, idOf, perform } = worldOf({
      ec2,
      servers: [{ hostname: 'web-1', launchTemplate: { defaultVersion: 2, latestVersion: 4 } }, { hostname: 'web-2' }],
      foreignActivity: [
        { act: 'ModifyLaunchTemplate', atSeconds: 60, servers: ['web-1'], launchTemplate: { instanceProfile: null } },
      ],
    });
    const template = (host: string, at: number) => {
      perform(() => undefined, {}, at);
      return templateOf(account, idOf(host));
    };

    expect(template('web-1', 59)).toMatchObject({ defaultVersion: 2 });
    const other = template('web-2', 59);
    expect(template('web-1', 60)).toMatchObject({ defaultVersion: 5, latestVersion: 5 });
    expect(template('web-1', 60)?.settings).toMatchObject({ instanceProfile: undefined, instanceType: 'm5.large' });
    expect(template('web-2', 60)).toEqual(other);
  });
});

describe('a scenario’s EC2', () => {
  it.each([
    [{ vpcs: [{ name: 'a' }, { name: 'a' }] }, 'same name'],
    [
      {
        vpcs: [
          { name: 'a', subnets: [{ name: 's' }] },
          { name: 'b', subnets: [{ name: 's' }] },
        ],
      },
      'same name',
    ],
    [{ vpcs: [{ name: 'a', securityGroups: [{ name: 'g', alsoInVpcs: ['b'] }] }] }, 'not there'],
    [
      {
        vpcs: [
          { name: 'a', isDefault: true },
          { name: 'b', isDefault: true },
        ],
      },
      'one default VPC',
    ],
    [{ vpcs: [{ name: 'a', subnets: [{ name: 's', subnetID: 's-1' }] }] }, 'subnet-'],
    [{ subnets: [] }, 'not a known key'],
  ])('is refused with the reason: %j', (given, message) => {
    expect(() => parseScenario({ ec2: given })).toThrow(message);
  });

  it('gives the same IDs in every world, and others in another account', () => {
    const subnetsOf = (accountID: string, seed: number) => [...worldOf({ accountID }, seed).account.ec2.subnets.keys()];

    expect(subnetsOf('111111111111', 1)).toEqual(subnetsOf('111111111111', 2));
    expect(subnetsOf('111111111111', 1)).not.toEqual(subnetsOf('222222222222', 1));
  });
});
