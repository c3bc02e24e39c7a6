/**
 * Is there room for a whole wave where it is going to be launched? Free addresses of the subnets, and vCPUs of the
 * account. Both are counts of a moment that other people change, so what is short is a warning, never a refusal: a server
 * that finds no room fails its launch and is brought back as any other.
 */
import type { SourceServerID } from './identifiers.ts';
import type { LaunchTarget } from './launch-target.ts';
import { subnetsFor } from './launch-target.ts';
import type { Subnet, VcpuQuota } from './launch-target-port.ts';
import type { Reason } from './reason.ts';

/** What a wave's launches need and find. */
export interface CapacityFacts {
  /** The servers that are to be launched. */
  readonly targets: ReadonlyMap<SourceServerID, LaunchTarget>;
  /** Those whose test instance is terminated first: what they take, it gives back. */
  readonly replacing: ReadonlySet<SourceServerID>;
  /** vCPUs by instance type. */
  readonly vcpus: ReadonlyMap<string, number>;
  /** Undefined where it is not known. */
  readonly vcpuQuota: VcpuQuota | undefined;
}

/** Warnings about room that is short, for each server that it concerns; a server without any is left out. */
export function findCapacityLacks(facts: CapacityFacts): ReadonlyMap<SourceServerID, Reason[]> {
  const lacks = new Map<SourceServerID, Reason[]>();
  for (const { reason, servers } of [...fullSubnets(facts), ...vcpuLacks(facts)]) {
    for (const server of servers) lacks.set(server, [...(lacks.get(server) ?? []), reason]);
  }
  return lacks;
}

/** What is short, and the servers it is short for. */
interface Lack {
  readonly reason: Reason;
  readonly servers: readonly SourceServerID[];
}

interface Demand {
  readonly subnet: Subnet;
  readonly servers: SourceServerID[];
  addresses: number;
  /** Addresses that terminated test instances give back, if they are in the same subnet. */
  returned: number;
}

/** Only interfaces that name their subnet are counted: of the default subnets EC2 takes whichever it likes. */
function fullSubnets({ targets, replacing }: CapacityFacts): Lack[] {
  const demands = new Map<string, Demand>();
  for (const [sourceServerID, target] of targets) {
    for (const networkInterface of target.template?.networkInterfaces ?? []) {
      const [subnet] = networkInterface.subnetID === undefined ? [] : subnetsFor(networkInterface, target);
      if (subnet === undefined) continue;
      const demand = demands.get(subnet.subnetID) ?? { subnet, servers: [], addresses: 0, returned: 0 };
      if (!demand.servers.includes(sourceServerID)) demand.servers.push(sourceServerID);
      demand.addresses += 1;
      if (replacing.has(sourceServerID)) demand.returned += 1;
      demands.set(subnet.subnetID, demand);
    }
  }
  return [...demands.values()].filter(isShort).map(({ subnet, servers, addresses, returned }) => ({
    servers,
    reason: {
      code: 'SUBNET_FULL',
      fact: `${subnet.subnetID} has ${subnet.freeAddresses} free addresses${returned === 0 ? '' : `, test instances give back ${returned}`}, and this run needs ${addresses}`,
      source: 'DescribeSubnets',
      remedy: 'Free addresses in the subnet, or name another one in some of the launch templates.',
    },
  }));
}

const isShort = ({ subnet, addresses, returned }: Demand) => addresses > subnet.freeAddresses + returned;

/** The families that the quota of Standard On-Demand instances counts. */
const standardFamily = /^(?:a|c|d|h|i|im|is|m|r|t|z)\d/;

function vcpuLacks({ targets, replacing, vcpus, vcpuQuota }: CapacityFacts): Lack[] {
  if (vcpuQuota === undefined) return [];
  const demands = [...targets].flatMap(([sourceServerID, { template }]) => {
    const instanceType = template?.instanceType ?? '';
    const count = standardFamily.test(instanceType) ? vcpus.get(instanceType) : undefined;
    return count === undefined ? [] : [{ sourceServerID, count, isAdded: !replacing.has(sourceServerID) }];
  });
  const added = demands.reduce((sum, { count, isAdded }) => sum + (isAdded ? count : 0), 0);
  if (added === 0 || vcpuQuota.inUse + added <= vcpuQuota.quota) return [];
  return [
    {
      servers: demands.map(({ sourceServerID }) => sourceServerID),
      reason: {
        code: 'VCPU_QUOTA_LOW',
        fact: `this run adds ${added} vCPUs of Standard On-Demand instances to the ${vcpuQuota.inUse} in use; the quota is ${vcpuQuota.quota}`,
        source: 'GetServiceQuota, GetMetricStatistics, DescribeInstanceTypes',
        remedy: 'Terminate test instances that were left running, or have quota L-1216C47A of EC2 raised.',
      },
    },
  ];
}
