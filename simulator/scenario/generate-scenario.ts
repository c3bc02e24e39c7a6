/** Makes scenarios of any size from a seed: waves of applications of servers whose launches take different times. */
import { seededRandom } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import type { ScenarioInput } from './scenario-schema.ts';

/** What kind of fleet to make. */
export interface FleetOptions {
  /** How many source servers. */
  readonly servers: number;
  /** The same seed makes the same fleet. */
  readonly seed: number;
  /** Default 10. */
  readonly serversPerApplication?: number;
  /** Default 20, which with ten servers each fills a job. */
  readonly applicationsPerWave?: number;
  /** Fraction of the servers whose cutover goes wrong in one way or another. Default 0. */
  readonly badOutcomes?: number;
  /** Fraction of the servers that are not fit for a cutover at the start. Default 0. */
  readonly unfit?: number;
  /** Fraction of the servers whose test instance still runs. Default 0.5. */
  readonly testInstances?: number;
  /** Post-launch actions of each server. Default 1. */
  readonly actionsPerServer?: number;
}

type ServerInput = NonNullable<ScenarioInput['servers']>[number];

const badOutcomes: readonly Partial<ServerInput>[] = [
  { cutover: 'launchFailed' },
  { cutover: 'conversionFailed' },
  { cutover: 'staleSnapshot' },
  { cutover: 'unbootable' },
  { cutover: 'skipped' },
  { cutover: { ssmAgent: 'never' } },
  { cutover: ['launchFailed', 'launched'] },
];

const unfitStates: readonly Partial<ServerInput>[] = [
  { lifeCycleState: 'READY_FOR_TEST' },
  { lifeCycleState: 'TESTING', launchedInstance: 'test' },
  { replication: { state: 'STALLED', lagSeconds: 5400, error: 'AGENT_NOT_SEEN' } },
  { replication: { state: 'BACKLOG', lagSeconds: 900, backloggedBytes: 3_221_225_472 } },
  { replication: { state: 'PAUSED', lagSeconds: 120 } },
];

const roles = [
  { name: 'web', gib: 16, os: 'Ubuntu 22.04.4 LTS' },
  { name: 'app', gib: 64, os: 'Red Hat Enterprise Linux 9.3' },
  { name: 'db', gib: 500, os: 'Red Hat Enterprise Linux 8.9' },
  { name: 'win', gib: 120, os: 'Microsoft Windows Server 2022 Standard' },
] as const;

/** A scenario with the fleet; servers are named `web-00001` and so on, applications `app-001`, waves `wave-01`. */
export const generateScenario = (options: FleetOptions): ScenarioInput => {
  const { serversPerApplication = 10, applicationsPerWave = 20 } = options;
  const random = seededRandom(options.seed, 'fleet');
  const servers = Array.from({ length: options.servers }, (_, index) => aServer(options, random, index + 1));
  const applications = chunks(servers, serversPerApplication).map((members, index) => ({
    name: `app-${String(index + 1).padStart(3, '0')}`,
    servers: members,
  }));
  const waves = chunks(applications, applicationsPerWave).map((members, index) => ({
    name: `wave-${String(index + 1).padStart(2, '0')}`,
    applications: members,
  }));
  return { description: `A fleet of ${options.servers} source servers from seed ${options.seed}`, waves };
};

const aServer = (options: FleetOptions, random: Random, number: number): ServerInput => {
  const role = pick(random, roles);
  const gib = Math.round(role.gib * (0.5 + random()));
  const isBad = random() < (options.badOutcomes ?? 0);
  const isUnfit = random() < (options.unfit ?? 0);
  const keepsTest = random() < (options.testInstances ?? 0.5);
  return {
    hostname: `${role.name}-${String(number).padStart(5, '0')}`,
    os: role.os,
    disks: [{ deviceName: role.name === 'win' ? 'c:0' : '/dev/nvme0n1', gib }],
    launchedInstance: keepsTest ? 'test' : 'none',
    timings: {
      snapshotSeconds: Math.round(30 + random() * 60),
      conversionSeconds: Math.round(180 + gib * 0.6 + random() * 120),
      launchSeconds: Math.round(240 + random() * 240),
    },
    actions: Array.from({ length: options.actionsPerServer ?? 1 }, (_, index) => ({
      actionName: index === 0 ? 'Validate application' : `Validate application ${index + 1}`,
      documentIdentifier: 'AWSMigration-ValidateHttpResponse',
      mustSucceedForCutover: index === 0,
      timeoutSeconds: 600,
    })),
    ...(isBad && pick(random, badOutcomes)),
    ...(isUnfit && { launchedInstance: 'none', ...pick(random, unfitStates) }),
  };
};

const pick = <T>(random: Random, from: readonly [T, ...T[]] | readonly T[]): T => {
  const picked = from[Math.floor(random() * from.length)] ?? from[0];
  if (picked === undefined) throw new Error('Nothing to pick from');
  return picked;
};

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
