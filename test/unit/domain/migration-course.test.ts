import {
  judgeMigration,
  judgeReturn,
  nextTurn,
  readFailure,
  skipWaves,
  summarizeWaves,
  waitSeconds,
  waitSecondsUntil,
  type ReturnedRun,
} from '../../../functions/domain/migration-course.ts';
import type { WaveRecord } from '../../../functions/domain/migration-record.ts';
import { aRunRecord, nowMs } from '../../support/domain-builders.ts';
import { aMigration, partial, recordsOf, running, verified, type WaveWords } from './migration-builders.ts';

type States = Readonly<Record<string, Partial<WaveRecord>>>;
const at = (text: string) => Date.parse(text);
const windowFrom = (opensAt: string) => ({
  window: { opensAt, closesAt: new Date(at(opensAt) + 6 * 3_600_000).toISOString() },
});

/** The turn of a free slot at `now`. */
const turnOf = (waves: readonly (string | WaveWords)[], states: States, rest: object = {}, now = nowMs) => {
  const migration = aMigration(waves, rest);
  return nextTurn(migration, skipWaves(migration, recordsOf(migration, states), now), now);
};

describe('nextTurn', () => {
  it.each<[string, readonly (string | WaveWords)[], States, unknown]>([
    ['starts the first wave', ['a', 'b'], {}, { turn: 'START', name: 'a' }],
    [
      'starts the next beside a running one, for a slot is free',
      ['a', 'b'],
      { a: running },
      { turn: 'START', name: 'b' },
    ],
    ['starts the next after a verified one', ['a', 'b'], { a: verified }, { turn: 'START', name: 'b' }],
    ['is done when none waits, even if some still run', ['a', 'b'], { a: running, b: verified }, { turn: 'DONE' }],
    [
      'waits for a wave that the next one comes after',
      ['a', { name: 'b', after: ['a'] }],
      { a: running },
      { turn: 'WAIT', opensAt: undefined },
    ],
    [
      'starts one whose wave before it is finalized',
      ['a', { name: 'b', after: ['a'] }],
      { a: { state: 'ENDED', outcome: 'FINALIZED' } },
      { turn: 'START', name: 'b' },
    ],
    [
      'passes over a wave that has to wait, where waves say what they come after',
      ['a', { name: 'b', after: ['a'] }, 'c'],
      { a: running },
      { turn: 'START', name: 'c' },
    ],
    [
      'starts a canary before those that are listed before it',
      ['a', { name: 'b', canary: true }],
      {},
      { turn: 'START', name: 'b' },
    ],
    ['starts nothing beside a canary', ['a', { name: 'b', canary: true }], { b: running }, { turn: 'WAIT' }],
    [
      'starts one canary after the other',
      [
        { name: 'a', canary: true },
        { name: 'b', canary: true },
      ],
      { a: running },
      { turn: 'WAIT' },
    ],
    [
      'lets the others wait until all canaries are verified',
      ['c', { name: 'a', canary: true }, { name: 'b', canary: true }],
      { a: verified },
      { turn: 'START', name: 'b' },
    ],
    [
      'starts the others once they are',
      ['c', { name: 'a', canary: true }],
      { a: verified },
      { turn: 'START', name: 'c' },
    ],
    ['stops at a wave that failed', ['a', 'b'], { a: partial }, { turn: 'DONE' }],
    [
      'does not take another wave’s success for that of the one it comes after',
      ['a', 'c', { name: 'b', after: ['a'] }],
      { a: running, c: verified },
      { turn: 'WAIT' },
    ],
  ])('%s', (_what, waves, states, turn) => {
    expect(turnOf(waves, states)).toEqual(turn);
  });

  it('goes on after a wave that failed when told to', () => {
    expect(turnOf(['a', 'b'], { a: partial }, { onWaveFailed: 'continue' })).toEqual({ turn: 'START', name: 'b' });
  });

  it('is over when a canary has failed, whatever a failed wave means', () => {
    const waves = ['a', { name: 'b', canary: true }];

    expect(turnOf(waves, { b: partial }, { onWaveFailed: 'continue' })).toEqual({ turn: 'DONE' });
  });

  it('waits for the window of the next wave, and for that alone where nothing runs', () => {
    const opensAt = '2026-03-08T22:00:00Z';
    const waves = ['a', { name: 'b', input: windowFrom(opensAt) }];

    expect(turnOf(waves, { a: verified })).toEqual({ turn: 'WAIT', opensAt: at(opensAt) });
    expect(turnOf(waves, { a: running })).toEqual({ turn: 'WAIT' });
    expect(turnOf(waves, { a: verified }, {}, at(opensAt))).toEqual({ turn: 'START', name: 'b' });
  });

  it('keeps the order of the list while a window is waited for, and not where waves say what they come after', () => {
    const later = windowFrom('2026-03-08T22:00:00Z');

    expect(turnOf([{ name: 'a', input: later }, 'b'], {})).toMatchObject({ turn: 'WAIT' });
    expect(turnOf([{ name: 'a', input: later }, 'b', { name: 'c', after: ['b'] }], {})).toEqual({
      turn: 'START',
      name: 'b',
    });
  });

  it('waits for the window that opens first', () => {
    const waves = [
      { name: 'a', input: windowFrom('2026-03-09T22:00:00Z') },
      { name: 'b', input: windowFrom('2026-03-08T22:00:00Z') },
      { name: 'c', after: ['a'] },
    ];

    expect(turnOf(waves, {})).toEqual({ turn: 'WAIT', opensAt: at('2026-03-08T22:00:00Z') });
  });

  it('starts a wave whose window has closed: its run says so, and counts as failed', () => {
    expect(turnOf([{ name: 'a', input: windowFrom('2026-03-01T22:00:00Z') }], {})).toMatchObject({ turn: 'START' });
  });
});

