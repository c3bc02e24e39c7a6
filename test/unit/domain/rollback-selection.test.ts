import { isReversible, selectForOperator, selectForWave } from '../../../functions/domain/rollback-selection.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { aServerRecord, applicationID, nowMs, sourceServerID, waveID } from '../../support/domain-builders.ts';

const policyOf = (failurePolicy: object) => ({
  input: parseRunInput({ waveID: waveID(1), options: { failurePolicy } }),
});
const independent = policyOf({ application: 'independent' });
const atomic = policyOf({});

const reason = { code: 'SOME_CODE', fact: 'some fact', source: 'some source' };
const records: Readonly<Record<string, Partial<ServerRecord>>> = {
  queued: { batchID: undefined, cutover: undefined },
  starting: { cutover: undefined },
  launching: {},
  failed: { launch: 'FAILED', reasons: [reason] },
  rollingBack: { rollback: { requestedAt: nowMs - 1, terminatedInstanceID: 'i-1', problems: [] } },
  verified: { verdict: 'VERIFIED', launch: 'PASSED' },
  rolledBack: { verdict: 'ROLLED_BACK', rollback: { requestedAt: nowMs - 1, problems: [] }, reasons: [reason] },
  blocked: { batchID: undefined, cutover: undefined, verdict: 'BLOCKED', reasons: [reason] },
  finalized: { verdict: 'FINALIZED', launch: 'PASSED' },
  inNeed: { verdict: 'NEEDS_A_PERSON', reasons: [reason], nextSteps: ['look'] },
};
/** Each in an application of its own unless told otherwise. */
const recordsOf = (names: readonly string[], fields: Partial<ServerRecord> = {}) =>
  names.map((name, index) =>
    aServerRecord({ hostname: name, sourceServerID: sourceServerID(index + 1), ...records[name], ...fields }),
  );
const all = recordsOf(Object.keys(records));
const namesOf = (chosen: readonly ServerRecord[]) => chosen.map(({ hostname }) => hostname);
const isOpen = ({ rollback, verdict }: ServerRecord) => rollback?.requestedAt === nowMs && verdict === undefined;

const started = ['starting', 'launching', 'failed', 'rollingBack'];

describe('selectForOperator', () => {
  it('brings back everything the run may have started and has not finalized', () => {
    const chosen = selectForOperator(all, undefined, nowMs);

    expect(namesOf(chosen)).toEqual([...started, 'verified', 'inNeed']);
    expect(namesOf(all.filter(isReversible))).toEqual(namesOf(chosen));
    expect(chosen.every(isOpen)).toBe(true);
  });

  it('brings back only what is named, although its application falls apart', () => {
    const shop = recordsOf(['verified', 'verified'], { applicationID: applicationID(1) });
    expect(selectForOperator(shop, [sourceServerID(2)], nowMs).map((record) => record.sourceServerID)).toEqual([
      sourceServerID(2),
    ]);
  });

  it('goes on with what was to be brought back, although it was in no batch', () => {
    const rollback = { requestedAt: nowMs, problems: [] };
    expect(isReversible({ verdict: undefined, batchID: undefined, rollback })).toBe(true);
    expect(isReversible({ verdict: 'ROLLED_BACK', batchID: undefined, rollback })).toBe(false);
  });

  it('says who asked where nothing else is the reason, and forgets an earlier try', () => {
    const [verified, failed, again] = selectForOperator(
      recordsOf(['verified', 'failed', 'rollingBack']),
      undefined,
      nowMs,
    );

    expect(verified?.reasons).toMatchObject([{ code: 'ROLLBACK_REQUESTED' }]);
    expect(failed?.reasons).toEqual([reason]);
    expect(again?.rollback).toEqual({ requestedAt: nowMs, problems: [] });
  });
});

