/** What the nights of a suite must meet, each at least once, and the few things that no night can. */
import { attemptKinds, outcomes } from '../../../functions/domain/run-record.ts';
import { actionVerdicts, verdicts } from '../../../functions/domain/server-record.ts';
import type { FaultRule } from '../../../simulator/faults/fault-rule.ts';
import type { ForeignActScenario } from '../../../simulator/scenario/foreign-activity-schema.ts';
import type { Act, HookFault, LedgerFault, StepFault } from '../script.ts';
import { machineFacts } from './machine-facts.ts';
import { reasonCodes } from './reason-codes.ts';

/** Everything that must have been seen, by the names of `coverage.ts`, those of {@link unreachableFacts} included. */
export function requiredFacts(): readonly string[] {
  return [
    ...machineEdges(),
    ...actFacts(),
    ...faultFacts(),
    ...verdicts.map((verdict) => `verdict ${verdict}`),
    ...outcomes.map((outcome) => `outcome ${outcome}`),
    ...actionVerdicts.map((verdict) => `action ${verdict}`),
    ...reasonCodes.filter((code) => !readBeforehand.has(code) && !seldom.has(code)).map((code) => `reason ${code}`),
    ...['revert', 'terminate', 'terminate test instance'].map((what) => `compensation ${what}`),
    ...attemptKinds.flatMap((kind) => ['answered', 'found'].map((answer) => `attempt ${kind} ${answer}`)),
    // A termination that was refused is tried again, and the attempt is then another one.
    'attempt START_CUTOVER REJECTED',
    ...['PROCEED', 'REFUSE'].map((decision) => `decision ${decision}`),
    ...['START opened', 'START approved', 'START refused', 'COMMIT opened', 'COMMIT committed', 'COMMIT closed'].map(
      (gate) => `gate ${gate}`,
    ),
    'window asked',
  ];
}

/** Reasons read off an input, a saved plan or a launch template before anything happens; unit tests go through them. */
const readBeforehand: ReadonlySet<string> = new Set([
  'ARCHIVED',
  'NOT_FOUND',
  'SNAPSHOT_BEFORE_FENCE',
  'NO_LAUNCH_CONFIGURATION',
  'LAUNCH_DISPOSITION_UNKNOWN',
  'INSTANCE_CHANGED',
  'AMBIGUOUS_HOSTNAME',
  'SOURCE_SERVER_TAG_MISSING',
  'NOT_IN_PLAN',
  'FACTS_CHANGED',
  'PLAN_SERVER_MISSING',
  'LAUNCH_TARGETS_UNCHECKED',
  'LAUNCH_TEMPLATE_MISSING',
  'NO_SUBNET_AND_NO_DEFAULT_VPC',
  'SUBNET_FULL',
  'SECURITY_GROUP_MISSING',
  'SECURITY_GROUP_OTHER_VPC',
  'NO_INSTANCE_PROFILE',
  'VCPU_QUOTA_LOW',
  'VCPU_QUOTA_UNREAD',
]);

/** Reasons that take so special a course of things that chance comes to them too seldom; walks and unit tests go there. */
const seldom: ReadonlySet<string> = new Set([
  'STILL_WAITING',
  'NO_SNAPSHOT_EVIDENCE',
  'INSTANCE_NOT_OF_THIS_JOB',
  'JOB_NOT_SHOWN',
  'SOURCE_SERVER_GONE',
  'ACTION_NEVER_SEEN',
  'CUTOVER_OF_ANOTHER',
  'ALREADY_FINALIZED',
  'REVERT_FAILED',
  'START_UNSETTLED',
  'FINALIZE_UNKNOWN',
  'HALF_FINALIZED',
  'FINALIZED_BY_OTHERS',
  'MGN_UNREADABLE',
  'LOCKS_NOT_HELD',
  'NOT_BROUGHT_BACK',
  'SOURCE_STILL_WRITTEN',
  'SOURCE_WAS_WRITTEN',
]);

/** Every state, every entry of `Retry` and `Catch`, every branch of a Choice, and every way a machine may end. */
function machineEdges(): string[] {
  const places = [...machineFacts()];
  const machines = new Set(places.map(([place]) => place.split('/')[0] ?? ''));
  return [
    ...places.flatMap(([, { entered, retries, catches, choices }]) => [entered, ...retries, ...catches, ...choices]),
    ...[...machines].flatMap((machine) =>
      ['SUCCEEDED', 'FAILED', 'ABORTED'].map((status) => `ended ${machine} ${status}`),
    ),
  ];
}

