/** DescribeVpcs, DescribeSubnets, DescribeSecurityGroups and DescribeSecurityGroupVpcAssociations. */
import type { SecurityGroupRecord, SubnetRecord, VpcRecord } from '../world/ec2-records.ts';
import { freeAddressesAt } from '../world/launch-place.ts';
import { describing, notFound } from './describe.ts';
import type { XmlContent } from './xml.ts';

const pageSizes = { min: 5, max: 1000 };

const nameTag = (name: string): XmlContent => [{ key: 'Name', value: name }];

/** DescribeVpcs. */
export const describeVpcs = describing<VpcRecord>({
  action: 'DescribeVpcs',
  set: 'vpcSet',
  pageSizes,
  recordsOf: ({ account }) => [...account.ec2.vpcs.values()],
  ids: { field: 'VpcId', of: ({ vpcID }) => vpcID, notFound: notFound('InvalidVpcID.NotFound', 'vpc ID') },
  filters: {
    'vpc-id': ({ vpcID }) => vpcID,
    'is-default': ({ isDefault }) => String(isDefault),
    cidr: ({ cidrBlock }) => cidrBlock,
    state: () => 'available',
    'tag:Name': ({ name }) => name,
  },
  render: ({ vpcID, name, isDefault, cidrBlock }, { account }) => ({
    vpcId: vpcID,
    ownerId: account.accountID,
    state: 'available',
    cidrBlock,
    cidrBlockAssociationSet: [
      { associationId: `vpc-cidr-assoc-${vpcID.slice(4)}`, cidrBlock, cidrBlockState: { state: 'associated' } },
    ],
    dhcpOptionsId: 'default',
    instanceTenancy: 'default',
    isDefault,
    tagSet: nameTag(name),
  }),
});

/** DescribeSubnets. */
export const describeSubnets = describing<SubnetRecord>({
  action: 'DescribeSubnets',
  set: 'subnetSet',
  pageSizes,
  recordsOf: ({ account }) => [...account.ec2.subnets.values()],
  ids: {
    field: 'SubnetId',
    of: ({ subnetID }) => subnetID,
    notFound: notFound('InvalidSubnetID.NotFound', 'subnet ID'),
  },
  filters: {
    'subnet-id': ({ subnetID }) => subnetID,
    'vpc-id': ({ vpc }) => vpc.vpcID,
    'default-for-az': ({ vpc }) => String(vpc.isDefault),
    'availability-zone': ({ availabilityZone }) => availabilityZone,
    'cidr-block': ({ cidrBlock }) => cidrBlock,
    state: () => 'available',
    'tag:Name': ({ name }) => name,
  },
  render: (subnet, { world, account, now }) => ({
    subnetId: subnet.subnetID,
    subnetArn: arnOf(world.region, account.accountID, `subnet/${subnet.subnetID}`),
    ownerId: account.accountID,
    state: 'available',
    vpcId: subnet.vpc.vpcID,
    cidrBlock: subnet.cidrBlock,
    availableIpAddressCount: freeAddressesAt(world, account, subnet, now),
    availabilityZone: subnet.availabilityZone,
    defaultForAz: subnet.vpc.isDefault,
    mapPublicIpOnLaunch: subnet.vpc.isDefault,
    assignIpv6AddressOnCreation: false,
    ipv6CidrBlockAssociationSet: [],
    tagSet: nameTag(subnet.name),
  }),
});

/** DescribeSecurityGroups; the groups have no rules. */
export const describeSecurityGroups = describing<SecurityGroupRecord>({
  action: 'DescribeSecurityGroups',
  set: 'securityGroupInfo',
  pageSizes,
  recordsOf: ({ account }) => [...account.ec2.securityGroups.values()],
  ids: {
    field: 'GroupId',
    of: ({ groupID }) => groupID,
    notFound: notFound('InvalidGroup.NotFound', 'security group'),
  },
  filters: {
    'group-id': ({ groupID }) => groupID,
    'group-name': ({ name }) => name,
    'vpc-id': ({ vpcID }) => vpcID,
  },
  render: ({ groupID, name, vpcID }, { world, account }) => ({
    groupId: groupID,
    groupName: name,
    groupDescription: `${name} in the scenario`,
    securityGroupArn: arnOf(world.region, account.accountID, `security-group/${groupID}`),
    ownerId: account.accountID,
    vpcId: vpcID,
    ipPermissions: [],
    ipPermissionsEgress: [],
  }),
});

/** DescribeSecurityGroupVpcAssociations. */
export const describeSecurityGroupVpcAssociations = describing<{ readonly groupID: string; readonly vpcID: string }>({
  action: 'DescribeSecurityGroupVpcAssociations',
  set: 'securityGroupVpcAssociationSet',
  pageSizes,
  recordsOf: ({ account }) =>
    [...account.ec2.securityGroups.values()].flatMap(({ groupID, alsoInVpcIDs }) =>
      alsoInVpcIDs.map((vpcID) => ({ groupID, vpcID })),
    ),
  filters: {
    'group-id': ({ groupID }) => groupID,
    'vpc-id': ({ vpcID }) => vpcID,
    state: () => 'associated',
  },
  render: ({ groupID, vpcID }, { account }) => ({
    groupId: groupID,
    vpcId: vpcID,
    vpcOwnerId: account.accountID,
    state: 'associated',
  }),
});

const arnOf = (region: string, accountID: string, resource: string): string =>
  `arn:aws:ec2:${region}:${accountID}:${resource}`;
