/** What the functions read of EC2: where MGN is going to launch a source server's target instance. */

/** A network interface that a launch template asks for. */
export interface TemplateNetworkInterface {
  /** An interface that exists already and brings its own subnet and security groups along. */
  readonly networkInterfaceID?: string | undefined;
  /** Unset: EC2 takes a default subnet of the default VPC. */
  readonly subnetID?: string | undefined;
  /** Empty: EC2 takes the VPC's default security group. */
  readonly securityGroupIDs: readonly string[];
}

/** The default version of an EC2 launch template, which is the one MGN launches (`mgn.md` H.8). */
export interface LaunchTemplateVersion {
  readonly launchTemplateID: string;
  readonly versionNumber: number;
  readonly instanceType?: string | undefined;
  /** The instance profile's ARN or name, as the template has it. */
  readonly instanceProfile?: string | undefined;
  /** At least one: a template that lists none gets one of EC2's, with the template's own security groups. */
  readonly networkInterfaces: readonly TemplateNetworkInterface[];
}

/** A subnet that exists. */
export interface Subnet {
  readonly subnetID: string;
  readonly vpcID: string;
  /** IPv4 addresses that were free when it was read. */
  readonly freeAddresses: number;
}

/** A security group that exists. */
export interface SecurityGroup {
  readonly groupID: string;
  /** The VPC it was made in. */
  readonly vpcID: string;
}

/** A further VPC in which a security group may be used. */
export interface SecurityGroupVpcAssociation {
  readonly groupID: string;
  readonly vpcID: string;
}

/** The account's quota of running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances, in vCPUs. */
export interface VcpuQuota {
  readonly quota: number;
  /** What ran lately, in vCPUs; some minutes old. */
  readonly inUse: number;
}

/**
 * EC2's read calls in one account and region. Each pages to the end; what does not exist is left out of the answer. All
 * throw TransientServiceError for what may pass, AccessDeniedError where the caller may not, and RequestRefusedError
 * where EC2 does not take the request.
 */
export interface Ec2 {
  /** The default version of each of these launch templates (DescribeLaunchTemplateVersions). */
  describeDefaultTemplateVersions(launchTemplateIDs: readonly string[]): Promise<LaunchTemplateVersion[]>;
  /** DescribeSubnets. */
  describeSubnets(subnetIDs: readonly string[]): Promise<Subnet[]>;
  /** The default subnets of the default VPC; empty without one of either (DescribeSubnets). */
  describeDefaultSubnets(): Promise<Subnet[]>;
  /** DescribeSecurityGroups. */
  describeSecurityGroups(groupIDs: readonly string[]): Promise<SecurityGroup[]>;
  /** The further VPCs of these groups (DescribeSecurityGroupVpcAssociations). */
  describeSecurityGroupVpcAssociations(groupIDs: readonly string[]): Promise<SecurityGroupVpcAssociation[]>;
  /** vCPUs by instance type, for those that exist (DescribeInstanceTypes). */
  describeVcpus(instanceTypes: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * The quota and its use (Service Quotas GetServiceQuota, CloudWatch GetMetricStatistics); undefined where the account
   * has no such quota.
   */
  readVcpuQuota(): Promise<VcpuQuota | undefined>;
}
