/** Coverage tells what a night met, neither more nor less, and a suite that never met something is told so. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aWave, inNight, statesEntered, type AroundStep, type Night, type Walk } from '../../support/a-run.ts';
import { chosenBranch, UnknownComparisonError } from './choice-rule.ts';
import { createCoverage, mergeFacts, missingFacts, type Facts } from './coverage.ts';
import { reasonCodes } from './reason-codes.ts';
import { requiredFacts, unreachableFacts } from './required-facts.ts';

const scenario = aWave([{ hostname: 'web-1' }, { hostname: 'db-1' }]);

/** Fails the n-th invocation of a state with an error of that name, without doing its work. */
function failing(stateName: string, times: readonly number[], error: string): AroundStep {
  let seen = 0;
  return (step, invoke) => {
    if (step.stateName !== stateName) return invoke();
    seen += 1;
    return times.includes(seen) ? Promise.reject(Object.assign(new Error('no'), { name: error })) : invoke();
  };
}

async function factsOf(around: AroundStep, look?: (night: Night, walk: Walk) => void): Promise<Facts> {
  const coverage = createCoverage();
  await inNight(scenario, async (night) => {
    const walk = await night.walk({ around });
    coverage.ofWalk(walk);
    for (const runID of await night.ledger.listRunIDs()) coverage.ofRun(await night.read(runID));
    look?.(night, walk);
  });
  return coverage.facts();
}

const undisturbed: AroundStep = (_step, invoke) => invoke();
const starting = (facts: Facts, ...kinds: readonly string[]) =>
  Object.fromEntries([...facts].filter(([fact]) => kinds.some((kind) => fact.startsWith(`${kind} `))));

describe('what a night met', () => {
  it('has no retry and no catch in a night without trouble, and every state as often as it was entered', async () => {
    const entered: string[] = [];
    const facts = await factsOf(undisturbed, (_night, walk) => entered.push(...statesEntered(walk)));
    expect(starting(facts, 'retry', 'catch', 'error')).toEqual({});
    const states = starting(facts, 'state');
    expect(Object.values(states).reduce((sum, times) => sum + times, 0)).toBe(entered.length);
    expect(states['state cutover-shift/StartCutover']).toBe(1);
    expect(starting(facts, 'ended', 'verdict', 'outcome')).toEqual({
      'ended cutover-shift SUCCEEDED': 1,
      'ended wave-cutover SUCCEEDED': 1,
      'outcome VERIFIED': 1,
      'verdict VERIFIED': 2,
    });
  });

  it('tells which entry of Retry led to another attempt', async () => {
    const lambda = await factsOf(failing('StartCutover', [1, 2], 'Lambda.Unknown'));
    expect(starting(lambda, 'retry', 'catch')).toEqual({ 'retry cutover-shift/StartCutover 0': 2 });
    const conflict = await factsOf(failing('StartCutover', [1], 'ConflictError'));
    expect(starting(conflict, 'retry', 'catch')).toEqual({ 'retry cutover-shift/StartCutover 4': 1 });
  });

  it('tells which entry of Catch led on, and not that of a retry which was not made any more', async () => {
    const facts = await factsOf(failing('AssessReadiness', [1], 'RunHeldError'));
    expect(starting(facts, 'retry', 'catch', 'error')).toEqual({
      'catch wave-cutover/AssessReadiness 0 -> RunTakenOver': 1,
      'error wave-cutover RunHeldError': 1,
    });
    const always = Array.from({ length: 20 }, (_, index) => index + 1);
    const exhausted = await factsOf(failing('ResolveWave', always, 'Lambda.Unknown'));
    expect(starting(exhausted, 'retry', 'catch', 'error')).toEqual({
      'retry wave-cutover/ResolveWave 0': 6,
      'catch wave-cutover/ResolveWave 0 -> WaveNotResolved': 1,
      'error wave-cutover Lambda.Unknown': 1,
    });
  });

  it('tells each branch of a Choice, those that lead to the same state apart', async () => {
    const facts = await factsOf(undisturbed);
    expect(starting(facts, 'choice wave-cutover/IsCommitAsked', 'choice wave-cutover/IsWaveReady')).toEqual({
      'choice wave-cutover/IsWaveReady 0 -> CutOver': 1,
      'choice wave-cutover/IsCommitAsked default -> RecordOutcome': 1,
    });
    expect(facts.get('choice cutover-shift/WasAnythingDecided 1 -> PollJobs')).toBe(1);
  });

  it('adds up nights', () => {
    const sum = new Map([['act stop', 2]]);
    mergeFacts(
      sum,
      new Map([
        ['act stop', 1],
        ['clock skew', 1],
      ]),
    );
    expect([...sum]).toEqual([
      ['act stop', 3],
      ['clock skew', 1],
    ]);
  });
});

