/**
 * Every step of the workflow as AWS has to know it: its name in the state machines (`${StartCutoverFunctionArn}`), the
 * file of its handler, and what it may call. A step that is not in this list is not deployed, and a call that is
 * not in it is denied.
 */
import type { StepCalls } from './mgn-actions.ts';

/** One step's function. */
export interface Step extends StepCalls {
  /** Its handler's file under `functions/handlers/`, without `.ts`. */
  readonly handlerFile: string;
  /** Whether it calls what a run's hooks name: Lambda functions and SSM Automation documents. */
  readonly runsHooks?: true;
  /** Whether it is told the tag that source servers must carry, to say beforehand which of them IAM would refuse. */
  readonly checksSourceServerTag?: true;
  /**
   * Shorter than the state's `TimeoutSeconds` in the state machines, so that an invocation that hangs is over before
   * Step Functions starts the next one.
   */
  readonly timeoutSeconds: number;
}

const timeoutSeconds = 290;
/** For a step that reads and writes the ledger only, and whose state waits a minute. */
const quickSeconds = 50;
/** For a step that reads about every source server of a wave, or of many. */
const slowSeconds = 890;
/** What leads from a wave or an application to its source servers. */
const resolving = ['ListWaves', 'ListApplications', 'DescribeSourceServers'] as const;
/** What the start of a job reads to find out whether it has been made before (`engine.md` section 4, D3). */
const lookingForJobs = ['DescribeJobs', 'DescribeSourceServers'] as const;

/** All steps by name. */
export const steps: Readonly<Record<string, Step>> = {
  PlanMigration: { handlerFile: 'plan-migration', mgnActions: resolving, timeoutSeconds: slowSeconds },
  TakeWave: { handlerFile: 'take-wave', mgnActions: [], timeoutSeconds: 110 },
  RecordMigration: { handlerFile: 'record-migration', mgnActions: [], timeoutSeconds: 110 },
  ResolveWave: { handlerFile: 'resolve-wave', mgnActions: resolving, timeoutSeconds },
  AssessReadiness: {
    handlerFile: 'assess-readiness',
    mgnActions: [...lookingForJobs, 'DescribeJobLogItems', 'GetLaunchConfiguration', 'ListSourceServerActions'],
    readsLaunchTargets: true,
    checksSourceServerTag: true,
    timeoutSeconds: slowSeconds,
  },
  PollJobs: { handlerFile: 'poll-jobs', mgnActions: ['DescribeJobs', 'DescribeJobLogItems'], timeoutSeconds },
  CheckLaunch: { handlerFile: 'check-launch', mgnActions: [...lookingForJobs, 'DescribeJobLogItems'], timeoutSeconds },
  CheckPostLaunchActions: {
    handlerFile: 'check-post-launch-actions',
    mgnActions: ['DescribeJobs', 'DescribeSourceServers'],
    timeoutSeconds,
  },
  RunHooks: { handlerFile: 'run-hooks', mgnActions: ['DescribeSourceServers'], runsHooks: true, timeoutSeconds },
  TerminateTestInstances: {
    handlerFile: 'terminate-test-instances',
    mgnActions: [...lookingForJobs, 'TerminateTargetInstances'],
    timeoutSeconds,
  },
  StartCutover: { handlerFile: 'start-cutover', mgnActions: [...lookingForJobs, 'StartCutover'], timeoutSeconds },
  OpenGate: { handlerFile: 'open-gate', mgnActions: [], timeoutSeconds: quickSeconds },
  AnswerGate: { handlerFile: 'answer-gate', mgnActions: [], timeoutSeconds: quickSeconds },
  KeepCommitGate: { handlerFile: 'keep-commit-gate', mgnActions: ['DescribeSourceServers'], timeoutSeconds },
  SelectRollback: { handlerFile: 'select-rollback', mgnActions: [], timeoutSeconds },
  AwaitRunningJobs: { handlerFile: 'await-running-jobs', mgnActions: lookingForJobs, timeoutSeconds },
  RevertLifeCycle: {
    handlerFile: 'revert-life-cycle',
    mgnActions: [...lookingForJobs, 'ChangeServerLifeCycleState'],
    isWayBack: true,
    timeoutSeconds,
  },
  TerminateCutoverInstances: {
    handlerFile: 'terminate-cutover-instances',
    mgnActions: [...lookingForJobs, 'TerminateTargetInstances'],
    isWayBack: true,
    timeoutSeconds,
  },
  VerifyRollback: { handlerFile: 'verify-rollback', mgnActions: lookingForJobs, timeoutSeconds },
  SelectCommit: { handlerFile: 'select-commit', mgnActions: [], timeoutSeconds },
  FinalizeCutover: {
    handlerFile: 'finalize-cutover',
    mgnActions: ['DescribeSourceServers', 'FinalizeCutover'],
    timeoutSeconds,
  },
  RecordFailure: { handlerFile: 'record-failure', mgnActions: [], timeoutSeconds: quickSeconds },
  RecordOutcome: { handlerFile: 'record-outcome', mgnActions: ['DescribeSourceServers'], timeoutSeconds },
};
