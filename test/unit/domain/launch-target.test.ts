import { assessLaunchTarget, type LaunchTarget } from '../../../functions/domain/launch-target.ts';
import { anInterface, aTarget, aTemplate } from '../../support/launch-target-builders.ts';

const noActions = { actionsExpected: false, agentSeenBefore: false };
const codesOf = (target: LaunchTarget, needs = noActions) => assessLaunchTarget(target, needs).map(({ code }) => code);

describe('assessLaunchTarget', () => {
  it('finds nothing against a target where all that the template names is there', () => {
    expect(assessLaunchTarget(aTarget(), { actionsExpected: true, agentSeenBefore: false })).toEqual([]);
  });

  it('blocks a server whose launch configuration names no template', () => {
    const [reason, ...more] = assessLaunchTarget(
      aTarget({ ec2LaunchTemplateID: undefined, template: undefined }),
      noActions,
    );

    expect(more).toEqual([]);
    expect(reason).toMatchObject({ code: 'LAUNCH_TEMPLATE_MISSING', source: 'GetLaunchConfiguration' });
  });

  it('blocks a server whose template was deleted, naming it', () => {
    const [reason] = assessLaunchTarget(aTarget({ template: undefined }), noActions);

    expect(reason).toMatchObject({ code: 'LAUNCH_TEMPLATE_MISSING', source: 'DescribeLaunchTemplateVersions' });
    expect(reason?.fact).toContain('lt-1');
  });

  it('blocks a subnet that does not exist, with the version a person has to mend', () => {
    const [reason, ...more] = assessLaunchTarget(aTarget({ subnets: [] }), noActions);

    expect(more).toEqual([]);
    expect(reason).toMatchObject({ code: 'SUBNET_MISSING', source: 'DescribeSubnets' });
    expect(reason?.fact).toBe('lt-1, default version 4, names subnet-1, which does not exist');
  });

  it('blocks a template without a subnet only where the account has no default subnet', () => {
    const template = aTemplate({ networkInterfaces: [anInterface({ subnetID: undefined })] });
    const defaultSubnets = [{ subnetID: 'subnet-d', vpcID: 'vpc-1', freeAddresses: 9 }];

    expect(codesOf(aTarget({ template, subnets: [] }))).toEqual(['NO_SUBNET_AND_NO_DEFAULT_VPC']);
    expect(codesOf(aTarget({ template, subnets: [], defaultSubnets }))).toEqual([]);
  });

  it('blocks each security group that does not exist, beside a missing subnet too', () => {
    const template = aTemplate({ networkInterfaces: [anInterface({ securityGroupIDs: ['sg-1', 'sg-2', 'sg-3'] })] });

    expect(codesOf(aTarget({ template }))).toEqual(['SECURITY_GROUP_MISSING', 'SECURITY_GROUP_MISSING']);
    expect(codesOf(aTarget({ template, subnets: [], securityGroups: [] }))).toEqual([
      'SUBNET_MISSING',
      'SECURITY_GROUP_MISSING',
      'SECURITY_GROUP_MISSING',
      'SECURITY_GROUP_MISSING',
    ]);
  });

  it('blocks a security group of another VPC than the subnet’s, naming all four', () => {
    const securityGroups = [{ groupID: 'sg-1', vpcID: 'vpc-2' }];
    const [reason] = assessLaunchTarget(aTarget({ securityGroups }), noActions);

    expect(reason?.code).toBe('SECURITY_GROUP_OTHER_VPC');
    for (const id of ['sg-1', 'vpc-2', 'subnet-1', 'vpc-1']) expect(reason?.fact).toContain(id);
  });

  it('lets a security group pass that is associated with the subnet’s VPC, and with no other', () => {
    const securityGroups = [{ groupID: 'sg-1', vpcID: 'vpc-2' }];
    const associatedWith = (vpcID: string) =>
      aTarget({ securityGroups, securityGroupVpcs: [{ groupID: 'sg-1', vpcID }] });

    expect(codesOf(associatedWith('vpc-1'))).toEqual([]);
    expect(codesOf(associatedWith('vpc-3'))).toEqual(['SECURITY_GROUP_OTHER_VPC']);
  });

  it('holds security groups against the default VPC where the template names no subnet', () => {
    const template = aTemplate({ networkInterfaces: [anInterface({ subnetID: undefined })] });
    const defaultSubnets = [{ subnetID: 'subnet-d', vpcID: 'vpc-default', freeAddresses: 9 }];

    expect(codesOf(aTarget({ template, defaultSubnets }))).toEqual(['SECURITY_GROUP_OTHER_VPC']);
  });

  it('looks at every network interface, and says once what two share', () => {
    const second = anInterface({ subnetID: 'subnet-2' });
    const template = aTemplate({ networkInterfaces: [anInterface(), second, second] });

    expect(codesOf(aTarget({ template }))).toEqual(['SUBNET_MISSING']);
  });

  it('leaves an existing network interface alone: it brings its own subnet and groups', () => {
    const networkInterfaces = [anInterface({ networkInterfaceID: 'eni-1', subnetID: undefined, securityGroupIDs: [] })];

    expect(codesOf(aTarget({ template: aTemplate({ networkInterfaces }), subnets: [] }))).toEqual([]);
  });

  it.each([
    { actionsExpected: true, agentSeenBefore: false, codes: ['NO_INSTANCE_PROFILE'] },
    { actionsExpected: true, agentSeenBefore: true, codes: [] },
    { actionsExpected: false, agentSeenBefore: false, codes: [] },
  ])(
    'without an instance profile: actions expected $actionsExpected, agent seen before $agentSeenBefore: $codes',
    ({ codes, ...needs }) => {
      expect(codesOf(aTarget({ template: aTemplate({ instanceProfile: undefined }) }), needs)).toEqual(codes);
    },
  );

  it('says what to do about every reason', () => {
    const template = aTemplate({
      instanceProfile: undefined,
      networkInterfaces: [
        anInterface({ securityGroupIDs: ['sg-1', 'sg-none'] }),
        anInterface({ subnetID: 'subnet-none' }),
        anInterface({ subnetID: undefined }),
      ],
    });
    const target = aTarget({ template, securityGroups: [{ groupID: 'sg-1', vpcID: 'vpc-2' }] });
    const reasons = assessLaunchTarget(target, { actionsExpected: true, agentSeenBefore: false });

    expect(new Set(reasons.map(({ code }) => code))).toEqual(
      new Set([
        'SECURITY_GROUP_MISSING',
        'SECURITY_GROUP_OTHER_VPC',
        'SUBNET_MISSING',
        'NO_SUBNET_AND_NO_DEFAULT_VPC',
        'NO_INSTANCE_PROFILE',
      ]),
    );
    expect(reasons.filter(({ remedy }) => remedy === undefined)).toEqual([]);
  });
});