describe('skipWaves', () => {
  const skipped = (waves: readonly (string | WaveWords)[], states: States, rest: object = {}) => {
    const migration = aMigration(waves, rest);
    const left = skipWaves(migration, recordsOf(migration, states), nowMs);
    return Object.fromEntries(left.map(({ name, state, summary }) => [name, summary ?? state]));
  };
  const chain = ['a', { name: 'b', after: ['a'] }, { name: 'c', after: ['b'] }, 'd'];

  it('skips all that waits after a failed wave, says why, and lets what runs run', () => {
    expect(skipped(['a', 'b', 'c', 'd'], { a: verified, b: partial, c: running })).toEqual({
      a: 'ENDED',
      b: 'ENDED',
      c: 'RUNNING',
      d: 'not started: wave "b" ended as PARTIAL (onWaveFailed is "stop")',
    });
  });

  it('skips what comes after a failed wave, directly or not, and only that when told to go on', () => {
    expect(skipped(chain, { a: partial }, { onWaveFailed: 'continue' })).toEqual({
      a: 'ENDED',
      b: 'not started: it comes after wave "a", which ended as PARTIAL',
      c: 'not started: it comes after wave "b", which was not started',
      d: 'WAITING',
    });
  });

  it.each(['REFUSED', 'NEEDS_A_PERSON', 'PARTIAL'] as const)('counts %s as failed', (outcome) => {
    expect(skipped(['a', 'b'], { a: { state: 'ENDED', outcome } })).toMatchObject({
      b: expect.stringContaining(`wave "a" ended as ${outcome}`),
    });
  });

  it.each(['VERIFIED', 'FINALIZED'] as const)('skips nothing after %s', (outcome) => {
    expect(skipped(chain, { a: { state: 'ENDED', outcome } })).toEqual({
      a: 'ENDED',
      b: 'WAITING',
      c: 'WAITING',
      d: 'WAITING',
    });
  });
});

