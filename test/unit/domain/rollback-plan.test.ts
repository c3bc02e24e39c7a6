import type { Job } from '../../../functions/domain/job.ts';
import {
  findUnendedCutover,
  judgeRollback,
  mayTerminateInstance,
  planRevert,
  type RollbackFacts,
} from '../../../functions/domain/rollback-plan.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import {
  aCutOverServer,
  aJob,
  aPart,
  aServerRecord,
  aSourceServer,
  aTerminateJob,
  cutoverInstanceID,
  cutoverJobID,
  foreignJobID,
  jobID,
  lifeCycleStates,
  nowMs,
  testInstanceID,
  testJobID,
} from '../../support/domain-builders.ts';

const factsOf = (
  server: SourceServer | undefined,
  jobs: readonly Job[] = [aJob()],
  record: Partial<ServerRecord> = {},
): RollbackFacts => ({ record: aServerRecord(record), server, jobs });

/** Taken back to READY_FOR_CUTOVER; MGN still shows the instance. */
const reverted = (fields: Partial<SourceServer> = {}) =>
  aCutOverServer({ lifeCycleState: 'READY_FOR_CUTOVER', ...fields });

const neverStarted: Partial<ServerRecord> = { cutover: undefined };

describe('planRevert', () => {
  const ours: Partial<Record<string, string>> = { READY_FOR_CUTOVER: 'NOTHING', CUTTING_OVER: 'REVERT' };
  it.each(lifeCycleStates)('of our own cutover in %s', (lifeCycleState) => {
    expect(planRevert(factsOf(aCutOverServer({ lifeCycleState }))).step).toBe(ours[lifeCycleState] ?? 'PERSON');
  });

  it.each(lifeCycleStates)('of somebody else’s cutover in %s changes nothing', (lifeCycleState) => {
    const server = aCutOverServer({ lifeCycleState, lastCutover: { jobID: foreignJobID } });
    expect(planRevert(factsOf(server)).step).toBe(lifeCycleState === 'READY_FOR_CUTOVER' ? 'NOTHING' : 'PERSON');
  });

  const persons: [string, RollbackFacts, string][] = [
    ['a server MGN no longer knows', factsOf(undefined), 'SOURCE_SERVER_GONE'],
    ['a cutover this run did not start', factsOf(aCutOverServer(), [], neverStarted), 'CUTOVER_OF_ANOTHER'],
    ['a cutover MGN names no job of', factsOf(aCutOverServer({ lastCutover: {} })), 'CUTOVER_OF_ANOTHER'],
    ['a finalized server', factsOf(aCutOverServer({ lifeCycleState: 'CUTOVER' })), 'ALREADY_FINALIZED'],
    [
      'a server somebody tests again',
      factsOf(aCutOverServer({ lifeCycleState: 'TESTING' })),
      'UNEXPECTED_LIFECYCLE_STATE',
    ],
  ];
  it.each(persons)('leaves %s to a person', (_what, facts, code) => {
    expect(planRevert(facts)).toMatchObject({ step: 'PERSON', reasons: [{ code, source: 'DescribeSourceServers' }] });
  });
});

describe('mayTerminateInstance', () => {
  it.each(lifeCycleStates)('of our own instance in %s', (lifeCycleState) => {
    expect(mayTerminateInstance(factsOf(aCutOverServer({ lifeCycleState })))).toBe(
      lifeCycleState === 'READY_FOR_CUTOVER',
    );
  });

  const kept: [string, RollbackFacts][] = [
    ['a test instance', factsOf(reverted({ launchedInstance: { ec2InstanceID: testInstanceID, jobID: testJobID } }))],
    [
      'an instance of another cutover',
      factsOf(reverted({ launchedInstance: { ec2InstanceID: cutoverInstanceID, jobID: foreignJobID } })),
    ],
    ['an instance that names no job', factsOf(reverted({ launchedInstance: { ec2InstanceID: cutoverInstanceID } }))],
    ['an instance of a server this run never started', factsOf(reverted(), [], neverStarted)],
    ['an instance that is gone already', factsOf(reverted(), [aJob(), aTerminateJob()])],
    ['nothing', factsOf(reverted({ launchedInstance: undefined }))],
    ['the instance of a server MGN no longer knows', factsOf(undefined)],
  ];
  it.each(kept)('never terminates %s', (_what, facts) => {
    expect(mayTerminateInstance(facts)).toBe(false);
  });
});

describe('findUnendedCutover', () => {
  it.each([
    ['runs', [aJob({ status: 'STARTED' })], {}, cutoverJobID],
    ['is not listed yet', [], {}, cutoverJobID],
    ['runs, beside one that has ended', [aJob({ jobID: testJobID }), aJob({ status: 'STARTED' })], {}, cutoverJobID],
    ['has ended', [aJob()], {}, undefined],
    ['does not exist', [], neverStarted, undefined],
  ])('when the cutover job %s', (_what, jobs, record, expected) => {
    expect(findUnendedCutover(factsOf(reverted(), jobs, record))).toBe(expected);
  });
});

