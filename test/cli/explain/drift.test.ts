/** Which present fact counts as another one than the run saw. */
import { presentFacts, type PresentState } from '../../../cli/explain/drift.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import {
  aCutOverServer,
  aGoodLog,
  aJob,
  aLogItem,
  aPart,
  applicationID,
  aRunRecord,
  aServerRecord,
  aSourceServer,
  aTerminateJob,
  cutoverInstanceID,
  cutoverJobID,
  foreignJobID,
  jobID,
  nowMs,
} from '../../support/domain-builders.ts';

const verified = (fields: Partial<ServerRecord> = {}) =>
  aServerRecord({
    applicationID: applicationID(1),
    phase: 'verified',
    verdict: 'VERIFIED',
    launch: 'PASSED',
    cutover: {
      jobID: cutoverJobID,
      startedAt: nowMs - 1_200_000,
      launchStatus: 'LAUNCHED',
      ec2InstanceID: cutoverInstanceID,
      launchedAt: nowMs - 600_000,
      bootedAt: nowMs - 500_000,
    },
    ...fields,
  });
const rolledBack = verified({
  phase: 'rolled back',
  verdict: 'ROLLED_BACK',
  lifeCycleState: 'READY_FOR_CUTOVER',
  rollback: { requestedAt: nowMs - 400_000, terminateJobID: jobID(3), problems: [] },
});
const back = aCutOverServer({ lifeCycleState: 'READY_FOR_CUTOVER' });
const asSeen: PresentState = { server: aCutOverServer(), jobs: [aJob()], log: aGoodLog(), at: nowMs };
const run = { jobIDs: new Set([cutoverJobID, jobID(3)]), run: aRunRecord() };

const differences = (record: ServerRecord, state: Partial<PresentState>) =>
  presentFacts(record, { ...asSeen, ...state }, run)
    .filter(({ differs }) => differs)
    .map(({ what, now, saw, source }) => `${what}: ${now}, not ${saw ?? '?'} [${source}]`);

describe('presentFacts', () => {
  it('finds no difference where MGN shows what the run saw, and still tells what it shows', () => {
    expect(differences(verified(), {})).toEqual([]);
    expect(presentFacts(verified(), asSeen, run).map(({ what }) => what)).toEqual([
      'lifeCycle.state',
      'lifeCycle.lastCutover',
      'launchedInstance',
      'launchedInstance.firstBoot',
      'application',
      'isArchived',
      'data replication',
      `launchStatus in ${cutoverJobID}`,
      'its job log',
    ]);
  });

  it.each([
    ['its state', { lifeCycleState: 'CUTOVER' }, 'lifeCycle.state: CUTOVER, not CUTTING_OVER'],
    [
      'its cutover',
      { lastCutover: { jobID: foreignJobID } },
      `lifeCycle.lastCutover: ${foreignJobID}, not ${cutoverJobID}`,
    ],
    ['its instance', { launchedInstance: undefined }, `launchedInstance: none, not ${cutoverInstanceID}`],
    ['its application', { applicationID: undefined }, `application: none, not ${applicationID(1)}`],
    ['whether it is archived', { isArchived: true }, 'isArchived: true, not false'],
  ])('names %s where it is another one', (_what, fields, words) => {
    expect(differences(verified(), { server: aCutOverServer(fields) })).toEqual([`${words} [DescribeSourceServers]`]);
  });

  it('names a first boot that is not there any more', () => {
    const launchedInstance = { ec2InstanceID: cutoverInstanceID, jobID: cutoverJobID, firstBoot: 'STOPPED' };
    expect(differences(verified(), { server: aCutOverServer({ launchedInstance }) })).toEqual([
      'launchedInstance.firstBoot: STOPPED, not SUCCEEDED [DescribeSourceServers]',
    ]);
  });

  it('knows what a rollback leaves: no instance, or one that its job has terminated', () => {
    const gone = { ...back, launchedInstance: undefined };
    expect(differences(rolledBack, { server: gone })).toEqual([]);
    expect(differences(rolledBack, { server: back, jobs: [aTerminateJob(), aJob()] })).toEqual([]);
    expect(differences(rolledBack, { server: back })).toEqual([
      `launchedInstance: ${cutoverInstanceID}, not none [DescribeSourceServers]`,
    ]);
  });

  it('names a cutover of somebody else on a server that the run left alone', () => {
    const blocked = aServerRecord({
      verdict: 'BLOCKED',
      cutover: undefined,
      lifeCycleState: 'READY_FOR_CUTOVER',
      applicationID: applicationID(1),
    });
    const since = (initiatedAt: number) => aSourceServer({ lastCutover: { jobID: foreignJobID, initiatedAt } });
    expect(differences(blocked, { server: since(nowMs - 60_000), jobs: [], log: undefined })).toEqual([
      `lifeCycle.lastCutover: ${foreignJobID}, not none [DescribeSourceServers]`,
    ]);
    expect(differences(blocked, { server: since(nowMs - 86_400_000), jobs: [], log: undefined })).toEqual([]);
  });

  it('tells jobs of somebody else from those of the run, by their IDs or their tags', () => {
    const job = (tags: Readonly<Record<string, string>>) => aTerminateJob({ jobID: foreignJobID, tags });
    const own = job({ CutoverAttempt: 'night-1/nonce/batch-001/TERMINATE_CUTOVER_INSTANCES/2' });
    expect(differences(rolledBack, { server: { ...back, launchedInstance: undefined }, jobs: [aJob(), own] })).toEqual(
      [],
    );
    const words = `job ${foreignJobID} (TERMINATE) of`;
    expect(differences(verified(), { jobs: [aJob(), job({})] })).toContain(
      `${words} somebody else: TERMINATED (job COMPLETED), not none [DescribeJobs]`,
    );
    expect(differences(verified(), { jobs: [aJob(), job({ CutoverAttempt: 'night-2/x/b/K/1' })] })).toContain(
      `${words} run night-2: TERMINATED (job COMPLETED), not none [DescribeJobs]`,
    );
  });

  it('names a launch status and an action that came to something else since', () => {
    const action = {
      actionName: 'health',
      executionID: 'e-1',
      mustSucceedForCutover: true,
      verdict: 'TIMED_OUT',
    } as const;
    const run1 = { actionName: 'health', executionID: 'e-1', mustSucceedForCutover: true, executionStatus: 'SUCCESS' };
    const jobs = [aJob({ participatingServers: [aPart({ launchStatus: 'TERMINATED', actionRuns: [run1] })] })];
    expect(differences(verified({ actions: [action] }), { jobs, log: undefined })).toEqual([
      `launchStatus in ${cutoverJobID}: TERMINATED, not LAUNCHED [DescribeJobs]`,
      'action health: SUCCESS, not TIMED_OUT [DescribeJobs]',
    ]);
  });

  it('names what the log of a launch that was believed says against it by now', () => {
    const log = [...aGoodLog(), aLogItem('USING_PREVIOUS_SNAPSHOT')];
    expect(differences(verified(), { log })).toEqual([
      expect.stringMatching(
        /^the job log against the launch: USING_PREVIOUS_SNAPSHOT; .*, not nothing against it \[DescribeJobLogItems\]$/,
      ),
    ]);
    expect(differences(verified({ launch: 'FAILED' }), { log })).toEqual([]);
  });
});
