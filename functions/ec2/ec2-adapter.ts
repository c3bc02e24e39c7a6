/**
 * The only place that talks to EC2: it asks, pages and translates, and decides nothing. What exists is asked for by
 * filters, which leave out what does not exist, where a list of IDs would be refused as a whole for one bad ID.
 */
import type {
  Ec2,
  LaunchTemplateVersion,
  SecurityGroup,
  SecurityGroupVpcAssociation,
  Subnet,
  TemplateNetworkInterface,
} from '../domain/launch-target-port.ts';
import { chunksOf } from '../domain/wave-plan.ts';
import { domainSuffix, type Sender } from '../shared/signed-request.ts';
import {
  listQuery,
  optionalText,
  requiredNumber,
  requiredText,
  type Parameters,
  type QueryService,
} from './query-protocol.ts';
import { createVcpuQuotaReader } from './vcpu-quota.ts';
import { membersAt, type XmlElement } from './xml.ts';

/** Where the services are when they are not AWS's own. */
export interface Ec2Endpoints {
  readonly ec2?: string | undefined;
  readonly serviceQuotas?: string | undefined;
  readonly cloudWatch?: string | undefined;
}

/** Most values that one filter takes. */
const filterValuesMax = 200;
/** Most launch template versions on a page. */
const versionsPageSize = '200';
/** Most instance types on a page. */
const typesPageSize = '100';
/** Most items on a page of the others. */
const pageSize = '1000';

/** EC2 in the sender's account and region. */
export function createEc2(sender: Sender, endpoints: Ec2Endpoints = {}): Ec2 {
  const url = endpoints.ec2 ?? `https://ec2.${sender.region}.${domainSuffix(sender.region)}/`;
  const api: QueryService = { sender, service: 'ec2', version: '2016-11-15', url: new URL(url) };
  const inChunks = async <Item>(values: readonly string[], list: (chunk: string[]) => Promise<Item[]>) => {
    const items: Item[] = [];
    for (const chunk of chunksOf([...new Set(values)], filterValuesMax)) items.push(...(await list(chunk)));
    return items;
  };
  const subnetsWith = (filters: Filters) =>
    listAll(api, 'DescribeSubnets', { ...filtered(filters), MaxResults: pageSize }, 'subnetSet', toSubnet);
  return {
    describeDefaultTemplateVersions: (launchTemplateIDs) => describeDefaultVersions(api, launchTemplateIDs),
    describeSubnets: (subnetIDs) => inChunks(subnetIDs, (chunk) => subnetsWith({ 'subnet-id': chunk })),
    describeDefaultSubnets: () => subnetsWith({ 'default-for-az': ['true'] }),
    describeSecurityGroups: (groupIDs) =>
      inChunks(groupIDs, (chunk) => {
        const parameters = { ...filtered({ 'group-id': chunk }), MaxResults: pageSize };
        return listAll(api, 'DescribeSecurityGroups', parameters, 'securityGroupInfo', toSecurityGroup);
      }),
    describeSecurityGroupVpcAssociations: (groupIDs) =>
      inChunks(groupIDs, (chunk) => {
        const parameters = { ...filtered({ 'group-id': chunk, state: ['associated'] }), MaxResults: pageSize };
        const set = 'securityGroupVpcAssociationSet';
        return listAll(api, 'DescribeSecurityGroupVpcAssociations', parameters, set, toAssociation);
      }),
    describeVcpus: async (instanceTypes) =>
      new Map(
        await inChunks(instanceTypes, (chunk) => {
          const parameters = { ...filtered({ 'instance-type': chunk }), MaxResults: typesPageSize };
          return listAll(api, 'DescribeInstanceTypes', parameters, 'instanceTypeSet', toVcpus);
        }),
      ),
    readVcpuQuota: createVcpuQuotaReader(sender, endpoints),
  };
}

/**
 * EC2 lists the versions of one template, or the default versions of every template of the account, up to 200 a page.
 * MGN makes a template for each source server, so a wave's templates are a good part of all of them; the paging ends with
 * the last that is looked for.
 */
async function describeDefaultVersions(
  api: QueryService,
  launchTemplateIDs: readonly string[],
): Promise<LaunchTemplateVersion[]> {
  const missing = new Set(launchTemplateIDs);
  const versions: LaunchTemplateVersion[] = [];
  if (missing.size === 0) return versions;
  const parameters = { 'LaunchTemplateVersion.1': '$Default', MaxResults: versionsPageSize };
  for await (const page of listQuery(api, 'DescribeLaunchTemplateVersions', parameters, 'launchTemplateVersionSet')) {
    versions.push(...page.filter((item) => missing.delete(requiredText(item, 'launchTemplateId'))).map(toVersion));
    if (missing.size === 0) break;
  }
  return versions;
}

type Filters = Readonly<Record<string, readonly string[]>>;

function filtered(filters: Filters): Parameters {
  const fields = new Map<string, string>();
  for (const [index, [name, values]] of Object.entries(filters).entries()) {
    fields.set(`Filter.${index + 1}.Name`, name);
    for (const [position, value] of values.entries()) fields.set(`Filter.${index + 1}.Value.${position + 1}`, value);
  }
  return Object.fromEntries(fields);
}

async function listAll<Item>(
  api: QueryService,
  action: string,
  parameters: Parameters,
  set: string,
  translate: (item: XmlElement) => Item,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of listQuery(api, action, parameters, set)) items.push(...page.map(translate));
  return items;
}

function toVersion(item: XmlElement): LaunchTemplateVersion {
  const data = 'launchTemplateData';
  const interfaces = membersAt(item, data, 'networkInterfaceSet').map(toNetworkInterface);
  const ownGroups = membersAt(item, data, 'securityGroupIdSet').map(({ text }) => text.trim());
  return {
    launchTemplateID: requiredText(item, 'launchTemplateId'),
    versionNumber: requiredNumber(item, 'versionNumber'),
    instanceType: optionalText(item, data, 'instanceType'),
    instanceProfile:
      optionalText(item, data, 'iamInstanceProfile', 'arn') ?? optionalText(item, data, 'iamInstanceProfile', 'name'),
    networkInterfaces: interfaces.length > 0 ? interfaces : [{ securityGroupIDs: ownGroups }],
  };
}

function toNetworkInterface(item: XmlElement): TemplateNetworkInterface {
  return {
    networkInterfaceID: optionalText(item, 'networkInterfaceId'),
    subnetID: optionalText(item, 'subnetId'),
    securityGroupIDs: membersAt(item, 'groupSet').map(({ text }) => text.trim()),
  };
}

function toSubnet(item: XmlElement): Subnet {
  return {
    subnetID: requiredText(item, 'subnetId'),
    vpcID: requiredText(item, 'vpcId'),
    freeAddresses: requiredNumber(item, 'availableIpAddressCount'),
  };
}

function toSecurityGroup(item: XmlElement): SecurityGroup {
  return { groupID: requiredText(item, 'groupId'), vpcID: requiredText(item, 'vpcId') };
}

function toAssociation(item: XmlElement): SecurityGroupVpcAssociation {
  return { groupID: requiredText(item, 'groupId'), vpcID: requiredText(item, 'vpcId') };
}

function toVcpus(item: XmlElement): [string, number] {
  return [requiredText(item, 'instanceType'), requiredNumber(item, 'vCpuInfo', 'defaultVCpus')];
}
