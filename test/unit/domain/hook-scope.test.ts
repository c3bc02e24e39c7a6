import type { HookRecord, HookScope } from '../../../functions/domain/hook-record.ts';
import { isFenced, isQueued, isUnderWay } from '../../../functions/domain/hook-scope.ts';
import { aServerRecord, applicationID, nowMs } from '../../support/domain-builders.ts';

const shop = applicationID(1);
const mail = applicationID(2);

describe('how far a source server is', () => {
  const rollback = { requestedAt: nowMs, problems: [] };

  it.each([
    ['waits to be started', { cutover: undefined }, true, false],
    ['is launching', {}, false, true],
    ['has launched', { launch: 'PASSED' }, false, false],
    ['failed to start', { cutover: undefined, launch: 'FAILED' }, false, false],
    ['is to be brought back, unstarted', { cutover: undefined, rollback }, false, false],
    ['was left out', { cutover: undefined, verdict: 'NOT_STARTED' }, false, false],
    ['was rolled back unjudged', { verdict: 'ROLLED_BACK' }, false, false],
  ] as const)('one that %s', (_what, fields, queued, underWay) => {
    expect([isQueued(aServerRecord(fields)), isUnderWay(aServerRecord(fields))]).toEqual([queued, underWay]);
  });
});

describe('isFenced', () => {
  const fenced = (scope: HookScope, hook: Partial<HookRecord>) => {
    const record: HookRecord = {
      name: 'stop',
      scope: 'wave',
      when: 'beforeStart',
      priorityGroup: 5,
      state: 'SUCCEEDED',
      tries: 1,
      triesMax: 1,
      startedAt: nowMs,
      ...hook,
    };
    return isFenced(scope, [record], [{ applicationID: shop }, { applicationID: undefined }]);
  };

  it.each<[string, HookScope, Partial<HookRecord>, boolean]>([
    ['an application, by its own hook', shop, { scope: shop }, true],
    ['an application, by the hook of the wave', shop, { scope: 'wave' }, true],
    ['a wave, by the hook of one of its applications', 'wave', { scope: shop }, true],
    ['no application by the hook of another one', shop, { scope: mail }, false],
    ['no application by the hook of one beside it', mail, { scope: shop }, false],
    ['no wave by the hook of an application it lacks', 'wave', { scope: mail }, false],
    ['nothing by a hook that was never tried', shop, { scope: shop, tries: 0 }, false],
    ['nothing by a hook that comes later', shop, { scope: shop, when: 'afterVerified' }, false],
  ])('%s', (_what, scope, hook, expected) => {
    expect(fenced(scope, hook)).toBe(expected);
  });
});
