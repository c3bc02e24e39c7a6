/** The rights that are granted against the calls that are made, on nights that need every call there is. */
import { launchTargetReads } from '../../infra/mgn-actions.ts';
import { steps } from '../../infra/steps.ts';
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import { inNight, type AroundStep, type Night } from '../support/a-run.ts';
import { eventfulNight, hookedOptions, walkCommittedNight, walkEventfulNight } from '../support/eventful-night.ts';
import { atGate, commit, say, undo } from '../support/gate-walks.ts';

jest.setTimeout(60_000);

type CallsByStep = Map<string, Set<string>>;

/** How often each operation was called, of MGN by its name and of others with the service before it. */
const countsIn = (night: Night) =>
  new Map(Object.entries(night.simulator.callCounts()).map(([operation, { calls }]) => [operation, calls]));

/** Notes which operations each step's function calls. */
function noteCalls(night: Night, called: CallsByStep): AroundStep {
  return async ({ handler }, invoke) => {
    const before = countsIn(night);
    try {
      return await invoke();
    } finally {
      const operations = called.get(handler) ?? new Set();
      called.set(handler, operations);
      for (const [operation, count] of countsIn(night)) if (count !== before.get(operation)) operations.add(operation);
    }
  };
}

/** Launch targets whose security group is another VPC's, so that everything about them is asked. */
const nightAbroad: ScenarioInput = {
  ...eventfulNight,
  defaults: { ...eventfulNight.defaults, launchTemplate: { subnet: 'target', securityGroups: ['shared'] } },
  ec2: {
    vpcs: [
      { name: 'migration', subnets: [{ name: 'target' }] },
      { name: 'common', securityGroups: [{ name: 'shared', alsoInVpcs: ['migration'] }] },
    ],
  },
};
/** Launches that take so long that they are looked at while they run. */
const slowNight: ScenarioInput = {
  ...eventfulNight,
  defaults: { ...eventfulNight.defaults, timings: { variation: 0 } },
};
const lostAnswers = ['StartCutover', 'TerminateTargetInstances'] as const;
const forgetfulNight: ScenarioInput = {
  ...eventfulNight,
  faults: lostAnswers.map((operation) => ({ fault: 'lostAnswer', operation, firstCalls: 1 })),
};

/** Hooks of each kind, of which one waits for replication to have caught up. */
const hooks = hookedOptions.hooks.map((hook) => ({
  ...hook,
  ...(hook.when === 'beforeStart' && { lagZeroWithinSeconds: 600 }),
}));

/** A person's word before the start, and the last one. */
async function walkGatedNight(night: Night, around: AroundStep): Promise<void> {
  const wave = await atGate(night, { start: 'approve', commit: 'approve' }, { around });
  await say(night, 'approve', { around });
  await night.time.sleep(3 * 3_600_000);
  await commit(night, { around });
  await wave.ended;
}

async function walkNightUndone(night: Night, around: AroundStep): Promise<void> {
  await night.walk({ around });
  await undo(night, { around });
}

async function walkMigration(night: Night, around: AroundStep): Promise<void> {
  const waves = night.account().waves.map(({ waveID }) => ({ name: 'crm', input: { waveID } }));
  await night.walk({ machine: 'migration-run', name: 'move', input: { waves }, around });
}

describe('the rights of the steps in MGN and EC2', () => {
  const called: CallsByStep = new Map();
  const spend = (scenario: ScenarioInput, walk: (night: Night, around: AroundStep) => Promise<unknown>) =>
    inNight(scenario, (night) => walk(night, noteCalls(night, called)));
  beforeAll(async () => {
    await spend(nightAbroad, (night, around) => walkEventfulNight(night, around, { ...hookedOptions, hooks }));
    await spend(forgetfulNight, walkEventfulNight);
    await spend(eventfulNight, walkCommittedNight);
    await spend(eventfulNight, walkGatedNight);
    await spend(slowNight, walkNightUndone);
    await spend(eventfulNight, walkMigration);
  });

  it('are measured on nights that enter every step but the one for failures, which calls nothing', () => {
    const entered = [...called.keys(), 'RecordFailure'];
    expect(entered.sort()).toEqual(Object.keys(steps).sort());
    expect(steps['RecordFailure']?.mgnActions).toEqual([]);
  });

  it.each(Object.entries(steps))('are for %s the calls it makes, none too few and none too many', (name, step) => {
    const reads = step.readsLaunchTargets === true ? launchTargetReads : [];

    expect([...(called.get(name) ?? [])].sort()).toEqual([...step.mgnActions, ...reads].sort());
  });
});
