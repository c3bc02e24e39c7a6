/**
 * The behaviours of the service that nobody has measured (`mgn.md`, UNVERIFIED): each is a switch with a default, so
 * that a program can be tried against every reading. A scenario sets them under `switches`.
 */
import * as v from 'valibot';

/** One switch: the first value is the default unless another is named. */
const oneOf = <const Values extends readonly [string, ...string[]]>(
  values: Values,
  meaning: string,
  byDefault: NoInfer<Values[number]> = values[0],
) => v.optional(v.pipe(v.picklist(values), v.description(meaning)), byDefault);

const refusalOf = (call: string, section: string, byDefault: 'ConflictException' | 'ValidationException') =>
  oneOf(['ConflictException', 'ValidationException'], `How ${call} is refused (mgn.md ${section}).`, byDefault);

/** Schema of a scenario's `switches`: name, values, default and meaning of each. Unknown names are refused. */
export const switchesSchema = v.strictObject({
  startCutoverFromCuttingOver: oneOf(
    ['refused', 'allowed'],
    'Whether StartCutover may be called again on a server that is CUTTING_OVER without reverting it first (mgn.md C.1).',
  ),
  startTestFromTesting: oneOf(
    ['allowed', 'refused'],
    'Whether StartTest may be called again on a server that is TESTING (mgn.md C.1).',
  ),
  readyForTestFromCuttingOver: oneOf(
    ['refused', 'allowed'],
    'Whether ChangeServerLifeCycleState may take a CUTTING_OVER server back to READY_FOR_TEST (mgn.md C.1).',
  ),
  changeToSameState: oneOf(
    ['refused', 'accepted'],
    'Whether ChangeServerLifeCycleState accepts the state that the server is in already, changing nothing (mgn.md C.1).',
  ),
  failedCutoverState: oneOf(
    ['READY_FOR_CUTOVER', 'CUTTING_OVER'],
    'The lifecycle state that a failed cutover launch leaves the server in (mgn.md C.2).',
  ),
  failedTestState: oneOf(
    ['READY_FOR_TEST', 'TESTING'],
    'The lifecycle state that a failed test launch leaves the server in (mgn.md C.2).',
  ),
  skippedLaunchStatus: oneOf(
    ['FAILED', 'PENDING'],
    'The launch status of a server that a job skipped (SERVER_SKIPPED, mgn.md D.2).',
  ),
  launchStatusInProgress: oneOf(
    ['fromLaunch', 'fromConversion', 'never'],
    'When launchStatus turns from PENDING to IN_PROGRESS, if at all (mgn.md D.3).',
  ),
  postLaunchActionsTiming: oneOf(
    ['afterCompleted', 'beforeCompleted'],
    'Whether a job is COMPLETED before its post-launch actions run, or only after them (mgn.md D.4).',
  ),
  undiscoveredAgentActions: oneOf(
    ['hang', 'absent'],
    'What a job shows of its actions when the SSM agent is never discovered: IN_PROGRESS until their time-outs, or nothing (mgn.md H.8).',
  ),
  withoutInstanceProfile: oneOf(
    ['agentNeverSeen', 'agentSeen'],
    'Whether the SSM agent is discovered on an instance whose launch template names no instance profile (mgn.md H.8).',
  ),
  launchedInstanceAfterTerminate: oneOf(
    ['removed', 'kept'],
    'Whether launchedInstance is gone after a terminate job (mgn.md H.15).',
  ),
  terminateWithoutInstance: oneOf(
    ['accepted', 'refused'],
    'Whether TerminateTargetInstances takes a server that has no launched instance (mgn.md C.1).',
  ),
  terminateWhenDisconnected: oneOf(
    ['allowed', 'refused'],
    'Whether TerminateTargetInstances takes a DISCONNECTED server (mgn.md C.1).',
  ),
  callsDuringJob: oneOf(
    ['refused', 'allowed'],
    'Whether ChangeServerLifeCycleState, FinalizeCutover, DisconnectFromService, MarkAsArchived, DeleteSourceServer and StopReplication work while a job holds the server (mgn.md C.1 measures only the job starters).',
  ),
  finalizeBlockedBy: oneOf(
    ['failed', 'notSucceeded', 'nothing'],
    'Which must-succeed post-launch actions block FinalizeCutover: failed ones, all that have not succeeded, or none (mgn.md C.4).',
  ),
  finalizeUninstallsAgent: oneOf(
    ['yes', 'no'],
    'Whether the agent stops reporting after FinalizeCutover (mgn.md C.4).',
  ),
  stopReplicationLifeCycle: oneOf(['unchanged', 'STOPPED'], 'The lifecycle state after StopReplication (mgn.md C.1).'),
  revertedStamp: oneOf(
    ['stamped', 'never'],
    'Whether taking a server back stamps lastTest.reverted or lastCutover.reverted (mgn.md C.5).',
  ),
  terminateRefusal: refusalOf(
    'TerminateTargetInstances in a lifecycle state that forbids it',
    'C.1',
    'ConflictException',
  ),
  finalizeRefusal: refusalOf(
    'FinalizeCutover in another state or with failed actions',
    'C.1, C.4',
    'ConflictException',
  ),
  notLaunchableRefusal: refusalOf('a call on a server that is not launchable (no lag)', 'C.1', 'ConflictException'),
  quotaRefusal: oneOf(
    ['ConflictException', 'ServiceQuotaExceededException', 'ValidationException'],
    'How a job starter that exceeds a job quota is refused (mgn.md A.2, E).',
  ),
  unknownServerRefusal: oneOf(
    ['ValidationException', 'ConflictException', 'ResourceNotFoundException'],
    'How a job starter with an unknown source server is refused (mgn.md A.2).',
  ),
  conflictNamesServers: oneOf(
    ['no', 'yes'],
    'Whether the 409 of a whole batch names the servers to blame in errors[] (mgn.md H.2).',
  ),
  unknownJob: oneOf(
    ['empty', 'ResourceNotFoundException'],
    'What DescribeJobLogItems answers for an unknown job (mgn.md A.2).',
  ),
  describeWithoutIsArchived: oneOf(
    ['all', 'notArchived'],
    'Whether describes and lists without the isArchived filter include archived records (mgn.md A.4).',
  ),
  timestamps: oneOf(
    ['offset', 'z'],
    'How timestamps are written: with microseconds and +00:00 as captured, or ending in Z as modelled (mgn.md A.1).',
  ),
  tagsCarryResourceArn: oneOf(
    ['no', 'yes'],
    'Whether every tags map carries an extra key resourceArn, as captured in 2022 (mgn.md A.1).',
  ),
  defaultPageSize: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(1000),
      v.description('Items on a page when maxResults is left out (mgn.md A.4).'),
    ),
    50,
  ),
  initializeServiceSuffices: oneOf(
    ['no', 'yes'],
    'Whether InitializeService alone ends UninitializedAccountException, or a replication configuration template is needed too (mgn.md H.7).',
  ),
  reassociation: oneOf(
    ['AccessDeniedException', 'accepted'],
    'What AssociateSourceServers and AssociateApplications answer for a member that is there already (mgn.md A.2).',
  ),
  duplicateNames: oneOf(
    ['refused', 'accepted'],
    'Whether two waves, or two applications, of an account may have the same name (mgn.md A.2 models a conflict on creation).',
  ),
});

/** Every switch with its value. */
export type Switches = v.InferOutput<typeof switchesSchema>;
