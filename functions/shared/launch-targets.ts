/** Reads where a wave's source servers are going to be launched, and whether there is room for them. */
import { AccessDeniedError, RequestRefusedError, TransientServiceError } from '../domain/errors.ts';
import type { SourceServerID } from '../domain/identifiers.ts';
import { findCapacityLacks, type CapacityFacts } from '../domain/launch-capacity.ts';
import type { LaunchConfiguration } from '../domain/launch-configuration.ts';
import { groupsOutside, subnetsFor, type LaunchTarget } from '../domain/launch-target.ts';
import type { Ec2, LaunchTemplateVersion, TemplateNetworkInterface } from '../domain/launch-target-port.ts';
import type { Reason } from '../domain/reason.ts';

/**
 * The launch target of every source server, by its launch configuration. Each template, subnet and security group is
 * asked for once, some hundreds in a call: 1,000 servers take about ten calls.
 *
 * @throws TransientServiceError, AccessDeniedError or RequestRefusedError when EC2 cannot be read.
 */
export async function readLaunchTargets(
  ec2: Ec2,
  configurations: ReadonlyMap<SourceServerID, LaunchConfiguration>,
): Promise<ReadonlyMap<SourceServerID, LaunchTarget>> {
  const templateIDs = [...configurations.values()].flatMap(({ ec2LaunchTemplateID: id }) => id ?? []);
  const versions = await ec2.describeDefaultTemplateVersions(distinct(templateIDs));
  const templates = new Map(versions.map((version) => [version.launchTemplateID, version]));
  const place = await readPlaces(ec2, versions);
  return new Map(
    [...configurations].map(([sourceServerID, { ec2LaunchTemplateID }]) => {
      const template = ec2LaunchTemplateID === undefined ? undefined : templates.get(ec2LaunchTemplateID);
      return [sourceServerID, { ec2LaunchTemplateID, template, ...partFor(template, place) }];
    }),
  );
}

/** What exists of all that the templates name. */
type Places = Pick<LaunchTarget, 'subnets' | 'securityGroups' | 'securityGroupVpcs' | 'defaultSubnets'>;

async function readPlaces(ec2: Ec2, templates: readonly LaunchTemplateVersion[]): Promise<Places> {
  const interfaces = templates
    .flatMap(({ networkInterfaces }) => networkInterfaces)
    .filter(({ networkInterfaceID }) => networkInterfaceID === undefined);
  const subnetIDs = interfaces.flatMap(({ subnetID }) => subnetID ?? []);
  const groupIDs = interfaces.flatMap(({ securityGroupIDs }) => securityGroupIDs);
  const places: Places = {
    subnets: subnetIDs.length === 0 ? [] : await ec2.describeSubnets(distinct(subnetIDs)),
    securityGroups: groupIDs.length === 0 ? [] : await ec2.describeSecurityGroups(distinct(groupIDs)),
    securityGroupVpcs: [],
    defaultSubnets: subnetIDs.length === interfaces.length ? [] : await ec2.describeDefaultSubnets(),
  };
  const strangers = interfaces.flatMap((networkInterface) => groupsOutsideSubnet(networkInterface, places));
  if (strangers.length === 0) return places;
  return { ...places, securityGroupVpcs: await ec2.describeSecurityGroupVpcAssociations(distinct(strangers)) };
}

function groupsOutsideSubnet(networkInterface: TemplateNetworkInterface, places: Places): string[] {
  const [subnet] = subnetsFor(networkInterface, places);
  return subnet === undefined
    ? []
    : groupsOutside(networkInterface, subnet.vpcID, places).map(({ groupID }) => groupID);
}

/** A target holds what concerns its own template, so that it can be kept and compared on its own. */
function partFor(template: LaunchTemplateVersion | undefined, places: Places): Places {
  const interfaces = template?.networkInterfaces ?? [];
  const groupIDs = new Set(interfaces.flatMap(({ securityGroupIDs }) => securityGroupIDs));
  return {
    subnets: places.subnets.filter(({ subnetID: id }) => interfaces.some(({ subnetID }) => subnetID === id)),
    securityGroups: places.securityGroups.filter(({ groupID }) => groupIDs.has(groupID)),
    securityGroupVpcs: places.securityGroupVpcs.filter(({ groupID }) => groupIDs.has(groupID)),
    defaultSubnets: interfaces.every(({ subnetID }) => subnetID !== undefined) ? [] : places.defaultSubnets,
  };
}

/**
 * Warnings about room that is short where these source servers are going to be launched: free addresses of the subnets,
 * vCPUs of the account. Give it the servers that are about to start, because room is counted over all of them; a server
 * without a warning is left out. What cannot be read of the vCPUs is a warning itself, and stops nobody.
 *
 * @param replacing - the servers whose test instance is terminated before they are launched.
 */
export async function readCapacityWarnings(
  ec2: Ec2,
  targets: ReadonlyMap<SourceServerID, LaunchTarget>,
  replacing: ReadonlySet<SourceServerID>,
): Promise<ReadonlyMap<SourceServerID, readonly Reason[]>> {
  const { unread, ...vcpus } = await readVcpus(ec2, targets);
  const lacks = findCapacityLacks({ targets, replacing, ...vcpus });
  const warnings = [...targets.keys()].map((id) => [id, [...(lacks.get(id) ?? []), ...unread]] as const);
  return new Map(warnings.filter(([, reasons]) => reasons.length > 0));
}

async function readVcpus(
  ec2: Ec2,
  targets: ReadonlyMap<SourceServerID, LaunchTarget>,
): Promise<Pick<CapacityFacts, 'vcpus' | 'vcpuQuota'> & { readonly unread: readonly Reason[] }> {
  const types = [...targets.values()].flatMap(({ template }) => template?.instanceType ?? []);
  if (types.length === 0) return { vcpus: new Map(), vcpuQuota: undefined, unread: [] };
  try {
    return { vcpus: await ec2.describeVcpus(distinct(types)), vcpuQuota: await ec2.readVcpuQuota(), unread: [] };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const unread = {
      code: 'VCPU_QUOTA_UNREAD',
      fact: `whether the quota of vCPUs is enough could not be read: ${error.message}`,
      source: 'GetServiceQuota, GetMetricStatistics, DescribeInstanceTypes',
      remedy: 'Allow these reads, or look at quota L-1216C47A of EC2 yourself.',
    };
    return { vcpus: new Map(), vcpuQuota: undefined, unread: [unread] };
  }
}

function isUnreadable(error: unknown): error is Error {
  return [AccessDeniedError, RequestRefusedError, TransientServiceError].some((kind) => error instanceof kind);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
