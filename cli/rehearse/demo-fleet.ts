/** A fleet for those who have none at hand: applications as companies have them, tested, and a window on a Saturday night. */
import { seededRandom, type Random } from '../../simulator/seeded-random.ts';
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import type { ServerInput } from './server-scenario.ts';

/** Most source servers of a demonstration: what one run takes. */
export const demoServersMax = 1_000;

/** When the night of a demonstration begins: as its window opens. */
const startTime = '2026-06-06T20:00:00Z';
const waveID = 'wave-de300000000000001';

interface Tier {
  readonly name: string;
  readonly os: string;
  /** Of its disks together; the conversion takes longer the more there is. */
  readonly gib: number;
  readonly share: number;
  readonly instanceType: string;
}

const tiers: readonly [Tier, ...Tier[]] = [
  { name: 'web', os: 'Ubuntu 22.04.4 LTS', gib: 30, share: 0.35, instanceType: 'm5.large' },
  { name: 'app', os: 'Red Hat Enterprise Linux 9.3', gib: 80, share: 0.35, instanceType: 'm5.xlarge' },
  { name: 'win', os: 'Microsoft Windows Server 2022 Standard', gib: 120, share: 0.15, instanceType: 'm5.xlarge' },
  { name: 'db', os: 'Red Hat Enterprise Linux 8.9', gib: 600, share: 0.15, instanceType: 'r5.2xlarge' },
];

const applicationNames = [
  ...['shop', 'billing', 'crm', 'erp', 'hr', 'wiki', 'mail', 'print', 'warehouse', 'payroll', 'intranet', 'search'],
  ...['reports', 'tickets', 'backup', 'video', 'tax', 'travel', 'claims', 'pricing', 'orders', 'catalogue', 'fleet'],
];

/** A demonstration: what to rehearse, and what with. */
export interface DemoFleet {
  readonly scenario: ScenarioInput;
  readonly input: unknown;
}

/** A fleet of so many source servers, 1 to {@link demoServersMax}; the same number is the same fleet every time. */
export function demoFleet(servers: number): DemoFleet {
  const random = seededRandom(servers, 'demo-fleet');
  const applications: { name: string; servers: ServerInput[] }[] = [];
  for (let made = 0; made < servers;) {
    const size = Math.min(servers - made, 2 + Math.floor(random() * random() * 30));
    const name = applicationName(applications.length);
    applications.push({ name, servers: Array.from({ length: size }, (_, index) => aServer(random, name, index + 1)) });
    made += size;
  }
  const count = `${String(servers)} source server${servers === 1 ? '' : 's'} in ${String(applications.length)} application${applications.length === 1 ? '' : 's'}`;
  return {
    scenario: {
      description: `A made-up fleet: ${count}, all tested, cut over on a Saturday night.`,
      accountID: '123456789012',
      region: 'eu-central-1',
      startTime,
      waves: [{ name: 'demo-night', waveID, applications }],
    },
    input: { waveID, window: { opensAt: '2026-06-06T22:00', closesAt: '2026-06-07T06:00', zone: 'Europe/Berlin' } },
  };
}

function applicationName(index: number): string {
  const name = applicationNames[index % applicationNames.length] ?? 'app';
  const round = Math.floor(index / applicationNames.length);
  return round === 0 ? name : `${name}-${String(round + 1)}`;
}

function aServer(random: Random, application: string, number: number): ServerInput {
  const tier = aTier(random());
  const gib = Math.round(tier.gib * (0.5 + 1.5 * random()));
  const between = (min: number, max: number) => Math.round(min + random() * (max - min));
  return {
    hostname: `${application}-${tier.name}-${String(number).padStart(2, '0')}`,
    os: tier.os,
    recommendedInstanceType: tier.instanceType,
    disks: [{ deviceName: tier.name === 'win' ? 'c:0' : '/dev/nvme0n1', gib }],
    tags: { application, tier: tier.name },
    launchedInstance: random() < 0.3 ? 'test' : 'none',
    replication: { lagSeconds: random() < 0.2 ? between(1, 60) : 0 },
    timings: {
      variation: 0,
      snapshotSeconds: between(30, 90),
      conversionSeconds: Math.round(180 + gib * 0.6 + random() * 120),
      launchSeconds: between(240, 480),
      firstBootSeconds: tier.name === 'win' ? between(200, 420) : between(60, 200),
    },
    actions: [
      {
        actionName: 'Check that the application answers',
        documentIdentifier: 'AWSMigration-ValidateHttpResponse',
        mustSucceedForCutover: true,
        timeoutSeconds: 600,
      },
      {
        actionName: 'Install the CloudWatch agent',
        documentIdentifier: 'AWSMigration-InstallCloudWatchAgent',
        timeoutSeconds: 900,
      },
    ],
  };
}

function aTier(drawn: number): Tier {
  let rest = drawn;
  for (const tier of tiers) {
    rest -= tier.share;
    if (rest < 0) return tier;
  }
  return tiers[0];
}