describe('judgeReturn', () => {
  const plan = { plannedAt: nowMs, decision: 'PROCEED' as const, reasons: [] };
  const end = { endedAt: nowMs, outcome: 'PARTIAL' as const, summary: '2 source servers: 1 verified, 1 rolled back' };
  const open: ReturnedRun = { run: aRunRecord({ plan, end: undefined }), hasAttempts: true, heldUntil: nowMs + 1 };
  const untouched: ReturnedRun = { ...open, run: aRunRecord({ plan: undefined, end: undefined }), hasAttempts: false };
  const failure = { isOver: false, isNameTaken: false, words: 'its execution ended as ABORTED' };

  it('believes the end of the run, whatever the execution failed with', () => {
    const outcome = { outcome: 'PARTIAL', summary: end.summary };

    expect(judgeReturn({ ...open, run: aRunRecord({ plan, end }) }, undefined, nowMs)).toEqual(outcome);
    expect(judgeReturn({ ...open, run: aRunRecord({ plan, end }) }, failure, nowMs)).toEqual(outcome);
  });

  it('waits while an execution may be at work on the run', () => {
    expect(judgeReturn(open, failure, nowMs)).toBe('WAIT');
    expect(judgeReturn(open, undefined, nowMs)).toBe('WAIT');
    expect(judgeReturn(untouched, failure, nowMs)).toBe('WAIT');
    expect(judgeReturn({ ...untouched, run: undefined }, { ...failure, isNameTaken: true }, nowMs)).toBe('WAIT');
  });

  it('asks for a person where something was started and nobody works on it any more', () => {
    expect(judgeReturn(open, failure, nowMs + 1)).toEqual({
      outcome: 'NEEDS_A_PERSON',
      summary: 'its run has no end, and nobody works on it: its execution ended as ABORTED',
    });
    expect(judgeReturn({ ...open, hasAttempts: false }, failure, nowMs + 1)).toMatchObject({
      outcome: 'NEEDS_A_PERSON',
    });
  });

  it('takes a run that started nothing for refused, at once where its execution failed of its own accord', () => {
    const words = 'InvalidInputError: the wave is empty';

    expect(judgeReturn(untouched, { ...failure, isOver: true, words }, nowMs)).toEqual({
      outcome: 'REFUSED',
      summary: words,
    });
    expect(judgeReturn({ ...untouched, run: undefined }, failure, nowMs)).toMatchObject({ outcome: 'REFUSED' });
    expect(judgeReturn(untouched, failure, nowMs + 1)).toEqual({
      outcome: 'REFUSED',
      summary: 'nothing was started: its execution ended as ABORTED',
    });
  });
});

describe('readFailure', () => {
  const described = (fields: object) => JSON.stringify({ ExecutionArn: 'arn', Input: '{}', ...fields });
  const ofChild = (fields: object) => readFailure({ Error: 'States.TaskFailed', Cause: described(fields) });

  it('reads what a wave’s execution failed with', () => {
    const cause = JSON.stringify({ errorType: 'InvalidInputError', errorMessage: 'There is no source server.' });

    expect(ofChild({ Status: 'FAILED', Error: 'InvalidInputError', Cause: cause })).toEqual({
      isOver: true,
      isNameTaken: false,
      words: 'InvalidInputError: There is no source server.',
    });
    expect(ofChild({ Status: 'FAILED', Error: 'WavePartlyCutOver', Cause: '2 source servers' })).toMatchObject({
      isOver: true,
      words: 'WavePartlyCutOver: 2 source servers',
    });
  });

  it.each([
    [{ Status: 'ABORTED' }, 'its execution ended as ABORTED'],
    [{ Status: 'TIMED_OUT' }, 'its execution ended as TIMED_OUT'],
    [{ Status: 'FAILED', Error: 'States.Runtime', Cause: 'a defect' }, 'States.Runtime: a defect'],
    [{ Status: 'FAILED' }, 'its execution ended as FAILED'],
    [{ Status: 'ABORTED', Error: 'Stopped' }, 'Stopped'],
  ])('does not take %j for an end of its own accord', (fields, words) => {
    expect(ofChild(fields)).toEqual({ isOver: false, isNameTaken: false, words });
  });

  it.each(['StepFunctions.ExecutionAlreadyExistsException', 'StepFunctions.ExecutionAlreadyExists'])(
    'knows %s for a name that is taken',
    (name) => {
      expect(readFailure({ Error: name, Cause: 'Execution Already Exists' })).toMatchObject({
        isNameTaken: true,
        isOver: false,
      });
    },
  );

  it('quotes no cause that was cut short, and no more than 500 characters', () => {
    expect(readFailure({ Error: 'States.TaskFailed', Cause: '{"Cause":"' }).words).toBe('States.TaskFailed');
    expect(readFailure({ Error: 'E', Cause: 'x'.repeat(1_000) }).words).toHaveLength(500);
    expect(readFailure({ Error: 'States.Timeout' }).words).toBe('States.Timeout');
  });
});

