import { createFaultEngine } from '../../../simulator/faults/fault-engine.ts';
import type { FaultEngine } from '../../../simulator/faults/fault-engine.ts';
import type { FaultRule } from '../../../simulator/faults/fault-rule.ts';

type Conditions = Omit<Partial<FaultRule>, 'fault'>;

const throttle = (conditions: Conditions = {}): FaultRule => ({
  operation: 'DescribeJobs',
  ...conditions,
  fault: 'throttle',
});

/** Which of the first calls, one a second, the rules end: x ended, - not. */
const pattern = (engine: FaultEngine, calls: number): string =>
  Array.from({ length: calls }, (_, second) =>
    engine.decide('DescribeJobs', second).ending === undefined ? '-' : 'x',
  ).join('');

describe('createFaultEngine', () => {
  it.each<[string, Conditions, string]>([
    ['always, without conditions', {}, 'xxxxxxxx'],
    ['on the first calls', { firstCalls: 3 }, 'xxx-----'],
    ['on the calls named', { nthCalls: [2, 5] }, '-x--x---'],
    ['within a moment', { fromSeconds: 2, toSeconds: 5 }, '--xxx---'],
    ['on the first calls within a moment', { fromSeconds: 2, firstCalls: 1 }, '--x-----'],
    ['at most so often', { timesMax: 4 }, 'xxxx----'],
    ['never by a chance of zero', { probability: 0 }, '--------'],
    ['not on another operation', { operation: 'StartTest' }, '--------'],
    ['on any operation', { operation: '*', nthCalls: [1] }, 'x-------'],
  ])('fires %s', (_case, conditions, expected) => {
    expect(pattern(createFaultEngine([throttle(conditions)], 1), 8)).toBe(expected);
  });

  it('draws chance from the seed: the same seed strikes the same calls, another seed others', () => {
    const of = (seed: number) => pattern(createFaultEngine([throttle({ probability: 0.5 })], seed), 64);
    expect(of(7)).toBe(of(7));
    expect(of(7)).not.toBe(of(8));
    expect(of(7).replaceAll('-', '').length).toBeGreaterThan(16);
    expect(of(7).replaceAll('-', '').length).toBeLessThan(48);
  });

  it('keeps the draws of a rule when another rule is put after it', () => {
    const other: FaultRule = { fault: 'delay', operation: '*', delayMs: 1, probability: 0.5 };
    const alone = pattern(createFaultEngine([throttle({ probability: 0.5 })], 7), 32);
    expect(pattern(createFaultEngine([throttle({ probability: 0.5 }), other], 7), 32)).toBe(alone);
  });

  it('adds delays, takes the oldest read, and lets the first ending win', () => {
    const engine = createFaultEngine(
      [
        { fault: 'delay', operation: '*', delayMs: 200 },
        { fault: 'lostAnswer', operation: '*', afterMs: 50 },
        { fault: 'throttle', operation: '*' },
        { fault: 'staleRead', operation: '*', staleSecondsMax: 3 },
        { fault: 'delay', operation: '*', delayMs: 5 },
      ],
      1,
    );
    const { delayMs, staleMs, ending } = engine.decide('DescribeJobs', 0);
    expect(delayMs).toBe(255);
    expect(staleMs).toBeGreaterThan(0);
    expect(staleMs).toBeLessThanOrEqual(3000);
    expect(ending).toEqual({ kind: 'lostAnswer', ending: 'reset' });
  });

  it('lists what it did, and lifts single rules or all', () => {
    const engine = createFaultEngine([throttle({ nthCalls: [2] })], 1);
    const added = engine.add({ fault: 'reset', operation: 'StartTest' });
    pattern(engine, 3);
    expect(engine.list()).toEqual([
      { faultID: 'fault-1', rule: throttle({ nthCalls: [2] }), callsSeen: 3, timesFired: 1 },
      { faultID: added, rule: { fault: 'reset', operation: 'StartTest' }, callsSeen: 0, timesFired: 0 },
    ]);
    expect([engine.remove(added), engine.remove(added)]).toEqual([true, false]);
    engine.clear();
    expect(engine.list()).toEqual([]);
  });
});
