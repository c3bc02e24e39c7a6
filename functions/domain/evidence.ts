/**
 * Every fact behind what is said of a source server, in the order of the night: what was looked for, what was found, which
 * API said so and when. Read off the run's own record, so it can be told as long as the ledger keeps it.
 */
import { pairRuns } from './post-launch-actions.ts';
import type { ActionEvidence, ExpectedAction, ServerRecord } from './server-record.ts';

/** One fact behind a verdict. */
export interface Evidence {
  /** What has to be so. */
  readonly what: string;
  /** What was found. */
  readonly finding: string;
  /** Whether it is so; UNKNOWN while nothing says it, which counts as no. */
  readonly holds: 'YES' | 'NO' | 'UNKNOWN';
  /** The MGN API that said so. */
  readonly source: string;
  /** When this run saw it, epoch milliseconds; absent where only the verdict's time is known. */
  readonly at?: number | undefined;
}

/** The facts of a source server, as far as the night has gone for it. */
export function evidenceOf(record: ServerRecord): readonly Evidence[] {
  return [
    ...readiness(record),
    ...testInstance(record),
    ...launch(record),
    ...postLaunchActions(record),
    ...rollback(record),
    ...finalization(record),
  ];
}

function readiness({ verdict, phase, phaseTimes, batchID, cutover }: ServerRecord): Evidence[] {
  const fact = { what: 'ready for its cutover', source: 'DescribeSourceServers' };
  if (verdict === 'BLOCKED') return [{ ...fact, finding: 'blocked, see its reasons', holds: 'NO' }];
  const at = phaseTimes?.ready;
  const wasReady = phase === 'ready' || at !== undefined || batchID !== undefined || cutover !== undefined;
  return wasReady ? [{ ...fact, finding: 'every check before the start passed', holds: 'YES', at }] : [];
}

function testInstance({ testInstance: found, cutover }: ServerRecord): Evidence[] {
  if (found === undefined) return [];
  const { ec2InstanceID, terminateJobID } = found;
  const job = terminateJobID === undefined ? '' : ` by job ${terminateJobID}`;
  return [
    {
      what: 'the test instance is gone',
      finding: cutover === undefined ? `${ec2InstanceID} was found` : `${ec2InstanceID} was removed${job}`,
      holds: cutover === undefined ? 'UNKNOWN' : 'YES',
      source: 'TerminateTargetInstances',
      at: cutover?.startedAt,
    },
  ];
}

/** None of it is known of a source server that was not started. */
function launch(record: ServerRecord): Evidence[] {
  const { cutover } = record;
  if (cutover === undefined) return [];
  const { jobID, startedAt, launchStatus, ec2InstanceID, launchedAt, bootedAt } = cutover;
  return [
    { what: 'cut over by a job of this run', finding: jobID, holds: 'YES', source: 'StartCutover', at: startedAt },
    {
      what: 'launchStatus is LAUNCHED',
      finding: launchStatus ?? 'not given',
      holds: launchStatus === 'LAUNCHED' ? 'YES' : isOpen(record) ? 'UNKNOWN' : 'NO',
      source: 'DescribeJobs',
      at: launchedAt,
    },
    jobLog(record),
    {
      what: 'the instance of this job has booted',
      finding: bootedAt === undefined ? 'no first boot was reported' : (ec2InstanceID ?? 'first boot reported'),
      holds: bootedAt !== undefined ? 'YES' : isOpen(record) ? 'UNKNOWN' : 'NO',
      source: 'DescribeSourceServers',
      at: bootedAt,
    },
  ];
}

/** Whether its launch may still come to be believed. */
function isOpen({ launch: judged, verdict, rollback: undone }: ServerRecord): boolean {
  return judged === 'PENDING' && verdict === undefined && undone === undefined;
}

