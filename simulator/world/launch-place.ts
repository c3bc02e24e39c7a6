/** Where a source server is launched: what EC2 refuses about it, and what is in use there at a moment. */
import { vcpusOf } from './instance-types.ts';
import type { LaunchTemplateRecord, SubnetRecord } from './ec2-records.ts';
import { stateAt } from './source-server-record.ts';
import type { SourceServerRecord } from './source-server-record.ts';
import type { Account, World } from './world.ts';

/** The launch template of a source server, if it exists. */
export const templateOf = (account: Account, sourceServerID: string): LaunchTemplateRecord | undefined =>
  account.ec2.launchTemplates.get(templateIDOf(account, sourceServerID));

const templateIDOf = (account: Account, sourceServerID: string): string =>
  account.launchConfigurations.get(sourceServerID)?.ec2LaunchTemplateID ?? '';

/** EC2's words when it refuses to launch the server's instance where its template says; undefined when it launches it. */
export const launchRefusal = (
  world: World,
  account: Account,
  server: SourceServerRecord,
  nowMs: number,
): string | undefined => {
  const template = templateOf(account, server.sourceServerID);
  if (template === undefined) {
    const id = templateIDOf(account, server.sourceServerID);
    return `InvalidLaunchTemplateId.NotFound: The specified launch template, with template ID ${id}, does not exist.`;
  }
  const { subnetID, securityGroupIDs } = template.settings;
  const subnets = [...account.ec2.subnets.values()];
  const subnet = subnets.find((one) => (subnetID === undefined ? one.vpc.isDefault : one.subnetID === subnetID));
  if (subnet === undefined) {
    return subnetID === undefined
      ? 'VPCIdNotSpecified: No default VPC for this user'
      : `InvalidSubnetID.NotFound: The subnet ID '${subnetID}' does not exist`;
  }
  for (const groupID of securityGroupIDs) {
    const group = account.ec2.securityGroups.get(groupID);
    if (group === undefined) return `InvalidGroup.NotFound: The security group '${groupID}' does not exist`;
    if (![group.vpcID, ...group.alsoInVpcIDs].includes(subnet.vpc.vpcID)) {
      return `InvalidParameter: Security group ${groupID} and subnet ${subnet.subnetID} belong to different networks.`;
    }
  }
  const isRoomy = subnet.freeAddresses > account.sourceServers.size;
  return isRoomy || freeAddressesAt(world, account, subnet, nowMs) > 0
    ? undefined
    : `InsufficientFreeAddressesInSubnet: There are not enough free addresses in subnet '${subnet.subnetID}' to satisfy the requested number of instances.`;
};

/** Free addresses of a subnet at a moment: those of the start, less what was launched there since, and never below none. */
export const freeAddressesAt = (world: World, account: Account, subnet: SubnetRecord, nowMs: number): number => {
  const taken = (atMs: number) =>
    [...account.sourceServers.values()].filter(
      (server) =>
        templateOf(account, server.sourceServerID)?.settings.subnetID === subnet.subnetID &&
        stateAt(server, atMs).launchedInstance !== undefined,
    ).length;
  return Math.max(0, subnet.freeAddresses + taken(world.startMs) - taken(nowMs));
};

/** vCPUs in use at a moment: those of the scenario, and of all instances launched from source servers. */
export const vcpusInUseAt = (account: Account, nowMs: number): number => {
  const launched = [...account.sourceServers.values()].map((server) => {
    if (stateAt(server, nowMs).launchedInstance === undefined) return 0;
    return vcpusOf(templateOf(account, server.sourceServerID)?.settings.instanceType ?? '') ?? 0;
  });
  return launched.reduce((sum, vcpus) => sum + vcpus, account.ec2.vcpusInUse);
};
