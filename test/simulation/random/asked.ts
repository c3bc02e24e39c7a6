/** What is asked of the tool, from the dice: the input of a run with its options and window. */
import type { Dice } from './dice.ts';

/** How a night's commit goes. */
export type Commit = 'never' | 'auto' | 'approve';

/** What was drawn for a run. */
export interface Asked {
  readonly input: Readonly<Record<string, unknown>>;
  readonly commit: Commit;
  readonly hasStartGate: boolean;
}

/** The input of a run on the wave of that name, with at most so many source servers in a job. */
export function askedOf(dice: Dice, wave: string, batchServersMax: number): Asked {
  const commit = dice.pick(['never', 'auto', 'approve']);
  const hasStartGate = dice.chance(0.12);
  const window = dice.chance(0.25) ? windowOf(dice) : undefined;
  const options = {
    commit,
    onBlocked: dice.pick(['skip', 'skip', 'refuse']),
    ...dice.maybe(0.2, () => ({ onLocked: 'wait' })),
    ...(hasStartGate && { start: 'approve' }),
    ...(commit === 'approve' && { onCommitTimeout: dice.pick(['hold', 'rollback']) }),
    ...(commit === 'approve' && window === undefined && { commitBy: `+${String(dice.int(150, 400) * 60)}s` }),
    ...(hasStartGate && window === undefined && { startBy: `+${String(dice.int(30, 120) * 60)}s` }),
    ...dice.maybe(0.4, () => ({ priorityGroups: groupsOf(dice) })),
    ...dice.maybe(0.35, () => ({ hooks: hooksOf(dice) })),
    ...dice.maybe(0.1, () => ({ requireTestLaunch: false })),
    ...dice.maybe(0.1, () => ({ terminateTestInstances: false })),
    ...dice.maybe(0.1, () => ({ freshness: { lagZero: true } })),
    ...dice.maybe(0.1, () => ({ callsPerSecondMax: dice.pick([0.2, 10]) })),
    batchServersMax,
    settleSeconds: dice.pick([60, 60, 0, 300]),
    failurePolicy: policyOf(dice),
    ...(window !== undefined && { expected: { launchSeconds: 300, actionsSeconds: 60, rollbackSeconds: 120 } }),
    deadlines: {
      firstBootSeconds: 240,
      launchSeconds: 1_800,
      agentSeconds: 600,
      actionsSeconds: 600,
      terminateSeconds: 900,
      runningJobsSeconds: 2_400,
    },
  };
  return { input: { waveID: `wave:${wave}`, options, ...(window && { window }) }, commit, hasStartGate };
}

function windowOf(dice: Dice) {
  const opensAt = dice.chance(0.15) ? dice.int(60, 900) : 0;
  const closesAt = dice.int(20, 200) * 60 + opensAt;
  return {
    opensAt: `+${String(opensAt)}s`,
    closesAt: `+${String(closesAt)}s`,
    zone: 'Europe/Berlin',
    ...dice.maybe(0.5, () => ({ rollbackBy: `+${String(opensAt + dice.int(8, 19) * 60)}s` })),
  };
}

function groupsOf(dice: Dice) {
  return dice.some([1, 2, 3, 4], 0.6).map((group) => ({ group, tag: `group=${String(group)}` }));
}

function hooksOf(dice: Dice) {
  return dice.some(['beforeStart', 'afterVerified', 'afterRollback'], 0.6).map((when) => ({
    name: when,
    when,
    automation: 'Document',
    ...dice.maybe(0.5, () => ({ eachApplication: true })),
    retries: dice.int(0, 1),
    timeoutSeconds: dice.pick([20, 120, 120]),
    onFailure: dice.pick(['fail', 'fail', 'warn']),
  }));
}

function policyOf(dice: Dice) {
  return {
    application: dice.pick(['atomic', 'atomic', 'independent']),
    ...dice.maybe(0.15, () => ({ wave: 'atomic' })),
    ...dice.maybe(0.3, () => ({
      stopAt: dice.chance(0.5) ? { servers: dice.int(1, 3) } : { percent: dice.int(10, 60) },
    })),
    ...dice.maybe(0.5, () => ({ mayFail: [{ tag: 'may=yes' }] })),
  };
}
