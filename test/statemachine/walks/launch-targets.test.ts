/** Where source servers are to be launched: what is missing there refuses the wave, what is short is said beforehand. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { aWave, inNight, withOptions, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { codesOf } from '../../support/gate-walks.ts';
import { otherID, roleArn, twoAccounts } from '../../unit/accounts/two-accounts.ts';

type Server = NonNullable<ScenarioInput['servers']>[number];

const mustSucceed = [{ actionName: 'Check health', mustSucceedForCutover: true }];
const untested = { tested: false };
const calls = (night: Night, operation: string) => night.simulator.callCounts()[operation]?.calls ?? 0;
const warningsOf = async (night: Night, hostname: string, name?: string) =>
  codesOf((await night.read(name)).of(hostname).warnings);

describe('refuses the wave, and touches nothing, where', () => {
  it.each<[string, Partial<Server>, string, RegExp]>([
    [
      'the subnet is not there',
      { launchTemplate: { subnet: 'subnet-0123456789abcdef0' } },
      'SUBNET_MISSING',
      /^lt-\w+, default version 1, names subnet-0123456789abcdef0, which does not exist$/,
    ],
    [
      'a security group is not there',
      { launchTemplate: { securityGroups: ['sg-0123456789abcdef0'] } },
      'SECURITY_GROUP_MISSING',
      /names sg-0123456789abcdef0, which does not exist/,
    ],
    [
      'no subnet is named and there is no default VPC',
      { launchTemplate: { subnet: null } },
      'NO_SUBNET_AND_NO_DEFAULT_VPC',
      /names no subnet, and the account has no default subnet/,
    ],
    [
      'the launch template was deleted',
      { launchTemplate: { exists: false } },
      'LAUNCH_TEMPLATE_MISSING',
      /there is no EC2 launch template lt-/,
    ],
    [
      'actions are expected and no instance profile lets their agent in',
      { ...untested, launchTemplate: { instanceProfile: null }, actions: mustSucceed },
      'NO_INSTANCE_PROFILE',
      /names no instance profile, so Systems Manager would not see the instance/,
    ],
  ])('%s', async (_what, given, code, fact) => {
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2', ...given }]), async (night) => {
      const { result } = await night.walk({ input: withOptions(night, { requireTestLaunch: false }) });
      const left = await night.read();

      expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'web-2': 'BLOCKED' });
      expect(codesOf(left.of('web-2').reasons)).toEqual([code]);
      expect(left.of('web-2').reasons[0]?.fact).toMatch(fact);
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('goes on where', () => {
  it.each<[string, Partial<Server>]>([
    ['no action is expected on an instance without a profile', { launchTemplate: { instanceProfile: null } }],
    [
      'a version that nobody launches is newer than the default one',
      { launchTemplate: { defaultVersion: 3, latestVersion: 7 } },
    ],
  ])('%s', async (_what, given) => {
    await inNight(aWave([{ hostname: 'web-1', ...given }]), async (night) => {
      await night.walk();

      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED' });
    });
  });

  it('the agent was seen on the test instance: then it is for the cutover to show whether it is seen again', async () => {
    const foreignActivity = [
      {
        act: 'ModifyLaunchTemplate' as const,
        atSeconds: 0,
        servers: ['web-1'],
        launchTemplate: { instanceProfile: null },
      },
    ];
    await inNight({ ...aWave([{ hostname: 'web-1', actions: mustSucceed }]), foreignActivity }, async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.run.plan?.decision).toBe('PROCEED');
      expect(left.verdicts).toEqual({ 'web-1': 'ROLLED_BACK' });
      expect(codesOf(left.of('web-1').reasons)).toContain('ACTION_NEVER_SEEN');
    });
  });

  it('the launch targets are not to be checked, and EC2 is not asked then', async () => {
    const broken = { launchTemplate: { subnet: 'subnet-0123456789abcdef0' }, cutover: 'launched' as const };
    await inNight(aWave([{ hostname: 'web-1', ...broken }]), async (night) => {
      await night.walk({ input: withOptions(night, { checkLaunchTargets: false }) });

      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED' });
      expect(calls(night, 'ec2:DescribeLaunchTemplateVersions')).toBe(0);
    });
  });
});

it('checks the version that is the default one at the start, not the one of the day before', async () => {
  const foreignActivity = [
    {
      act: 'ModifyLaunchTemplate' as const,
      atSeconds: 3_600,
      servers: ['web-1'],
      launchTemplate: { subnet: 'subnet-0123456789abcdef0' },
    },
  ];
  await inNight({ ...aWave([{ hostname: 'web-1' }]), foreignActivity }, async (night) => {
    await night.time.sleep(7_200_000);
    await night.walk();

    expect((await night.read()).of('web-1').reasons[0]?.fact).toMatch(
      /default version 2, names subnet-0123456789abcdef0/,
    );
    expect(night.writes).toEqual([]);
  });
});

describe('room that is short', () => {
  const inVpc = (freeAddresses: number) => [{ name: 'v', subnets: [{ name: 's', freeAddresses }] }];
  const two = [{ hostname: 'web-1' }, { hostname: 'web-2' }];

  it.each<[string, ScenarioInput['ec2'], string[]]>([
    ['addresses', { vpcs: inVpc(1) }, ['SUBNET_FULL']],
    ['vCPUs', { vcpuQuota: 8, vcpusInUse: 6 }, ['VCPU_QUOTA_LOW']],
    ['nothing', { vpcs: inVpc(2), vcpuQuota: 4 }, []],
  ])('of %s is a warning, and the run begins', async (_what, ec2, codes) => {
    await inNight({ ...aWave(two), ec2 }, async (night) => {
      await night.walk();

      expect(await warningsOf(night, 'web-1')).toEqual(codes);
      expect(await warningsOf(night, 'web-2')).toEqual(codes);
      expect(night.writes[0]?.operation).toBe('StartCutover');
    });
  });

  it('is none where test instances give theirs back first', async () => {
    const full = { ec2: { vpcs: inVpc(0) }, defaults: { launchedInstance: 'test' as const } };
    await inNight(aWave(two, full), async (night) => {
      await night.walk();
      expect(await warningsOf(night, 'web-1')).toEqual([]);
    });
    await inNight(aWave(two, full), async (night) => {
      await night.walk({ input: withOptions(night, { terminateTestInstances: false }) });
      expect(await warningsOf(night, 'web-1')).toContain('SUBNET_FULL');
    });
  });
});

describe('another account', () => {
  const broken = { hostname: 'other-1', launchTemplate: { subnet: 'subnet-0123456789abcdef0' } };
  const waves = [{ name: 'other', applications: [{ name: 'shop', servers: [broken] }] }];
  const other = { accountID: otherID, roles: ['MgnCutover-Cutover'], waves };
  const scenario = { ...twoAccounts, managedAccounts: [other] };
  const inputOf = (night: Night, rest: object) => ({
    sourceServerIDs: [...(night.simulator.world().accounts.get(otherID)?.sourceServers.keys() ?? [])],
    accountID: otherID,
    ...rest,
  });

  it('that is looked at through MGN’s global view is not checked in EC2, and says so', async () => {
    await inNight(scenario, async (night) => {
      await night.walk({ input: inputOf(night, {}) });

      expect((await night.read()).run.plan?.decision).toBe('PROCEED');
      expect(await warningsOf(night, 'other-1')).toEqual(['LAUNCH_TARGETS_UNCHECKED']);
      expect(calls(night, 'ec2:DescribeLaunchTemplateVersions')).toBe(0);
    });
  });

  it('that a role reaches is checked as the own one is', async () => {
    await inNight(scenario, async (night) => {
      await night.walk({ input: inputOf(night, { roleArn }) });

      expect(codesOf((await night.read()).of('other-1').reasons)).toEqual(['SUBNET_MISSING']);
      expect(night.writes).toEqual([]);
    });
  });
});

describe('EC2 that', () => {
  const servers = [{ hostname: 'web-1' }];
  const denied = { fault: 'refuse' as const, exception: 'AccessDeniedException' as const };

  it.each(['ec2:DescribeLaunchTemplateVersions', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'] as const)(
    'denies %s refuses the run in words that help, and nothing is touched',
    async (operation) => {
      await inNight({ ...aWave(servers), faults: [{ operation, ...denied }] }, async (night) => {
        await night.walk();
        const left = await night.read();

        expect(left.run.end?.outcome).toBe('REFUSED');
        expect(left.of('web-1').reasons[0]?.fact).toMatch(
          /UnauthorizedOperation; allow this read, or set options\.checkLaunchTargets to false$/,
        );
        expect(night.writes).toEqual([]);
        expect(await breachesOf(night)).toEqual([]);
      });
    },
  );

  it.each(['servicequotas:GetServiceQuota', 'cloudwatch:GetMetricStatistics', 'ec2:DescribeInstanceTypes'] as const)(
    'denies %s keeps nobody from starting, and is a warning',
    async (operation) => {
      await inNight({ ...aWave(servers), faults: [{ operation, ...denied }] }, async (night) => {
        await night.walk();

        expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED' });
        expect(await warningsOf(night, 'web-1')).toEqual(['VCPU_QUOTA_UNREAD']);
      });
    },
  );

  it.each([
    { fault: 'throttle' as const, firstCalls: 20 },
    { fault: 'serverError' as const, firstCalls: 20 },
  ])('cannot answer for a while is asked again: %p', async (fault) => {
    await inNight({ ...aWave(servers), faults: [{ operation: 'ec2:DescribeSubnets', ...fault }] }, async (night) => {
      await night.walk();

      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED' });
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('never answers refuses the run in the end', async () => {
    const faults = [{ operation: 'ec2:DescribeSubnets' as const, fault: 'serverError' as const }];
    await inNight({ ...aWave(servers), faults }, async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.run.end?.outcome).toBe('REFUSED');
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});
