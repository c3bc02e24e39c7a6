/** What goes wrong on a night, from the dice. Each night has a few kinds of trouble only, so that every kind gets its turn alone. */
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import type { HookFault, LedgerFault, StepFault, Trouble } from '../script.ts';
import type { Dice } from './dice.ts';

type FaultRule = NonNullable<ScenarioInput['faults']>[number];
type ForeignAct = NonNullable<ScenarioInput['foreignActivity']>[number];

const jobStarters = ['StartCutover', 'TerminateTargetInstances'] as const;
const writes = [...jobStarters, 'ChangeServerLifeCycleState', 'FinalizeCutover'] as const;
const reads = ['DescribeJobs', 'DescribeSourceServers', 'DescribeJobLogItems'] as const;

/** What goes wrong on the way to MGN and back. */
export function callFaultsOf(dice: Dice): FaultRule[] {
  return [
    ...(dice.chance(0.3) ? noiseOf(dice) : []),
    ...(dice.chance(0.15) ? [lostStartOf(dice)] : []),
    ...(dice.chance(0.12)
      ? [{ fault: 'staleRead', operation: '*', probability: 0.3, staleSecondsMax: dice.pick([5, 20, 45]) } as const]
      : []),
    ...(dice.chance(0.1)
      ? [
          {
            fault: 'delay',
            operation: dice.pick(['*', ...writes]),
            probability: 0.2,
            delayMs: dice.int(500, 40_000),
          } as const,
        ]
      : []),
    ...(dice.chance(0.06) ? [outageOf(dice)] : []),
    ...(dice.chance(0.1) ? [refusalOf(dice)] : []),
  ];
}

function noiseOf(dice: Dice): FaultRule[] {
  const probability = dice.pick([0.02, 0.06]);
  return dice.some(['lostAnswer', 'throttle', 'serverError', 'reset'] as const, 0.6).map((fault) => ({
    fault,
    operation: '*' as const,
    probability,
  }));
}

function lostStartOf(dice: Dice): FaultRule {
  return {
    fault: 'lostAnswer',
    operation: dice.pick(writes),
    nthCalls: [dice.int(1, 3)],
    ending: dice.pick(['reset', 'timeout', 'serverError']),
  };
}

function outageOf(dice: Dice): FaultRule {
  const fromSeconds = dice.int(60, 3_000);
  return {
    fault: 'serverError',
    operation: dice.pick(['*', ...reads, ...writes]),
    status: dice.pick([500, 502, 503]),
    fromSeconds,
    toSeconds: fromSeconds + dice.int(60, 4_000),
  };
}

function refusalOf(dice: Dice): FaultRule {
  return {
    fault: 'refuse',
    operation: dice.pick(writes),
    exception: dice.pick([
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ServiceQuotaExceededException',
      'ResourceNotFoundException',
      'UninitializedAccountException',
    ]),
    probability: 0.7,
    ...dice.maybe(0.5, () => ({ timesMax: dice.int(1, 3) })),
  };
}

const clicks = [
  'StartTest',
  'StartCutover',
  'StartCutover',
  'TerminateTargetInstances',
  'TerminateTargetInstances',
  'FinalizeCutover',
  'DisconnectFromService',
  'MarkAsArchived',
  'DeleteSourceServer',
  'PauseReplication',
  'ResumeReplication',
  'StopReplication',
] as const;

/** What others do in the account meanwhile: jobs that hold servers or use up quota, clicks on the very same servers. */
export function foreignActsOf(dice: Dice, names: readonly [string, ...string[]]): ForeignAct[] {
  if (dice.chance(0.06)) return takeoverOf(dice, names);
  if (!dice.chance(0.25)) return [];
  return dice.times(dice.int(1, 3), () => {
    const atSeconds = dice.int(0, 3_000);
    const servers = [dice.pick(names)];
    const interval = { fromSeconds: atSeconds, toSeconds: atSeconds + dice.int(100, 3_000) };
    switch (dice.pick(['hold', 'hold', 'servers', 'jobs', 'click', 'click', 'revert', 'template'])) {
      case 'hold':
        return { act: 'hold', ...interval, servers };
      case 'servers':
        return { act: 'useQuota', ...interval, servers: dice.int(150, 200), jobs: 1 };
      case 'jobs':
        return { act: 'useQuota', ...interval, servers: 20, jobs: 20 };
      case 'click':
        return { act: dice.pick(clicks), atSeconds, servers };
      case 'revert':
        return {
          act: 'ChangeServerLifeCycleState',
          atSeconds,
          servers,
          state: dice.pick(['READY_FOR_TEST', 'READY_FOR_CUTOVER', 'CUTOVER']),
        };
      case 'template':
        return { act: 'ModifyLaunchTemplate', atSeconds, servers, launchTemplate: { instanceType: 'm5.xlarge' } };
    }
  });
}

