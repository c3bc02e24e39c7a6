/**
 * Every step of the workflow as AWS has to know it: its name in the state machines (`${StartCutoverFunctionArn}`), the
 * file of its handler, and what it may do in MGN. A step that is not in this list is not deployed, and a call that is
 * not in it is denied.
 */
import type { MgnAction } from './mgn-actions.ts';

/** One step's function. */
export interface Step {
  /** Its handler's file under `functions/handlers/`, without `.ts`. */
  readonly handlerFile: string;
  readonly mgnActions: readonly MgnAction[];
  /** Whether it brings servers back: then no tag on a source server may stand in its way. */
  readonly isWayBack?: true;
  /** Whether it is told the tag that source servers must carry, to say beforehand which of them IAM would refuse. */
  readonly checksSourceServerTag?: true;
  /**
   * Shorter than the state's `TimeoutSeconds` in the state machines, so that an invocation that hangs is over before
   * Step Functions starts the next one.
   */
  readonly timeoutSeconds: number;
}

const timeoutSeconds = 290;
/** What the start of a job reads to find out whether it has been made before (`engine.md` section 4, D3). */
const lookingForJobs = ['DescribeJobs', 'DescribeSourceServers'] as const;

/** All steps by name. */
export const steps: Readonly<Record<string, Step>> = {
  ResolveWave: {
    handlerFile: 'resolve-wave',
    mgnActions: ['ListWaves', 'ListApplications', 'DescribeSourceServers'],
    timeoutSeconds,
  },
  LockSourceServers: { handlerFile: 'lock-source-servers', mgnActions: [], timeoutSeconds },
  AssessReadiness: {
    handlerFile: 'assess-readiness',
    mgnActions: [...lookingForJobs, 'GetLaunchConfiguration', 'ListSourceServerActions'],
    checksSourceServerTag: true,
    timeoutSeconds: 890,
  },
  TerminateTestInstances: {
    handlerFile: 'terminate-test-instances',
    mgnActions: [...lookingForJobs, 'TerminateTargetInstances'],
    timeoutSeconds,
  },
  StartCutover: { handlerFile: 'start-cutover', mgnActions: [...lookingForJobs, 'StartCutover'], timeoutSeconds },
  PollJob: { handlerFile: 'poll-job', mgnActions: ['DescribeJobs', 'DescribeJobLogItems'], timeoutSeconds },
  CheckLaunch: { handlerFile: 'check-launch', mgnActions: [...lookingForJobs, 'DescribeJobLogItems'], timeoutSeconds },
  CheckPostLaunchActions: { handlerFile: 'check-post-launch-actions', mgnActions: ['DescribeJobs'], timeoutSeconds },
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
  RecordFailure: { handlerFile: 'record-failure', mgnActions: [], timeoutSeconds: 50 },
  RecordOutcome: { handlerFile: 'record-outcome', mgnActions: ['DescribeSourceServers'], timeoutSeconds },
};
