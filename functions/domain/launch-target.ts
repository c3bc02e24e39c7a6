/**
 * Where a target instance is going to be launched, and what of that would make the launch fail or leave its actions
 * unseen: the default version of the launch template, its subnets, security groups and instance profile (`mgn.md` H.8).
 * Whether there is room for a whole wave is `launch-capacity.ts`.
 */
import type {
  LaunchTemplateVersion,
  SecurityGroup,
  SecurityGroupVpcAssociation,
  Subnet,
  TemplateNetworkInterface,
} from './launch-target-port.ts';
import type { Reason } from './reason.ts';

/**
 * Where one source server's target instance goes. What a saved plan compares is `ec2LaunchTemplateID` and `template`;
 * the free addresses of the subnets change by themselves.
 */
export interface LaunchTarget {
  /** As the launch configuration names it; unset when it names none. */
  readonly ec2LaunchTemplateID?: string | undefined;
  /** The template's default version; unset when there is no such template. */
  readonly template?: LaunchTemplateVersion | undefined;
  /** Of the subnets that the template names, those that exist. */
  readonly subnets: readonly Subnet[];
  /** Of the security groups that the template names, those that exist. */
  readonly securityGroups: readonly SecurityGroup[];
  /** Further VPCs of the security groups that are not of their subnet's VPC. */
  readonly securityGroupVpcs: readonly SecurityGroupVpcAssociation[];
  /** The account's default subnets; read only where the template leaves the subnet to EC2. */
  readonly defaultSubnets: readonly Subnet[];
}

/** What is asked of a launch target. */
export interface LaunchTargetNeeds {
  /** Whether a post-launch action has to succeed on the target instance. */
  readonly actionsExpected: boolean;
  /**
   * Whether the SSM agent was discovered on an instance that MGN launched for this server before, its test instance say:
   * then MGN saw to an instance profile by itself. Whether it always does so is UNVERIFIED.
   */
  readonly agentSeenBefore: boolean;
}

const ofTemplates = 'DescribeLaunchTemplateVersions';

/** Every reason against a launch there; empty when none was found. */
export function assessLaunchTarget(target: LaunchTarget, needs: LaunchTargetNeeds): Reason[] {
  const { template } = target;
  if (template === undefined) return [missingTemplate(target.ec2LaunchTemplateID)];
  return distinct([
    ...template.networkInterfaces.flatMap((networkInterface) => networkReasons(template, networkInterface, target)),
    ...profileReasons(template, needs),
  ]);
}

/** The subnets that a network interface may end up in: the one it names, or any default subnet. */
export function subnetsFor(networkInterface: TemplateNetworkInterface, target: LaunchTarget): readonly Subnet[] {
  if (networkInterface.networkInterfaceID !== undefined) return [];
  const { subnetID } = networkInterface;
  return subnetID === undefined
    ? target.defaultSubnets
    : target.subnets.filter((subnet) => subnet.subnetID === subnetID);
}

/** The template's default version, as a person finds it in the console. */
const versionOf = ({ launchTemplateID, versionNumber }: LaunchTemplateVersion) =>
  `${launchTemplateID}, default version ${versionNumber}`;

function missingTemplate(ec2LaunchTemplateID: string | undefined): Reason {
  const code = 'LAUNCH_TEMPLATE_MISSING';
  const remedy =
    'Look who deleted it: MGN launches from this template, and makes one only when a server is added to it.';
  return ec2LaunchTemplateID === undefined
    ? {
        code,
        fact: 'the launch configuration names no EC2 launch template',
        source: 'GetLaunchConfiguration',
        remedy: 'Look at its launch settings in MGN: without a template there is nothing to launch from.',
      }
    : { code, fact: `there is no EC2 launch template ${ec2LaunchTemplateID}`, source: ofTemplates, remedy };
}

/** An interface that exists already is not looked at: its subnet and groups are settled, and it is one server's own. */
function networkReasons(
  template: LaunchTemplateVersion,
  networkInterface: TemplateNetworkInterface,
  target: LaunchTarget,
): Reason[] {
  if (networkInterface.networkInterfaceID !== undefined) return [];
  const { subnetID } = networkInterface;
  const [subnet] = subnetsFor(networkInterface, target);
  if (subnet !== undefined) return groupReasons(template, networkInterface, subnet, target);
  const remedy = 'Name a subnet that exists in the template, and make that version the default one.';
  const reason =
    subnetID === undefined
      ? {
          code: 'NO_SUBNET_AND_NO_DEFAULT_VPC',
          fact: `${versionOf(template)}, names no subnet, and the account has no default subnet in this Region`,
          source: `${ofTemplates}, DescribeSubnets`,
          remedy,
        }
      : {
          code: 'SUBNET_MISSING',
          fact: `${versionOf(template)}, names ${subnetID}, which does not exist`,
          source: 'DescribeSubnets',
          remedy,
        };
  return [reason, ...missingGroups(template, networkInterface, target)];
}

function missingGroups(
  template: LaunchTemplateVersion,
  { securityGroupIDs }: TemplateNetworkInterface,
  { securityGroups }: LaunchTarget,
): Reason[] {
  return securityGroupIDs
    .filter((groupID) => !securityGroups.some((group) => group.groupID === groupID))
    .map((groupID) => ({
      code: 'SECURITY_GROUP_MISSING',
      fact: `${versionOf(template)}, names ${groupID}, which does not exist`,
      source: 'DescribeSecurityGroups',
      remedy: 'Name security groups that exist in the template, and make that version the default one.',
    }));
}

function groupReasons(
  template: LaunchTemplateVersion,
  networkInterface: TemplateNetworkInterface,
  subnet: Subnet,
  target: LaunchTarget,
): Reason[] {
  return [
    ...missingGroups(template, networkInterface, target),
    ...groupsOutside(networkInterface, subnet.vpcID, target).map(({ groupID, vpcID }) => ({
      code: 'SECURITY_GROUP_OTHER_VPC',
      fact: `${versionOf(template)}, puts ${groupID} of ${vpcID} on an interface in ${subnet.subnetID} of ${subnet.vpcID}`,
      source: 'DescribeSecurityGroups',
      remedy: 'Name security groups of the subnet’s VPC in the template, and make that version the default one.',
    })),
  ];
}

/** Of the interface's security groups, those that may not be used in a VPC. */
export function groupsOutside(
  { securityGroupIDs }: TemplateNetworkInterface,
  vpcID: string,
  { securityGroups, securityGroupVpcs }: Pick<LaunchTarget, 'securityGroups' | 'securityGroupVpcs'>,
): SecurityGroup[] {
  return securityGroups.filter(
    (group) =>
      securityGroupIDs.includes(group.groupID) &&
      group.vpcID !== vpcID &&
      !securityGroupVpcs.some((further) => further.groupID === group.groupID && further.vpcID === vpcID),
  );
}

function profileReasons(template: LaunchTemplateVersion, needs: LaunchTargetNeeds): Reason[] {
  if (template.instanceProfile !== undefined || !needs.actionsExpected || needs.agentSeenBefore) return [];
  return [
    {
      code: 'NO_INSTANCE_PROFILE',
      fact: `${versionOf(template)}, names no instance profile, so Systems Manager would not see the instance and its post-launch actions would not run`,
      source: ofTemplates,
      remedy:
        'Give the template an instance profile with AmazonSSMManagedInstanceCore, and make that version the default one.',
    },
  ];
}

/** Two interfaces may share what is wrong with them. */
function distinct(reasons: readonly Reason[]): Reason[] {
  return reasons.filter(({ fact }, index) => reasons.findIndex((other) => other.fact === fact) === index);
}
