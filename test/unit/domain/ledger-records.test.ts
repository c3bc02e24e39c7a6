/** What the ledger is given it gives back whole: a member that its schema forgot would be lost between two steps. */
import * as v from 'valibot';
import { HookRecordSchema, type HookRecord } from '../../../functions/domain/hook-record.ts';
import { MigrationSchema } from '../../../functions/domain/migration-input.ts';
import { MigrationIDSchema, MigrationRecordSchema } from '../../../functions/domain/migration-record.ts';
import { NoticeRecordSchema } from '../../../functions/domain/notice-record.ts';
import { QuotaDeskSchema } from '../../../functions/domain/quota-desk.ts';
import {
  AttemptRecordSchema,
  FailureRecordSchema,
  LockSchema,
  RunRecordSchema,
  type AttemptRecord,
} from '../../../functions/domain/run-record.ts';
import { ServerRecordSchema, type ServerRecord } from '../../../functions/domain/server-record.ts';
import {
  aRunRecord,
  aServerRecord,
  applicationID,
  cutoverInstanceID,
  cutoverJobID,
  jobID,
  nowMs,
  runID,
  sourceServerID,
  testInstanceID,
  testJobID,
} from '../../support/domain-builders.ts';
import { aMigration, recordsOf } from './migration-builders.ts';

const readBack = (schema: v.GenericSchema, record: unknown): unknown =>
  v.parse(schema, JSON.parse(JSON.stringify(record)));
const reason = { code: 'SLOW', fact: 'it took 40 min', source: 'ledger', remedy: 'Wait.' };

describe('a run', () => {
  const run = aRunRecord({
    holder: { executionID: 'night-1', heldUntil: nowMs },
    gates: [
      {
        gate: 'START',
        openedAt: nowMs,
        closesAt: nowMs + 1,
        taskToken: 'token',
        answer: { approved: true, at: nowMs, by: 'ana' },
        closedAt: nowMs + 2,
      },
      { gate: 'COMMIT', openedAt: nowMs, closesAt: nowMs + 1 },
    ],
    commits: [{ executionID: 'keep-1', askedAt: nowMs, sourceServerIDs: [sourceServerID(1)] }],
    end: { endedAt: nowMs, outcome: 'PARTIAL', summary: '1 source server: 1 rolled back' },
  });

  it.each(['PROCEED', 'REFUSE', 'WAIT', 'AWAIT_APPROVAL'] as const)('that was planned to %s', (decision) => {
    const plan = {
      plannedAt: nowMs,
      decision,
      reasons: [reason],
      notes: [reason],
      expected: { launchSeconds: 1, actionsSeconds: 2, rollbackSeconds: 3 },
      lastSafeStartAt: nowMs,
    };
    expect(readBack(RunRecordSchema, { ...run, plan })).toEqual({ ...run, plan });
  });

  it.each(['ATTEMPTED', 'STARTED', 'REJECTED'] as const)('with an attempt that was %s', (state) => {
    const attempt: AttemptRecord = {
      kind: 'START_CUTOVER',
      batchID: 'batch-001',
      tryNumber: 1,
      token: 'night-1/nonce/batch-001/START_CUTOVER/1',
      sourceServerIDs: [sourceServerID(1)],
      knownJobIDs: [testJobID],
      state,
      attemptedAt: nowMs,
      calledAt: nowMs + 1,
      jobID: cutoverJobID,
      endedAt: nowMs + 2,
      isAnswered: true,
    };
    expect(readBack(AttemptRecordSchema, attempt)).toEqual(attempt);
  });

  it('with a lock, a failed step, a notice and its place at the quota desk', () => {
    const lock = { runID: runID('night-1'), takenAt: nowMs, expiresAt: nowMs + 1 };
    const failure = { at: nowMs, batchID: 'batch-001', error: 'TypeError', cause: 'no such thing' };
    const notice = {
      executionID: 'arn',
      executionStatus: 'FAILED',
      endedAt: nowMs,
      standing: 'LEFT',
      sentAt: nowMs + 1,
    };
    const reservation = { runID: runID('night-1'), batchID: 'batch-001', serverCount: 3, reservedAt: nowMs };
    const desk = {
      reservations: [{ ...reservation, jobID: cutoverJobID }],
      tickets: [{ runID: runID('night-2'), since: nowMs, wants: 5, seenAt: nowMs + 1 }],
    };

    expect(readBack(LockSchema, lock)).toEqual(lock);
    expect(readBack(FailureRecordSchema, failure)).toEqual(failure);
    expect(readBack(NoticeRecordSchema, notice)).toEqual(notice);
    expect(readBack(QuotaDeskSchema, desk)).toEqual(desk);
  });

  it.each(['PENDING', 'RUNNING', 'WAITING_FOR_LAG', 'SUCCEEDED', 'FAILED'] as const)(
    'with a hook that is %s',
    (state) => {
      const hook: HookRecord = {
        name: 'stop',
        scope: 'wave',
        when: 'beforeStart',
        priorityGroup: 5,
        state,
        tries: 1,
        triesMax: 2,
        startedAt: nowMs,
        endedAt: nowMs + 1,
        externalID: 'execution-1',
        output: 'stopped',
        reason: 'exit code 1',
      };
      expect(readBack(HookRecordSchema, hook)).toEqual(hook);
      expect(readBack(HookRecordSchema, { ...hook, scope: applicationID(1) })).toEqual({
        ...hook,
        scope: applicationID(1),
      });
      expect(() => readBack(HookRecordSchema, { ...hook, scope: 'every' })).toThrow();
    },
  );
});

