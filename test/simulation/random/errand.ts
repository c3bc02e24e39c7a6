/**
 * A night that is sent to one edge of a state machine: an entry of a `Retry`, or of a `Catch`, of one of its tasks. The
 * seeds go through all of them in turn, since chance alone comes to the rarer ones too seldom.
 */
import type { Retrier, State } from '../../../local/asl.ts';
import { machineFacts } from '../coverage/machine-facts.ts';
import type { Act, Script, Trouble } from '../script.ts';
import type { Dice } from './dice.ts';
import { timingsOf } from './fleet.ts';
import { migrationOf } from './migration.ts';
import { runName } from './people.ts';

/** An edge: what has to happen where. */
interface Edge {
  readonly place: string;
  /** Where it has to happen instead, if the state is not a step of ours. */
  readonly firstStep?: string;
  readonly trouble: Trouble;
}

/** An error of which no `Retry` knows. */
const unforeseen = 'TypeError';
/** More often than any entry of a `Retry` tries. */
const manyTimes = 200;
const always = { fault: 'error', error: unforeseen, times: manyTimes } as const;

/** The first step of a machine, by its name: when it fails for good, so does the task that started the machine. */
const firstSteps: Readonly<Record<string, string>> = {
  'cutover-shift': 'cutover-shift/PollJobs',
  rollback: 'rollback/SelectRollback',
  'wave-cutover': 'wave-cutover/ResolveWave',
};

let known: readonly Edge[] | undefined;

/** Every edge that an error of a step leads to, its being stopped, and the edge of each task that starts another machine. */
function edges(): readonly Edge[] {
  known ??= [...machineFacts()].flatMap(([place, { state }]) => {
    const firstStep = firstStepOf(state);
    if (firstStep !== undefined) return [{ place, firstStep, trouble: always }];
    return isStep(state) ? edgesOf(place, state) : [];
  });
  return known;
}

function firstStepOf({ Parameters: parameters }: State): string | undefined {
  const isNamed = typeof parameters === 'object' && parameters !== null && 'StateMachineArn' in parameters;
  return isNamed ? firstSteps[String(parameters.StateMachineArn).split(':').at(-1) ?? ''] : undefined;
}

function isStep({ Type, Resource = '' }: State): boolean {
  return Type === 'Task' && !Resource.includes('startExecution') && !Resource.includes('aws-sdk');
}

function edgesOf(place: string, { Retry: retriers = [], Catch: catchers = [] }: State): Edge[] {
  const troubleOf = ({ ErrorEquals: names }: Pick<Retrier, 'ErrorEquals'>, times: number): Edge => {
    const error = names.find((name) => !name.startsWith('States.')) ?? unforeseen;
    return { place, trouble: { fault: 'error', error, times } };
  };
  return [
    ...retriers.map((retrier) => troubleOf(retrier, 1)),
    ...catchers.map((catcher) => troubleOf(catcher, manyTimes)),
    { place, trouble: { fault: 'stop' } },
  ];
}

/** The night of that seed: turn after turn goes to the next edge. */
export function errandOf(dice: Dice, seed: number, turn: number): Script {
  const all = edges();
  const { place, firstStep = place, trouble } = all[turn % all.length] ?? { place: '', trouble: always };
  const way = wayTo(place, dice);
  const isOfMigration = place.startsWith('migration-run/');
  const night = isOfMigration ? migrationOf(dice, seed) : nightOf(dice, seed, [...way.keys(), place]);
  const failures = [...way.values()].map((failing) => ({ ...always, place: failing }));
  return { ...night, stepFaults: [...failures, { place: firstStep, ...trouble }], ledgerFaults: [], hookFaults: [] };
}

/**
 * The failures without which the state is never entered: those of the states that lead to it by their `Catch` alone, each
 * with the step whose error makes it fail.
 */
