/**
 * What EC2 authorizes each call on that MGN makes in the caller's name, as ARNs of nothing that exists. A policy may
 * allow a call on instances and forget the volumes, so each kind is asked about by itself (Service Authorization
 * Reference, "Actions, resources, and condition keys for Amazon EC2").
 */
import type { Ec2Action, Place } from '../../infra/mgn-actions.ts';

const ids = {
  instance: 'i-00000000000000000',
  volume: 'vol-00000000000000000',
  snapshot: 'snap-00000000000000000',
  image: 'ami-00000000000000000',
  'security-group': 'sg-00000000000000000',
  'launch-template': 'lt-00000000000000000',
  'network-interface': 'eni-00000000000000000',
  subnet: 'subnet-00000000000000000',
  vpc: 'vpc-00000000000000000',
} as const;

type Ec2Kind = keyof typeof ids;

/** Kinds whose ARNs name no account, because they may be shared or public. */
const withoutAccount: readonly Ec2Kind[] = ['snapshot', 'image'];

/** Calls that only read are authorized without a resource. */
const kindsOf: Readonly<Record<Exclude<Ec2Action, `Describe${string}`>, readonly Ec2Kind[]>> = {
  AttachVolume: ['instance', 'volume'],
  AuthorizeSecurityGroupEgress: ['security-group'],
  AuthorizeSecurityGroupIngress: ['security-group'],
  CreateLaunchTemplate: ['launch-template'],
  CreateLaunchTemplateVersion: ['launch-template'],
  CreateSecurityGroup: ['security-group', 'vpc'],
  CreateSnapshot: ['snapshot', 'volume'],
  CreateTags: ['instance', 'volume', 'snapshot', 'security-group', 'launch-template', 'network-interface'],
  CreateVolume: ['volume'],
  DeleteLaunchTemplateVersions: ['launch-template'],
  DeleteSnapshot: ['snapshot'],
  DeleteVolume: ['volume'],
  DetachVolume: ['instance', 'volume'],
  ModifyInstanceAttribute: ['instance'],
  ModifyLaunchTemplate: ['launch-template'],
  ReportInstanceStatus: ['instance'],
  RevokeSecurityGroupEgress: ['security-group'],
  RunInstances: ['instance', 'volume', 'network-interface', 'security-group', 'subnet', 'image'],
  StartInstances: ['instance'],
  StopInstances: ['instance'],
  TerminateInstances: ['instance'],
};

/** The resources on which `action` (such as `ec2:RunInstances`) has to be allowed; `*` for a call that only reads. */
export function ec2ResourcesOf(action: string, { partition, region, accountID }: Place): string[] {
  const kinds = new Map<string, readonly Ec2Kind[]>(Object.entries(kindsOf)).get(action.replace('ec2:', ''));
  if (kinds === undefined) return ['*'];
  return kinds.map((kind) => {
    const account = withoutAccount.includes(kind) ? '' : accountID;
    return `arn:${partition}:ec2:${region}:${account}:${kind}/${ids[kind]}`;
  });
}
