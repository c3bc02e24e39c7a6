/**
 * What a step has to be allowed in AWS, as plain data: the calls to MGN, what each is authorized on, and what MGN needs
 * of EC2 and IAM in the caller's name to carry them out (`mgn.md` G). The stacks make policies of it, and the command
 * line asks IAM whether an identity has it, so that the two cannot differ.
 */

/** MGN authorizes a call on source servers, on jobs, or without a resource, where no narrower one than `*` would match. */
const resourceKindOf = {
  ListWaves: 'none',
  ListApplications: 'none',
  DescribeSourceServers: 'none',
  DescribeJobs: 'none',
  DescribeJobLogItems: 'job',
  GetLaunchConfiguration: 'source-server',
  ListSourceServerActions: 'source-server',
  StartCutover: 'source-server',
  TerminateTargetInstances: 'source-server',
  ChangeServerLifeCycleState: 'source-server',
  FinalizeCutover: 'source-server',
} as const;

type ResourceKind = (typeof resourceKindOf)[MgnAction];

/** A call to MGN that a step may be allowed. */
export type MgnAction = keyof typeof resourceKindOf;

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

/** A call to EC2 that MGN makes in the caller's name. */
export type Ec2Action = (typeof ec2ActionsOf)[keyof typeof ec2ActionsOf][number];

/**
 * What tells where source servers are going to be launched and whether there is room: calls that a step makes itself, and
 * that their services authorize on no resource (Service Authorization Reference).
 */
export const launchTargetReads = [
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeLaunchTemplateVersions',
  'ec2:DescribeSecurityGroupVpcAssociations',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'cloudwatch:GetMetricStatistics',
  'servicequotas:GetServiceQuota',
] as const;

const jobStarters = ['StartCutover', 'TerminateTargetInstances'] as const;

/** The calls of the way forward that a source server has to be opted in to by its tag. */
const taggedActions: readonly MgnAction[] = ['StartCutover', 'TerminateTargetInstances', 'FinalizeCutover'];

/** Roles that MGN's own set-up makes, and that it hands to the instances it starts. */
const launchRoleNames = [
  'service-role/AWSApplicationMigrationConversionServerRole',
  'service-role/AWSApplicationMigrationLaunchInstanceWithSsmRole',
  'service-role/AWSApplicationMigrationLaunchInstanceWithDrsRole',
];

/** A condition block of a policy: operator, key, value. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Only when MGN makes the call while it carries out ours. */
const calledViaMgn = { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'mgn.amazonaws.com' } };

/** The tag by which an attempt finds its job again; without it on the call, IAM refuses to start the job. */
const withAttemptTag = { Null: { 'aws:RequestTag/CutoverAttempt': 'false' } };

/** A statement of a policy. */
export interface StatementFacts {
  readonly effect: 'Allow' | 'Deny';
  /** With their service, such as `mgn:StartCutover`. */
  readonly actions: readonly string[];
  /** ARNs, patterns of ARNs, or `*`. */
  readonly resources: readonly string[];
  readonly conditions?: Conditions | undefined;
}

/** Where the rights are held; the stacks give CloudFormation's references, the command line the values. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly accountID: string;
}

/** What bounds the rights of a deployment, beside the calls. */
export interface MgnLimits {
  /** Roles in the instance profiles of launch templates, by name with path: starting a cutover passes them to EC2. */
  readonly targetInstanceRoleNames: readonly string[];
  /**
   * `key=value`: only source servers with this tag may be cut over, finalized, and rid of their test instances. When it
   * is absent, all may.
   */
  readonly sourceServerTag?: string | undefined;
}

/** What a step has to be allowed. */
export interface StepCalls {
  readonly mgnActions: readonly MgnAction[];
  /** Whether it looks at where source servers are going to be launched (`launchTargetReads`). */
  readonly readsLaunchTargets?: boolean | undefined;
  /**
   * Whether it brings servers back. Then its rights do not depend on the tag: one that vanishes during the night must not
   * strand a wave.
   */
  readonly isWayBack?: boolean | undefined;
}

/** The statements for an identity that makes the calls of one step, the last of which denies what none of them is. */
export function stepStatementFacts(step: StepCalls, limits: MgnLimits, place: Place): StatementFacts[] {
  return unionStatementFacts([step], limits, place);
}

/**
 * The statements for one identity that does the work of several steps. What it may also need on the way back it may do
 * to any source server, tagged or not.
 */
