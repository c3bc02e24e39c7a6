/** When hooks are due, in which order, and what waits for them. */
import {
  awaitsHook,
  groupOf,
  hooksDue,
  hooksToBegin,
  isHeldByHook,
  isStillWanted,
  serversFor,
} from '../../../functions/domain/hook-plan.ts';
import type { HookRecord, HookScope } from '../../../functions/domain/hook-record.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import {
  aRunRecord,
  aServerRecord,
  applicationID,
  nowMs,
  sourceServerID,
  waveID,
} from '../../support/domain-builders.ts';

const shop = applicationID(1);
const mail = applicationID(2);

const runWith = (...hooks: object[]) =>
  aRunRecord({ input: parseRunInput({ waveID: waveID(1), options: { hooks: hooks.map(complete) } }) });
const complete = (hook: object, index: number) => ({
  name: `hook-${String(index + 1)}`,
  automation: 'Document',
  ...hook,
});

let count = 0;
const aServer = (fields: Partial<ServerRecord> = {}) => {
  count += 1;
  return aServerRecord({
    sourceServerID: sourceServerID(count),
    applicationID: shop,
    priorityGroup: 5,
    mayFail: false,
    ...fields,
  });
};
beforeEach(() => {
  count = 0;
});
const queued = (fields: Partial<ServerRecord> = {}) =>
  aServer({ cutover: undefined, batchID: undefined, phase: 'ready', ...fields });
const verified = (fields: Partial<ServerRecord> = {}) =>
  aServer({ launch: 'PASSED', verdict: 'VERIFIED', phase: 'verified', ...fields });
const rolledBack = (fields: Partial<ServerRecord> = {}) =>
  aServer({ launch: 'FAILED', verdict: 'ROLLED_BACK', ...fields });
const notStarted = (fields: Partial<ServerRecord> = {}) =>
  queued({ launch: 'NOT_STARTED', verdict: 'NOT_STARTED', ...fields });

const aRecord = (name: string, fields: Partial<HookRecord> = {}): HookRecord => ({
  name,
  scope: 'wave',
  when: 'beforeStart',
  priorityGroup: 5,
  state: 'SUCCEEDED',
  tries: 1,
  triesMax: 1,
  startedAt: nowMs - 60_000,
  endedAt: nowMs - 30_000,
  ...fields,
});

const toBegin = (
  run: ReturnType<typeof runWith>,
  records: readonly ServerRecord[],
  hooks: readonly HookRecord[] = [],
  place: 'cutover' | 'rollback' = 'cutover',
) => hooksToBegin(run, records, hooks, nowMs, place).map(({ hook, scope }): [string, HookScope] => [hook.name, scope]);

const beforeStart = { when: 'beforeStart' };
const afterVerified = { when: 'afterVerified' };
const afterRollback = { when: 'afterRollback' };
const each = { eachApplication: true };