/** Somebody undoes what was cut over and cuts it over themselves, and perhaps undoes that too but for its instance. */
function takeoverOf(dice: Dice, names: readonly [string, ...string[]]): ForeignAct[] {
  const servers = [dice.pick(names)];
  const undoneAt = dice.int(300, 2_500);
  const cutOverAt = undoneAt + dice.int(1, 200);
  const revert = { act: 'ChangeServerLifeCycleState', servers, state: 'READY_FOR_CUTOVER' } as const;
  return [
    { ...revert, atSeconds: undoneAt },
    { act: 'StartCutover', atSeconds: cutOverAt, servers },
    ...(dice.chance(0.5) ? [{ ...revert, atSeconds: cutOverAt + dice.int(600, 2_000) }] : []),
  ];
}

/** Errors of Lambda's that the machines know how to repeat, and some that they do not. */
const lambdaErrors = [
  'Lambda.ServiceException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
] as const;
const ownErrors = [
  'TransientServiceError',
  'LedgerConflictError',
  'ThrottledError',
  'OutcomeUnknownError',
  'ConflictError',
  'TypeError',
  'AccessDeniedError',
] as const;

/** What happens to single invocations of steps: `steps` is about how many there will be. */
export function stepFaultsOf(dice: Dice, steps: number): StepFault[] {
  if (!dice.chance(0.45)) return [];
  const at = [...new Set(dice.times(dice.pick([1, 1, 2, 4]), () => dice.int(1, steps)))];
  return at.map((step) => ({ step, ...troubleOf(dice) }));
}

function troubleOf(dice: Dice): Trouble {
  const error = dice.pick(lambdaErrors);
  switch (dice.pick(['error', 'error', 'lost', 'twice', 'atOnce', 'timeout', 'late', 'dies', 'dies', 'stop', 'stop'])) {
    case 'error': {
      const isOwn = dice.chance(0.5);
      return { fault: 'error', error: isOwn ? dice.pick(ownErrors) : error, times: dice.pick([1, 2, 7, 100]) };
    }
    case 'lost':
      return { fault: 'lost', error };
    case 'twice':
      return { fault: 'twice' };
    case 'atOnce':
      return { fault: 'atOnce' };
    case 'timeout':
      return { fault: 'timeout' };
    case 'late':
      return { fault: 'late', error, seconds: dice.int(1, 280) };
    case 'dies': {
      const at = dice.pick(['call', 'ledgerWrite']);
      return { fault: 'dies', at, nth: dice.int(1, 4), effect: dice.chance(0.5) };
    }
    case 'stop':
      return { fault: 'stop', ...dice.maybe(0.6, () => ({ seconds: dice.int(0, 280) })) };
  }
}

/** What happens to single writes of the ledger. */
export function ledgerFaultsOf(dice: Dice, writesExpected: number): LedgerFault[] {
  if (!dice.chance(0.2)) return [];
  const at = [...new Set(dice.times(dice.int(1, 4), () => dice.int(1, writesExpected)))];
  return at.map((write) => ({ write, fault: dice.pick(['conflict', 'unavailable', 'lost']) }));
}

/** What happens to single starts of hooks. */
export function hookFaultsOf(dice: Dice): HookFault[] {
  if (!dice.chance(0.5)) return [];
  return dice
    .some([1, 2, 3, 4], 0.3)
    .map((start) => ({ start, fault: dice.pick(['fails', 'fails', 'lostBefore', 'lostAfter']) }));
}