export function unionStatementFacts(steps: readonly StepCalls[], limits: MgnLimits, place: Place): StatementFacts[] {
  const actions = [...new Set(steps.flatMap(({ mgnActions }) => mgnActions))];
  const wayBack = steps.flatMap(({ mgnActions, isWayBack }) => (isWayBack === true ? mgnActions : []));
  const needTag = taggedActions.filter((action) => !wayBack.includes(action));
  const scope = { place, tagged: needTag, tag: limits.sourceServerTag };
  const starters = jobStarters.filter((starter) => actions.includes(starter));
  const others = actions.filter((action) => !jobStarters.some((starter) => starter === action));
  return [
    ...plainStatements(others, scope),
    ...(steps.some(({ readsLaunchTargets }) => readsLaunchTargets === true) ? [allow(launchTargetReads, ['*'])] : []),
    ...starters.flatMap((starter) => jobStarterStatements(starter, scope)),
    ...(starters.length > 0 ? [ec2Statement(starters)] : []),
    ...(starters.includes('StartCutover') ? [passRoleStatement(limits.targetInstanceRoleNames, place)] : []),
    denials(actions),
  ];
}

/** The condition that the resource has this tag, which is `key=value`; of several `=` the first one ends the key. */
export function tagConditions(tag: string | undefined): Conditions | undefined {
  if (tag === undefined) return undefined;
  const separator = tag.indexOf('=');
  return { StringEquals: { [`aws:ResourceTag/${tag.slice(0, separator)}`]: tag.slice(separator + 1) } };
}

/** The statement as IAM reads it. */
export function policyStatement({ effect, actions, resources, conditions }: StatementFacts) {
  return {
    Effect: effect,
    Action: [...actions],
    Resource: [...resources],
    ...(conditions === undefined ? {} : { Condition: conditions }),
  };
}

interface Scope {
  readonly place: Place;
  /** The calls that need the tag, which is `key=value`, if there is one. */
  readonly tagged: readonly MgnAction[];
  readonly tag: string | undefined;
}

/** Calls on the same kind of resource and under the same condition share a statement. */
function plainStatements(actions: readonly MgnAction[], scope: Scope): StatementFacts[] {
  const groups = new Map<string, readonly [MgnAction, ...MgnAction[]]>();
  for (const action of actions) {
    const key = `${resourceKindOf[action]} ${String(scope.tagged.includes(action))}`;
    const group = groups.get(key);
    groups.set(key, group === undefined ? [action] : [...group, action]);
  }
  return [...groups.values()].map((group) =>
    allow(group.map(mgnName), [resourceOf(resourceKindOf[group[0]], scope.place)], tagCondition(group[0], scope)),
  );
}

function jobStarterStatements(action: (typeof jobStarters)[number], scope: Scope): StatementFacts[] {
  const sourceServers = resourceOf('source-server', scope.place);
  return [
    allow([mgnName(action)], [sourceServers], { ...withAttemptTag, ...tagCondition(action, scope) }),
    allow(['mgn:TagResource'], [resourceOf('job', scope.place)], { StringEquals: { 'mgn:CreateAction': action } }),
    ...(action === 'StartCutover' ? [allow(['mgn:ListTagsForResource'], [sourceServers])] : []),
  ];
}

/** On instances, volumes and snapshots that do not exist yet; the condition is what bounds it. */
function ec2Statement(starters: readonly (typeof jobStarters)[number][]): StatementFacts {
  const names = new Set(starters.flatMap((starter): readonly string[] => ec2ActionsOf[starter]));
  return allow(
    [...names].map((name) => `ec2:${name}`),
    ['*'],
    calledViaMgn,
  );
}

function passRoleStatement(targetInstanceRoleNames: readonly string[], place: Place): StatementFacts {
  const names = [...launchRoleNames, ...targetInstanceRoleNames];
  return allow(
    ['iam:PassRole'],
    names.map((name) => `arn:${place.partition}:iam::${place.accountID}:role/${name}`),
    { ...calledViaMgn, StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
  );
}

/** Holds whatever policy somebody may attach to the identity later. */
function denials(actions: readonly MgnAction[]): StatementFacts {
  const finalizing = actions.includes('FinalizeCutover') ? [] : ['mgn:FinalizeCutover'];
  return {
    effect: 'Deny',
    actions: ['mgn:Delete*', 'mgn:DisconnectFromService', 'mgn:Update*', ...finalizing],
    resources: ['*'],
  };
}

function allow(actions: readonly string[], resources: readonly string[], conditions?: Conditions): StatementFacts {
  return { effect: 'Allow', actions, resources, ...(conditions === undefined ? {} : { conditions }) };
}

const mgnName = (action: MgnAction) => `mgn:${action}`;

/** MGN's resources carry no account ID here because a run may act in a linked account. */
function resourceOf(kind: ResourceKind, { partition, region }: Place): string {
  return kind === 'none' ? '*' : `arn:${partition}:mgn:${region}:*:${kind}/*`;
}

function tagCondition(action: MgnAction, { tagged, tag }: Scope): Conditions | undefined {
  return tagged.includes(action) ? tagConditions(tag) : undefined;
}
