/**
 * What a person does next, as commands to paste. The region is that of the source server's own ARN; where the run acts
 * through a role, a comment says which one to call as.
 */
import type { RunID } from './identifiers.ts';
import type { MgnTarget } from './ports.ts';
import type { Reason } from './reason.ts';
import type { ServerRecord } from './server-record.ts';
import { accountIDOf, roleArnOf, viewedAccountID } from './target.ts';

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
export function stepsAfterIncompleteRollback(runID: RunID, record: ServerRecord, target: MgnTarget): string[] {
  const look = lookCommand(record, target);
  if (record.lifeCycleState === 'CUTOVER') return [look];
  const problems = record.rollback?.problems ?? [];
  const standing = problems.length > 0 ? problems : record.reasons;
  const steps = isForeign(standing) ? [findOut] : undoCommands(record, standing, target);
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
export function stepsAfterFailedFinalize(record: ServerRecord, target: MgnTarget): string[] {
  const finalize = `when the cause is mended and it is still CUTTING_OVER: ${finalizeCommand(record, target)}`;
  return [lookCommand(record, target), isForeign(record.reasons) ? findOut : finalize];
}

function isForeign(reasons: readonly Reason[]): boolean {
  return reasons.some((reason) => foreignCodes.has(reason.code));
}

function undoCommands(record: ServerRecord, standing: readonly Reason[], target: MgnTarget): string[] {
  const { sourceServerID, cutover } = record;
  if (cutover === undefined) return [];
  const revert = mgnCommand(
    `change-server-life-cycle-state --source-server-id ${sourceServerID} --life-cycle state=READY_FOR_CUTOVER`,
    record,
    target,
    `only while its last cutover job is ${cutover.jobID}`,
  );
  const terminate = mgnCommand(
    `terminate-target-instances --source-server-ids ${sourceServerID}`,
    record,
    target,
    `only once it is READY_FOR_CUTOVER and its launched instance is of job ${cutover.jobID}`,
  );
  const isInstanceLost = standing.some((reason) => reason.code === 'INSTANCE_UNACCOUNTED');
  return [
    ...(record.lifeCycleState === 'CUTTING_OVER' ? [revert] : []),
    ...(isInstanceLost ? lostInstanceCommands(record, target) : [terminate]),
  ];
}

/** MGN no longer points to the instance, so only EC2 can say whether it is there, and only EC2 can end it. */
function lostInstanceCommands(record: ServerRecord, target: MgnTarget): string[] {
  const ec2InstanceID = record.cutover?.ec2InstanceID;
  if (ec2InstanceID === undefined) return [];
  const describe = `aws ec2 describe-instances --instance-ids ${ec2InstanceID}${regionFlag(record)}`;
  const terminate = `aws ec2 terminate-instances --instance-ids ${ec2InstanceID}${regionFlag(record)}`;
  const accountID = accountIDOf(target);
  const caller = callerWords(target) ?? (accountID && `in account ${accountID}`);
  return [
    withComment(describe, caller),
    withComment(terminate, caller, 'only if it is still there and nobody needs it'),
  ];
}

function lookCommand(record: ServerRecord, target: MgnTarget): string {
  return mgnCommand(`describe-source-servers --filters sourceServerIDs=${record.sourceServerID}`, record, target);
}

function finalizeCommand(record: ServerRecord, target: MgnTarget): string {
  return mgnCommand(`finalize-cutover --source-server-id ${record.sourceServerID}`, record, target);
}

function rollbackCommand(runID: RunID, record: ServerRecord): string {
  return `mgn-cutover rollback ${runID}${regionFlag(record)}`;
}

function mgnCommand(call: string, record: ServerRecord, target: MgnTarget, condition?: string): string {
  const accountID = viewedAccountID(target);
  const accountFlag = accountID === undefined ? '' : ` --account-id ${accountID}`;
  return withComment(`aws mgn ${call}${regionFlag(record)}${accountFlag}`, callerWords(target), condition);
}

/** The AWS command line takes a role by a profile only, so that its name is for the person to know. */
function callerWords(target: MgnTarget): string | undefined {
  const roleArn = roleArnOf(target);
  return roleArn && `as ${roleArn}`;
}

function withComment(command: string, ...comments: readonly (string | undefined)[]): string {
  const words = comments.filter((comment) => comment !== undefined).join(', ');
  return words === '' ? command : `${command} # ${words}`;
}

/** The fourth part of an ARN is its region; without an ARN the command uses the caller's own. */
function regionFlag(record: ServerRecord): string {
  const region = record.arn.split(':')[3] ?? '';
  return /^[\w-]+$/.test(region) ? ` --region ${region}` : '';
}
