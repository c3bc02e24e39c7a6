/** Every step by the name its state machine placeholder carries: `${StartCutoverFunctionArn}` is `StartCutover`. */
import type { HookDeps } from '../hooks/hook-runner.ts';
import type { StepFactory, StepHandler } from '../shared/step.ts';
import { createHandler as answerGate } from './answer-gate.ts';
import { createHandler as assessReadiness } from './assess-readiness.ts';
import { createHandler as awaitRunningJobs } from './await-running-jobs.ts';
import { createHandler as checkLaunch } from './check-launch.ts';
import { createHandler as checkPostLaunchActions } from './check-post-launch-actions.ts';
import { createHandler as finalizeCutover } from './finalize-cutover.ts';
import { createHandler as keepCommitGate } from './keep-commit-gate.ts';
import { createHandler as openGate } from './open-gate.ts';
import { createHandler as planMigration } from './plan-migration.ts';
import { createHandler as pollJobs } from './poll-jobs.ts';
import { createHandler as recordFailure } from './record-failure.ts';
import { createHandler as recordMigration } from './record-migration.ts';
import { createHandler as recordOutcome } from './record-outcome.ts';
import { createHandler as resolveWave } from './resolve-wave.ts';
import { createHandler as revertLifeCycle } from './revert-life-cycle.ts';
import { createHandler as runHooks } from './run-hooks.ts';
import { createHandler as selectCommit } from './select-commit.ts';
import { createHandler as selectRollback } from './select-rollback.ts';
import { createHandler as startCutover } from './start-cutover.ts';
import { createHandler as takeWave } from './take-wave.ts';
import { createHandler as terminateCutoverInstances } from './terminate-cutover-instances.ts';
import { createHandler as terminateTestInstances } from './terminate-test-instances.ts';
import { createHandler as verifyRollback } from './verify-rollback.ts';

const factories: Readonly<Record<string, StepFactory<HookDeps>>> = {
  ResolveWave: resolveWave,
  AssessReadiness: assessReadiness,
  PollJobs: pollJobs,
  TerminateTestInstances: terminateTestInstances,
  StartCutover: startCutover,
  CheckLaunch: checkLaunch,
  CheckPostLaunchActions: checkPostLaunchActions,
  SelectRollback: selectRollback,
  AwaitRunningJobs: awaitRunningJobs,
  RunHooks: runHooks,
  RevertLifeCycle: revertLifeCycle,
  TerminateCutoverInstances: terminateCutoverInstances,
  VerifyRollback: verifyRollback,
  SelectCommit: selectCommit,
  FinalizeCutover: finalizeCutover,
  OpenGate: openGate,
  AnswerGate: answerGate,
  KeepCommitGate: keepCommitGate,
  RecordFailure: recordFailure,
  RecordOutcome: recordOutcome,
  PlanMigration: planMigration,
  TakeWave: takeWave,
  RecordMigration: recordMigration,
};

/** All steps in one process, each built from the same things. */
export function createHandlers(deps: HookDeps): Record<string, StepHandler> {
  return Object.fromEntries(Object.entries(factories).map(([name, factory]) => [name, factory(deps)]));
}
