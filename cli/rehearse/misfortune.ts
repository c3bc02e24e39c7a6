/**
 * What may go wrong in a rehearsed night, drawn from a seed and laid over a scenario: scenario in, scenario out. The odds
 * are assumptions, not measurements: nobody publishes how often MGN fails. They stand in one table, so that whoever knows
 * better can see what the figures rest on.
 */
import { seededRandom, type Random } from '../../simulator/seeded-random.ts';
import type { Scenario } from '../../simulator/scenario/scenario-schema.ts';
import type { LaunchScenario, TimingsScenario } from '../../simulator/scenario/launch-schema.ts';
import { withDefaults, type ServerScenario } from '../../simulator/scenario/server-schema.ts';
import { defaultTimings } from '../../simulator/world/launch-course.ts';

/** How much goes wrong: nothing, what a good night brings, what a bad one does. */
export const misfortuneLevels = ['none', 'usual', 'bad'] as const;
/** How much goes wrong. */
export type MisfortuneLevel = (typeof misfortuneLevels)[number];

/** One row of the table: a chance from 0 to 1 or, for spreads, a standard deviation of the logarithm. */
export interface MisfortuneOdds {
  readonly usual: number;
  readonly bad: number;
  /** What the number counts. */
  readonly per: 'night' | 'server' | 'action' | 'call' | 'spread';
  readonly what: string;
}

const odds = (usual: number, bad: number, per: MisfortuneOdds['per'], what: string): MisfortuneOdds => ({
  usual,
  bad,
  per,
  what,
});

/** The odds of everything that may go wrong. */
export const misfortuneOdds = {
  nightPace: odds(0.05, 0.15, 'spread', 'pace of all launches of the night'),
  serverPace: odds(0.1, 0.25, 'spread', 'pace of a launch, against its test launch'),
  straggler: odds(0.005, 0.03, 'server', 'its launch takes two to four times as long'),
  launchFailed: odds(0.002, 0.01, 'server', 'EC2 has no capacity for it'),
  conversionFailed: odds(0.001, 0.005, 'server', 'its conversion fails'),
  staleSnapshot: odds(0.001, 0.01, 'server', 'no fresh snapshot: an older one is launched'),
  unbootable: odds(0.0005, 0.005, 'server', 'it never boots'),
  agentUnseen: odds(0.001, 0.005, 'server', 'its SSM agent is never seen'),
  actionFailed: odds(0.001, 0.01, 'action', 'a post-launch action fails'),
  actionHangs: odds(0.0005, 0.005, 'action', 'a post-launch action never ends'),
  terminateFails: odds(0.001, 0.005, 'server', 'its instance cannot be terminated at the first try'),
  slowRollback: odds(0.05, 0.25, 'night', 'instances take four times as long to terminate'),
  quotaTaken: odds(0.05, 0.25, 'night', 'others hold 50 to 150 of MGN’s 200 places for a while'),
  throttle: odds(0.01, 0.08, 'call', 'MGN throttles the call'),
  serverError: odds(0.003, 0.02, 'call', 'MGN fails on its side'),
  lostAnswer: odds(0.01, 0.08, 'call', 'a call that starts or reverts works, its answer is lost'),
  staleRead: odds(0.01, 0.05, 'call', 'a read is up to 30 s old'),
} as const satisfies Readonly<Record<string, MisfortuneOdds>>;

/** What may go wrong. */
export type Misfortune = keyof typeof misfortuneOdds;

/** The scenario as the night of that seed finds it; what the scenario says of a cutover already, stays. */
export function withMisfortune(scenario: Scenario, level: MisfortuneLevel, seed: number): Scenario {
  if (level === 'none') return scenario;
  const night = { level, seed, random: seededRandom(seed, 'misfortune') };
  const pace = factor(night.random, misfortuneOdds.nightPace[level]);
  const terminateFactor = isStruck(night.random, level, 'slowRollback') ? 4 : 1;
  const others = othersInTheWay(night);
  const strike = (server: ServerScenario) =>
    struck(withDefaults(server, scenario.defaults), { level, seed, pace, terminateFactor });
  return {
    ...onServers(scenario, strike),
    managedAccounts: scenario.managedAccounts.map((account) => onServers(account, strike)),
    faults: [...scenario.faults, ...faultsOf(level)],
    foreignActivity: [...scenario.foreignActivity, ...others],
  };
}

type Holder = Pick<Scenario, 'waves' | 'applications' | 'servers'>;
type Strike = (server: ServerScenario) => ServerScenario;

function onServers<Account extends Holder>(account: Account, strike: Strike): Account {
  const inside = (application: Holder['applications'][number]) => ({
    ...application,
    servers: application.servers.map(strike),
  });
  return {
    ...account,
    waves: account.waves.map((wave) => ({ ...wave, applications: wave.applications.map(inside) })),
    applications: account.applications.map(inside),
    servers: account.servers.map(strike),
  };
}

interface Night {
  readonly level: Exclude<MisfortuneLevel, 'none'>;
  readonly seed: number;
  readonly pace: number;
  readonly terminateFactor: number;
}

