/** Every step by the name its state machine placeholder carries: `${StartCutoverFunctionArn}` is `StartCutover`. */
import type { StepDeps, StepFactory, StepHandler } from '../shared/step.ts';
import { createHandler as assessReadiness } from './assess-readiness.ts';
import { createHandler as awaitRunningJobs } from './await-running-jobs.ts';
import { createHandler as checkLaunch } from './check-launch.ts';
import { createHandler as checkPostLaunchActions } from './check-post-launch-actions.ts';
import { createHandler as finalizeCutover } from './finalize-cutover.ts';
import { createHandler as lockSourceServers } from './lock-source-servers.ts';
import { createHandler as pollJob } from './poll-job.ts';
import { createHandler as recordFailure } from './record-failure.ts';
import { createHandler as recordOutcome } from './record-outcome.ts';
import { createHandler as resolveWave } from './resolve-wave.ts';
import { createHandler as revertLifeCycle } from './revert-life-cycle.ts';
import { createHandler as selectCommit } from './select-commit.ts';
import { createHandler as selectRollback } from './select-rollback.ts';
import { createHandler as startCutover } from './start-cutover.ts';
import { createHandler as terminateCutoverInstances } from './terminate-cutover-instances.ts';
import { createHandler as terminateTestInstances } from './terminate-test-instances.ts';
import { createHandler as verifyRollback } from './verify-rollback.ts';

const factories: Readonly<Record<string, StepFactory>> = {
  ResolveWave: resolveWave,
  LockSourceServers: lockSourceServers,
  AssessReadiness: assessReadiness,
  TerminateTestInstances: terminateTestInstances,
  StartCutover: startCutover,
  PollJob: pollJob,
  CheckLaunch: checkLaunch,
  CheckPostLaunchActions: checkPostLaunchActions,
  SelectRollback: selectRollback,
  AwaitRunningJobs: awaitRunningJobs,
  RevertLifeCycle: revertLifeCycle,
  TerminateCutoverInstances: terminateCutoverInstances,
  VerifyRollback: verifyRollback,
  SelectCommit: selectCommit,
  FinalizeCutover: finalizeCutover,
  RecordFailure: recordFailure,
  RecordOutcome: recordOutcome,
};

/** All steps in one process, each built from the same things. */
export function createHandlers(deps: StepDeps): Record<string, StepHandler> {
  return Object.fromEntries(Object.entries(factories).map(([name, factory]) => [name, factory(deps)]));
}
