import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { commitWaitUntil, startWaitUntil, timesAmiss } from '../../../functions/domain/waiting.ts';
import { aRunRecord, waveID } from '../../support/domain-builders.ts';

const dayMs = 86_400_000;
const utc = (text: string) => Date.parse(`${text}:00Z`);
const window = { opensAt: '2026-11-28T22:00', closesAt: '2026-11-29T04:00', zone: 'Europe/Berlin' };
const closesAt = utc('2026-11-29T03:00');
const openedAt = utc('2026-11-28T23:00');

const runOf = (options: object, fields: object = {}, plan?: { rollbackSeconds?: number; lastSafeStartAt?: number }) =>
  aRunRecord({
    createdAt: openedAt,
    input: parseRunInput({ waveID: waveID(1), options, ...fields }),
    plan: {
      plannedAt: openedAt,
      decision: 'WAIT',
      reasons: [],
      lastSafeStartAt: plan?.lastSafeStartAt,
      expected: { launchSeconds: 1, actionsSeconds: 1, rollbackSeconds: plan?.rollbackSeconds ?? 0 },
    },
  });

describe('startWaitUntil', () => {
  it.each([
    ['what the input says', runOf({ startBy: '2026-11-28T23:30' }, { window }), utc('2026-11-28T22:30')],
    ['the last safe start', runOf({}, { window }, { lastSafeStartAt: 7 }), 7],
    ['the end of the window while no plan is there', runOf({}, { window }), closesAt],
    ['a day', runOf({}), openedAt + dayMs],
  ])('is %s', (_what, run, expected) => {
    expect(startWaitUntil(run)).toBe(expected);
  });
});

describe('commitWaitUntil', () => {
  const approve = { commit: 'approve' };
  const orBack = { ...approve, onCommitTimeout: 'rollback' };
  it.each([
    ['no time where nobody is waited for', runOf({}, { window }), openedAt],
    ['what the input says', runOf({ ...approve, commitBy: '2026-11-29T01:00' }, { window }), utc('2026-11-29T00:00')],
    ['the end of the window', runOf(approve, { window }, { rollbackSeconds: 600 }), closesAt],
    [
      'early enough to bring all back within it',
      runOf(orBack, { window }, { rollbackSeconds: 600 }),
      closesAt - 600_000,
    ],
    ['seven days', runOf(approve), openedAt + 7 * dayMs],
  ])('is %s', (_what, run, expected) => {
    expect(commitWaitUntil(run, openedAt)).toBe(expected);
  });
});

it('finds times that are past or too far away to wait for', () => {
  const { input } = runOf({ startBy: '2026-11-28T23:00Z', commit: 'approve', commitBy: '2026-12-13T23:00Z' });
  expect(timesAmiss(input, openedAt)).toEqual([
    'options.startBy is past',
    'options.commitBy is more than 14 days away',
  ]);
  expect(timesAmiss(input, openedAt - 1)).toEqual(['options.commitBy is more than 14 days away']);
  expect(timesAmiss(input, openedAt + dayMs)).toEqual(['options.startBy is past']);
});