/** A stream of chance for each source server: what befalls one does not depend on who else is there. */
function struck(server: ServerScenario, { level, seed, pace, terminateFactor }: Night): ServerScenario {
  const random = seededRandom(seed, `misfortune/${server.sourceServerID ?? server.hostname}`);
  const own = factor(random, misfortuneOdds.serverPace[level]);
  const straggle = isStruck(random, level, 'straggler') ? 2 + 2 * random() : 1;
  const timings = paced(server.timings ?? {}, pace * own * straggle, terminateFactor);
  const cutover = cutoverOf(random, level);
  const isTerminateStruck = isStruck(random, level, 'terminateFails');
  const actions = server.actions?.map((action) => {
    const isFailed = isStruck(random, level, 'actionFailed');
    const isHanging = isStruck(random, level, 'actionHangs');
    const known = openRun(action.cutover);
    if (known === undefined || (!isFailed && !isHanging)) return action;
    return { ...action, cutover: { ...known, result: isFailed ? ('failed' as const) : ('hangs' as const) } };
  });
  return {
    ...server,
    timings,
    ...(server.cutover === undefined && cutover !== undefined && { cutover }),
    ...(server.terminate === undefined &&
      isTerminateStruck && { terminate: [...firstTries(server), 'failed', 'terminated'] }),
    ...(actions !== undefined && { actions }),
  };
}

type ActionRuns = NonNullable<ServerScenario['actions']>[number]['cutover'];

/** What a scenario says of an action's runs without saying how they end; undefined where it says that. */
function openRun(runs: ActionRuns): { readonly seconds?: number } | undefined {
  if (runs === undefined) return {};
  return typeof runs === 'string' || Array.isArray(runs) || runs.result !== undefined ? undefined : runs;
}

/** Ending a test instance is the first termination of a night; what fails is the way back. */
function firstTries({ launchedInstance, lifeCycleState }: ServerScenario): 'terminated'[] {
  const keepsTest = launchedInstance === undefined ? lifeCycleState === undefined : launchedInstance === 'test';
  return keepsTest ? ['terminated'] : [];
}

const launchTroubles = [
  [
    'launchFailed',
    {
      outcome: 'launchFailed',
      rawError: 'InsufficientInstanceCapacity: there is no capacity in the Availability Zone',
    },
  ],
  ['conversionFailed', { outcome: 'conversionFailed' }],
  ['staleSnapshot', { outcome: 'staleSnapshot' }],
  ['unbootable', { outcome: 'unbootable' }],
  ['agentUnseen', { ssmAgent: 'never' }],
] as const satisfies readonly (readonly [Misfortune, LaunchScenario])[];

/** Every chance is drawn, whatever came before it, so that one row of the table leaves the others as they are. */
function cutoverOf(random: Random, level: Night['level']): LaunchScenario | undefined {
  const found = launchTroubles.filter(([misfortune]) => isStruck(random, level, misfortune));
  return found[0]?.[1];
}

const pacedPhases = [
  'snapshotSeconds',
  'conversionSeconds',
  'launchSeconds',
  'firstBootSeconds',
  'agentDiscoverySeconds',
] as const;

function paced(timings: TimingsScenario, pace: number, terminateFactor: number): TimingsScenario {
  const base = { ...defaultTimings, ...timings };
  const seconds = (value: number, by: number) => Math.round(value * by * 1_000) / 1_000;
  return {
    ...timings,
    ...Object.fromEntries(pacedPhases.map((phase) => [phase, seconds(base[phase], pace)])),
    terminateSeconds: seconds(base.terminateSeconds, terminateFactor),
  };
}

/** A factor around 1 whose logarithm has this standard deviation; never more than three of them away. */
function factor(random: Random, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(spread * Math.max(-3, Math.min(3, normal)));
}

function isStruck(random: Random, level: Night['level'], misfortune: Misfortune): boolean {
  return random() < misfortuneOdds[misfortune][level];
}

const minuteSeconds = 60;

function othersInTheWay({ level, random }: { level: Night['level']; random: Random }): Scenario['foreignActivity'] {
  const isTaken = isStruck(random, level, 'quotaTaken');
  const servers = 50 + Math.floor(random() * 101);
  const fromSeconds = Math.floor(random() * 30 * minuteSeconds);
  const toSeconds = fromSeconds + 10 * minuteSeconds + Math.floor(random() * 50 * minuteSeconds);
  return isTaken ? [{ act: 'useQuota', servers, fromSeconds, toSeconds }] : [];
}

function faultsOf(level: Night['level']): Scenario['faults'] {
  const probability = (misfortune: Misfortune) => misfortuneOdds[misfortune][level];
  const lost = ['StartCutover', 'TerminateTargetInstances', 'ChangeServerLifeCycleState'] as const;
  return [
    { fault: 'throttle', operation: '*', probability: probability('throttle') },
    { fault: 'serverError', operation: '*', probability: probability('serverError') },
    ...lost.map((operation) => ({ fault: 'lostAnswer' as const, operation, probability: probability('lostAnswer') })),
    { fault: 'staleRead', operation: '*', probability: probability('staleRead'), staleSecondsMax: 30 },
  ];
}