function wayTo(place: string, dice: Dice): Map<string, string> {
  const [machine = '', name = ''] = place.split('/');
  const ofMachine = [...machineFacts()].filter(([other]) => other.startsWith(`${machine}/`));
  const leads = (edge: string) => edge.endsWith(`-> ${name}`);
  const isNext = ofMachine.some(([, { state, choices }]) => state.Next === name || choices.some(leads));
  const [first, ...others] = ofMachine.filter(([, { catches }]) => catches.some(leads));
  if (isNext || first === undefined) return new Map();
  const [from, { state }] = dice.pick([first, ...others]);
  return new Map([...wayTo(from, dice), [from, firstStepOf(state) ?? from]]);
}

const refusal = { fault: 'refuse', operation: 'TerminateTargetInstances', exception: 'ConflictException' } as const;

/** A night on which much is to be done: test instances, good and bad launches, hooks, gates, and a person's word. */
function nightOf(dice: Dice, seed: number, places: readonly string[]): Script {
  const place = places.join(' ');
  const [machine = ''] = place.split('/');
  const gated = dice.chance(0.4) || machine === 'commit' || place.includes('Approval');
  const options = {
    commit: commitFor(dice, place),
    ...(gated && { start: 'approve' }),
    failurePolicy: { application: 'independent' },
    batchServersMax: dice.pick([1, 2, 200]),
    priorityGroups: dice.chance(0.3) ? [{ group: 1, tag: 'group=1' }] : [],
    hooks: ['beforeStart', 'afterVerified', 'afterRollback'].map((when) => ({
      name: when,
      when,
      automation: 'Document',
    })),
    deadlines: { firstBootSeconds: 240, launchSeconds: 1_800, terminateSeconds: 900, runningJobsSeconds: 2_400 },
  };
  const commitWord =
    options.commit === 'approve'
      ? {
          commitBy: '+6000s',
          onCommitTimeout: place.includes('Uncommitted') ? 'rollback' : dice.pick(['hold', 'rollback']),
        }
      : {};
  const input = { waveID: 'wave:wave', options: { ...options, ...commitWord } };
  return {
    seed,
    kind: 'wave',
    scenario: {
      defaults: { launchedInstance: 'none', timings: timingsOf(dice) },
      waves: [{ name: 'wave', applications: [{ name: 'app', servers: serversOf(dice) }] }],
      faults: dice.chance(0.1) ? [refusal] : [],
    },
    acts: actsOf(dice, input, gated, place),
    stepFaults: [],
    ledgerFaults: [],
    hookFaults: [],
    skewMs: 0,
    isUndone: dice.chance(0.3),
  };
}

/** How the night's commit has to go for the place to be come to; any way where that does not matter. */
function commitFor(dice: Dice, place: string) {
  if (/commit\/|Commit|Uncommitted|Gate/.test(place)) return 'approve';
  if (place.includes('FinalizeCutover')) return 'auto';
  if (place.includes('wave-cutover/Record')) return dice.pick(['never', 'auto']);
  return place.includes('rollback/') ? 'never' : dice.pick(['approve', 'auto', 'never']);
}

function serversOf(dice: Dice) {
  return [
    { hostname: 'h1', launchedInstance: 'test' as const },
    { hostname: 'h2', cutover: dice.pick(['launchFailed', 'unbootable', 'staleSnapshot']) },
    { hostname: 'h3', tags: { group: '1' }, actions: [{ actionName: 'check', mustSucceedForCutover: true }] },
  ];
}

function actsOf(dice: Dice, input: unknown, gated: boolean, place: string): Act[] {
  const [machine = ''] = place.split('/');
  const run = { runID: runName };
  const word = machine === 'rollback' || machine === 'commit' ? machine : dice.pick(['commit', 'rollback']);
  return [
    { act: 'start', atSeconds: 0, machine: 'wave-cutover', name: runName, input },
    ...(gated
      ? [
          {
            act: 'start',
            atSeconds: 300,
            machine: 'commit',
            name: 'answer',
            input: { ...run, approve: 'start' },
          } as const,
        ]
      : []),
    ...(dice.chance(0.15) ? [{ act: 'stop', atSeconds: dice.int(200, 1_500), name: runName } as const] : []),
    ...(place.includes('Uncommitted')
      ? []
      : [{ act: 'start', atSeconds: dice.int(3_000, 5_000), machine: word, name: 'word', input: run } as const]),
  ];
}