describe('judgeRollback', () => {
  const codeOf = (facts: RollbackFacts) => {
    const judgement = judgeRollback(facts);
    if (judgement.rollback === 'DONE') return 'DONE';
    expect(judgement.rollback).toBe('NOT_DONE');
    for (const { source } of judgement.reasons) expect(source).toMatch(/^Describe|^ledger$/);
    return judgement.reasons.map((reason) => reason.code).join();
  };

  it.each(lifeCycleStates)('with the instance gone, in %s', (lifeCycleState) => {
    const byState: Partial<Record<string, string>> = {
      READY_FOR_CUTOVER: 'DONE',
      CUTTING_OVER: 'NOT_REVERTED',
      CUTOVER: 'ALREADY_FINALIZED',
    };
    const server = aCutOverServer({ lifeCycleState, launchedInstance: undefined });
    expect(codeOf(factsOf(server, [aJob(), aTerminateJob()]))).toBe(
      byState[lifeCycleState] ?? 'UNEXPECTED_LIFECYCLE_STATE',
    );
  });

  const failedLaunch = aJob({ participatingServers: [aPart({ launchStatus: 'FAILED', ec2InstanceID: undefined })] });
  const withoutInstance = { cutover: { jobID: cutoverJobID, startedAt: nowMs - 1_200_000 } };
  const gone = reverted({ launchedInstance: undefined });
  const cases: [string, RollbackFacts, string][] = [
    [
      'the instance MGN still shows is accounted for by a terminate job',
      factsOf(reverted(), [aJob(), aTerminateJob()]),
      'DONE',
    ],
    ['the launch failed and left no instance', factsOf(gone, [failedLaunch], withoutInstance), 'DONE'],
    [
      'the launch failed, and the instance of an earlier job is not ours to account for',
      factsOf(gone, [aJob({ jobID: testJobID }), failedLaunch], withoutInstance),
      'DONE',
    ],
    [
      'the cutover job ended without ever listing the server',
      factsOf(gone, [aJob({ participatingServers: [] })], withoutInstance),
      'DONE',
    ],
    ['nothing was ever started', factsOf(aSourceServer(), [], neverStarted), 'DONE'],
    [
      'the answer of a start is lost, so that an instance may still turn up',
      { ...factsOf(aSourceServer(), [], neverStarted), isStartOpen: true },
      'START_UNSETTLED',
    ],
    ['the instance is still there', factsOf(reverted()), 'INSTANCE_LEFT'],
    [
      'the terminate job still runs',
      factsOf(reverted(), [aJob(), aTerminateJob({ status: 'STARTED' })]),
      'INSTANCE_LEFT',
    ],
    [
      'the terminate job failed',
      factsOf(reverted(), [aJob(), aTerminateJob({ participatingServers: [aPart({ launchStatus: 'FAILED' })] })]),
      'INSTANCE_LEFT',
    ],
    ['MGN shows the instance no more and no terminate job explains it', factsOf(gone), 'INSTANCE_UNACCOUNTED'],
    ['only the job knows of an instance', factsOf(gone, [aJob()], withoutInstance), 'INSTANCE_UNACCOUNTED'],
    [
      'another instance is shown in place of ours',
      factsOf(reverted({ launchedInstance: { ec2InstanceID: testInstanceID, jobID: testJobID } })),
      'INSTANCE_UNACCOUNTED',
    ],
    [
      'MGN does not show the cutover job yet, so the server may be as it was before',
      factsOf(aSourceServer(), [], withoutInstance),
      'CUTOVER_JOB_NOT_ENDED',
    ],
    [
      'the cutover job still runs',
      factsOf(gone, [aJob({ status: 'STARTED' })], withoutInstance),
      'CUTOVER_JOB_NOT_ENDED',
    ],
    [
      'somebody else cuts it over',
      factsOf(aCutOverServer({ lastCutover: { jobID: jobID(50) } })),
      'CUTOVER_OF_ANOTHER',
    ],
    ['MGN no longer knows the server', factsOf(undefined), 'SOURCE_SERVER_GONE'],
  ];
  it.each(cases)('when %s', (_what, facts, expected) => {
    expect(codeOf(facts)).toBe(expected);
  });

  it.each([
    [factsOf(reverted()), `cutover instance ${cutoverInstanceID} is not known to be terminated`],
    [factsOf(gone), `job ${cutoverJobID} launched instance ${cutoverInstanceID}, and no terminate job shows`],
    [factsOf(aCutOverServer({ lastCutover: { jobID: foreignJobID } })), `CUTTING_OVER by job ${foreignJobID}`],
    [factsOf(aCutOverServer({ lastCutover: {} })), 'CUTTING_OVER by job unknown'],
    [factsOf(gone, [], withoutInstance), `MGN does not show that job ${cutoverJobID} has ended`],
  ])('names the job and the instance that stand in the way (%#)', (facts, words) => {
    expect(judgeRollback(facts)).toMatchObject({ reasons: [{ fact: expect.stringContaining(words) }] });
  });
});
