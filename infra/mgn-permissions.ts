/**
 * What a step's role may do in MGN: the calls it makes, and what MGN needs of EC2 and IAM in the caller's name to carry
 * them out (`mgn.md` G). MGN's resources carry no account ID here because a run may act in a linked account.
 */
import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

const sourceServers = `arn:${Aws.PARTITION}:mgn:${Aws.REGION}:*:source-server/*`;
const jobs = `arn:${Aws.PARTITION}:mgn:${Aws.REGION}:*:job/*`;
/** For calls that MGN authorizes without a resource; no narrower one would match. */
const noResource = '*';

/** Each call of the workflow, with the kind of resource MGN authorizes it on. */
const resourceOf = {
  ListWaves: noResource,
  ListApplications: noResource,
  DescribeSourceServers: noResource,
  DescribeJobs: noResource,
  DescribeJobLogItems: jobs,
  GetLaunchConfiguration: sourceServers,
  ListSourceServerActions: sourceServers,
  StartCutover: sourceServers,
  TerminateTargetInstances: sourceServers,
  ChangeServerLifeCycleState: sourceServers,
  FinalizeCutover: sourceServers,
} as const;

/** A call to MGN that a step may be allowed. */
export type MgnAction = keyof typeof resourceOf;

/** Calls that start a job, with what MGN does in EC2 in the caller's name. */
const ec2ActionsOf = {
  StartCutover: [
    'AttachVolume',
    'AuthorizeSecurityGroupEgress',
    'AuthorizeSecurityGroupIngress',
    'CreateLaunchTemplate',
    'CreateLaunchTemplateVersion',
    'CreateSecurityGroup',
    'CreateSnapshot',
    'CreateTags',
    'CreateVolume',
    'DeleteLaunchTemplateVersions',
    'DeleteSnapshot',
    'DeleteVolume',
    'DescribeAccountAttributes',
    'DescribeAvailabilityZones',
    'DescribeImages',
    'DescribeInstanceAttribute',
    'DescribeInstanceStatus',
    'DescribeInstanceTypes',
    'DescribeInstances',
    'DescribeLaunchTemplateVersions',
    'DescribeLaunchTemplates',
    'DescribeSecurityGroups',
    'DescribeSnapshots',
    'DescribeSubnets',
    'DescribeVolumes',
    'DetachVolume',
    'ModifyInstanceAttribute',
    'ModifyLaunchTemplate',
    'ReportInstanceStatus',
    'RevokeSecurityGroupEgress',
    'RunInstances',
    'StartInstances',
    'StopInstances',
    'TerminateInstances',
  ],
  TerminateTargetInstances: ['DescribeInstances', 'DescribeVolumes', 'TerminateInstances', 'DeleteVolume'],
} as const;

const jobStarters = ['StartCutover', 'TerminateTargetInstances'] as const;

/** Roles that MGN's own set-up makes, and that it hands to the instances it starts. */
const launchRoleNames = [
  'service-role/AWSApplicationMigrationConversionServerRole',
  'service-role/AWSApplicationMigrationLaunchInstanceWithSsmRole',
  'service-role/AWSApplicationMigrationLaunchInstanceWithDrsRole',
];

/** Only when MGN makes the call while it carries out ours. */
const calledViaMgn = { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'mgn.amazonaws.com' } };

/** The tag by which an attempt finds its job again; without it on the call, IAM refuses to start the job. */
const withAttemptTag = { Null: { 'aws:RequestTag/CutoverAttempt': 'false' } };

/** The statements for a step that makes these calls. */
export function mgnStatements(
  actions: readonly MgnAction[],
  targetInstanceRoleNames: readonly string[],
): PolicyStatement[] {
  const starters = jobStarters.filter((starter) => actions.includes(starter));
  return [
    ...plainStatements(actions.filter((action) => !jobStarters.some((starter) => starter === action))),
    ...starters.flatMap(jobStarterStatements),
    ...(starters.includes('StartCutover') ? [passRoleStatement(targetInstanceRoleNames)] : []),
    denials(actions),
  ];
}

function plainStatements(actions: readonly MgnAction[]): PolicyStatement[] {
  const resources = [...new Set(actions.map((action) => resourceOf[action]))];
  return resources.map(
    (resource) =>
      new PolicyStatement({
        actions: actions.filter((action) => resourceOf[action] === resource).map((action) => `mgn:${action}`),
        resources: [resource],
      }),
  );
}

function jobStarterStatements(action: (typeof jobStarters)[number]): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: [`mgn:${action}`], resources: [resourceOf[action]], conditions: withAttemptTag }),
    new PolicyStatement({
      actions: ['mgn:TagResource'],
      resources: [jobs],
      conditions: { StringEquals: { 'mgn:CreateAction': action } },
    }),
    ...(action === 'StartCutover'
      ? [new PolicyStatement({ actions: ['mgn:ListTagsForResource'], resources: [sourceServers] })]
      : []),
    new PolicyStatement({
      actions: ec2ActionsOf[action].map((name) => `ec2:${name}`),
      resources: ['*'], // Instances, volumes and snapshots that do not exist yet; the condition is what bounds it.
      conditions: calledViaMgn,
    }),
  ];
}

function passRoleStatement(targetInstanceRoleNames: readonly string[]): PolicyStatement {
  const names = [...launchRoleNames, ...targetInstanceRoleNames];
  return new PolicyStatement({
    actions: ['iam:PassRole'],
    resources: names.map((name) => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${name}`),
    conditions: { ...calledViaMgn, StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
  });
}

/** Holds whatever policy somebody may attach to the role later. */
function denials(actions: readonly MgnAction[]): PolicyStatement {
  const finalizing = actions.includes('FinalizeCutover') ? [] : ['mgn:FinalizeCutover'];
  return new PolicyStatement({
    effect: Effect.DENY,
    actions: ['mgn:Delete*', 'mgn:DisconnectFromService', 'mgn:UninitializeService', ...finalizing],
    resources: ['*'],
  });
}
