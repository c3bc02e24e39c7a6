/**
 * Looks at the open runs every minute: turns them into metrics, and tells people what they have to know while there is
 * time to act on it. It also counts, of MGN's own events, those about source servers that a run has locked. Of a run it
 * reads only, and it takes no event for evidence: MGN may lose one or send it twice (`mgn.md` F), and every verdict is
 * read from MGN itself.
 */
import * as v from 'valibot';
import { LedgerUnreadableError } from '../domain/errors.ts';
import type { RunID } from '../domain/identifiers.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { createRunNoticesLedger, type RunNoticesLedger } from '../ledger/run-notices.ts';
import { readWatchedRun } from '../ledger/watched-run.ts';
import { onLambda, step, type StepDeps, type StepHandler } from '../shared/step.ts';
import { productionChannels } from './channels.ts';
import type { Channel } from './message.ts';
import { createMetrics, type EmitMetrics } from './metrics.ts';
import { placeOnStack, type StackPlace } from './notice-place.ts';
import type { RunFacts } from './notices-due.ts';
import { attendanceOf, gaugesOf, type Gauges, type WatchedRun } from './run-standing.ts';
import { tellRun } from './tell-run.ts';
import { readReporterEnvironment, stackPlaceOf } from './watch-environment.ts';

/** What the function needs of the world. */
export interface WatchDeps extends StepDeps {
  readonly emitMetrics: EmitMetrics;
  readonly channels: readonly Channel[];
  readonly stack: StackPlace;
}

/** Some runs could not be looked at, or people could not be told; the log says which and why, the next tick tries again. */
export class WatchIncompleteError extends Error {
  override readonly name = 'WatchIncompleteError';
}

/** An event of MGN has this source; whatever else comes is the schedule's tick. */
const EventSchema = v.looseObject({ source: v.optional(v.string()) });

/** Schema of MGN's events about one source server; its ARN is the first resource (`mgn.md` F). */
const MgnEventSchema = v.object({
  'detail-type': v.string(),
  resources: v.pipe(v.array(v.string()), v.minLength(1)),
  detail: v.object({ state: v.optional(v.string()), 'job-id': v.optional(v.string()) }),
});

/** The states that are counted, and as what. */
const hints = {
  CUTOVER_LAUNCH_FAILED: 'CutoverLaunchFailures',
  STALLED: 'ReplicationStalls',
} as const;

/** What was counted of an event of MGN. */
interface Hint {
  readonly hint: (typeof hints)[keyof typeof hints] | undefined;
}

/**
 * Measures and tells, or counts a hint.
 *
 * @throws from the handler: TransientServiceError when the ledger cannot be read; WatchIncompleteError, after all else
 *   was measured and told, when that is true of some runs only or a channel did not take a notice.
 */
export function createHandler(deps: WatchDeps): StepHandler {
  const notices = createRunNoticesLedger(deps.ledger.store);
  const watch = (event: v.InferOutput<typeof EventSchema>): Promise<Gauges | Hint> =>
    event.source === 'aws.mgn' ? takeHint(event, deps) : lookAtRuns({ ...deps, notices });
  return step(EventSchema, watch)(deps);
}

/** The Lambda function. */
export const handler = onLambda((deps) => {
  const environment = readReporterEnvironment(process.env);
  return createHandler({
    ...deps,
    emitMetrics: createMetrics(environment.stackName),
    channels: productionChannels(environment, deps.clock),
    stack: stackPlaceOf(environment),
  });
});

/**
 * Measures before it tells: a channel may take long to say that it cannot be reached. The counts are zero here, so that
 * no alarm waits for a metric that has never been seen.
 */
async function lookAtRuns(deps: LookDeps): Promise<Gauges> {
  const looks: Look[] = [];
  for (const runID of await deps.ledger.listOpenRunIDs()) looks.push(await lookAt(runID, deps));
  const gauges = gaugesOf(looks.flatMap(({ watched }) => watched ?? []));
  deps.emitMetrics({ ...gauges, CutoverLaunchFailures: 0, ReplicationStalls: 0 });
  let failures = looks.filter(({ hasFailed }) => hasFailed).length;
  // At once, so that a channel that hangs for one run keeps no other run's people waiting until this look is cut off.
  const untold = await Promise.all(looks.flatMap(({ facts }) => (facts === undefined ? [] : [tell(facts, deps)])));
  for (const count of untold) failures += count;
  if (failures > 0)
    throw new WatchIncompleteError(`${String(failures)} parts of this look failed, which the log names`);
  return gauges;
}

interface LookDeps extends WatchDeps {
  readonly notices: RunNoticesLedger;
}

/** What came of looking at one run. */
interface Look {
  readonly watched?: WatchedRun;
  readonly facts?: RunFacts;
  /** Whether it could not be read now, and may be at the next look. */
  readonly hasFailed: boolean;
}

/**
 * One run's trouble is no other's. What this version cannot read, nobody can tell to be at work: it counts as stalled, for
 * which an alarm goes off, until a person has mended it.
 */
async function lookAt(runID: RunID, { ledger, clock, gateLookSeconds, logger }: WatchDeps): Promise<Look> {
  try {
    const known = await readWatchedRun(ledger.store, runID);
    if (known === undefined) return { hasFailed: false };
    const { run, servers, notices } = known;
    const attendance = attendanceOf(run, notices, clock.now(), gateLookSeconds);
    const facts = { run, servers, isAttended: attendance === 'AT_WORK' };
    return { watched: { attendance, servers }, facts, hasFailed: false };
  } catch (error) {
    logger.error('a run could not be read', { runID, ...wordsOf(error) });
    if (!(error instanceof LedgerUnreadableError)) return { hasFailed: true };
    return { watched: { attendance: 'STALLED', servers: [] }, hasFailed: false };
  }
}

/** Tells what is due of one run; answers with how much of it failed. */
async function tell(facts: RunFacts, { notices, clock, channels, stack, logger }: LookDeps): Promise<number> {
  const { runID } = facts.run;
  try {
    const placeOf = (run: RunRecord) => placeOnStack(run, stack);
    const { told, untold } = await tellRun(facts, { clock, notices, channels, placeOf });
    if (told > 0) logger.info('people were told', { runID, told });
    for (const { channel, error } of untold)
      logger.error('people could not be told', { runID, channel, ...wordsOf(error) });
    return untold.length;
  } catch (error) {
    logger.error('it could not be told what is due', { runID, ...wordsOf(error) });
    return 1;
  }
}

function wordsOf(error: unknown): { errorMessage: string } {
  return { errorMessage: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

/** Most events are about servers that no run is at work on. */
async function takeHint(event: unknown, { ledger, clock, emitMetrics, logger }: WatchDeps): Promise<Hint> {
  const parsed = v.safeParse(MgnEventSchema, event);
  const arn = parsed.success ? parsed.output.resources[0] : undefined;
  if (!parsed.success || arn === undefined) return { hint: undefined };
  const { state, 'job-id': jobID } = parsed.output.detail;
  const hint = Object.entries(hints).find(([counted]) => counted === state)?.[1];
  const lock = hint && (await ledger.readLocks([arn], clock.now())).get(arn);
  if (hint === undefined || lock === undefined) return { hint: undefined };
  const sourceServerID = arn.split('/').at(-1);
  logger.warn('MGN says so of a source server that a run has locked', {
    hint,
    runID: lock.runID,
    sourceServerID,
    jobID,
  });
  emitMetrics({ [hint]: 1 });
  return { hint };
}
