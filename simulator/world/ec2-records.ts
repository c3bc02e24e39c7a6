/** What an account has in EC2: networks and launch templates, as records that a describe renders. */
import type { Ec2Scenario, LaunchTemplateChange } from '../scenario/ec2-schema.ts';
import { ec2IDDrawn } from './identifiers.ts';

/** A VPC. */
export interface VpcRecord {
  readonly vpcID: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly cidrBlock: string;
}

/** A subnet; `freeAddresses` as of the scenario's start. */
export interface SubnetRecord {
  readonly subnetID: string;
  readonly name: string;
  readonly vpc: VpcRecord;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  readonly freeAddresses: number;
}

/** A security group and the further VPCs that it is associated with. */
export interface SecurityGroupRecord {
  readonly groupID: string;
  readonly name: string;
  readonly vpcID: string;
  readonly alsoInVpcIDs: readonly string[];
}

/** A launch template; every version of it has the settings of the default one. */
export interface LaunchTemplateRecord {
  readonly launchTemplateID: string;
  readonly name: string;
  readonly createdMs: number;
  readonly defaultVersion: number;
  readonly latestVersion: number;
  readonly settings: LaunchTemplateSettings;
}

/** What a launch depends on; an ID may be of something that does not exist. */
export interface LaunchTemplateSettings {
  readonly instanceType: string;
  readonly subnetID: string | undefined;
  readonly securityGroupIDs: readonly string[];
  /** Name of the instance profile. */
  readonly instanceProfile: string | undefined;
}

/** All of it, each kind by ID in the scenario's order. */
export interface Ec2Records {
  readonly vpcs: ReadonlyMap<string, VpcRecord>;
  readonly subnets: ReadonlyMap<string, SubnetRecord>;
  readonly securityGroups: ReadonlyMap<string, SecurityGroupRecord>;
  readonly launchTemplates: Map<string, LaunchTemplateRecord>;
  readonly vcpuQuota: number;
  /** vCPUs of instances that were not launched here. */
  readonly vcpusInUse: number;
}

/** The records of an account, still without launch templates; `names` is what its names are put behind. */
export const ec2RecordsOf = (scenario: Ec2Scenario, names: string, region: string): Ec2Records => {
  const vpcs = new Map<string, VpcRecord>();
  const subnets = new Map<string, SubnetRecord>();
  const securityGroups = new Map<string, SecurityGroupRecord>();
  const drawn = (prefix: string, name: string) => ec2IDDrawn(prefix, `${names}/${name}`);
  const vpcIDs = new Map(scenario.vpcs.map(({ name, vpcID }) => [name, vpcID ?? drawn('vpc-', name)]));
  for (const { name, isDefault = false, cidrBlock = '10.0.0.0/16', ...held } of scenario.vpcs) {
    const vpcID = vpcIDs.get(name) ?? '';
    const vpc = { vpcID, name, isDefault, cidrBlock };
    vpcs.set(vpcID, vpc);
    for (const subnet of held.subnets) {
      const subnetID = subnet.subnetID ?? drawn('subnet-', subnet.name);
      subnets.set(subnetID, {
        cidrBlock: '10.0.0.0/16',
        availabilityZone: `${region}a`,
        freeAddresses: 65_531,
        ...subnet,
        subnetID,
        vpc,
      });
    }
    for (const group of held.securityGroups) {
      const groupID = group.groupID ?? drawn('sg-', group.name);
      const alsoInVpcIDs = (group.alsoInVpcs ?? []).flatMap((other) => vpcIDs.get(other) ?? []);
      securityGroups.set(groupID, { groupID, name: group.name, vpcID, alsoInVpcIDs });
    }
  }
  const { vcpuQuota, vcpusInUse } = scenario;
  return { vpcs, subnets, securityGroups, launchTemplates: new Map(), vcpuQuota, vcpusInUse };
};

/** A record's ID by its name; what is no name counts as an ID, of something that may not exist. */
const idNamed = <Kind extends { readonly name: string }>(records: ReadonlyMap<string, Kind>, name: string): string =>
  [...records].find(([, record]) => record.name === name)?.[0] ?? name;

/** Settings with a scenario's word on them; names become IDs, null becomes nothing. */
export const withTemplateChange = (
  ec2: Ec2Records,
  settings: LaunchTemplateSettings,
  change: LaunchTemplateChange,
): LaunchTemplateSettings => {
  const { instanceType, subnet, securityGroups, instanceProfile } = change;
  return {
    instanceType: instanceType ?? settings.instanceType,
    subnetID: subnet === undefined ? settings.subnetID : subnet === null ? undefined : idNamed(ec2.subnets, subnet),
    securityGroupIDs: securityGroups?.map((group) => idNamed(ec2.securityGroups, group)) ?? settings.securityGroupIDs,
    instanceProfile: instanceProfile === undefined ? settings.instanceProfile : (instanceProfile ?? undefined),
  };
};

/** The settings of a template that a scenario says nothing of: all that it names is there. */
export const usualTemplateSettings = (ec2: Ec2Records, instanceType: string): LaunchTemplateSettings => {
  const [subnet] = ec2.subnets.values();
  const group = [...ec2.securityGroups.values()].find(({ vpcID }) => vpcID === subnet?.vpc.vpcID);
  return {
    instanceType,
    subnetID: subnet?.subnetID,
    securityGroupIDs: group === undefined ? [] : [group.groupID],
    instanceProfile: 'AWSApplicationMigrationLaunchInstanceWithSsmRole',
  };
};
