/** May this server be finalized now? The facts are read again, because hours may lie between verification and commit. */
import type { Reason } from './reason.ts';
import type { ServerRecord } from './server-record.ts';
import type { SourceServer } from './source-server.ts';

/** FINALIZE: lawful and ours. DONE: this cutover is finalized already. REFUSE: not ours, or no longer as verified. */
export type CommitAssessment =
  | { readonly commit: 'FINALIZE' }
  | { readonly commit: 'DONE' }
  | { readonly commit: 'REFUSE'; readonly reasons: readonly Reason[] };

/** Compares a verified record with what MGN shows now; only the very cutover and instance that were verified pass. */
export function assessCommit(record: ServerRecord, server: SourceServer | undefined): CommitAssessment {
  if (server === undefined) return refuse('SOURCE_SERVER_GONE', 'MGN no longer knows this source server');
  if (record.verdict !== 'VERIFIED') return refuse('NOT_VERIFIED', 'the cutover was not verified');
  if (record.cutover === undefined || server.lastCutover.jobID !== record.cutover.jobID) {
    return refuse(
      'CUTOVER_OF_ANOTHER',
      `the last cutover job is ${server.lastCutover.jobID ?? 'unknown'}, which this run did not start`,
    );
  }
  if (server.lifeCycleState === 'CUTOVER') return { commit: 'DONE' };
  if (server.lifeCycleState !== 'CUTTING_OVER') {
    return refuse(
      'UNEXPECTED_LIFECYCLE_STATE',
      `lifeCycle.state became ${server.lifeCycleState} after the cutover was verified`,
    );
  }
  const shownID = server.launchedInstance?.ec2InstanceID;
  if (shownID === undefined || shownID !== record.cutover.ec2InstanceID) {
    return refuse(
      'INSTANCE_CHANGED',
      `the launched instance is ${shownID ?? 'not given'}, not the verified ${record.cutover.ec2InstanceID ?? 'one'}`,
    );
  }
  return { commit: 'FINALIZE' };
}

function refuse(code: string, fact: string): CommitAssessment {
  return { commit: 'REFUSE', reasons: [{ code, fact, source: 'DescribeSourceServers' }] };
}
