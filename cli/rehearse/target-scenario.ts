/** Where source servers are launched, as it was read from EC2, as a scenario has it: templates, subnets, groups, vCPUs. */
import { groupsOutside, subnetsFor, type LaunchTarget } from '../../functions/domain/launch-target.ts';
import type { Subnet, TemplateNetworkInterface, VcpuQuota } from '../../functions/domain/launch-target-port.ts';
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import type { ServerInput } from './server-scenario.ts';

type Ec2Input = NonNullable<ScenarioInput['ec2']>;
type VpcInput = NonNullable<Ec2Input['vpcs']>[number];

/** Stands for the instance profile that MGN attached by itself where the template names none. */
const attachedProfile = 'attached-by-mgn';
/** The network of interfaces that exist already, whose own a template does not tell. */
const ownNetwork = 'network-of-existing-interfaces';

const versionMax = 10_000;

/** A source server's launch template for a scenario, and what it could not hold of it. */
export function launchTemplateFor(
  target: LaunchTarget,
  wasAgentSeen: boolean,
): { readonly entries: NonNullable<ServerInput['launchTemplate']>; readonly note?: string | undefined } {
  const { template } = target;
  if (template === undefined) return { entries: { exists: false } };
  const { networkInterfaces, instanceType, instanceProfile } = template;
  const first = networkInterfaces.find((one) => isTroubled(one, target)) ?? networkInterfaces[0];
  const profile = instanceProfile?.split('/').at(-1) ?? (wasAgentSeen ? attachedProfile : null);
  return {
    entries: {
      defaultVersion: Math.min(versionMax, Math.max(1, template.versionNumber)),
      ...(instanceType !== undefined && { instanceType }),
      instanceProfile: profile,
      ...placeOf(first),
    },
    note:
      networkInterfaces.length > 1
        ? `its launch template asks for ${String(networkInterfaces.length)} network interfaces; one is rehearsed`
        : undefined,
  };
}

function placeOf(networkInterface: TemplateNetworkInterface | undefined) {
  if (networkInterface === undefined) return {};
  const { networkInterfaceID, subnetID, securityGroupIDs } = networkInterface;
  return networkInterfaceID === undefined
    ? { subnet: subnetID ?? null, securityGroups: [...securityGroupIDs] }
    : { subnet: ownNetwork, securityGroups: [ownNetwork] };
}

/** An interface that `plan` has something against; it is the one to rehearse. */
function isTroubled(networkInterface: TemplateNetworkInterface, target: LaunchTarget): boolean {
  if (networkInterface.networkInterfaceID !== undefined) return false;
  const [subnet] = subnetsFor(networkInterface, target);
  if (subnet === undefined) return true;
  const known = new Set(target.securityGroups.map(({ groupID }) => groupID));
  const isMissing = networkInterface.securityGroupIDs.some((groupID) => !known.has(groupID));
  return isMissing || groupsOutside(networkInterface, subnet.vpcID, target).length > 0;
}

/** The account's EC2 for a scenario: what exists of all that the templates name. */
export function ec2Scenario(targets: readonly LaunchTarget[], vcpus: VcpuQuota | undefined): Ec2Input {
  const named = targets.flatMap(({ subnets }) => subnets);
  const defaults = targets.flatMap(({ defaultSubnets }) => defaultSubnets);
  const groups = targets.flatMap(({ securityGroups }) => securityGroups);
  const associations = targets.flatMap(({ securityGroupVpcs }) => securityGroupVpcs);
  const vpcIDs = new Set([...named, ...defaults, ...groups, ...associations].map(({ vpcID }) => vpcID));
  const defaultVpcID = defaults[0]?.vpcID;
  const subnets = distinctBy([...named, ...defaults], ({ subnetID }) => subnetID);
  const vpcs = [...vpcIDs].sort().map((vpcID): VpcInput => ({
    name: vpcID,
    vpcID,
    ...(vpcID === defaultVpcID && { isDefault: true }),
    subnets: subnets.filter((subnet) => subnet.vpcID === vpcID).map(subnetScenario),
    securityGroups: distinctBy(
      groups.filter((group) => group.vpcID === vpcID),
      ({ groupID }) => groupID,
    ).map(({ groupID }) => {
      const also = associations.filter((one) => one.groupID === groupID).map((one) => one.vpcID);
      return { name: groupID, groupID, ...(also.length > 0 && { alsoInVpcs: [...new Set(also)].sort() }) };
    }),
  }));
  return {
    vpcs: [...vpcs, ...networkOfInterfaces(targets)],
    ...(vcpus && { vcpuQuota: Math.max(0, Math.floor(vcpus.quota)), vcpusInUse: Math.max(0, Math.floor(vcpus.inUse)) }),
  };
}

function subnetScenario({ subnetID, freeAddresses }: Subnet) {
  return { name: subnetID, subnetID, freeAddresses };
}

function networkOfInterfaces(targets: readonly LaunchTarget[]): VpcInput[] {
  const hasOne = targets.some(({ template }) =>
    template?.networkInterfaces.some(({ networkInterfaceID }) => networkInterfaceID !== undefined),
  );
  if (!hasOne) return [];
  return [{ name: ownNetwork, subnets: [{ name: ownNetwork }], securityGroups: [{ name: ownNetwork }] }];
}

function distinctBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()].sort((one, other) =>
    keyOf(one) < keyOf(other) ? -1 : 1,
  );
}
