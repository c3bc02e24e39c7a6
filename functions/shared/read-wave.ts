/** Reading all that the ledger knows of a run under way. */
import type { RunRecord } from '../domain/run-record.ts';
import type { WaveState } from '../domain/start-queue.ts';
import type { StepDeps } from './step.ts';

/** Reads the run's source servers, its attempts to start jobs, and its hooks. */
export async function readWave(deps: StepDeps, run: RunRecord): Promise<WaveState> {
  const [records, attempts, hooks] = await Promise.all([
    deps.ledger.readServers(run.runID),
    deps.ledger.readAttempts(run.runID),
    run.input.options.hooks.length === 0 ? [] : deps.ledger.readHooks(run.runID),
  ]);
  return { run, records, attempts, hooks, now: deps.clock.now() };
}
