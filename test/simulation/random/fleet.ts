/** A fleet from the dice: applications, how the launches of their source servers go, and what is not measured of MGN. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { switchesSchema } from '../../../simulator/world/switches.ts';
import type { Dice } from './dice.ts';

/** A wave of a scenario, as it is written. */
export type WaveInput = NonNullable<ScenarioInput['waves']>[number];
type ApplicationInput = NonNullable<WaveInput['applications']>[number];
/** A source server of a scenario, as it is written. */
export type ServerInput = NonNullable<ApplicationInput['servers']>[number];

type ActionInput = NonNullable<ServerInput['actions']>[number];
/** Why a source server is not fit. */
type Unfitness = Omit<ServerInput, 'hostname'>;
type Termination = NonNullable<ServerInput['terminate']>;

/** How troubled a fleet is, as probabilities. */
export interface Temper {
  /** That a cutover does not go well. */
  readonly badLaunch: number;
  /** That an instance cannot be terminated at first, or ever. */
  readonly badTermination: number;
  /** That a source server is not fit to be cut over. */
  readonly unfit: number;
}

/** How troubled this night's fleet is; most are not. */
export function temperOf(dice: Dice): Temper {
  return {
    badLaunch: dice.pick([0, 0.1, 0.3]),
    badTermination: dice.pick([0, 0, 0.15]),
    unfit: dice.pick([0, 0, 0, 0.15]),
  };
}

const badLaunches = [
  'launchFailed',
  'conversionFailed',
  'snapshotFailed',
  'staleSnapshot',
  'cleanupFailed',
  'skipped',
  'unbootable',
  'stuck',
] as const;

const unfitness: [Unfitness, ...Unfitness[]] = [
  { lifeCycleState: 'READY_FOR_TEST' },
  { lifeCycleState: 'TESTING' },
  { lifeCycleState: 'CUTTING_OVER', launchedInstance: 'cutover' },
  { lifeCycleState: 'CUTOVER' },
  { lifeCycleState: 'DISCONNECTED' },
  { lifeCycleState: 'NOT_READY' },
  { lifeCycleState: 'CUTOVER', isArchived: true },
  { tested: false },
  { replication: { state: 'STALLED', lagSeconds: 900 } },
  { replication: { state: 'PAUSED' } },
  { replication: { state: 'INITIAL_SYNC', readyInSeconds: 600 } },
  { replication: { lagSeconds: 4_000 } },
  { replication: { agent: 'silent', lastSeenSecondsAgo: 7_200 } },
  { replication: { error: 'AGENT_NOT_SEEN' } },
  { launchConfiguration: { launchDisposition: 'STOPPED' } },
  { launchTemplate: { subnet: 'subnet-0fffffffffffffff0' } },
];

const badTerminations: [Termination, ...Termination[]] = [
  ['failed', 'terminated'],
  ['terminated', 'failed'],
  'failed',
  'stuck',
];

/** One source server. */
export function serverOf(dice: Dice, hostname: string, temper: Temper): ServerInput {
  const server = {
    hostname,
    ...dice.maybe(0.2, () => ({ launchedInstance: 'test' as const })),
    ...dice.maybe(temper.badLaunch, () => ({ cutover: dice.pick(badLaunches) })),
    ...dice.maybe(0.3, () => ({ actions: dice.times(dice.int(1, 2), (index) => actionOf(dice, index, temper)) })),
    ...dice.maybe(0.3, () => ({ tags: tagsOf(dice) })),
    ...dice.maybe(0.05, () => ({
      changes: [{ atSeconds: dice.int(30, 900), lagSeconds: 60, backloggedBytes: 4_096 }],
    })),
    ...dice.maybe(temper.badTermination, () => ({ terminate: dice.pick(badTerminations) })),
  };
  return dice.chance(temper.unfit) ? { ...server, ...dice.pick(unfitness) } : server;
}

function tagsOf(dice: Dice): Record<string, string> {
  return { may: dice.pick(['yes', 'no']), group: String(dice.int(1, 4)) };
}

function actionOf(dice: Dice, index: number, { badLaunch }: Temper): ActionInput {
  const cutover = dice.chance(badLaunch) ? dice.pick(['failed', 'timedOut', 'missing', 'hangs']) : 'success';
  return {
    actionName: `check ${String(index)}`,
    mustSucceedForCutover: dice.chance(0.7),
    timeoutSeconds: 300,
    cutover,
  };
}

/** Applications with these host names, each in one of them. */
export function applicationsOf(
  dice: Dice,
  names: readonly string[],
  countMax: number,
  temper: Temper,
): ApplicationInput[] {
  const count = dice.int(1, countMax);
  const placed = names.map((hostname) => ({ app: dice.int(1, count), server: serverOf(dice, hostname, temper) }));
  return dice
    .times(count, (index) => ({
      name: `app-${names[0] ?? ''}-${String(index + 1)}`,
      servers: placed.filter(({ app }) => app === index + 1).map(({ server }) => server),
    }))
    .filter(({ servers }) => servers.length > 0);
}

/** How long things take this night: minutes, so that few looks are needed. */
export function timingsOf(dice: Dice) {
  return {
    variation: dice.pick([0, 0.5]),
    pendingSeconds: 2,
    cleanupSeconds: 5,
    snapshotSeconds: dice.int(5, 60),
    staleSnapshotSeconds: 120,
    conversionSeconds: dice.int(10, 200),
    launchSeconds: dice.int(10, 200),
    firstBootSeconds: dice.int(20, 170),
    agentDiscoverySeconds: dice.int(20, 170),
    terminateSeconds: dice.int(10, 120),
  };
}

/** What is not known of MGN, decided for this night: a few of the switches thrown. */
export function switchesOf(dice: Dice): Record<string, string | number> {
  const thrown: Record<string, string | number> = {};
  if (dice.chance(0.3)) thrown['defaultPageSize'] = dice.int(1, 5);
  for (const [name, { wrapped }] of Object.entries(switchesSchema.entries)) {
    if (!('options' in wrapped) || !dice.chance(0.06)) continue;
    const [first, ...others] = wrapped.options;
    thrown[name] = dice.pick([first, ...others]);
  }
  return thrown;
}
