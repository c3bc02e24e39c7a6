import { evidenceOf, type Evidence } from '../../../functions/domain/evidence.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import {
  aServerRecord,
  cutoverInstanceID,
  cutoverJobID,
  jobID,
  nowMs,
  testInstanceID,
} from '../../support/domain-builders.ts';

const health = { actionName: 'Health', documentName: 'Validate', mustSucceedForCutover: true };
const cutover = {
  jobID: cutoverJobID,
  startedAt: nowMs,
  launchStatus: 'LAUNCHED',
  ec2InstanceID: cutoverInstanceID,
  launchedAt: nowMs + 1,
  bootedAt: nowMs + 2,
  agentSeenAt: nowMs + 3,
  verifiedAt: nowMs + 4,
};
const success = { ...health, executionID: 'run-1', verdict: 'SUCCESS' as const };
const verified = (fields: Partial<ServerRecord> = {}) =>
  aServerRecord({
    phase: 'verified',
    verdict: 'VERIFIED',
    launch: 'PASSED',
    phaseTimes: { ready: nowMs - 1 },
    testInstance: { ec2InstanceID: testInstanceID, jobID: jobID(1), terminateJobID: jobID(3) },
    cutover,
    expectedActions: [health],
    actions: [success],
    reasons: [],
    ...fields,
  });
const factOf = (record: ServerRecord, what: RegExp): Evidence | undefined =>
  evidenceOf(record).find((fact) => what.test(fact.what));

describe('evidenceOf', () => {
  it('tells every fact behind a verified source server, in the order of the night, with its API and time', () => {
    expect(evidenceOf(verified()).map(({ holds, source, at }) => [source, holds, at])).toEqual([
      ['DescribeSourceServers', 'YES', nowMs - 1],
      ['TerminateTargetInstances', 'YES', nowMs],
      ['StartCutover', 'YES', nowMs],
      ['DescribeJobs', 'YES', nowMs + 1],
      ['DescribeJobLogItems', 'YES', nowMs + 1],
      ['DescribeSourceServers', 'YES', nowMs + 2],
      ['DescribeJobs', 'YES', nowMs + 3],
      ['DescribeJobs', 'YES', nowMs + 4],
    ]);
    expect(factOf(verified(), /action/)?.finding).toBe('SUCCESS, run-1');
  });

  it('says nothing of a launch that was never asked for', () => {
    const blocked = aServerRecord({ phase: 'blocked', verdict: 'BLOCKED', cutover: undefined });
    expect(evidenceOf(blocked)).toMatchObject([{ what: 'ready for its cutover', holds: 'NO' }]);
    const resolved = aServerRecord({ phase: 'resolved', batchID: undefined, cutover: undefined });
    expect(evidenceOf(resolved)).toEqual([]);
  });

  it.each([
    ['launchStatus', { cutover: { jobID: cutoverJobID, startedAt: nowMs } }, /launchStatus/],
    ['the job log', { cutover: { ...cutover, bootedAt: undefined } }, /job log/],
    ['the first boot', { cutover: { ...cutover, bootedAt: undefined } }, /booted/],
    ['the agent', { cutover: { ...cutover, agentSeenAt: undefined } }, /agent/],
    ['an action', { actions: [] }, /^action/],
  ])('takes a missing fact about %s for no good one', (_name, fields, what) => {
    const record = verified({ launch: 'PENDING', verdict: undefined, phase: 'launch', ...fields });
    expect(factOf(record, what)).toMatchObject({ holds: 'UNKNOWN' });
  });

  it('quotes the job log where it speaks against the launch', () => {
    const stale = { code: 'STALE_SNAPSHOT', fact: 'job log: SNAPSHOT_FAIL', source: 'DescribeJobLogItems' };
    const record = verified({ launch: 'FAILED', verdict: 'ROLLED_BACK', reasons: [stale] });
    expect(factOf(record, /job log/)).toMatchObject({ holds: 'NO', finding: 'job log: SNAPSHOT_FAIL' });
  });

  it('keeps that the job log passed when something failed after the first boot', () => {
    const record = verified({ launch: 'FAILED', verdict: 'ROLLED_BACK' });
    expect(factOf(record, /job log/)).toMatchObject({ holds: 'YES' });
  });

  it.each(['FAILED', 'TIMED_OUT', 'MISSING', 'NEVER_SEEN'] as const)(
    'says that an action at %s did not succeed',
    (verdict) => {
      const record = verified({ verdict: undefined, actions: [{ ...success, verdict, failureReason: 'port 443' }] });
      expect(factOf(record, /^action/)).toMatchObject({ holds: 'NO', finding: `${verdict}, run-1, port 443` });
    },
  );

  it('never takes the success of an action for that of another one with the same document', () => {
    const other = { ...health, actionName: 'Ports' };
    const record = verified({
      expectedActions: [health, other],
      actions: [success, { ...success, actionName: 'Ports', executionID: 'run-2', verdict: 'FAILED' }],
    });
    expect(factOf(record, /^action Health/)).toMatchObject({ holds: 'YES', finding: 'SUCCESS, run-1' });
    expect(factOf(record, /^action Ports/)).toMatchObject({ holds: 'NO', finding: 'FAILED, run-2' });
  });

  it('says of what is being brought back that it is not yet, and of what is back by which requests and jobs', () => {
    const rollback = { requestedAt: nowMs, problems: [] };
    const back = evidenceOf(verified({ verdict: undefined, phase: 'rolling back', rollback })).slice(-3);
    expect(back.map(({ holds }) => holds)).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN']);

    const done = evidenceOf(
      verified({
        verdict: 'ROLLED_BACK',
        lifeCycleState: 'READY_FOR_CUTOVER',
        rollback: {
          ...rollback,
          revertedAt: nowMs + 5,
          revertRequestID: 'request-1',
          terminateJobID: jobID(4),
          terminatedInstanceID: cutoverInstanceID,
          verifiedAt: nowMs + 6,
        },
      }),
    ).slice(-3);
    expect(done).toMatchObject([
      { holds: 'YES', finding: 'reverted, request request-1', at: nowMs + 5 },
      { holds: 'YES', finding: `${cutoverInstanceID}, job ${jobID(4)}`, at: nowMs + 6 },
      { holds: 'YES', finding: 'lifeCycle.state READY_FOR_CUTOVER', at: nowMs + 6 },
    ]);
  });

  it('does not deny a call whose answer was lost', () => {
    const rollback = { requestedAt: nowMs, problems: [], verifiedAt: nowMs + 6 };
    const record = verified({ verdict: 'ROLLED_BACK', rollback });
    expect(factOf(record, /taken back/)).toMatchObject({ holds: 'YES', finding: 'no answered call of this run' });
  });

  it('names the request of the point of no return', () => {
    const record = verified({
      verdict: 'FINALIZED',
      finalizedAt: nowMs + 9,
      finalizeRequestID: 'r-9',
      lifeCycleState: 'CUTOVER',
    });
    expect(evidenceOf(record).at(-1)).toMatchObject({
      source: 'FinalizeCutover',
      finding: 'lifeCycle.state CUTOVER, request r-9',
    });
    expect(evidenceOf(verified()).some(({ source }) => source === 'FinalizeCutover')).toBe(false);
  });
});