describe('a beforeStart hook', () => {
  it('of the wave is due once, while anything is queued', () => {
    const run = runWith(beforeStart);
    expect(toBegin(run, [queued(), queued()])).toEqual([['hook-1', 'wave']]);
    expect(toBegin(run, [queued()], [aRecord('hook-1')])).toEqual([]);
    expect(toBegin(run, [aServer(), verified()])).toEqual([]);
  });

  it('of applications is due for each, or for those it names', () => {
    const records = [queued(), queued({ applicationID: mail }), queued({ applicationID: undefined })];
    expect(toBegin(runWith({ ...beforeStart, ...each }), records)).toEqual([
      ['hook-1', shop],
      ['hook-1', mail],
    ]);
    expect(toBegin(runWith({ ...beforeStart, applicationIDs: [mail] }), records)).toEqual([['hook-1', mail]]);
  });

  it('of the wave goes before those of applications', () => {
    const run = runWith({ ...beforeStart, ...each }, beforeStart);
    expect(toBegin(run, [queued()])).toEqual([['hook-2', 'wave']]);
    expect(toBegin(run, [queued()], [aRecord('hook-2', { state: 'RUNNING' })])).toEqual([]);
    expect(toBegin(run, [queued()], [aRecord('hook-2')])).toEqual([['hook-1', shop]]);
  });

  it('waits for the one before it in the input, of the same scope only', () => {
    const run = runWith({ ...beforeStart, ...each }, { ...beforeStart, ...each });
    const records = [queued(), queued({ applicationID: mail })];
    expect(toBegin(run, records)).toEqual([
      ['hook-1', shop],
      ['hook-1', mail],
    ]);
    const hooks = [aRecord('hook-1', { scope: shop }), aRecord('hook-1', { scope: mail, state: 'WAITING_FOR_LAG' })];
    expect(toBegin(run, records, hooks)).toEqual([['hook-2', shop]]);
  });

  it('waits until the priority group of its source servers may start', () => {
    const run = runWith({ ...beforeStart, ...each });
    const later = queued({ applicationID: mail, priorityGroup: 2 });
    expect(toBegin(run, [aServer({ priorityGroup: 1 }), later])).toEqual([]);
    expect(toBegin(run, [verified({ priorityGroup: 1 }), later])).toEqual([['hook-1', mail]]);
    expect(toBegin(run, [rolledBack({ priorityGroup: 1 }), later])).toEqual([]);
  });

  it('stops an application only when its turn comes: 200 source servers are under way or fenced at most', () => {
    const run = runWith({ ...beforeStart, ...each });
    const others = Array.from({ length: 199 }, () => aServer({ applicationID: undefined }));
    const records = [...others, queued(), queued({ applicationID: mail })];
    expect(toBegin(run, records)).toEqual([['hook-1', shop]]);
    expect(toBegin(run, records, [aRecord('hook-1', { scope: shop, state: 'RUNNING' })])).toEqual([]);
    expect(toBegin(run, records.slice(1), [aRecord('hook-1', { scope: shop })])).toEqual([['hook-1', mail]]);
  });

  it('does not wait for room where it is of the wave, or where its application is stopped already', () => {
    const full = Array.from({ length: 200 }, () => aServer({ applicationID: mail }));
    const twice = runWith({ ...beforeStart, ...each }, { ...beforeStart, ...each });

    expect(toBegin(runWith(beforeStart), [...full, queued()])).toEqual([['hook-1', 'wave']]);
    expect(toBegin(twice, [...full, queued()])).toEqual([]);
    expect(toBegin(twice, [...full, queued()], [aRecord('hook-1', { scope: shop })])).toEqual([['hook-2', shop]]);
  });

  it('stops the applications with the longest launches first', () => {
    const run = runWith({ ...beforeStart, ...each });
    const records = [
      queued({ expectedLaunchSeconds: 600 }),
      queued({ applicationID: mail, expectedLaunchSeconds: 900 }),
    ];
    expect(toBegin(run, records)).toEqual([
      ['hook-1', mail],
      ['hook-1', shop],
    ]);
  });

  it('is not due once the window is closed, nor in a rollback', () => {
    const closed = aRunRecord({
      input: parseRunInput({
        waveID: waveID(1),
        window: { opensAt: '2026-03-07T20:00Z', closesAt: '2026-03-07T22:00Z' },
        options: { hooks: [complete(beforeStart, 0)] },
      }),
    });
    expect(toBegin(closed, [queued()])).toEqual([]);
    expect(hooksToBegin(closed, [queued()], [], nowMs - 1, 'cutover')).toHaveLength(1);
    expect(toBegin(runWith(beforeStart), [queued()], [], 'rollback')).toEqual([]);
  });
});

describe('an afterVerified hook', () => {
  it('of an application waits until all of it that must succeed is verified and nothing of it is open', () => {
    const run = runWith({ ...afterVerified, ...each });
    const other = aServer({ applicationID: mail });
    expect(toBegin(run, [verified(), aServer(), other])).toEqual([]);
    expect(toBegin(run, [verified(), verified(), other])).toEqual([['hook-1', shop]]);
    expect(toBegin(run, [verified(), rolledBack(), other])).toEqual([]);
    expect(toBegin(run, [verified(), rolledBack({ mayFail: true }), other])).toEqual([['hook-1', shop]]);
    expect(toBegin(run, [verified(), queued({ verdict: 'BLOCKED' }), other])).toEqual([['hook-1', shop]]);
    expect(toBegin(run, [rolledBack({ mayFail: true }), other])).toEqual([]);
  });

  it('of the wave waits until nothing is open, and runs for what is verified', () => {
    const run = runWith(afterVerified);
    expect(toBegin(run, [verified(), queued()])).toEqual([]);
    expect(toBegin(run, [verified(), aServer({ launch: 'FAILED' })])).toEqual([]);
    expect(toBegin(run, [verified(), rolledBack()])).toEqual([['hook-1', 'wave']]);
    expect(toBegin(run, [rolledBack(), notStarted()])).toEqual([]);
  });

  it('of the wave comes after those of applications', () => {
    const run = runWith(afterVerified, { ...afterVerified, ...each });
    expect(toBegin(run, [verified()])).toEqual([['hook-2', shop]]);
    const running = aRecord('hook-2', { scope: shop, when: 'afterVerified', state: 'RUNNING' });
    expect(toBegin(run, [verified()], [running])).toEqual([]);
    expect(toBegin(run, [verified()], [{ ...running, state: 'SUCCEEDED' }])).toEqual([['hook-1', 'wave']]);
  });

  it('comes before what later priority groups begin with', () => {
    const run = runWith({ ...beforeStart, ...each }, { ...afterVerified, ...each });
    const records = [verified({ priorityGroup: 1 }), queued({ applicationID: mail, priorityGroup: 2 })];
    const fenced = aRecord('hook-1', { scope: shop });
    const proof = aRecord('hook-2', { scope: shop, when: 'afterVerified', priorityGroup: 1, state: 'RUNNING' });
    expect(toBegin(run, records, [fenced])).toEqual([['hook-2', shop]]);
    expect(toBegin(run, records, [fenced, proof])).toEqual([]);
    expect(toBegin(run, records, [fenced, { ...proof, state: 'SUCCEEDED' }])).toEqual([['hook-1', mail]]);
  });
});

