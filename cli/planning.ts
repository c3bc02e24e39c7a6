/**
 * A look ahead: the first steps of a run on a copy of the ledger that forgets what is written, so that nothing changes
 * here or in MGN. What it decides is what a run would decide now.
 */
import * as v from 'valibot';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import type { Reason } from '../functions/domain/reason.ts';
import type { RunRecord } from '../functions/domain/run-record.ts';
import type { ServerRecord } from '../functions/domain/server-record.ts';
import { forecastWave, type WaveForecast } from '../functions/domain/wave-forecast.ts';
import { createHandlers } from '../functions/handlers/index.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { createOverlayStore } from '../functions/ledger/memory-store.ts';
import { executionArn, LOCAL_RESIDENCE } from '../local/arns.ts';
import { LambdaContext } from '../local/lambda-context.ts';
import { localDeps } from '../local/local-runner.ts';
import { freeLocalHold } from '../local/process-guard.ts';
import { makeReport, type FullReport } from './full-report.ts';
import { patiently } from './patience.ts';
import type { Session, World } from './world.ts';

/** What a run would do. */
export interface Preview {
  /**
   * NOT_YET: all is ready but the window, which opens later. WAIT: another run holds source servers, and the input says
   * to wait. AWAIT_APPROVAL: ready, and a person is asked.
   */
  readonly decision: Decision | 'NOT_YET';
  /** The jobs it would start, were nobody else there. */
  readonly forecast: WaveForecast;
  /** Why the wave as a whole would be refused or wait. */
  readonly reasons: readonly Reason[];
  /** What else a reader should know. */
  readonly notes: readonly Reason[];
  /** How long it is expected to take, in seconds; absent where nothing was assessed. */
  readonly expected?: ExpectedSeconds | undefined;
  /** When it must have been started for a rollback still to fit the window, epoch milliseconds. */
  readonly lastSafeStartAt?: number | undefined;
  /** What was found of each source server. */
  readonly report: FullReport;
  /** How a run would end that is started now, where it would be refused. */
  readonly refusal?: FullReport | undefined;
  /** The post-launch actions that must succeed, by source server ID. */
  readonly mustSucceed: ReadonlyMap<string, readonly string[]>;
  /** The run had started jobs before: this is how far it is, and a run would go on from there. */
  readonly isResumed: boolean;
}

/** How long each part is expected to take, in seconds. */
type ExpectedSeconds = NonNullable<NonNullable<RunRecord['plan']>['expected']>;
type Decision = NonNullable<RunRecord['plan']>['decision'];

const AnswerSchema = v.object({ decision: v.picklist(['PROCEED', 'REFUSE', 'WAIT', 'AWAIT_APPROVAL']) });

/**
 * Resolves the input, looks at every source server and foretells the jobs.
 *
 * @throws the errors of the steps `ResolveWave` and `AssessReadiness`.
 */
export async function preview(world: World, session: Session, runID: RunID, input: unknown): Promise<Preview> {
  const store = createOverlayStore(world.store);
  const isResumed = (await createLedger(world.store).readAttempts(runID)).length > 0;
  const executionID = executionArn('wave-cutover', runID, LOCAL_RESIDENCE);
  // As the run itself would: what an execution of an earlier process left held is no obstacle.
  await freeLocalHold(store, runID);
  const step = stepper(store, session, world.sourceServerTag);
  await step('ResolveWave', { runID, executionID, input });
  const { decision } = v.parse(AnswerSchema, await step('AssessReadiness', { runID, executionID }));
  const ledger = createLedger(store);
  const run = (await ledger.readRun(runID))?.value;
  const records = await ledger.readServers(runID);
  const place = { ...world, store };
  const report = await makeReport(place, runID);
  if (run === undefined || report === undefined)
    throw new TypeError(`run ${runID} was resolved and is not in the ledger's copy`);
  const isRefused = decision === 'REFUSE';
  if (isRefused) await step('RecordOutcome', { runID, executionID });
  return {
    decision: isRefused && isOnlyTooEarly(run, records) ? 'NOT_YET' : decision,
    forecast: forecastOf(run, records),
    reasons: run.plan?.reasons ?? [],
    expected: run.plan?.expected,
    lastSafeStartAt: run.plan?.lastSafeStartAt,
    notes: run.plan?.notes ?? [],
    report,
    refusal: isRefused ? await makeReport(place, runID) : undefined,
    mustSucceed: new Map(records.map((record) => [record.sourceServerID, mustSucceedOf(record)])),
    isResumed,
  };
}

/** The same start would be let through once the window is open, if nothing changes until then. */
function isOnlyTooEarly({ input, plan }: RunRecord, records: readonly ServerRecord[]): boolean {
  const reasons = plan?.reasons ?? [];
  const ready = records.filter(({ phase }) => phase === 'ready');
  const isReady = input.options.onBlocked === 'skip' ? ready.length > 0 : ready.length === records.length;
  return isReady && reasons.length > 0 && reasons.every(({ code }) => code === 'WINDOW_NOT_OPEN');
}

function forecastOf(run: RunRecord, records: readonly ServerRecord[]): WaveForecast {
  const queued = records.filter((record) => record.phase === 'ready');
  if (queued.length === 0) return { launchSeconds: 0, jobs: [] };
  const actionsSeconds = run.plan?.expected?.actionsSeconds ?? 0;
  return forecastWave(queued, run.input.options, { actionsSeconds });
}

function mustSucceedOf({ expectedActions }: ServerRecord): string[] {
  return expectedActions
    .filter((action) => action.mustSucceedForCutover)
    .map((action) => action.actionName ?? action.documentName);
}

/** Calls steps as the state machine would, over this store: what fails for now is tried again a little later. */
export function stepper(store: LedgerStore, { services, time }: Session, sourceServerTag: World['sourceServerTag']) {
  const handlers = createHandlers(localDeps({ services, store, time, newNonce: () => 'preview', sourceServerTag }));
  return (functionName: string, event: object): Promise<unknown> => {
    const handler = handlers[functionName];
    if (handler === undefined) throw new TypeError(`there is no step ${functionName}`);
    return patiently(time, (attempt) =>
      handler(
        event,
        new LambdaContext({
          functionName,
          functionArn: functionName,
          key: `preview ${functionName} ${String(attempt)}`,
          deadlineMs: time.now() + 900_000,
        }),
      ),
    );
  };
}
