/** The rights that are granted against the calls that are made, on nights that need every call there is. */
import { steps } from '../../infra/steps.ts';
import { inNight, type AroundStep, type Night } from '../support/a-run.ts';
import { eventfulNight, walkCommittedNight, walkEventfulNight } from '../support/eventful-night.ts';

type CallsByStep = Map<string, Set<string>>;

/** Notes which operations each step's function calls. */
function noteCalls(night: Night, called: CallsByStep): AroundStep {
  return async ({ handler }, invoke) => {
    const before = new Map(night.calls);
    try {
      return await invoke();
    } finally {
      const operations = called.get(handler) ?? new Set();
      called.set(handler, operations);
      for (const [operation, count] of night.calls) if (count !== before.get(operation)) operations.add(operation);
    }
  };
}

const lostAnswers = ['StartCutover', 'TerminateTargetInstances'] as const;
const forgetfulNight = {
  ...eventfulNight,
  faults: lostAnswers.map((operation) => ({ fault: 'lostAnswer' as const, operation, firstCalls: 1 })),
};

describe('the rights of the steps in MGN', () => {
  const called: CallsByStep = new Map();
  beforeAll(async () => {
    for (const scenario of [eventfulNight, forgetfulNight]) {
      await inNight(scenario, async (night) => {
        await walkEventfulNight(night, noteCalls(night, called));
      });
    }
    await inNight(eventfulNight, async (night) => {
      await walkCommittedNight(night, noteCalls(night, called));
    });
  });

  it('are measured on nights that enter every step but the one for failures, which calls nothing', () => {
    const entered = [...called.keys(), 'RecordFailure'];
    expect(entered.sort()).toEqual(Object.keys(steps).sort());
    expect(steps['RecordFailure']?.mgnActions).toEqual([]);
  });

  it.each(Object.entries(steps))('are for %s the calls it makes, none too few and none too many', (name, step) => {
    expect([...(called.get(name) ?? [])].sort()).toEqual([...step.mgnActions].sort());
  });
});
