/**
 * Looks at the open runs every few minutes and turns them into metrics; and counts, of MGN's own events, those about
 * source servers that a run has locked. It reads only, and takes no event for evidence: MGN may lose one or send it twice
 * (`mgn.md` F), and every verdict is read from MGN itself.
 */
import * as v from 'valibot';
import { onLambda, step, type StepDeps, type StepHandler } from '../shared/step.ts';
import { createMetrics, type EmitMetrics } from './metrics.ts';
import { attendanceOf, gaugesOf, type Gauges, type WatchedRun } from './run-standing.ts';
import { readStackName } from './watch-environment.ts';

/** What the function needs of the world. */
export interface WatchDeps extends StepDeps {
  readonly emitMetrics: EmitMetrics;
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
 * Measures, or counts a hint.
 *
 * @throws TransientServiceError from the handler when the ledger cannot be read.
 */
export function createHandler(deps: WatchDeps): StepHandler {
  const watch = (event: v.InferOutput<typeof EventSchema>): Promise<Gauges | Hint> =>
    event.source === 'aws.mgn' ? takeHint(event, deps) : measure(deps);
  return step(EventSchema, watch)(deps);
}

/** The Lambda function. */
export const handler = onLambda((deps) =>
  createHandler({ ...deps, emitMetrics: createMetrics(readStackName(process.env)) }),
);

/** The counts are zero here, so that no alarm waits for a metric that has never been seen. */
async function measure({ ledger, clock, emitMetrics, gateLookSeconds }: WatchDeps): Promise<Gauges> {
  const runs: WatchedRun[] = [];
  for (const runID of await ledger.listOpenRunIDs()) {
    const stored = await ledger.readRun(runID);
    if (stored === undefined || stored.value.end !== undefined) continue;
    const servers = await ledger.readServers(runID);
    const isHeld = (stored.value.holder?.heldUntil ?? 0) > clock.now();
    const notices = isHeld ? [] : await ledger.readNotices(runID);
    runs.push({ attendance: attendanceOf(stored.value, notices, clock.now(), gateLookSeconds), servers });
  }
  const gauges = gaugesOf(runs);
  emitMetrics({ ...gauges, CutoverLaunchFailures: 0, ReplicationStalls: 0 });
  return gauges;
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