/** A launch passes only on a log that vouches for its data (`job-outcome.ts`); what speaks against it is a reason. */
function jobLog({ launch: judged, reasons, cutover }: ServerRecord): Evidence {
  const fact = { what: 'the job log shows fresh data and a launch', source: 'DescribeJobLogItems' };
  const against = reasons.filter(({ source }) => source === fact.source);
  if (against.length > 0) return { ...fact, finding: against.map((reason) => reason.fact).join('; '), holds: 'NO' };
  // A first boot is looked for only once the log has passed, and what failed later does not take that back.
  return judged === 'PASSED' || cutover?.bootedAt !== undefined
    ? { ...fact, finding: 'no SNAPSHOT_FAIL, no USING_PREVIOUS_SNAPSHOT', holds: 'YES', at: cutover?.launchedAt }
    : { ...fact, finding: 'not vouched for', holds: 'UNKNOWN' };
}

function postLaunchActions({ expectedActions, actions, cutover }: ServerRecord): Evidence[] {
  if (cutover === undefined) return [];
  const { paired } = pairRuns(expectedActions, actions);
  const expected = paired.map(({ action, run }) => actionFact(action, run, cutover.verifiedAt));
  if (expected.length === 0 || !expectedActions.some(({ mustSucceedForCutover }) => mustSucceedForCutover))
    return expected;
  const { agentSeenAt } = cutover;
  const agent: Evidence = {
    what: 'the SSM agent was discovered',
    finding: agentSeenAt === undefined ? 'not discovered' : 'discovered',
    holds: agentSeenAt === undefined ? 'UNKNOWN' : 'YES',
    source: 'DescribeJobs',
    at: agentSeenAt,
  };
  return [agent, ...expected];
}

function actionFact(
  action: ExpectedAction,
  found: ActionEvidence | undefined,
  verifiedAt: number | undefined,
): Evidence {
  const name = action.actionName ?? action.documentName;
  const must = action.mustSucceedForCutover ? '' : ' (need not succeed)';
  const parts = [found?.verdict ?? 'not seen', found?.executionID, found?.failureReason];
  const hasFailed = found !== undefined && found.verdict !== 'SUCCESS' && found.verdict !== 'IN_PROGRESS';
  return {
    what: `action ${name} is at SUCCESS${must}`,
    finding: parts.filter((part) => part !== undefined).join(', '),
    holds: found?.verdict === 'SUCCESS' ? 'YES' : hasFailed ? 'NO' : 'UNKNOWN',
    source: 'DescribeJobs',
    at: found?.verdict === 'SUCCESS' ? verifiedAt : undefined,
  };
}

function rollback({ rollback: undone, cutover, verdict, lifeCycleState }: ServerRecord): Evidence[] {
  if (undone === undefined) return [];
  const { revertedAt, revertRequestID, terminateJobID, terminatedInstanceID, verifiedAt } = undone;
  const isBack = verdict === 'ROLLED_BACK';
  const unless = isBack ? 'YES' : 'UNKNOWN';
  const instance = terminatedInstanceID ?? cutover?.ec2InstanceID;
  return [
    {
      what: 'taken back to READY_FOR_CUTOVER',
      finding: revertedAt === undefined ? 'no answered call of this run' : `reverted${request(revertRequestID)}`,
      holds: revertedAt === undefined ? unless : 'YES',
      source: 'ChangeServerLifeCycleState',
      at: revertedAt,
    },
    {
      what: 'its cutover instance is gone',
      finding: `${instance ?? 'no instance was launched'}${terminateJobID === undefined ? '' : `, job ${terminateJobID}`}`,
      holds: unless,
      source: 'TerminateTargetInstances',
      at: verifiedAt,
    },
    {
      what: 'MGN shows it as it was',
      finding: `lifeCycle.state ${lifeCycleState ?? 'not read'}`,
      holds: unless,
      source: 'DescribeSourceServers',
      at: verifiedAt,
    },
  ];
}

function finalization({ finalizedAt, finalizeRequestID, lifeCycleState, verdict }: ServerRecord): Evidence[] {
  if (finalizedAt === undefined || verdict !== 'FINALIZED') return [];
  return [
    {
      what: 'finalized, which cannot be undone',
      finding: `lifeCycle.state ${lifeCycleState ?? 'not read'}${request(finalizeRequestID)}`,
      holds: 'YES',
      source: 'FinalizeCutover',
      at: finalizedAt,
    },
  ];
}

function request(requestID: string | undefined): string {
  return requestID === undefined ? '' : `, request ${requestID}`;
}
