import { batchGivenUp, giveUp, type GivenUpStep } from '../../../functions/domain/giving-up.ts';
import type { AttemptRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { aServerRecord, jobID, nowMs, sourceServerID, testJobID } from '../../support/domain-builders.ts';

const queued: Partial<ServerRecord> = { batchID: undefined, cutover: undefined, phase: 'ready' };
const starting: Partial<ServerRecord> = { ...queued, batchID: 'batch-002' };
const tested = { ec2InstanceID: 'i-1', jobID: testJobID };

const recordsOf = (...fields: readonly Partial<ServerRecord>[]) =>
  fields.map((each, index) => aServerRecord({ sourceServerID: sourceServerID(index + 1), ...each }));

const anAttempt = (fields: Partial<AttemptRecord> = {}): AttemptRecord => ({
  kind: 'START_CUTOVER',
  batchID: 'batch-002',
  tryNumber: 1,
  token: 'token',
  sourceServerIDs: [sourceServerID(1)],
  knownJobIDs: [],
  state: 'ATTEMPTED',
  attemptedAt: nowMs - 60_000,
  calledAt: nowMs,
  isAnswered: false,
  ...fields,
});

const after = (
  step: GivenUpStep,
  records: readonly ServerRecord[],
  attempts: readonly AttemptRecord[] = [],
  error = 'RequestRefusedError',
) => giveUp(step, { records, attempts, failure: { error, cause: 'no' }, now: nowMs });

const reason = { code: 'START_FAILED', fact: 'RequestRefusedError: no', source: 'state machine' };
const notStarted = { verdict: 'NOT_STARTED', phase: 'not started', launch: 'NOT_STARTED', reasons: [reason] };

describe('giving StartCutover up', () => {
  it.each([
    ['was refused', [anAttempt({ state: 'REJECTED' })]],
    ['was never made', []],
    ['named other servers', [anAttempt({ sourceServerIDs: [sourceServerID(9)] })]],
    ['was that of another batch', [anAttempt({ batchID: 'batch-001' })]],
    ['was another one', [anAttempt({ kind: 'TERMINATE_TEST_INSTANCES' })]],
  ] as const)('leaves out the servers of a batch whose call %s', (_what, attempts) => {
    expect(after('START_CUTOVER', recordsOf(starting), attempts)).toMatchObject([notStarted]);
  });

  it('brings back the servers of a call that may have taken effect', () => {
    const [record] = after('START_CUTOVER', recordsOf(starting), [anAttempt()]);

    expect(record).toMatchObject({ phase: 'rolling back', rollback: { requestedAt: nowMs }, reasons: [reason] });
    expect(record?.verdict).toBeUndefined();
  });

  it('says no more than the error where it gave no cause', () => {
    const facts = {
      records: recordsOf(starting),
      attempts: [],
      failure: { error: 'TypeError', cause: '' },
      now: nowMs,
    };
    expect(giveUp('START_CUTOVER', facts)).toMatchObject([{ reasons: [{ fact: 'TypeError' }] }]);
  });

  it('goes on with a job that is known and only not noted', () => {
    const started = anAttempt({ state: 'STARTED', jobID: jobID(7) });
    const [record] = after('START_CUTOVER', recordsOf(starting), [started]);

    expect(record).toMatchObject({ phase: 'starting', cutover: { jobID: jobID(7), startedAt: nowMs - 60_000 } });
    expect(record?.verdict).toBeUndefined();
  });

  it('leaves alone what was launched, is being brought back or has its verdict', () => {
    const records = recordsOf(
      {},
      { ...starting, rollback: { requestedAt: nowMs - 1, problems: [] } },
      { ...starting, verdict: 'BLOCKED' },
    );

    expect(after('START_CUTOVER', records, [anAttempt({ state: 'REJECTED' })], 'AccessDeniedError')).toEqual(records);
  });

  it.each([
    'ThrottledError',
    'OutcomeUnknownError',
    'ConflictError',
    'QuotaExceededError',
    'RequestRefusedError',
    'NotFoundError',
  ])('leaves the queue alone after %s, which is about one call', (error) => {
    const records = recordsOf(queued);
    expect(after('START_CUTOVER', records, [], error)).toEqual(records);
  });

  it.each(['AccessDeniedError', 'AccountNotInitializedError', 'TransientServiceError', 'TypeError'])(
    'leaves out the queue after %s, with which nothing else could start',
    (error) => {
      const [record] = after('START_CUTOVER', recordsOf(queued), [], error);
      expect(record).toMatchObject({
        verdict: 'NOT_STARTED',
        reasons: [{ code: 'START_FAILED', fact: `${error}: no` }],
      });
    },
  );

  it('changes nothing more when it is repeated', () => {
    const once = after('START_CUTOVER', recordsOf(starting, queued), [anAttempt()], 'AccessDeniedError');
    expect(after('START_CUTOVER', once, [anAttempt()], 'AccessDeniedError')).toEqual(once);
  });
});

describe('giving TerminateTestInstances up', () => {
  it('leaves out the servers whose test instance would be in the way, and no other', () => {
    const records = recordsOf(
      { ...queued, testInstance: tested },
      { ...queued, testInstance: { ...tested, terminateJobID: jobID(4) } },
      queued,
      { testInstance: tested },
    );
    const [left, ...others] = after('TERMINATE_TEST_INSTANCES', records);

    expect(left).toMatchObject({ ...notStarted, reasons: [{ code: 'TEST_INSTANCE_LEFT' }] });
    expect(others).toEqual(records.slice(1));
  });
});

describe('giving hooks up', () => {
  it('decides nothing about source servers', () => {
    const records = recordsOf(queued, starting, {});
    expect(after('RUN_HOOKS', records, [], 'AccessDeniedError')).toEqual(records);
  });
});

describe('batchGivenUp', () => {
  it.each([
    ['one batch was being started', recordsOf(starting, queued), [], 'batch-002'],
    ['nothing was being started', recordsOf(queued, {}), [], undefined],
    ['two batches were', recordsOf(starting, { ...starting, batchID: 'batch-003' }), [], undefined],
    ['its job is known', recordsOf(starting), [anAttempt({ state: 'STARTED', jobID: jobID(7) })], undefined],
  ])('when %s', (_what, records, attempts, expected) => {
    expect(batchGivenUp({ records, attempts })).toBe(expected);
  });
});
