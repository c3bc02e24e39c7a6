/** DescribeLaunchTemplates, DescribeLaunchTemplateVersions and DescribeInstanceTypes. */
import type { LaunchTemplateRecord } from '../world/ec2-records.ts';
import { vcpusOf } from '../world/instance-types.ts';
import { describing } from './describe.ts';
import type { Ec2Call } from './describe.ts';
import { Ec2Exception } from './ec2-exception.ts';
import { filtersOf, listOf } from './query-request.ts';
import type { Fields } from './query-request.ts';
import { XmlList } from './xml.ts';
import type { XmlContent } from './xml.ts';

const pageSizes = { min: 1, max: 200 };

const noSuchTemplate = (id: string): Ec2Exception =>
  new Ec2Exception(
    'InvalidLaunchTemplateId.NotFound',
    `The specified launch template, with template ID ${id}, does not exist.`,
  );

/** Who made the records of a scenario. */
const createdBy = ({ account }: Ec2Call): string => `arn:aws:iam::${account.accountID}:root`;

const instant = (ms: number): string => new Date(ms).toISOString();

/** DescribeLaunchTemplates. */
export const describeLaunchTemplates = describing<LaunchTemplateRecord>({
  action: 'DescribeLaunchTemplates',
  set: 'launchTemplates',
  pageSizes,
  recordsOf: ({ account }) => [...account.ec2.launchTemplates.values()],
  ids: { field: 'LaunchTemplateId', of: ({ launchTemplateID }) => launchTemplateID, notFound: noSuchTemplate },
  filters: { 'launch-template-name': ({ name }) => name },
  render: (template, call) => ({
    launchTemplateId: template.launchTemplateID,
    launchTemplateName: template.name,
    createTime: instant(template.createdMs),
    createdBy: createdBy(call),
    defaultVersionNumber: template.defaultVersion,
    latestVersionNumber: template.latestVersion,
  }),
});

interface Version {
  readonly template: LaunchTemplateRecord;
  readonly number: number;
}

/** DescribeLaunchTemplateVersions: of one template, or the default and latest versions of all. */
export const describeLaunchTemplateVersions = describing<Version>({
  action: 'DescribeLaunchTemplateVersions',
  set: 'launchTemplateVersionSet',
  pageSizes,
  otherFields: ['LaunchTemplateId', 'LaunchTemplateName', 'LaunchTemplateVersion'],
  recordsOf: (call, fields) => {
    const versions = listOf(fields, 'LaunchTemplateVersion');
    const template = namedTemplate(call, fields);
    if (template !== undefined) return versionsOf(template, versions);
    if (versions.length === 0 || versions.some((version) => !aliases.has(version))) {
      throw new Ec2Exception(
        'MissingParameter',
        'Without a launch template ID or name, the versions must be $Default, $Latest or both.',
      );
    }
    return [...call.account.ec2.launchTemplates.values()].flatMap((each) => versionsOf(each, versions));
  },
  filters: {
    'is-default-version': ({ template, number }) => String(number === template.defaultVersion),
    'instance-type': ({ template }) => template.settings.instanceType,
  },
  render: ({ template, number }, call) => ({
    launchTemplateId: template.launchTemplateID,
    launchTemplateName: template.name,
    versionNumber: number,
    createTime: instant(template.createdMs),
    createdBy: createdBy(call),
    defaultVersion: number === template.defaultVersion,
    launchTemplateData: renderSettings(template, call),
  }),
});

const aliases: ReadonlySet<string> = new Set(['$Default', '$Latest']);

const namedTemplate = ({ account }: Ec2Call, fields: Fields): LaunchTemplateRecord | undefined => {
  const templates = account.ec2.launchTemplates;
  const id = fields.get('LaunchTemplateId');
  const name = fields.get('LaunchTemplateName');
  if (id === undefined && name === undefined) return undefined;
  if (id !== undefined) {
    const template = templates.get(id);
    if (template === undefined) throw noSuchTemplate(id);
    return template;
  }
  const template = [...templates.values()].find((each) => each.name === name);
  if (template !== undefined) return template;
  const message = `The specified launch template, with template name ${name ?? ''}, does not exist.`;
  throw new Ec2Exception('InvalidLaunchTemplateName.NotFoundException', message);
};

const versionsOf = (template: LaunchTemplateRecord, versions: readonly string[]): Version[] => {
  const { defaultVersion, latestVersion, launchTemplateID } = template;
  const numbers =
    versions.length === 0
      ? Array.from({ length: latestVersion }, (_, index) => latestVersion - index)
      : versions.map((version) =>
          version === '$Default' ? defaultVersion : version === '$Latest' ? latestVersion : Number(version),
        );
  return [...new Set(numbers)].map((number) => {
    if (Number.isInteger(number) && number >= 1 && number <= latestVersion) return { template, number };
    const message = `Could not find the specified version ${versions.join(', ')} for the launch template with ID ${launchTemplateID}.`;
    throw new Ec2Exception('InvalidLaunchTemplateId.VersionNotFound', message);
  });
};

const renderSettings = ({ settings }: LaunchTemplateRecord, { account }: Ec2Call): XmlContent => ({
  instanceType: settings.instanceType,
  iamInstanceProfile:
    settings.instanceProfile === undefined
      ? undefined
      : { arn: `arn:aws:iam::${account.accountID}:instance-profile/${settings.instanceProfile}` },
  networkInterfaceSet: [
    {
      deviceIndex: 0,
      subnetId: settings.subnetID,
      groupSet: new XmlList('groupId', settings.securityGroupIDs),
    },
  ],
});

/** DescribeInstanceTypes, for types that are named: nobody keeps a list of all here. */
export const describeInstanceTypes = describing<string>({
  action: 'DescribeInstanceTypes',
  set: 'instanceTypeSet',
  pageSizes: { min: 5, max: 100 },
  recordsOf: (_call, fields) => {
    const filter = filtersOf(fields).find(({ name }) => name === 'instance-type');
    const names = [...listOf(fields, 'InstanceType'), ...(filter?.values ?? [])];
    if (names.length === 0 || names.some((name) => /[*?]/.test(name))) {
      throw new Ec2Exception('NotImplemented', 'The simulator describes instance types that are named, no others.');
    }
    return [...new Set(names)].filter((name) => vcpusOf(name) !== undefined);
  },
  ids: {
    field: 'InstanceType',
    of: (name) => name,
    notFound: (name) =>
      new Ec2Exception('InvalidInstanceType', `The following supplied instance types do not exist: [${name}]`),
  },
  filters: { 'instance-type': (name) => name },
  render: (name) => ({ instanceType: name, vCpuInfo: { defaultVCpus: vcpusOf(name) } }),
});