/** The members of a union, none forgotten. */
const namesOf = (names: Readonly<Record<string, true>>) => Object.keys(names);

function actFacts(): string[] {
  const acts = namesOf({ start: true, stop: true } satisfies Record<Act['act'], true>);
  const foreign = namesOf({
    StartTest: true,
    StartCutover: true,
    TerminateTargetInstances: true,
    FinalizeCutover: true,
    DisconnectFromService: true,
    MarkAsArchived: true,
    DeleteSourceServer: true,
    PauseReplication: true,
    ResumeReplication: true,
    StopReplication: true,
    ChangeServerLifeCycleState: true,
    ModifyLaunchTemplate: true,
    hold: true,
    useQuota: true,
  } satisfies Record<ForeignActScenario['act'], true>);
  return [...[...acts, 'go on', 'second'].map((act) => `act ${act}`), ...foreign.map((act) => `foreign act ${act}`)];
}

function faultFacts(): string[] {
  const step = namesOf({
    error: true,
    lost: true,
    twice: true,
    atOnce: true,
    timeout: true,
    late: true,
    'dies call before': true,
    'dies call after': true,
    'dies ledgerWrite before': true,
    'dies ledgerWrite after': true,
    'stop for good': true,
    'stop late': true,
  } satisfies Record<Exclude<StepFault['fault'], 'dies' | 'stop'> | Death | `stop ${'for good' | 'late'}`, true>);
  const ledger = namesOf({ conflict: true, unavailable: true, lost: true } satisfies Record<
    LedgerFault['fault'],
    true
  >);
  const hook = namesOf({ fails: true, lostBefore: true, lostAfter: true } satisfies Record<HookFault['fault'], true>);
  const mgn = namesOf({
    throttle: true,
    serverError: true,
    reset: true,
    'lostAnswer reset': true,
    'lostAnswer timeout': true,
    'lostAnswer serverError': true,
    delay: true,
    staleRead: true,
    'refuse AccessDeniedException': true,
    'refuse ConflictException': true,
    'refuse ResourceNotFoundException': true,
    'refuse ServiceQuotaExceededException': true,
    'refuse UninitializedAccountException': true,
    'refuse ValidationException': true,
  } satisfies Record<Exclude<FaultRule['fault'], 'lostAnswer' | 'refuse'> | LostAnswer | Refusal, true>);
  return [
    ...step.map((fault) => `step fault ${fault}`),
    ...ledger.map((fault) => `ledger fault ${fault}`),
    ...hook.map((fault) => `hook fault ${fault}`),
    ...mgn.map((fault) => `mgn fault ${fault}`),
    'clock skew',
  ];
}

type Death = `dies ${Extract<StepFault, { fault: 'dies' }>['at']} ${'before' | 'after'}`;
type LostAnswer = `lostAnswer ${NonNullable<Extract<FaultRule, { fault: 'lostAnswer' }>['ending']>}`;
type Refusal = `refuse ${Extract<FaultRule, { fault: 'refuse' }>['exception']}`;

/** What is required by its kind and that no night can show, each with the reason; one that is seen all the same fails the suite. */
export function unreachableFacts(): ReadonlyMap<string, string> {
  const noOtherError = 'SendTaskSuccess of the local engine fails for the sake of its token only';
  return new Map([
    ['catch migration-run/CutOverWaves 0 -> RecordMigration', 'every state of an iteration catches all errors'],
    ['retry migration-run/CutOverWave 0', 'the local engine has no quota of executions and never fails to start one'],
    [
      'choice cutover-shift/WasAnythingDecided 4 -> TerminateTestInstances',
      'the test instances of a priority group go before its first launch, and the next group waits until it is judged',
    ],
    ['retry rollback/TellWaitingWave 1', noOtherError],
    ['retry commit/TellWaitingWave 1', noOtherError],
    ['reason JOB_CANCEL', 'MGN has no call that cancels a job, and the simulator never does'],
    ['reason NOT_VERIFIED', 'only verified source servers are ever assessed for a commit; the rule is a second guard'],
  ]);
}