describe('waitSeconds', () => {
  const looksWithin = (seconds: number) => {
    let waits = 0;
    for (let waited = 0; waited < seconds; waits += 1) waited += waitSeconds(waits);
    return waits;
  };

  it('looks after a minute first, then every five', () => {
    expect([0, 1, 2, 3, 4].map(waitSeconds)).toEqual([60, 120, 240, 300, 300]);
  });

  it('keeps four slots that wait below 5,000 events in a night and 25,000 in 20 days', () => {
    const eventsOf = (seconds: number) => 4 * 9 * looksWithin(seconds);

    expect(eventsOf(8 * 3_600)).toBeLessThan(4_000);
    expect(eventsOf(20 * 86_400)).toBeLessThan(24_000);
  });

  it('waits for a window no longer than until it opens, and a day at most', () => {
    expect(waitSecondsUntil(nowMs + 90_500, nowMs)).toBe(91);
    expect(waitSecondsUntil(nowMs, nowMs)).toBe(1);
    expect(waitSecondsUntil(nowMs + 10 * 86_400_000, nowMs)).toBe(86_400);
  });
});

describe('judgeMigration', () => {
  const judged = (states: States) => judgeMigration(recordsOf(aMigration(['a', 'b', 'c']), states));
  const refused: Partial<WaveRecord> = { state: 'ENDED', outcome: 'REFUSED' };
  const finalized: Partial<WaveRecord> = { state: 'ENDED', outcome: 'FINALIZED' };
  const person: Partial<WaveRecord> = { state: 'ENDED', outcome: 'NEEDS_A_PERSON' };
  const skipped: Partial<WaveRecord> = { state: 'SKIPPED' };

  it.each<[string, States, string, string]>([
    ['all are verified', { a: verified, b: verified, c: verified }, 'VERIFIED', '3 waves: 3 verified'],
    ['all are finalized', { a: finalized, b: finalized, c: finalized }, 'FINALIZED', '3 waves: 3 finalized'],
    ['some are finalized', { a: finalized, b: verified, c: verified }, 'VERIFIED', '3 waves: 1 finalized, 2 verified'],
    [
      'one is not all there',
      { a: verified, b: partial, c: skipped },
      'PARTIAL',
      '3 waves: 1 verified, 1 partly or not cut over (b), 1 not started (c)',
    ],
    [
      'nothing was touched',
      { a: refused, b: skipped, c: skipped },
      'REFUSED',
      '3 waves: 1 refused (a), 2 not started (b, c)',
    ],
    [
      'one was refused and others are verified',
      { a: refused, b: verified, c: verified },
      'PARTIAL',
      '3 waves: 2 verified, 1 refused (a)',
    ],
    [
      'one needs a person',
      { a: person, b: verified, c: skipped },
      'NEEDS_A_PERSON',
      '3 waves: 1 verified, 1 needing a person (a), 1 not started (c)',
    ],
    [
      'one has no end',
      { a: running, b: verified, c: verified },
      'NEEDS_A_PERSON',
      '3 waves: 2 verified, 1 under way (a)',
    ],
  ])('%s', (_what, states, outcome, summary) => {
    expect(judged(states)).toEqual({ outcome, summary });
  });

  it('says in its summary what waits', () => {
    expect(summarizeWaves(recordsOf(aMigration(['a']), {}))).toBe('1 wave: 1 waiting');
  });
});
