/** A hook's way from its first try to its verdict. */
import * as v from 'valibot';
import { HooksSchema, type HookInput } from '../../../functions/domain/hook-options.ts';
import {
  beginTry,
  endTry,
  isOpenHook,
  isPassedHook,
  isTryOverdue,
  judgeLag,
  newHookRecord,
  nextHookLookSeconds,
} from '../../../functions/domain/hook-record.ts';
import { nowMs } from '../../support/domain-builders.ts';

const hookOf = (fields: object = {}): HookInput => {
  const [hook] = v.parse(HooksSchema, [{ name: 'fence', when: 'beforeStart', automation: 'Fence', ...fields }]);
  if (hook === undefined) throw new Error('no hook');
  return hook;
};
const begun = (hook: HookInput) => beginTry(newHookRecord(hook, 'wave', 5, nowMs), nowMs);
const good = { succeeded: true, output: 'done' };
const bad = { succeeded: false, output: 'oh', reason: 'exit code 1' };

describe('endTry', () => {
  it('succeeds at the first good try', () => {
    const hook = hookOf();
    expect(endTry(hook, begun(hook), good, nowMs + 1)).toMatchObject({
      state: 'SUCCEEDED',
      tries: 1,
      endedAt: nowMs + 1,
      output: 'done',
    });
  });

  it('fails after its last try, and says why', () => {
    const hook = hookOf({ retries: 1 });
    const first = endTry(hook, begun(hook), bad, nowMs);
    expect(first).toMatchObject({ state: 'PENDING', tries: 1, reason: 'exit code 1' });
    const second = endTry(hook, beginTry(first, nowMs), bad, nowMs);
    expect(second).toMatchObject({ state: 'FAILED', tries: 2, reason: 'exit code 1', output: 'oh' });
  });

  it('forgets at the next try what the one before was known by', () => {
    const hook = hookOf({ retries: 1 });
    const first = endTry(hook, { ...begun(hook), externalID: 'execution-1' }, bad, nowMs);
    expect(beginTry(first, nowMs + 5)).toEqual({ ...begun(hook), tries: 2, triesMax: 2, startedAt: nowMs + 5 });
  });

  it('gives a hook that is begun anew all its tries again, with other numbers', () => {
    const hook = hookOf({ retries: 2 });
    const anew = beginTry(newHookRecord(hook, 'wave', 5, nowMs, { tries: 3 }), nowMs);
    expect(anew).toMatchObject({ tries: 4, triesMax: 6 });
  });
});

describe('isPassedHook', () => {
  it.each([
    ['fail', 'SUCCEEDED', true],
    ['fail', 'FAILED', false],
    ['warn', 'FAILED', true],
    ['warn', 'RUNNING', false],
    ['warn', 'WAITING_FOR_LAG', false],
    ['warn', 'PENDING', false],
  ] as const)('with onFailure %s and state %s is %s', (onFailure, state, passed) => {
    expect(isPassedHook(hookOf({ onFailure }), { state })).toBe(passed);
  });
});

it('a try is overdue after its time', () => {
  const hook = hookOf({ timeoutSeconds: 60 });
  expect(isTryOverdue(hook, begun(hook), nowMs + 59_999)).toBe(false);
  expect(isTryOverdue(hook, begun(hook), nowMs + 60_000)).toBe(true);
});

describe('judgeLag', () => {
  const hook = hookOf({ lagZeroWithinSeconds: 300 });
  const waiting = endTry(hook, begun(hook), good, nowMs);

  it('waits for the lag once the hook itself has succeeded', () => {
    expect(waiting.state).toBe('WAITING_FOR_LAG');
    expect(isOpenHook(waiting)).toBe(true);
  });

  it('does not believe a lag of zero that may be older than the hook', () => {
    expect(judgeLag(hook, waiting, [], nowMs + 59_000).state).toBe('WAITING_FOR_LAG');
    expect(judgeLag(hook, waiting, [], nowMs + 60_000)).toMatchObject({ state: 'SUCCEEDED', reason: undefined });
  });

  it('names who is behind while there is time, and fails with the names when it is up', () => {
    const behind = ['web-1 (s-1) lags 12 s'];
    expect(judgeLag(hook, waiting, behind, nowMs + 299_000)).toMatchObject({
      state: 'WAITING_FOR_LAG',
      reason: 'web-1 (s-1) lags 12 s',
    });
    expect(judgeLag(hook, waiting, behind, nowMs + 300_000)).toMatchObject({
      state: 'FAILED',
      reason: 'not caught up 300 s after it: web-1 (s-1) lags 12 s',
    });
  });

  it('names ten of many', () => {
    const behind = Array.from({ length: 12 }, (_, index) => `s${String(index)} lags`);
    expect(judgeLag(hook, waiting, behind, nowMs + 300_000).reason).toMatch(/s9 lags and 2 more$/);
  });

  it('takes silence of MGN for no good news', () => {
    expect(judgeLag(hook, waiting, undefined, nowMs + 120_000).state).toBe('WAITING_FOR_LAG');
    expect(judgeLag(hook, waiting, undefined, nowMs + 300_000)).toMatchObject({
      state: 'FAILED',
      reason: 'not caught up 300 s after it: the replication lag could not be read',
    });
  });

  it('settles within a gate that is shorter than that', () => {
    const brief = hookOf({ lagZeroWithinSeconds: 20 });
    expect(judgeLag(brief, waiting, [], nowMs + 20_000).state).toBe('SUCCEEDED');
  });
});

describe('nextHookLookSeconds', () => {
  const hook = hookOf();
  it.each([
    [0, 5],
    [59_000, 5],
    [60_000, 15],
    [600_000, 30],
  ])('after %i ms is %i', (elapsedMs, seconds) => {
    expect(nextHookLookSeconds(begun(hook), nowMs + elapsedMs)).toBe(seconds);
  });

  it('of one that waits for the lag is counted from its end', () => {
    const waiting = { ...begun(hook), state: 'WAITING_FOR_LAG' as const, endedAt: nowMs + 600_000 };
    expect(nextHookLookSeconds(waiting, nowMs + 601_000)).toBe(5);
  });

  it('is at once where a try is to be made', () => {
    expect(nextHookLookSeconds({ ...begun(hook), state: 'PENDING' }, nowMs + 900_000)).toBe(1);
  });
});
