/** What failed hooks do to source servers, and which hooks are refused beforehand. */
import { applyHooks } from '../../../functions/domain/hook-effects.ts';
import type { HookRecord } from '../../../functions/domain/hook-record.ts';
import { refuseForeignHooks, refuseHooksFor } from '../../../functions/domain/hook-refusals.ts';
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
const runWith = (...hooks: object[]) => aRunRecord({ input: parseRunInput({ waveID: waveID(1), options: { hooks } }) });
const aHook = (when: string, fields: object = {}) => ({ name: 'hook', when, automation: 'Document', ...fields });

const aRecord = (number: number, fields: Partial<ServerRecord> = {}) =>
  aServerRecord({
    sourceServerID: sourceServerID(number),
    applicationID: shop,
    priorityGroup: 5,
    mayFail: false,
    ...fields,
  });
const queued = { cutover: undefined, batchID: undefined, phase: 'ready' } as const;
const verified = { launch: 'PASSED', verdict: 'VERIFIED', phase: 'verified' } as const;
const back = { launch: 'FAILED', verdict: 'ROLLED_BACK', phase: 'rolled back' } as const;

const failed = (when: HookRecord['when'], fields: Partial<HookRecord> = {}): HookRecord => ({
  name: 'hook',
  scope: 'wave',
  when,
  priorityGroup: 5,
  state: 'FAILED',
  tries: 1,
  triesMax: 1,
  startedAt: nowMs - 60_000,
  endedAt: nowMs - 30_000,
  reason: 'exit code 1',
  ...fields,
});
const reason = { code: 'HOOK_FAILED', source: 'hook hook' };

/** Applies the hook and, to see that this changes nothing more, once again. */
const apply = (hook: object, record: HookRecord, records: readonly ServerRecord[]) => {
  const run = runWith(hook);
  const after = applyHooks(run, records, [record], nowMs);
  // The very same objects: one that is new would have hooks looked at without end.
  applyHooks(run, after, [record], nowMs + 1).forEach((again, index) => {
    expect(again).toBe(after[index]);
  });
  return after;
};

describe('a failed beforeStart hook', () => {
  it('leaves out what is queued of its scope, and nothing else', () => {
    const records = [aRecord(1, queued), aRecord(2), aRecord(3, { ...queued, applicationID: mail })];
    const after = apply(
      aHook('beforeStart', { eachApplication: true }),
      failed('beforeStart', { scope: shop }),
      records,
    );
    expect(after[0]).toMatchObject({
      launch: 'NOT_STARTED',
      verdict: 'NOT_STARTED',
      phase: 'not started',
      phaseAt: nowMs,
      reasons: [{ ...reason, fact: 'beforeStart hook hook failed: exit code 1' }],
    });
    expect(after[1]).toBe(records[1]);
    expect(after[2]).toBe(records[2]);
  });

  it('says how often it was tried', () => {
    const [after] = apply(aHook('beforeStart'), failed('beforeStart', { tries: 3 }), [aRecord(1, queued)]);
    expect(after?.reasons[0]?.fact).toBe('beforeStart hook hook failed in 3 tries: exit code 1');
  });

  it('only warns where that is all it is to do', () => {
    const [after] = apply(aHook('beforeStart', { onFailure: 'warn' }), failed('beforeStart'), [aRecord(1, queued)]);
    expect(after).toMatchObject({ ...queued, launch: 'PENDING', warnings: [reason], reasons: [] });
    expect(after?.verdict).toBeUndefined();
  });
});

describe('a failed afterVerified hook', () => {
  it('takes the verdict away, so that the failure policy brings the source servers back', () => {
    const records = [aRecord(1, { ...verified, nextSteps: ['commit'] }), aRecord(2, back)];
    const after = apply(aHook('afterVerified'), failed('afterVerified'), records);
    expect(after[0]).toMatchObject({ launch: 'FAILED', phase: 'failed', reasons: [reason], nextSteps: [] });
    expect(after[0]?.verdict).toBeUndefined();
    expect(after[1]).toBe(records[1]);
  });

  it('leaves what is finalized', () => {
    const records = [aRecord(1, { ...verified, verdict: 'FINALIZED' })];
    expect(apply(aHook('afterVerified'), failed('afterVerified'), records)).toEqual(records);
  });

  it('only warns where that is all it is to do', () => {
    const [after] = apply(aHook('afterVerified', { onFailure: 'warn' }), failed('afterVerified'), [
      aRecord(1, verified),
    ]);
    expect(after).toMatchObject({ verdict: 'VERIFIED', warnings: [reason] });
    const others = [aRecord(2, back), aRecord(3, { ...verified, verdict: 'FINALIZED' })];
    expect(apply(aHook('afterVerified', { onFailure: 'warn' }), failed('afterVerified'), others)).toEqual(others);
  });
});