describe('a source server', () => {
  const full: ServerRecord = aServerRecord({
    applicationID: applicationID(1),
    applicationName: 'shop',
    mayFail: true,
    priorityGroup: 2,
    expectedLaunchSeconds: 600,
    verdict: 'NEEDS_A_PERSON',
    reasons: [reason],
    warnings: [reason],
    expectedActions: [
      { actionName: 'Join domain', documentName: 'join-domain', timeoutSeconds: 60, mustSucceedForCutover: true },
    ],
    testInstance: { ec2InstanceID: testInstanceID, jobID: testJobID, terminateJobID: jobID(4) },
    cutover: {
      jobID: cutoverJobID,
      startedAt: nowMs,
      launchStatus: 'LAUNCHED',
      ec2InstanceID: cutoverInstanceID,
      launchedAt: nowMs + 1,
      bootedAt: nowMs + 2,
      agentSeenAt: nowMs + 3,
      verifiedAt: nowMs + 4,
    },
    actions: [
      {
        actionName: 'Join domain',
        documentName: 'join-domain',
        documentType: 'COMMAND',
        executionID: 'execution-1',
        failureReason: 'exit code 1',
        mustSucceedForCutover: true,
        verdict: 'FAILED',
      },
    ],
    rollback: {
      requestedAt: nowMs,
      revertedAt: nowMs + 1,
      terminateJobID: jobID(5),
      terminatedInstanceID: cutoverInstanceID,
      verifyingSince: nowMs + 2,
      verifiedAt: nowMs + 3,
      problems: [reason],
    },
    sourceWatch: { backloggedBytes: 7, lagMs: 8 },
    finalizeRefusedAt: nowMs,
    finalizedAt: nowMs,
    nextSteps: ['look at it'],
  });

  it.each(['PENDING', 'PASSED', 'FAILED', 'NOT_STARTED'] as const)('whose launch is %s', (launch) => {
    expect(readBack(ServerRecordSchema, { ...full, launch })).toEqual({ ...full, launch });
  });

  it('must succeed and is of the last group where nothing else was written', () => {
    const { mayFail, priorityGroup, ...older } = full;
    expect([mayFail, priorityGroup]).toEqual([true, 2]);
    expect(readBack(ServerRecordSchema, older)).toMatchObject({ mayFail: false, priorityGroup: 5 });
  });
});

describe('a migration', () => {
  it.each(['stop', 'continue'] as const)('of which a failed wave means %s', (onWaveFailed) => {
    const migration = aMigration(['a', { name: 'b', after: ['a'] }, { name: 'c', canary: true }], { onWaveFailed });
    expect(readBack(MigrationSchema, migration)).toEqual(migration);
  });

  it('with all that is known of its waves', () => {
    const waves = recordsOf(aMigration(['a']), {
      a: {
        state: 'ENDED',
        slot: 1,
        startedAt: nowMs,
        returnedAt: nowMs + 1,
        failure: { isOver: true, isNameTaken: false, words: 'InvalidInputError' },
        endedAt: nowMs + 2,
        outcome: 'REFUSED',
        summary: 'nothing was started',
      },
    });
    const record = {
      migrationID: 'mig-1',
      createdAt: nowMs,
      holder: { executionID: 'mig-1', heldUntil: nowMs },
      waves,
      end: { endedAt: nowMs, outcome: 'PARTIAL', summary: '1 wave' },
      told: { executionID: 'mig-1', endedAt: nowMs, sentAt: nowMs + 1 },
    };
    expect(readBack(MigrationRecordSchema, record)).toEqual(record);
  });

  it('by a name of up to 80 characters that are safe in a name', () => {
    for (const name of ['m', 'Mig_1-b', 'x'.repeat(80)]) expect(v.is(MigrationIDSchema, name)).toBe(true);
    for (const name of ['', 'mig 1', 'mig/1', 'x'.repeat(81)]) expect(v.is(MigrationIDSchema, name)).toBe(false);
  });

  it.each(['$schema', 'waveID', 'applicationIDs', 'sourceServerIDs', 'plan'])('has no %s in its defaults', (field) => {
    expect(() => aMigration(['a'], { defaults: { [field]: 'x' } })).toThrow(`defaults.${field} is not a known field`);
  });
});
