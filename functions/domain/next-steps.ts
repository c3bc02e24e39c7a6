/** What a person does next, as commands to paste. Region and account come from the source server's own ARN. */
import type { RunID } from './identifiers.ts';
import type { Reason } from './reason.ts';
import type { ServerRecord } from './server-record.ts';

/** Facts that show somebody else at work: a command that undoes or finalizes would then hit what is not this run's. */
const foreignCodes: ReadonlySet<string> = new Set([
  'CUTOVER_OF_ANOTHER',
  'UNEXPECTED_LIFECYCLE_STATE',
  'INSTANCE_CHANGED',
  'SOURCE_SERVER_GONE',
]);

const findOut = 'find out who works on this source server before anything is changed';

/**
 * The commands that are left when a rollback could not finish. What stands in the way is read from the record's rollback
 * problems or, where there are none, from its reasons.
 */
export function stepsAfterIncompleteRollback(
  runID: RunID,
  record: ServerRecord,
  accountID: string | undefined,
): string[] {
  const look = lookCommand(record, accountID);
  if (record.lifeCycleState === 'CUTOVER') return [look];
  const problems = record.rollback?.problems ?? [];
  const standing = problems.length > 0 ? problems : record.reasons;
  const steps = isForeign(standing) ? [findOut] : undoCommands(record, standing, accountID);
  return [look, ...steps, rollbackCommand(runID, record)];
}

/**
 * What is left to decide once a server is verified and not finalized. Both commands are the run's and not the server's, so
 * that a wave of two hundred has two of them; the first shows what it would finalize and asks.
 */
export function stepsAfterVerified(runID: RunID, record: ServerRecord): string[] {
  return [
    `to keep what is verified (cannot be undone): mgn-cutover commit ${runID}${regionFlag(record)}`,
    `to bring it back: ${rollbackCommand(runID, record)}`,
  ];
}

/** The commands for a server that was not finalized; its reasons say whether MGN refused it or it was not as verified. */
export function stepsAfterFailedFinalize(record: ServerRecord, accountID: string | undefined): string[] {
  const finalize = `when the cause is mended and it is still CUTTING_OVER: ${finalizeCommand(record, accountID)}`;
  return [lookCommand(record, accountID), isForeign(record.reasons) ? findOut : finalize];
}

function isForeign(reasons: readonly Reason[]): boolean {
  return reasons.some((reason) => foreignCodes.has(reason.code));
}

function undoCommands(record: ServerRecord, standing: readonly Reason[], accountID: string | undefined): string[] {
  const { sourceServerID, cutover } = record;
  if (cutover === undefined) return [];
  const flags = scopeFlags(record, accountID);
  const revert = `aws mgn change-server-life-cycle-state --source-server-id ${sourceServerID} --life-cycle state=READY_FOR_CUTOVER${flags} # only while its last cutover job is ${cutover.jobID}`;
  const terminate = `aws mgn terminate-target-instances --source-server-ids ${sourceServerID}${flags} # only once it is READY_FOR_CUTOVER and its launched instance is of job ${cutover.jobID}`;
  const isInstanceLost = standing.some((reason) => reason.code === 'INSTANCE_UNACCOUNTED');
  return [
    ...(record.lifeCycleState === 'CUTTING_OVER' ? [revert] : []),
    ...(isInstanceLost ? lostInstanceCommands(record) : [terminate]),
  ];
}

/** MGN no longer points to the instance, so only EC2 can say whether it is there, and only EC2 can end it. */
function lostInstanceCommands(record: ServerRecord): string[] {
  const ec2InstanceID = record.cutover?.ec2InstanceID;
  if (ec2InstanceID === undefined) return [];
  return [
    `aws ec2 describe-instances --instance-ids ${ec2InstanceID}${regionFlag(record)}`,
    `aws ec2 terminate-instances --instance-ids ${ec2InstanceID}${regionFlag(record)} # only if it is still there and nobody needs it`,
  ];
}

function lookCommand(record: ServerRecord, accountID: string | undefined): string {
  return `aws mgn describe-source-servers --filters sourceServerIDs=${record.sourceServerID}${scopeFlags(record, accountID)}`;
}

function finalizeCommand(record: ServerRecord, accountID: string | undefined): string {
  return `aws mgn finalize-cutover --source-server-id ${record.sourceServerID}${scopeFlags(record, accountID)}`;
}

function rollbackCommand(runID: RunID, record: ServerRecord): string {
  return `mgn-cutover rollback ${runID}${regionFlag(record)}`;
}

function scopeFlags(record: ServerRecord, accountID: string | undefined): string {
  return accountID === undefined ? regionFlag(record) : `${regionFlag(record)} --account-id ${accountID}`;
}

/** The fourth part of an ARN is its region; without an ARN the command uses the caller's own. */
function regionFlag(record: ServerRecord): string {
  const region = record.arn.split(':')[3];
  return region === undefined || region === '' ? '' : ` --region ${region}`;
}
