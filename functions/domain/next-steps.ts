/** What a person does next, as commands to paste. Region and account come from the source server's own ARN. */
import type { RunID } from './identifiers.ts';
import type { ServerRecord } from './server-record.ts';

/** The commands that are left when a rollback could not finish. */
export function stepsAfterIncompleteRollback(
  runID: RunID,
  record: ServerRecord,
  accountID: string | undefined,
): string[] {
  const scope = scopeFlags(record, accountID);
  const steps = [
    `aws mgn describe-source-servers --filters sourceServerIDs=${record.sourceServerID} ${scope}`,
    ...(record.lifeCycleState === 'CUTTING_OVER' && record.cutover !== undefined
      ? [
          `aws mgn change-server-life-cycle-state --source-server-id ${record.sourceServerID} --life-cycle state=READY_FOR_CUTOVER ${scope}`,
        ]
      : []),
    ...(record.cutover?.ec2InstanceID !== undefined && record.lifeCycleState !== 'CUTOVER'
      ? [
          `aws mgn terminate-target-instances --source-server-ids ${record.sourceServerID} ${scope} # only once it is READY_FOR_CUTOVER; removes ${record.cutover.ec2InstanceID}`,
        ]
      : []),
  ];
  const retry = `mgn-cutover rollback ${runID} ${regionFlag(record)}`;
  return record.lifeCycleState === 'CUTOVER' ? steps : [...steps, retry];
}

/** What is left to decide once a server is verified and not finalized. */
export function stepsAfterVerified(runID: RunID, record: ServerRecord, accountID: string | undefined): string[] {
  return [
    `to keep it (cannot be undone): aws mgn finalize-cutover --source-server-id ${record.sourceServerID} ${scopeFlags(record, accountID)}`,
    `to bring it back: mgn-cutover rollback ${runID} ${regionFlag(record)}`,
  ];
}

/** The commands for a server whose finalize call was refused or whose outcome is unknown. */
export function stepsAfterFailedFinalize(record: ServerRecord, accountID: string | undefined): string[] {
  const scope = scopeFlags(record, accountID);
  return [
    `aws mgn describe-source-servers --filters sourceServerIDs=${record.sourceServerID} ${scope}`,
    `when it is still CUTTING_OVER: aws mgn finalize-cutover --source-server-id ${record.sourceServerID} ${scope}`,
  ];
}

function scopeFlags(record: ServerRecord, accountID: string | undefined): string {
  return accountID === undefined ? regionFlag(record) : `${regionFlag(record)} --account-id ${accountID}`;
}

/** The fourth part of an ARN is its region. */
function regionFlag(record: ServerRecord): string {
  return `--region ${record.arn.split(':')[3] ?? ''}`;
}