describe('what a suite must have met', () => {
  const everything = () =>
    new Map(requiredFacts().flatMap((fact) => (unreachableFacts().has(fact) ? [] : [[fact, 1] as const])));

  it('is told when it never did', () => {
    const facts = everything();
    expect(missingFacts(facts)).toEqual([]);
    facts.delete('catch wave-cutover/AssessReadiness 0 -> RunTakenOver');
    facts.delete('verdict ROLLED_BACK');
    expect(missingFacts(facts)).toEqual([
      'never seen: catch wave-cutover/AssessReadiness 0 -> RunTakenOver',
      'never seen: verdict ROLLED_BACK',
    ]);
  });

  it('is told of an exception that is none, and no exception is of something that is not required', () => {
    for (const fact of unreachableFacts().keys()) {
      expect(requiredFacts()).toContain(fact);
      expect(missingFacts(everything().set(fact, 1))).toEqual([`seen though held to be unreachable: ${fact}`]);
    }
  });

  it('is each state, retry, catch and branch of the five machines once', () => {
    const facts = requiredFacts();
    expect(new Set(facts).size).toBe(facts.length);
    for (const fact of [
      'state migration-run/TakeWave',
      'retry commit/TellWaitingWave 0',
      'catch rollback/RunHooks 0 -> RecordHooksFailure',
      'choice cutover-shift/WhatIsDue default -> WaitForNextLook',
      'ended cutover-shift ABORTED',
    ]) {
      expect(facts).toContain(fact);
    }
  });

  it('is every reason that the product gives', () => {
    const root = join(process.cwd(), 'functions');
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, file), 'utf8'));
    const given = /(?:code(?: =|:)|\b(?:person|refuse|notDone|add|reason|reasonOf|leftReason)\()\s*'([A-Z_]+)'/g;
    const codes = new Set(sources.flatMap((source) => [...source.matchAll(given)].map(([, code]) => code)));
    expect([...codes].filter((code) => !reasonCodes.some((known) => known === code))).toEqual([]);
    const text = sources.join('\n');
    const isGiven = (code: string) => text.includes(code.replace(/^ACTION_/, ''));
    expect(reasonCodes.filter((code) => !isGiven(code))).toEqual([]);
  });
});

describe('the branch of a Choice', () => {
  const rules = [
    {
      Or: [
        { Variable: '$.a', IsPresent: true },
        { Variable: '$.b', IsPresent: true },
      ],
      Next: 'Any',
    },
    { Variable: '$.look.count', NumericGreaterThan: 0, Next: 'More' },
    { Not: { Variable: '$.look.state', StringEquals: 'DONE' }, Next: 'Going' },
  ];

  it('is the first that holds, or the default', () => {
    expect(chosenBranch(rules, { b: null })).toBe(0);
    expect(chosenBranch(rules, { look: { count: 1, state: 'DONE' } })).toBe(1);
    expect(chosenBranch(rules, { look: { count: 0 } })).toBe(2);
    expect(chosenBranch(rules, { look: { count: 0, state: 'DONE' } })).toBe(3);
  });

  it('is not guessed', () => {
    expect(() => chosenBranch([{ Variable: '$.a', StringMatches: '*', Next: 'Any' }], {})).toThrow(
      UnknownComparisonError,
    );
  });
});
