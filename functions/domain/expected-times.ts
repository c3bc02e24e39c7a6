/**
 * How long a wave is expected to take: what a person states, else what the facts foretell or earlier runs teach, else
 * documented defaults. A promise about time rests on it (`window.ts`), so where it can only be rough it is rather long.
 */
import * as v from 'valibot';
import { earlierRunsMax, percentileOf, type RunTimings } from './run-timings.ts';

/** Most source servers under way at once (`mgn.md` E); more of them take turns. */
const turnServersMax = 200;

/** How long a source server's launch is expected to take, in seconds, when nothing is known; observed: 10 to 20 minutes. */
export const defaultLaunchSeconds = 1_800;
/** How long first boot and post-launch actions are expected to take after the launch, in seconds. */
export const defaultActionsSeconds = 900;
/** How long bringing back up to 200 source servers is expected to take, in seconds; more take as long for each 200 more. */
export const defaultRollbackSeconds = 1_200;
/** How long it takes from the decision to start to the first call, in seconds: some steps, each with its cold start. */
const startSeconds = 120;
/** How long terminating the instances of test launches takes before that, in seconds; observed: minutes (`mgn.md` D.3). */
const testTerminationSeconds = 300;

/** What comes before the first launch of a wave is counted with its launches, in seconds. */
export function secondsBeforeLaunch(endsTestInstances: boolean): number {
  return startSeconds + (endsTestInstances ? testTerminationSeconds : 0);
}

/**
 * What each source server adds to a rollback learned from earlier ones, in seconds. Those were mostly of the few servers
 * that had failed; what is expected is the return of all, each by a call of its own, one a second.
 */
const revertCallSeconds = 1;

const expectedSeconds = (description: string) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400), v.description(`${description}, in seconds.`)),
  );

/** Schema of the times a person expects, instead of what would be learned. */
export const ExpectedTimesSchema = v.strictObject({
  launchSeconds: expectedSeconds('How long launching all source servers of the wave is expected to take'),
  actionsSeconds: expectedSeconds('How long first boot and post-launch actions are expected to take after a launch'),
  rollbackSeconds: expectedSeconds('How long bringing all source servers of the wave back is expected to take'),
});
/** The times a person expects. */
export type ExpectedTimesInput = v.InferOutput<typeof ExpectedTimesSchema>;

/** Where an expected time may come from, the best basis first. */
export const expectedBases = ['input', 'forecast', 'earlier runs', 'default'] as const;
/**
 * Where an expected time comes from: `input` is a person's word, `forecast` adds up what is known of each source server,
 * `earlier runs` is learned, and `default` stands where nothing is known.
 */
export type ExpectedBasis = (typeof expectedBases)[number];

/** How long a whole wave is expected to take, in seconds, and where each time comes from. */
export interface ExpectedTimes {
  readonly launchSeconds: number;
  /** First boot and post-launch actions, after the launch. */
  readonly actionsSeconds: number;
  readonly rollbackSeconds: number;
  /** All three, one after another: the worst night is one that is rolled back at its very end. */
  readonly totalSeconds: number;
  readonly basis: Readonly<Record<'launchSeconds' | 'actionsSeconds' | 'rollbackSeconds', ExpectedBasis>>;
}

/** What an expectation rests on. */
export interface ExpectationFacts {
  /** `options.expected`. */
  readonly override: ExpectedTimesInput;
  /** What earlier runs in the same account and region teach, newest first; the `earlierRunsMax` newest count. */
  readonly timings: readonly RunTimings[];
  /**
   * How long it takes from the first start to the last launch by what is known of each source server, where that was
   * worked out: with the turns they take, and with what later priority groups wait for earlier ones.
   */
  readonly forecastLaunchSeconds?: number | undefined;
  /** How many source servers the wave has. */
  readonly servers: number;
  /** Whether post-launch actions are to run: earlier runs may have had none, and then teach first boots alone. */
  readonly expectsActions?: boolean | undefined;
}

/**
 * How long the wave is expected to take. Earlier runs teach the 90th percentile of what nine tenths of their source
 * servers took no longer for; waves of more than 200 source servers launch and return in turns.
 */
export function expectTimes(facts: ExpectationFacts): ExpectedTimes {
  const { override, timings, forecastLaunchSeconds, servers, expectsActions = false } = facts;
  const turns = Math.ceil(servers / turnServersMax);
  const learned = (member: 'launchSeconds' | 'actionsSeconds' | 'rollbackSeconds') => {
    const runs = timings.slice(0, earlierRunsMax).flatMap((run) => run[member]?.p90 ?? []);
    return percentileOf(runs, 90);
  };
  const launchOfOne = learned('launchSeconds');
  const learnedActions = learned('actionsSeconds');
  const rollbackOfOne = learned('rollbackSeconds');
  const launch = firstKnown(defaultLaunchSeconds * turns, {
    input: override.launchSeconds,
    forecast: forecastLaunchSeconds,
    'earlier runs': launchOfOne && launchOfOne * turns,
  });
  const actions = firstKnown(defaultActionsSeconds, {
    input: override.actionsSeconds,
    'earlier runs': learnedActions && Math.max(learnedActions, expectsActions ? defaultActionsSeconds : 0),
  });
  const rollback = firstKnown(defaultRollbackSeconds * turns, {
    input: override.rollbackSeconds,
    'earlier runs': rollbackOfOne && rollbackOfOne * turns + revertCallSeconds * servers,
  });
  return {
    launchSeconds: launch.seconds,
    actionsSeconds: actions.seconds,
    rollbackSeconds: rollback.seconds,
    totalSeconds: launch.seconds + actions.seconds + rollback.seconds,
    basis: { launchSeconds: launch.basis, actionsSeconds: actions.basis, rollbackSeconds: rollback.basis },
  };
}

/** What is known on the best basis there is, in whole seconds. */
function firstKnown(
  defaultSeconds: number,
  known: Partial<Record<ExpectedBasis, number | undefined>>,
): { seconds: number; basis: ExpectedBasis } {
  const basis = expectedBases.find((each) => known[each] !== undefined) ?? 'default';
  return { seconds: Math.ceil(known[basis] ?? defaultSeconds), basis };
}
