import * as v from 'valibot';
import { SourceServerIDSchema, type SourceServerID } from '../../../functions/domain/identifiers.ts';
import { findCapacityLacks, type CapacityFacts } from '../../../functions/domain/launch-capacity.ts';
import type { LaunchTarget } from '../../../functions/domain/launch-target.ts';
import { anInterface, aTarget, aTemplate } from '../../support/launch-target-builders.ts';

const idOf = (number: number): SourceServerID => v.parse(SourceServerIDSchema, `s-${String(number).padStart(17, '0')}`);
const wave = (size: number, target: LaunchTarget) =>
  new Map(Array.from({ length: size }, (_, index) => [idOf(index), target] as const));
const freeIn = (freeAddresses: number) =>
  aTarget({ subnets: [{ subnetID: 'subnet-1', vpcID: 'vpc-1', freeAddresses }] });
const factsOf = (given: Partial<CapacityFacts>): CapacityFacts => ({
  targets: new Map(),
  replacing: new Set(),
  vcpus: new Map([['m5.large', 2]]),
  vcpuQuota: undefined,
  ...given,
});
const codesOf = (given: Partial<CapacityFacts>) =>
  [...findCapacityLacks(factsOf(given)).values()].flat().map(({ code }) => code);

describe('free addresses', () => {
  it('are enough as long as every server gets one', () => {
    expect(codesOf({ targets: wave(3, freeIn(3)) })).toEqual([]);
  });

  it('are short by one: every server of the subnet is warned, with the counts', () => {
    const lacks = findCapacityLacks(factsOf({ targets: wave(4, freeIn(3)) }));

    expect([...lacks.keys()]).toEqual([idOf(0), idOf(1), idOf(2), idOf(3)]);
    expect(lacks.get(idOf(0))).toMatchObject([
      { code: 'SUBNET_FULL', fact: 'subnet-1 has 3 free addresses, and this run needs 4', source: 'DescribeSubnets' },
    ]);
  });

  it('come back from test instances that are terminated first', () => {
    const targets = wave(4, freeIn(3));

    expect(codesOf({ targets, replacing: new Set([idOf(2)]) })).toEqual([]);
    expect(codesOf({ targets: wave(6, freeIn(3)), replacing: new Set([idOf(2)]) })).toContain('SUBNET_FULL');
  });

  it('are counted once for each interface, and for each subnet by itself', () => {
    const networkInterfaces = [anInterface(), anInterface({ subnetID: 'subnet-2' })];
    const subnets = ['subnet-1', 'subnet-2'].map((subnetID) => ({ subnetID, vpcID: 'vpc-1', freeAddresses: 2 }));
    const two = aTarget({ template: aTemplate({ networkInterfaces }), subnets });

    expect(codesOf({ targets: wave(2, two) })).toEqual([]);
    expect(codesOf({ targets: wave(3, two) })).toHaveLength(6);
  });

  it('of servers elsewhere do not count', () => {
    const elsewhere = aTarget({
      template: aTemplate({ networkInterfaces: [anInterface({ networkInterfaceID: 'eni-1' })] }),
    });
    const targets = new Map([...wave(9, elsewhere), [idOf(20), freeIn(1)] as const]);

    expect(codesOf({ targets })).toEqual([]);
  });

  it('of default subnets are not counted: nobody knows which one EC2 takes', () => {
    const template = aTemplate({ networkInterfaces: [anInterface({ subnetID: undefined })] });
    const defaultSubnets = [{ subnetID: 'subnet-d', vpcID: 'vpc-1', freeAddresses: 0 }];

    expect(codesOf({ targets: wave(2, aTarget({ template, defaultSubnets })) })).toEqual([]);
  });
});

describe('vCPUs', () => {
  const targets = wave(3, aTarget());

  it('are enough up to the quota itself', () => {
    expect(codesOf({ targets, vcpuQuota: { quota: 100, inUse: 94 } })).toEqual([]);
  });

  it('beyond it warn every server, with the counts', () => {
    const lacks = findCapacityLacks(factsOf({ targets, vcpuQuota: { quota: 100, inUse: 95 } }));

    expect(lacks.size).toBe(3);
    expect(lacks.get(idOf(0))).toMatchObject([
      {
        code: 'VCPU_QUOTA_LOW',
        fact: 'this run adds 6 vCPUs of Standard On-Demand instances to the 95 in use; the quota is 100',
      },
    ]);
  });

  it('of test instances that are terminated first come back', () => {
    expect(codesOf({ targets, replacing: new Set([idOf(1)]), vcpuQuota: { quota: 100, inUse: 95 } })).toEqual([]);
  });

  it('say nothing when the run adds none, however full the quota is', () => {
    const replacing = new Set(targets.keys());

    expect(codesOf({ targets, replacing, vcpuQuota: { quota: 100, inUse: 101 } })).toEqual([]);
  });

  it.each([
    'x1e.32xlarge',
    'p4d.24xlarge',
    'u-6tb1.metal',
    'inf2.xlarge',
    'trn1.2xlarge',
    'hpc7a.96xlarge',
    'g5.xlarge',
  ])('of %s count against another quota', (instanceType) => {
    const other = wave(3, aTarget({ template: aTemplate({ instanceType }) }));

    expect(
      codesOf({ targets: other, vcpus: new Map([[instanceType, 64]]), vcpuQuota: { quota: 10, inUse: 10 } }),
    ).toEqual([]);
  });

  it.each([
    'm5.large',
    'c7gn.large',
    'r6id.large',
    't3a.large',
    'i4i.large',
    'im4gn.large',
    'is4gen.large',
    'd3en.large',
  ])('of %s count against the quota of Standard instances', (instanceType) => {
    const standard = wave(1, aTarget({ template: aTemplate({ instanceType }) }));

    expect(
      codesOf({ targets: standard, vcpus: new Map([[instanceType, 2]]), vcpuQuota: { quota: 1, inUse: 0 } }),
    ).toEqual(['VCPU_QUOTA_LOW']);
  });

  it('of a type that nobody knows are left out', () => {
    expect(codesOf({ targets, vcpus: new Map(), vcpuQuota: { quota: 0, inUse: 0 } })).toEqual([]);
  });

  it('are not judged without a quota', () => {
    expect(codesOf({ targets, vcpuQuota: undefined })).toEqual([]);
  });
});