describe('selectForWave', () => {
  it('of what is UNVERIFIED brings back what was started, and leaves out what was not', () => {
    const changed = selectForWave(independent, { records: all, hooks: [] }, 'UNVERIFIED', nowMs);

    expect(namesOf(changed.filter(isOpen))).toEqual(started);
    expect(changed.filter(({ verdict }) => verdict !== undefined)).toMatchObject([
      { hostname: 'queued', verdict: 'NOT_STARTED', phase: 'not started', launch: 'NOT_STARTED', reasons: [] },
    ]);
  });

  it('of what is UNVERIFIED takes along what the failure policy does not leave in halves', () => {
    const shop = recordsOf(['launching', 'verified'], { applicationID: applicationID(1) });
    const [, verified] = selectForWave(atomic, { records: shop, hooks: [] }, 'UNVERIFIED', nowMs);

    expect(verified).toMatchObject({ hostname: 'verified', reasons: [{ code: 'APPLICATION_FAILED' }] });
    expect(verified && isOpen(verified)).toBe(true);
    expect(namesOf(selectForWave(independent, { records: shop, hooks: [] }, 'UNVERIFIED', nowMs))).toEqual([
      'launching',
    ]);
  });

  it('of what is UNCOMMITTED brings back what was verified as well, and says why', () => {
    const chosen = selectForWave(independent, { records: all, hooks: [] }, 'UNCOMMITTED', nowMs).filter(isOpen);

    expect(namesOf(chosen)).toEqual([...started, 'verified']);
    expect(chosen.at(-1)?.reasons).toMatchObject([{ code: 'NOT_COMMITTED_IN_TIME' }]);
  });

  it('of what is UNCOMMITTED leaves whole what an interrupted commit has begun to finalize', () => {
    const shop = recordsOf(['finalized', 'verified'], { applicationID: applicationID(1) });
    const chosen = (policy: typeof atomic) =>
      namesOf(selectForWave(policy, { records: shop, hooks: [] }, 'UNCOMMITTED', nowMs));

    expect(chosen(atomic)).toEqual([]);
    expect(chosen(independent)).toEqual(['verified']);
    expect(chosen(policyOf({ application: 'independent', wave: 'atomic' }))).toEqual([]);
  });

  it('changes nothing more when it is repeated, but the time it was asked for', () => {
    const changed = new Map(
      selectForWave(atomic, { records: all, hooks: [] }, 'UNCOMMITTED', nowMs).map((one) => [one.sourceServerID, one]),
    );
    const once = all.map((record) => changed.get(record.sourceServerID) ?? record);
    const again = new Map(
      selectForWave(atomic, { records: once, hooks: [] }, 'UNCOMMITTED', nowMs).map((one) => [one.sourceServerID, one]),
    );

    expect(once.map((record) => again.get(record.sourceServerID) ?? record)).toEqual(once);
  });

  it('of what is UNVERIFIED brings back what waits for a hook that never spoke, unless the hook only warns', () => {
    const hook = {
      name: 'smoke',
      when: 'afterVerified',
      lambda: 'arn:aws:lambda:eu-central-1:123456789012:function:smoke',
    };
    const runWith = (onFailure: string) => ({
      input: parseRunInput({ waveID: waveID(1), options: { hooks: [{ ...hook, onFailure }] } }),
    });
    const verified = recordsOf(['verified']);
    const [chosen] = selectForWave(runWith('fail'), { records: verified, hooks: [] }, 'UNVERIFIED', nowMs);

    expect(chosen?.rollback).toMatchObject({ requestedAt: nowMs });
    expect(chosen?.reasons).toMatchObject([{ code: 'HOOK_NOT_RUN' }]);
    expect(selectForWave(runWith('warn'), { records: verified, hooks: [] }, 'UNVERIFIED', nowMs)).toEqual([]);
    const [uncommitted] = selectForWave(runWith('fail'), { records: verified, hooks: [] }, 'UNCOMMITTED', nowMs);
    expect(uncommitted?.reasons).toMatchObject([{ code: 'NOT_COMMITTED_IN_TIME' }]);
  });
});