describe('a failed afterRollback hook', () => {
  it('leaves what is back to a person, who is told how to go on', () => {
    const records = [
      aRecord(1, back),
      aRecord(2, { ...queued, launch: 'NOT_STARTED', verdict: 'NOT_STARTED' }),
      aRecord(3, { ...queued, verdict: 'BLOCKED' }),
    ];
    const after = apply(aHook('afterRollback'), failed('afterRollback'), records);
    expect(after.map(({ verdict }) => verdict)).toEqual(['NEEDS_A_PERSON', 'NEEDS_A_PERSON', 'BLOCKED']);
    expect(after[0]).toMatchObject({ phase: 'needs a person', reasons: [reason] });
    expect(after[0]?.nextSteps.at(-1)).toContain('mgn-cutover rollback night-1');
  });

  it('only warns where that is all it is to do', () => {
    const records = [aRecord(1, back), aRecord(2, { ...queued, launch: 'NOT_STARTED', verdict: 'NOT_STARTED' })];
    const after = apply(aHook('afterRollback', { onFailure: 'warn' }), failed('afterRollback'), records);
    expect(after.map(({ verdict, warnings }) => [verdict, warnings.length])).toEqual([
      ['ROLLED_BACK', 1],
      ['NOT_STARTED', 1],
    ]);
  });

  it('says nothing about what an operator has brought back since', () => {
    const records = [aRecord(1, { ...back, rollback: { requestedAt: nowMs - 10_000, problems: [] } })];
    expect(apply(aHook('afterRollback'), failed('afterRollback'), records)).toEqual(records);
  });
});

it('a failed hook has the effect that is its own', () => {
  const run = runWith(aHook('afterVerified', { name: 'other', onFailure: 'warn' }), aHook('afterVerified'));

  expect(applyHooks(run, [aRecord(1, verified)], [failed('afterVerified')], nowMs)).toMatchObject([
    { launch: 'FAILED' },
  ]);
  const renamed = [failed('afterVerified', { name: 'of another input' })];
  expect(applyHooks(run, [aRecord(1, verified)], renamed, nowMs)).toMatchObject([{ verdict: 'VERIFIED' }]);
});

it('only failed hooks have an effect', () => {
  const records = [aRecord(1, queued)];
  for (const state of ['PENDING', 'RUNNING', 'WAITING_FOR_LAG', 'SUCCEEDED'] as const)
    expect(apply(aHook('beforeStart'), failed('beforeStart', { state }), records)).toBe(records);
});

describe('refuseHooksFor', () => {
  const { hooks } = runWith(
    { name: 'local', when: 'beforeStart', command: ['true'] },
    { name: 'remote', when: 'beforeStart', automation: 'Document' },
  ).input.options;

  it('refuses commands in the cloud, by name', () => {
    expect(() => {
      refuseHooksFor('cloud', hooks);
    }).toThrow('options.hooks: local would run a command');
    expect(() => {
      refuseHooksFor('cloud', hooks.slice(1));
      refuseHooksFor('local', hooks);
    }).not.toThrow();
  });
});

describe('refuseForeignHooks', () => {
  const refuse = (hook: object, servers: number) => () => {
    const records = Array.from({ length: servers }, (_, index) => aRecord(index + 1, queued));
    refuseForeignHooks(runWith(hook), records);
  };

  it('refuses a hook for an application that is not cut over', () => {
    expect(refuse(aHook('beforeStart', { applicationIDs: [shop, mail] }), 1)).toThrow(
      `options.hooks: hook is for ${mail}, of which no source server is cut over.`,
    );
    expect(refuse(aHook('beforeStart', { applicationIDs: [shop] }), 1)).not.toThrow();
  });

  it('refuses more IDs than an Automation document takes', () => {
    const listing = aHook('afterVerified', { parameters: { InstanceId: '{ec2InstanceIDs}' } });
    expect(refuse(listing, 51)).toThrow('hook would be given 51 IDs for the wave, and an Automation document takes 50');
    expect(refuse(listing, 50)).not.toThrow();
    expect(refuse(aHook('afterVerified', { parameters: { Run: '{runID}' } }), 51)).not.toThrow();
  });
});