describe('hooks of several applications', () => {
  const run = runWith({ ...beforeStart, ...each }, { ...afterVerified, ...each });

  it('come in the order of their applications, and none of them waits for the others', () => {
    const records = [verified({ applicationID: mail }), verified(), aServer({ verdict: 'FINALIZED' })];
    expect(toBegin(run, records)).toEqual([
      ['hook-2', shop],
      ['hook-2', mail],
    ]);
    expect(toBegin(run, records, [], 'rollback')).toEqual([]);
  });

  it('of one priority group do not keep each other from their start', () => {
    expect(toBegin(run, [verified({ applicationID: mail }), queued(), queued({ priorityGroup: 6 })])).toEqual([
      ['hook-2', mail],
      ['hook-1', shop],
    ]);
  });

  it('that verify the wave do not wait for one that fences what is not started any more', () => {
    const wave = runWith({ ...beforeStart, ...each }, afterVerified);
    const fencing = aRecord('hook-1', { scope: shop, state: 'RUNNING' });
    expect(toBegin(wave, [verified({ applicationID: mail }), notStarted()], [fencing])).toEqual([['hook-2', 'wave']]);
  });
});

describe('an afterRollback hook', () => {
  const run = runWith({ ...beforeStart, ...each }, { ...afterRollback, ...each });

  it('waits until everything of its scope that was started is back', () => {
    expect(toBegin(run, [rolledBack(), rolledBack({ applicationID: mail })])).toEqual([
      ['hook-2', shop],
      ['hook-2', mail],
    ]);
    expect(toBegin(run, [rolledBack(), aServer()])).toEqual([]);
    expect(toBegin(run, [rolledBack(), verified()])).toEqual([]);
    expect(toBegin(run, [rolledBack(), aServer({ verdict: 'NEEDS_A_PERSON' })])).toEqual([]);
    expect(toBegin(run, [rolledBack(), notStarted()])).toEqual([['hook-2', shop]]);
  });

  it('starts again what was stopped and never cut over, and nothing that was not stopped', () => {
    expect(toBegin(run, [notStarted()])).toEqual([]);
    expect(toBegin(run, [notStarted()], [aRecord('hook-1', { scope: mail })])).toEqual([]);
    expect(toBegin(run, [notStarted()], [aRecord('hook-1', { scope: shop, state: 'FAILED' })])).toEqual([
      ['hook-2', shop],
    ]);
    expect(toBegin(run, [notStarted()], [aRecord('hook-1', { scope: shop, state: 'RUNNING' })])).toEqual([]);
  });

  it('of the wave takes what was stopped for an application for stopped, and comes last', () => {
    const wave = runWith({ ...beforeStart, ...each }, afterRollback, { ...afterRollback, ...each });
    const fenced = aRecord('hook-1', { scope: shop });
    const done = aRecord('hook-3', { scope: shop, when: 'afterRollback' });
    expect(toBegin(wave, [notStarted()], [fenced])).toEqual([['hook-3', shop]]);
    expect(toBegin(wave, [notStarted()], [fenced, done])).toEqual([['hook-2', 'wave']]);
  });

  it('is due in a rollback for what is still queued there, because nothing starts any more', () => {
    const fenced = aRecord('hook-1', { scope: shop });
    expect(toBegin(run, [rolledBack(), queued()], [fenced])).toEqual([]);
    expect(toBegin(run, [rolledBack(), queued()], [], 'rollback')).toEqual([['hook-2', shop]]);
    expect(toBegin(run, [queued()], [fenced], 'rollback')).toEqual([['hook-2', shop]]);
  });

  it('waits for open hooks of its own source servers, not for those of others', () => {
    const fenced = aRecord('hook-1', { scope: shop });
    const due = (open: Partial<HookRecord>) =>
      toBegin(run, [notStarted()], [fenced, aRecord('hook-0', { state: 'RUNNING', ...open })]);

    expect(due({ scope: mail })).toEqual([['hook-2', shop]]);
    expect(due({ scope: shop, when: 'afterVerified' })).toEqual([]);
    expect(due({ scope: 'wave' })).toEqual([]);
  });

  it('is not due for an application of which everything is blocked', () => {
    const wave = runWith(beforeStart, { ...afterRollback, ...each });
    const records = [aServer({ verdict: 'BLOCKED' }), notStarted({ applicationID: mail })];

    expect(toBegin(wave, records, [aRecord('hook-1')])).toEqual([['hook-2', mail]]);
  });

  it('does not keep other applications from their start', () => {
    const records = [
      rolledBack({ applicationID: mail, priorityGroup: 1, mayFail: true }),
      queued({ priorityGroup: 2 }),
    ];
    expect(toBegin(run, records)).toEqual([
      ['hook-2', mail],
      ['hook-1', shop],
    ]);
  });

  it('that failed is due again when an operator has brought its scope back again, and only then', () => {
    const failed = aRecord('hook-2', { scope: shop, when: 'afterRollback', state: 'FAILED' });
    const at = (requestedAt: number) => rolledBack({ rollback: { requestedAt, problems: [] } });
    expect(toBegin(run, [at(nowMs - 60_000)], [failed])).toEqual([]);
    expect(toBegin(run, [at(nowMs - 10_000)], [failed])).toEqual([['hook-2', shop]]);
    expect(toBegin(run, [at(nowMs - 60_000), at(nowMs - 10_000)], [failed])).toEqual([['hook-2', shop]]);
    expect(toBegin(run, [at(nowMs - 10_000)], [{ ...failed, state: 'SUCCEEDED' }])).toEqual([]);
  });
});

