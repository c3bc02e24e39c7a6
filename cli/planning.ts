/**
 * A look ahead: the first steps of a run on a copy of the ledger that forgets what is written, so that nothing changes
 * here or in MGN. What it decides is what a run would decide now.
 */
import * as v from 'valibot';
import { TransientServiceError } from '../functions/domain/errors.ts';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createHandlers } from '../functions/handlers/index.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { createOverlayStore } from '../functions/ledger/memory-store.ts';
import { executionArn, LOCAL_RESIDENCE } from '../local/arns.ts';
import { LambdaContext } from '../local/lambda-context.ts';
import { localDeps } from '../local/local-runner.ts';
import { freeLocalHold } from '../local/process-guard.ts';
import { makeReport, type FullReport } from './full-report.ts';
import type { Session, World } from './world.ts';

/** What a run would do. */
export interface Preview {
  readonly decision: 'PROCEED' | 'REFUSE';
  readonly batchIDs: readonly string[];
  readonly report: FullReport;
  /** The post-launch actions that must succeed, by source server ID. */
  readonly mustSucceed: ReadonlyMap<string, readonly string[]>;
  /** The run had started jobs before: this is how far it is, and a run would go on from there. */
  readonly isResumed: boolean;
}

const AnswerSchema = v.object({ decision: v.picklist(['PROCEED', 'REFUSE']), batchIDs: v.array(v.string()) });

/**
 * Resolves the input, looks at every source server and plans the batches.
 *
 * @throws the errors of the steps `ResolveWave`, `LockSourceServers` and `AssessReadiness`.
 */
export async function preview(world: World, session: Session, runID: RunID, input: unknown): Promise<Preview> {
  const store = createOverlayStore(world.store);
  const isResumed = (await createLedger(world.store).readAttempts(runID)).length > 0;
  const executionID = executionArn('wave-cutover', runID, LOCAL_RESIDENCE);
  // As the run itself would: what an execution of an earlier process left held is no obstacle.
  await freeLocalHold(store, runID);
  const step = stepper(store, session, world.sourceServerTag);
  await step('ResolveWave', { runID, executionID, input });
  await step('LockSourceServers', { runID, executionID });
  const { decision, batchIDs } = v.parse(AnswerSchema, await step('AssessReadiness', { runID, executionID }));
  if (decision === 'REFUSE') await step('RecordOutcome', { runID, executionID });
  const report = await makeReport({ ...world, store }, runID);
  if (report === undefined) throw new TypeError(`run ${runID} was resolved and is not in the ledger's copy`);
  const mustSucceed = new Map(
    (await createLedger(store).readServers(runID)).map((record) => [
      record.sourceServerID,
      record.expectedActions
        .filter((action) => action.mustSucceedForCutover)
        .map((action) => action.actionName ?? action.documentName),
    ]),
  );
  return { decision, batchIDs, report, mustSucceed, isResumed };
}

const attemptsMax = 6;

/** Calls steps as the state machine would: what fails for now is tried again a little later. */
function stepper(store: LedgerStore, { clients, time }: Session, sourceServerTag: World['sourceServerTag']) {
  const handlers = createHandlers(localDeps({ clients, store, time, newNonce: () => 'preview', sourceServerTag }));
  return async (functionName: string, event: object): Promise<unknown> => {
    const handler = handlers[functionName];
    if (handler === undefined) throw new TypeError(`there is no step ${functionName}`);
    for (let attempt = 1; ; attempt += 1) {
      const context = new LambdaContext({
        functionName,
        functionArn: functionName,
        key: `preview ${functionName} ${String(attempt)}`,
        deadlineMs: time.now() + 900_000,
      });
      try {
        return await time.track(handler(event, context));
      } catch (error) {
        if (!(error instanceof TransientServiceError) || attempt === attemptsMax) throw error;
        await time.sleep(Math.min(1_000 * 2 ** attempt, 15_000));
      }
    }
  };
}
