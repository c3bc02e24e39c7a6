import * as v from 'valibot';
import { SourceServerIDSchema, type SourceServerID } from '../../../functions/domain/identifiers.ts';
import type { LaunchConfiguration } from '../../../functions/domain/launch-configuration.ts';
import { assessLaunchTarget } from '../../../functions/domain/launch-target.ts';
import { readCapacityWarnings, readLaunchTargets } from '../../../functions/shared/launch-targets.ts';
import { createSimulatedEc2 } from '../../../local/simulated-ec2.ts';
import { simulatedAccount, startMs } from '../../simulator/simulated-account.ts';

const instantTime = {
  isVirtual: true,
  now: () => startMs,
  sleep: () => Promise.resolve(),
  track: <T>(work: Promise<T>) => work,
  hold: <T>(work: Promise<T>) => work,
};

/** A wave in a simulated account; its servers are `s-…01`, `s-…02` and so on. */
const waveOf = (servers: readonly object[], more: object = {}) => {
  const id = (index: number): SourceServerID =>
    v.parse(SourceServerIDSchema, `s-${String(index + 1).padStart(17, '0')}`);
  const templateID = (index: number) => `lt-${String(index + 1).padStart(8, '0')}`;
  const named = servers.map((server, index) => ({
    hostname: `host-${index}`,
    sourceServerID: id(index),
    launchConfiguration: { ec2LaunchTemplateID: templateID(index) },
    ...server,
  }));
  const { simulator } = simulatedAccount({ servers: named, ...more });
  const configurations = new Map(
    servers.map((_, index): [SourceServerID, LaunchConfiguration] => [
      id(index),
      { ec2LaunchTemplateID: templateID(index), documents: [] },
    ]),
  );
  const callsOf = () =>
    Object.fromEntries(Object.entries(simulator.callCounts()).map(([name, { calls }]) => [name, calls]));
  return { ec2: createSimulatedEc2(simulator, instantTime), configurations, id, callsOf };
};

const twoVpcs = {
  vpcs: [
    {
      name: 'main',
      subnets: [{ name: 'a', freeAddresses: 1 }, { name: 'b' }],
      securityGroups: [{ name: 'web' }],
    },
    {
      name: 'other',
      subnets: [{ name: 'c' }],
      securityGroups: [{ name: 'db' }, { name: 'both', alsoInVpcs: ['main'] }],
    },
  ],
};

describe('readLaunchTargets', () => {
  it('finds nothing against servers that the scenario says nothing of', async () => {
    const { ec2, configurations, id } = waveOf([{}, {}]);
    const targets = await readLaunchTargets(ec2, configurations);
    const needs = { actionsExpected: true, agentSeenBefore: false };

    expect([...targets.keys()]).toEqual([id(0), id(1)]);
    expect([...targets.values()].flatMap((target) => assessLaunchTarget(target, needs))).toEqual([]);
  });

  it('tells each server what is wrong with its own template, and no other', async () => {
    const { ec2, configurations, id } = waveOf(
      [
        {},
        { launchTemplate: { subnet: 'subnet-00000bad' } },
        { launchTemplate: { securityGroups: ['web', 'sg-00000bad'] } },
        { launchTemplate: { securityGroups: ['db'] } },
        { launchTemplate: { securityGroups: ['both'] } },
        { launchTemplate: { subnet: null } },
        { launchTemplate: { instanceProfile: null } },
        { launchTemplate: { exists: false } },
      ],
      { ec2: twoVpcs },
    );
    const targets = await readLaunchTargets(ec2, configurations);
    const found = [...targets].map(([server, target]) => [
      server,
      assessLaunchTarget(target, { actionsExpected: true, agentSeenBefore: false }).map(({ code }) => code),
    ]);

    expect(found).toEqual([
      [id(0), []],
      [id(1), ['SUBNET_MISSING']],
      [id(2), ['SECURITY_GROUP_MISSING']],
      [id(3), ['SECURITY_GROUP_OTHER_VPC']],
      [id(4), []],
      [id(5), ['NO_SUBNET_AND_NO_DEFAULT_VPC']],
      [id(6), ['NO_INSTANCE_PROFILE']],
      [id(7), ['LAUNCH_TEMPLATE_MISSING']],
    ]);
  });

  it('goes by the default version, however many came after it', async () => {
    const { ec2, configurations, id } = waveOf([{ launchTemplate: { defaultVersion: 2, latestVersion: 7 } }]);

    expect((await readLaunchTargets(ec2, configurations)).get(id(0))?.template?.versionNumber).toBe(2);
  });

  it('asks nothing of EC2 for a launch configuration without a template', async () => {
    const { ec2, id, callsOf } = waveOf([{}]);
    const targets = await readLaunchTargets(ec2, new Map([[id(0), { documents: [] }]]));

    expect(targets.get(id(0))).toMatchObject({ ec2LaunchTemplateID: undefined, template: undefined });
    expect(callsOf()).toEqual({});
  });

  it('takes seven calls for 1,000 servers', async () => {
    const { ec2, configurations, callsOf } = waveOf(Array.from({ length: 1_000 }, () => ({})));

    expect((await readLaunchTargets(ec2, configurations)).size).toBe(1_000);
    expect(callsOf()).toEqual({
      'ec2:DescribeLaunchTemplateVersions': 5,
      'ec2:DescribeSubnets': 1,
      'ec2:DescribeSecurityGroups': 1,
    });
  });

  it('asks for default subnets and further VPCs only where a template makes it necessary', async () => {
    const { ec2, configurations, callsOf } = waveOf(
      [{ launchTemplate: { subnet: null } }, { launchTemplate: { securityGroups: ['both'] } }],
      { ec2: twoVpcs },
    );
    await readLaunchTargets(ec2, configurations);

    expect(callsOf()).toMatchObject({ 'ec2:DescribeSubnets': 2, 'ec2:DescribeSecurityGroupVpcAssociations': 1 });
  });
});

