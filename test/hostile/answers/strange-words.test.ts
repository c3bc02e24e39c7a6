/** Words of services that nobody has heard of, and such as every object knows: none is taken for a known one. */
import { attemptTagKey, findOwnJob } from '../../../functions/domain/adoption.ts';
import { OutcomeUnknownError } from '../../../functions/domain/errors.ts';
import { judgeLaunch } from '../../../functions/domain/job-outcome.ts';
import type { Job } from '../../../functions/domain/job.ts';
import { phasesOfLog } from '../../../functions/domain/phase-of-log.ts';
import { judgeActions } from '../../../functions/domain/post-launch-actions.ts';
import { assessReadiness } from '../../../functions/domain/readiness.ts';
import { createTargetServices } from '../../../functions/accounts/target-services.ts';
import { lookAtAutomation } from '../../../functions/hooks/automation-hook.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { createMgnClients } from '../../../functions/mgn/mgn-clients.ts';
import { parseDuration } from '../../../functions/mgn/times.ts';
import { attemptJob } from '../../../functions/shared/attempt-job.ts';
import {
  aCutOverServer,
  aGoodLog,
  aJob,
  aLaunchConfiguration,
  aLogItem,
  anActionRun,
  aPart,
  aRunRecord,
  aSourceServer,
  foreignJobID,
  jobID,
  nowMs,
  sourceServerID,
} from '../../support/domain-builders.ts';
import { aReportingWorld, showing } from '../../unit/watch/watch-builders.ts';
import { startSignedService, credentials, type SignedService } from '../../unit/watch/signed-service.ts';

const inherited = ['constructor', 'toString', '__proto__', 'hasOwnProperty'];

describe.each(inherited)('an event of a job’s log called %s', (event) => {
  it('is no phase of a server', () => {
    expect([...phasesOfLog([aLogItem(event)])]).toEqual([]);
  });

  it('says nothing against a launch', () => {
    const facts = {
      server: aCutOverServer(),
      job: aJob(),
      launchedAt: nowMs,
      launchDeadlineAt: nowMs + 1,
      firstBootMs: 1,
    };
    expect(judgeLaunch({ ...facts, log: [...aGoodLog(), aLogItem(event)], now: nowMs })).toMatchObject({
      launch: 'PASSED',
    });
  });
});

it.each(inherited)('a lifecycle state called %s comes with a remedy in words', (lifeCycleState) => {
  const facts = { jobs: [], launchConfiguration: aLaunchConfiguration(), lockedByRunID: undefined, sameHostname: [] };
  const reasons = assessReadiness(
    { ...facts, server: aSourceServer({ lifeCycleState }), now: nowMs },
    { requireTestLaunch: false, lagMaxSeconds: 300, lastSeenMaxSeconds: 3_600 },
  );
  expect(reasons.find(({ code }) => code === 'WRONG_LIFECYCLE_STATE')?.remedy).toBe(
    'Bring it to READY_FOR_CUTOVER first.',
  );
});

it('a time-out of an action that never comes is not waited for', () => {
  const action = { documentName: 'check', mustSucceedForCutover: true, timeoutSeconds: 9_000_000_000 };
  const part = aPart({
    actionRuns: [anActionRun({ actionName: undefined, documentName: 'check', executionStatus: 'NEW' })],
  });
  const times = { launchedAt: nowMs, agentSeenAt: nowMs, agentMs: 1, actionsMs: 1 };
  const judged = (now: number) => judgeActions({ ...times, expected: [action], part, now }).actions;
  expect([judged(nowMs + 172_799_999), judged(nowMs + 172_800_000)]).toEqual(['PENDING', 'FAILED']);
});

it.each([`P${'9'.repeat(400)}D`, 'P99999999999999D'])('the lag %.12s… is an unknown one', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

describe('hooks', () => {
  let service: SignedService;
  afterEach(() => service.close());
  const sender = {
    region: 'eu-central-1',
    credentials: () => Promise.resolve(credentials),
    clock: { now: () => nowMs },
    wait: () => Promise.resolve(),
  };

  it.each([...inherited, 'Succeeded', ''])('an automation that is %p has not ended', async (status) => {
    service = await startSignedService('ssm', sender.region);
    const body = JSON.stringify({ AutomationExecution: { AutomationExecutionStatus: status } });
    service.script({ status: 200, body });
    expect(await lookAtAutomation({ sender, endpoint: service.endpoint }, 'one')).toBeUndefined();
  });
});

describe('the answer to a call that starts a job', () => {
  const ids = [sourceServerID(1)];
  const knownJobIDs = [jobID(5)];
  const start = (answer: Job) => {
    const { deps } = aReportingWorld();
    const ledger = createLedger(createMemoryStore());
    return attemptJob({ ...deps, ledger }, aRunRecord(), showing({}), {
      kind: 'START_CUTOVER',
      batchID: 'batch-001',
      mayRepeat: false,
      choose: () => Promise.resolve({ sourceServerIDs: ids, knownJobIDs }),
      call: (_ids, tags) => Promise.resolve({ ...answer, tags: { ...tags, ...answer.tags } }),
    });
  };
  const own = aJob({ participatingServers: [aPart()], tags: {} });

  it('is believed when it is about that job', async () => {
    expect(await start(own)).toMatchObject({ state: 'STARTED', jobID: own.jobID });
    expect(await start({ ...own, initiatedBy: 'START_CUTOVER_V2' })).toMatchObject({ state: 'STARTED' });
  });

  it.each<readonly [string, Partial<Job>]>([
    ['a job that there was before', { jobID: jobID(5) }],
    ['a job of others', { jobID: foreignJobID, tags: { [attemptTagKey]: 'another' } }],
    [
      'a job of a server that was not asked for',
      { participatingServers: [aPart({ sourceServerID: sourceServerID(2) })] },
    ],
  ])('is looked into like a lost one when it is about %s', async (_what, fields) => {
    await expect(start({ ...own, ...fields })).rejects.toThrow(OutcomeUnknownError);
  });

  it('lost, is found by its tag though MGN calls it something new', () => {
    const attempt = { token: 't', initiatedBy: 'START_CUTOVER', sourceServerIDs: ids, knownJobIDs } as const;
    const found = (initiatedBy: string | undefined) =>
      findOwnJob(attempt, [aJob({ initiatedBy, tags: { [attemptTagKey]: 't' } })], 'yes')?.jobID;
    expect([found('START_CUTOVER_V2'), found(undefined), found('START_TEST')]).toEqual([
      own.jobID,
      own.jobID,
      undefined,
    ]);
  });
});

it('a function that serves any number of runs keeps no more clients than it needs', () => {
  let made = 0;
  const services = createTargetServices({
    home: {
      region: 'us-east-1',
      credentials: () => Promise.resolve(credentials),
      clock: { now: () => nowMs },
      wait: () => Promise.resolve(),
    },
    createClients: (region) => {
      made += 1;
      return createMgnClients({ region, credentials });
    },
  });
  const target = (run: number) => ({ roleArn: 'arn:aws:iam::444455556666:role/x', runID: `night-${String(run)}` });
  for (let run = 0; run < 250; run += 1) services.clientsOf(target(run));
  const before = made;
  services.clientsOf(target(249));
  expect(made).toBe(before);
  services.clientsOf(target(0));
  expect(made).toBe(before + 1);
  services.close();
});
