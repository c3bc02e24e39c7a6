/** The calls that reading a fleet makes, told before the first of them; each only reads. */
import type { RunInput } from '../../functions/domain/run-input.ts';
import { checksLaunchTargets } from '../../functions/domain/target.ts';

/** A call that reads, and what for. */
export interface ReadCall {
  /** Such as `mgn:DescribeSourceServers`, as IAM names the action. */
  readonly action: string;
  readonly why: string;
}

/** Every call that reading what the inputs lead to may make, in the order of the first of each. */
export function readCallsFor(inputs: readonly RunInput[]): ReadCall[] {
  const has = (is: (input: RunInput) => boolean) => inputs.some((input) => is(input));
  return [
    ...(has(({ roleArn }) => roleArn !== undefined) ? [call('sts:AssumeRole', 'the role of the input')] : []),
    call('mgn:DescribeSourceServers', 'states, replication, agents, instances, tags'),
    ...(has(({ waveID }) => waveID !== undefined) ? [call('mgn:ListWaves', 'the wave')] : []),
    call('mgn:ListApplications', 'its applications'),
    call('mgn:DescribeJobs', 'test launches, and jobs that hold a source server or quota'),
    call('mgn:DescribeJobLogItems', 'how long each test launch took'),
    call('mgn:GetLaunchConfiguration', 'launch settings, for each source server'),
    call('mgn:ListSourceServerActions', 'post-launch actions, for each source server'),
    ...(has((input) => checksLaunchTargets({ input })) ? ec2Calls : []),
  ];
}

const ec2Calls: readonly ReadCall[] = [
  call('ec2:DescribeLaunchTemplateVersions', 'where instances are launched'),
  call('ec2:DescribeSubnets', 'whether those are there, and have free addresses'),
  call('ec2:DescribeSecurityGroups', 'whether those are there'),
  call('ec2:DescribeSecurityGroupVpcAssociations', 'whether those fit their subnets'),
  call('ec2:DescribeInstanceTypes', 'vCPUs of the instances'),
  call('servicequotas:GetServiceQuota', 'the quota of vCPUs'),
  call('cloudwatch:GetMetricStatistics', 'vCPUs in use'),
];

function call(action: string, why: string): ReadCall {
  return { action, why };
}
