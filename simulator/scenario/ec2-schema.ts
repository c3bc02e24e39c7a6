/**
 * Where source servers are launched in EC2: the networks of an account, its quota of vCPUs, and the launch template of a
 * source server. Left out, every server has a template whose subnet, security group and instance profile are there.
 */
import * as v from 'valibot';

const optional = <const Schema extends v.GenericSchema>(schema: Schema, meaning: string) =>
  v.exactOptional(v.pipe(schema, v.description(meaning)));

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** EC2 keeps 10,000 versions of a launch template. */
const version = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000));

const cidrBlock = v.pipe(
  v.string(),
  v.regex(/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/, 'must be a block such as 10.0.0.0/20'),
);

const name = v.pipe(
  v.string(),
  v.minLength(1),
  v.description('Name, unique in its account; launch templates refer to it.'),
);

const idOf = (prefix: string) =>
  optional(
    v.pipe(
      v.string(),
      v.regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `must be ${prefix}- and 8 to 17 hexadecimal digits`),
    ),
    'Default: one drawn from the name, the same every time.',
  );

const subnetSchema = v.strictObject({
  name,
  subnetID: idOf('subnet'),
  cidrBlock: optional(cidrBlock, 'Default 10.0.0.0/16.'),
  availabilityZone: optional(v.string(), 'Default: the first of the Region.'),
  freeAddresses: optional(count, 'Free addresses at the start; launched instances take and give back. Default 65531.'),
});

const securityGroupSchema = v.strictObject({
  name,
  groupID: idOf('sg'),
  alsoInVpcs: optional(v.array(v.string()), 'Names of further VPCs that it is associated with.'),
});

const vpcSchema = v.strictObject({
  name,
  vpcID: idOf('vpc'),
  isDefault: optional(
    v.boolean(),
    'Whether it is the default VPC, and its subnets are default subnets. Default false.',
  ),
  cidrBlock: optional(cidrBlock, 'Default 10.0.0.0/16.'),
  subnets: v.optional(v.pipe(v.array(subnetSchema), v.description('Its subnets.')), []),
  securityGroups: v.optional(v.pipe(v.array(securityGroupSchema), v.description('Its security groups.')), []),
});

const usualVpcs = [{ name: 'migration', subnets: [{ name: 'target' }], securityGroups: [{ name: 'target' }] }];

type VpcScenario = v.InferOutput<typeof vpcSchema>;

const areDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

const namesAreUnique = (vpcs: readonly VpcScenario[]): boolean =>
  areDistinct(vpcs.map(({ name }) => name)) &&
  areDistinct(vpcs.flatMap(({ subnets }) => subnets.map(({ name }) => name))) &&
  areDistinct(vpcs.flatMap(({ securityGroups }) => securityGroups.map(({ name }) => name)));

const furtherVpcsExist = (vpcs: readonly VpcScenario[]): boolean =>
  vpcs
    .flatMap(({ securityGroups }) => securityGroups.flatMap(({ alsoInVpcs = [] }) => alsoInVpcs))
    .every((further) => vpcs.some(({ name }) => name === further));

/** Schema of an account's `ec2`. Unknown keys are refused. */
export const ec2Schema = v.strictObject({
  vpcs: v.optional(
    v.pipe(
      v.array(vpcSchema),
      v.check((vpcs) => namesAreUnique(vpcs), 'two VPCs, two subnets or two security groups have the same name'),
      v.check((vpcs) => furtherVpcsExist(vpcs), 'alsoInVpcs names a VPC that is not there'),
      v.check(
        (vpcs) => vpcs.filter(({ isDefault }) => isDefault).length <= 1,
        'an account has one default VPC at most',
      ),
      v.description('VPCs. Default: migration, not the default VPC, with subnet target and security group target.'),
    ),
    usualVpcs,
  ),
  vcpuQuota: v.optional(
    v.pipe(count, v.description('Quota of running On-Demand Standard instances, in vCPUs. Default 10000.')),
    10_000,
  ),
  vcpusInUse: v.optional(
    v.pipe(count, v.description('vCPUs that run of it beside the instances launched here. Default 0.')),
    0,
  ),
});

/** An account's EC2 as a scenario gives it. */
export type Ec2Scenario = v.InferOutput<typeof ec2Schema>;

const launchTemplateEntries = {
  instanceType: optional(v.string(), 'Instance type. Default: recommendedInstanceType.'),
  subnet: optional(
    v.nullable(v.string()),
    'Name or ID of the subnet, which may be one that does not exist; null names none. Default: the first subnet.',
  ),
  securityGroups: optional(
    v.array(v.string()),
    'Names or IDs of the security groups, which may be ones that do not exist. Default: the first of the first VPC.',
  ),
  instanceProfile: optional(
    v.nullable(v.string()),
    'Name of the instance profile; null names none. Default AWSApplicationMigrationLaunchInstanceWithSsmRole.',
  ),
};

/** Schema of a source server's EC2 launch template. Unknown keys are refused. */
export const launchTemplateSchema = v.strictObject({
  exists: optional(
    v.boolean(),
    'Whether there is one; else the launch configuration names what was deleted. Default true.',
  ),
  defaultVersion: optional(version, 'Number of the default version, which these settings are of. Default 1.'),
  latestVersion: optional(version, 'Number of the latest version. Default: the default version.'),
  ...launchTemplateEntries,
});

/** Schema of what somebody changes of a launch template: a new version with these settings becomes the default one. */
export const launchTemplateChangeSchema = v.strictObject(launchTemplateEntries);

/** A change of a launch template as a scenario gives it. */
export type LaunchTemplateChange = v.InferOutput<typeof launchTemplateChangeSchema>;