describe('isHeldByHook', () => {
  const run = runWith(beforeStart, { ...beforeStart, applicationIDs: [shop], onFailure: 'warn' });
  const wave = aRecord('hook-1');
  const own = aRecord('hook-2', { scope: shop });

  it.each<[string, HookRecord[], boolean]>([
    ['nothing was begun', [], true],
    ['only the hook of the wave has passed', [wave], true],
    ['only its own has passed', [own], true],
    ['both have passed', [wave, own], false],
    ['one waits for the lag', [{ ...wave, state: 'WAITING_FOR_LAG' }, own], true],
    ['one has failed', [{ ...wave, state: 'FAILED' }, own], true],
    ['one has failed that only warns', [wave, { ...own, state: 'FAILED' }], false],
  ])('where %s', (_, hooks, held) => {
    expect(isHeldByHook(run, queued(), hooks)).toBe(held);
  });

  it('holds nobody for a hook that comes after the start', () => {
    expect(isHeldByHook(runWith({ ...afterVerified, ...each }, afterRollback), queued(), [])).toBe(false);
  });

  it('holds nobody while a later priority group is fenced', () => {
    const fencing = aRecord('x', { state: 'RUNNING', priorityGroup: 2, scope: mail });
    expect(isHeldByHook(run, queued({ priorityGroup: 3 }), [wave, own, fencing])).toBe(false);
  });

  it('holds nobody of other applications for an application’s hook', () => {
    expect(isHeldByHook(run, queued({ applicationID: mail }), [wave])).toBe(false);
    expect(isHeldByHook(run, queued({ applicationID: undefined }), [wave])).toBe(false);
  });

  it('holds later priority groups while what was verified is being proven', () => {
    const proof = aRecord('x', { when: 'afterVerified', state: 'RUNNING', priorityGroup: 2, scope: mail });
    const hooks = [wave, own, proof];
    expect([1, 2, 3].map((priorityGroup) => isHeldByHook(run, queued({ priorityGroup }), hooks))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('awaitsHook', () => {
  const run = runWith({ ...afterVerified, ...each });
  const own = aRecord('hook-1', { scope: shop, when: 'afterVerified' });
  const awaits = (records: readonly ServerRecord[], hooks: readonly HookRecord[] = []) =>
    records[0] !== undefined && awaitsHook(run, records[0], records, hooks);

  it('is so until the hook has ended', () => {
    expect(awaits([verified()])).toBe(true);
    expect(awaits([verified()], [{ ...own, state: 'RUNNING' }])).toBe(true);
    expect(awaits([verified()], [own])).toBe(false);
  });

  it('is so while the rest of the application may still make the hook due, and not when it cannot', () => {
    expect(awaits([verified(), aServer()])).toBe(true);
    expect(awaits([verified(), rolledBack()])).toBe(false);
    expect(awaits([verified(), aServer({ verdict: 'BLOCKED' })])).toBe(true);
    expect(awaits([verified(), aServer({ verdict: 'FINALIZED' })])).toBe(true);
  });

  it('is only so for what is verified', () => {
    expect(awaits([rolledBack()])).toBe(false);
    expect(awaitsHook(runWith(beforeStart), verified(), [verified()], [])).toBe(false);
  });
});

describe('hooksDue', () => {
  const run = runWith(beforeStart, { ...beforeStart, ...each });

  it('is so while something is to be begun, looked at or written down', () => {
    const first = aRecord('hook-1');
    const second = aRecord('hook-2', { scope: shop });
    expect(hooksDue(run, [queued()], [], nowMs)).toBe(true);
    expect(hooksDue(run, [aServer()], [first, { ...second, state: 'RUNNING' }], nowMs)).toBe(true);
    expect(hooksDue(run, [queued()], [first, second], nowMs)).toBe(false);
    expect(hooksDue(run, [queued()], [first, { ...second, state: 'FAILED' }], nowMs)).toBe(true);
    expect(hooksDue(run, [notStarted()], [first, { ...second, state: 'FAILED' }], nowMs)).toBe(false);
    const half = [queued(), notStarted()];
    expect(hooksDue(run, half, [first, { ...second, state: 'FAILED' }], nowMs)).toBe(true);
  });

  it('is never so without hooks', () => {
    expect(hooksDue(runWith(), [queued()], [], nowMs)).toBe(false);
  });
});

describe('isStillWanted', () => {
  const plan = (when: object) => {
    const [hook] = runWith(when).input.options.hooks;
    if (hook === undefined) throw new Error('no hook');
    return { hook, scope: 'wave' as const };
  };

  it.each<[string, object, ServerRecord, 'cutover' | 'rollback', boolean]>([
    ['a beforeStart hook while something is queued', beforeStart, queued(), 'cutover', true],
    ['a beforeStart hook when all is started', beforeStart, aServer(), 'cutover', false],
    ['a beforeStart hook in a rollback', beforeStart, queued(), 'rollback', false],
    ['an afterVerified hook while something is verified', afterVerified, verified(), 'cutover', true],
    ['an afterVerified hook when all was brought back', afterVerified, rolledBack(), 'cutover', false],
    ['an afterRollback hook', afterRollback, rolledBack(), 'rollback', true],
  ])('%s', (_, when, record, place, wanted) => {
    expect(isStillWanted(plan(when), [record], place)).toBe(wanted);
  });

  it('goes by all of its source servers, those that are blocked excepted', () => {
    const blocked = aServer({ verdict: 'BLOCKED' });

    expect(isStillWanted(plan(beforeStart), [queued(), aServer()], 'cutover')).toBe(true);
    expect(isStillWanted(plan(afterRollback), [rolledBack(), blocked], 'rollback')).toBe(true);
    expect(isStillWanted(plan(afterRollback), [rolledBack(), aServer()], 'rollback')).toBe(false);
  });
});

it('a hook belongs to the highest priority group of its source servers', () => {
  const records = [queued({ priorityGroup: 2 }), queued({ priorityGroup: 7 }), queued({ applicationID: mail })];

  expect(groupOf({ scope: shop }, records)).toBe(7);
  expect(groupOf({ scope: mail }, records)).toBe(5);
});

describe('serversFor', () => {
  const records = [queued(), verified(), rolledBack(), notStarted(), aServer(), aServer({ verdict: 'BLOCKED' })];
  const verdictsFor = (when: object, among = records) => {
    const [hook] = runWith(when).input.options.hooks;
    return (
      hook && serversFor({ hook, scope: shop }, among).map(({ verdict, cutover }) => verdict ?? cutover ?? 'QUEUED')
    );
  };

  it('tells a hook of the source servers it is about', () => {
    expect(verdictsFor(beforeStart)).toEqual(['QUEUED']);
    expect(verdictsFor(afterVerified)).toEqual(['VERIFIED']);
    expect(verdictsFor(afterRollback)).toEqual(['QUEUED', 'ROLLED_BACK', 'NOT_STARTED']);
    expect(verdictsFor(beforeStart, [queued({ applicationID: mail })])).toEqual([]);
  });
});
