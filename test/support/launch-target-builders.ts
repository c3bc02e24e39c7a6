/** Launch targets for tests: where everything is there, unless a test says otherwise. */
import type { LaunchTarget } from '../../functions/domain/launch-target.ts';
import type { LaunchTemplateVersion, TemplateNetworkInterface } from '../../functions/domain/launch-target-port.ts';

/** An interface in `subnet-1` with `sg-1`. */
export const anInterface = (given: Partial<TemplateNetworkInterface> = {}): TemplateNetworkInterface => ({
  subnetID: 'subnet-1',
  securityGroupIDs: ['sg-1'],
  ...given,
});

/** Version 4 of `lt-1`: an m5.large with an instance profile and one interface. */
export const aTemplate = (given: Partial<LaunchTemplateVersion> = {}): LaunchTemplateVersion => ({
  launchTemplateID: 'lt-1',
  versionNumber: 4,
  instanceType: 'm5.large',
  instanceProfile: 'web',
  networkInterfaces: [anInterface()],
  ...given,
});

/** The target of {@link aTemplate}: `subnet-1` with 100 free addresses and `sg-1`, both of `vpc-1`. */
export const aTarget = (given: Partial<LaunchTarget> = {}): LaunchTarget => ({
  ec2LaunchTemplateID: 'lt-1',
  template: aTemplate(),
  subnets: [{ subnetID: 'subnet-1', vpcID: 'vpc-1', freeAddresses: 100 }],
  securityGroups: [{ groupID: 'sg-1', vpcID: 'vpc-1' }],
  securityGroupVpcs: [],
  defaultSubnets: [],
  ...given,
});