describe('readCapacityWarnings', () => {
  const warningsOf = async (wave: ReturnType<typeof waveOf>, replacing: readonly SourceServerID[] = []) => {
    const targets = await readLaunchTargets(wave.ec2, wave.configurations);
    return readCapacityWarnings(wave.ec2, targets, new Set(replacing));
  };
  const untested = { tested: false };

  it('warns of a subnet with fewer free addresses than servers, and nobody else', async () => {
    const wave = waveOf([untested, untested, { ...untested, launchTemplate: { subnet: 'b' } }], { ec2: twoVpcs });
    const warnings = await warningsOf(wave);

    expect([...warnings.keys()]).toEqual([wave.id(0), wave.id(1)]);
    expect(warnings.get(wave.id(1))).toMatchObject([{ code: 'SUBNET_FULL' }]);
  });

  it('warns of a quota of vCPUs that is too small for the wave beside what runs', async () => {
    const wave = waveOf([untested, untested], { ec2: { vcpuQuota: 32, vcpusInUse: 29 } });

    expect([...(await warningsOf(wave)).values()].flat()).toMatchObject([
      { code: 'VCPU_QUOTA_LOW', fact: expect.stringContaining('adds 4 vCPUs') },
      { code: 'VCPU_QUOTA_LOW' },
    ]);
  });

  it('counts what test instances give back', async () => {
    const wave = waveOf([{}, {}], { ec2: { vcpuQuota: 32, vcpusInUse: 28 } });

    expect((await warningsOf(wave)).size).toBe(2);
    expect((await warningsOf(wave, [wave.id(0), wave.id(1)])).size).toBe(0);
  });

  it.each([
    { fault: 'refuse', exception: 'AccessDeniedException' },
    { fault: 'throttle' },
    { fault: 'refuse', exception: 'ValidationException' },
  ])('lets nobody fail for a quota that cannot be read, but says so ($fault $exception)', async (fault) => {
    const wave = waveOf([untested], { faults: [{ operation: 'servicequotas:GetServiceQuota', ...fault }] });

    expect((await warningsOf(wave)).get(wave.id(0))).toMatchObject([
      { code: 'VCPU_QUOTA_UNREAD', fact: expect.stringContaining('GetServiceQuota') },
    ]);
  });

  it('asks for no quota when no template is there to be launched', async () => {
    const wave = waveOf([{ launchTemplate: { exists: false } }]);

    expect((await warningsOf(wave)).size).toBe(0);
    expect(Object.keys(wave.callsOf())).toEqual(['ec2:DescribeLaunchTemplateVersions']);
  });
});
