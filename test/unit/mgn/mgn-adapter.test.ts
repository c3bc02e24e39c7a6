import type { Mgn } from '../../../functions/domain/ports.ts';
import { createMgn, probeMgn } from '../../../functions/mgn/mgn-adapter.ts';
import { createMgnClients } from '../../../functions/mgn/mgn-clients.ts';
import { createRequestHandler } from '../../../simulator/request-handler.ts';
import { clientOptions, simulatedAccount, startMs } from '../../simulator/simulated-account.ts';
import { applicationID, jobID, sourceServerID, waveID } from '../../support/domain-builders.ts';
import { failureOf, scriptedMgn } from '../../support/scripted-mgn.ts';

const id = sourceServerID(1);
const idsOf = <ID>(idOf: (number: number) => ID, count: number) =>
  Array.from({ length: count }, (_, index) => idOf(index + 1));
const servers = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    hostname: `web-${String(from + index)}`,
    sourceServerID: sourceServerID(from + index),
  }));

/** The adapter as it is used for real, on a simulated account. */
const accountOf = (scenario: unknown, target = {}) => {
  const account = simulatedAccount(scenario);
  const requestHandler = createRequestHandler(account.simulator, () => Promise.resolve());
  const clients = createMgnClients({ ...clientOptions, requestHandler });
  return { ...account, clients, mgn: createMgn(clients, target) };
};

const oneWave = {
  waves: [
    {
      name: 'night-1',
      waveID: waveID(1),
      applications: [
        { name: 'shop', applicationID: applicationID(1), servers: servers(1, 2) },
        { name: 'crm', applicationID: applicationID(2), servers: servers(3, 1) },
      ],
    },
  ],
  servers: [{ hostname: 'old-1', sourceServerID: sourceServerID(9), lifeCycleState: 'CUTOVER', isArchived: true }],
};

describe('reads', () => {
  it('goes from a wave to its applications to their source servers', async () => {
    const { mgn } = accountOf(oneWave);
    expect(await mgn.listWaves([waveID(1)])).toEqual([{ waveID: waveID(1), name: 'night-1', isArchived: false }]);
    const applications = await mgn.listApplications({ waveIDs: [waveID(1)] });
    expect(applications).toEqual([
      { applicationID: applicationID(1), name: 'shop', waveID: waveID(1), isArchived: false },
      { applicationID: applicationID(2), name: 'crm', waveID: waveID(1), isArchived: false },
    ]);
    expect(await mgn.listApplications({ applicationIDs: [applicationID(2)] })).toEqual([applications[1]]);
    const found = await mgn.describeSourceServers({ applicationIDs: [applicationID(1)], isArchived: false });
    expect(found.map((server) => server.hostname).sort()).toEqual(['web-1', 'web-2']);
  });

  it('asks for archived servers or for the others, never for both', async () => {
    const { mgn } = accountOf(oneWave);
    const sourceServerIDs = [sourceServerID(1), sourceServerID(9)];
    const hostsWhere = async (isArchived: boolean) =>
      (await mgn.describeSourceServers({ sourceServerIDs, isArchived })).map((server) => server.hostname);
    expect([await hostsWhere(false), await hostsWhere(true)]).toEqual([['web-1'], ['old-1']]);
  });

  it('reads jobs by date and by ID, and their logs', async () => {
    const { mgn, advanceSeconds } = accountOf({
      servers: [{ hostname: 'web-1', sourceServerID: id, launchedInstance: 'none' }],
    });
    advanceSeconds(60);
    const { jobID: startedID } = await mgn.startCutover([id], {});
    advanceSeconds(1_800);
    expect((await mgn.describeJobsSince(startMs + 60_000)).map((job) => job.jobID)).toEqual([startedID]);
    expect(await mgn.describeJobsSince(startMs + 61_000)).toEqual([]);
    expect(await mgn.describeJobs([startedID, jobID(5)])).toMatchObject([
      {
        jobID: startedID,
        initiatedBy: 'START_CUTOVER',
        status: 'COMPLETED',
        participatingServers: [{ sourceServerID: id, launchStatus: 'LAUNCHED' }],
      },
    ]);
    const log = await mgn.describeJobLog(startedID);
    expect(log.map((item) => item.event)).toEqual([
      'JOB_START',
      'SNAPSHOT_START',
      'SNAPSHOT_END',
      'CONVERSION_START',
      'CONVERSION_END',
      'LAUNCH_START',
      'LAUNCH_END',
      'JOB_END',
    ]);
    expect(log.map((item) => item.sourceServerID)).toEqual([undefined, ...Array<string>(6).fill(id), undefined]);
  });

  it('reads what a launch depends on', async () => {
    const actions = [{ actionName: 'Join domain', documentIdentifier: 'join-domain', mustSucceedForCutover: true }];
    const { mgn } = accountOf({
      servers: [{ ...servers(1, 1)[0], actions, launchConfiguration: { deployment: 'CUTOVER_ONLY' } }],
    });
    expect(await mgn.getLaunchConfiguration(id)).toMatchObject({
      launchDisposition: 'STARTED',
      postLaunchDeployment: 'CUTOVER_ONLY',
    });
    expect(await mgn.listSourceServerActions(id)).toMatchObject([
      { actionName: 'Join domain', documentName: 'join-domain', isActive: true, mustSucceedForCutover: true },
    ]);
  });

  it('sends more IDs than a filter takes in several calls', async () => {
    const { mgn, calls } = accountOf({ servers: servers(1, 450) });
    const found = await mgn.describeSourceServers({ sourceServerIDs: idsOf(sourceServerID, 450), isArchived: false });
    expect(found.map((server) => server.sourceServerID)).toEqual(idsOf(sourceServerID, 450));
    expect(calls.map((call) => call.status)).toEqual([200, 200, 200]);
  });

  it.each([
    [200, 1],
    [201, 2],
    [400, 2],
    [401, 3],
  ])('sends %d application IDs in %d calls', async (count, calls) => {
    const { mgn, sent } = scriptedMgn(Array.from({ length: 3 }, () => ({ body: { items: [] } })));
    await mgn.describeSourceServers({ applicationIDs: idsOf(applicationID, count), isArchived: false });
    expect(sent).toHaveLength(calls);
  });

  it('sends up to 1,000 job IDs in a call', async () => {
    const { mgn, sent } = scriptedMgn([{ body: { items: [] } }, { body: { items: [] } }]);
    await mgn.describeJobs(idsOf(jobID, 1_001));
    expect(sent.map(({ body }) => body)).toMatchObject([
      { filters: { jobIDs: idsOf(jobID, 1_000) } },
      { filters: { jobIDs: [jobID(1_001)] } },
    ]);
  });

  it('asks nothing about nobody, for an empty filter would mean everybody', async () => {
    const { mgn, sent } = scriptedMgn([]);
    expect(await mgn.describeSourceServers({ sourceServerIDs: [], isArchived: false })).toEqual([]);
    expect(await mgn.describeSourceServers({ applicationIDs: [], isArchived: false })).toEqual([]);
    expect(await mgn.describeJobs([])).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('reads all pages of a real answer', async () => {
    const applications = [1, 2, 3, 4, 5, 6].map((number) => ({
      name: `app-${String(number)}`,
      applicationID: applicationID(number),
      servers: servers(number * 1_000, 200),
    }));
    const { mgn, calls } = accountOf({ waves: [{ name: 'all', applications }] });
    const found = await mgn.describeSourceServers({ applicationIDs: idsOf(applicationID, 6), isArchived: false });
    expect(new Set(found.map((server) => server.sourceServerID)).size).toBe(1_200);
    expect(calls).toHaveLength(2);
  });

  const ids = [id, sourceServerID(2)];
  const reads: [string, (mgn: Mgn) => Promise<readonly unknown[]>, readonly [unknown, unknown]][] = [
    ['ListWaves', (mgn) => mgn.listWaves([waveID(1)]), [{ waveID: waveID(1) }, { waveID: waveID(2) }]],
    [
      'ListApplications',
      (mgn) => mgn.listApplications({ waveIDs: [waveID(1)] }),
      [{ applicationID: applicationID(1) }, { applicationID: applicationID(2) }],
    ],
    [
      'DescribeSourceServers',
      (mgn) => mgn.describeSourceServers({ sourceServerIDs: ids, isArchived: false }),
      [{ sourceServerID: ids[0] }, { sourceServerID: ids[1] }],
    ],
    ['DescribeJobs', (mgn) => mgn.describeJobsSince(0), [{ jobID: jobID(1) }, { jobID: jobID(2) }]],
    ['DescribeJobLogItems', (mgn) => mgn.describeJobLog(jobID(1)), [{ event: 'JOB_START' }, { event: 'JOB_END' }]],
    [
      'ListSourceServerActions',
      (mgn) => mgn.listSourceServerActions(id),
      [{ actionName: 'Join domain' }, { actionName: 'Check' }],
    ],
  ];
  it.each(reads)('%s pages past empty pages to the end', async (operation, read, [first, last]) => {
    const { mgn, sent } = scriptedMgn([
      { body: { items: [first], nextToken: 'one' } },
      { body: { items: [], nextToken: 'two' } },
      { body: { nextToken: 'three' } },
      { body: { items: [last] } },
    ]);
    expect(await read(mgn)).toHaveLength(2);
    expect(sent.map((request) => request.operation)).toEqual(Array(4).fill(operation));
    expect(sent.slice(1).map((request) => request.body)).toMatchObject([
      { nextToken: 'one' },
      { nextToken: 'two' },
      { nextToken: 'three' },
    ]);
  });

  it.each(reads)('%s fails as a whole when a later page fails', async (_operation, read, [first]) => {
    const { mgn } = scriptedMgn([
      { body: { items: [first], nextToken: 'one' } },
      { body: '<html>bad gateway</html>', status: 502 },
    ]);
    expect(await failureOf(read(mgn))).toHaveProperty('name', 'TransientServiceError');
  });

  it('does not take a record without its ID for an answer', async () => {
    const { mgn } = scriptedMgn([{ body: { items: [{ status: 'COMPLETED' }] } }]);
    expect(await failureOf(mgn.describeJobsSince(0))).toMatchObject({
      name: 'TransientServiceError',
      message: expect.stringContaining('a job that has no usable ID'),
    });
  });

  it('throws NotFoundError for a launch configuration that does not exist', async () => {
    const { mgn } = accountOf({});
    expect(await failureOf(mgn.getLaunchConfiguration(id))).toHaveProperty('name', 'NotFoundError');
  });
});

const writes: [string, (mgn: Mgn) => Promise<unknown>][] = [
  ['StartCutover', (mgn) => mgn.startCutover([id], { CutoverAttempt: 'one' })],
  ['TerminateTargetInstances', (mgn) => mgn.terminateTargetInstances([id], { CutoverAttempt: 'one' })],
  ['ChangeServerLifeCycleState', (mgn) => mgn.changeServerLifeCycleState(id, 'READY_FOR_CUTOVER')],
  ['FinalizeCutover', (mgn) => mgn.finalizeCutover(id)],
];

describe('writes', () => {
  it('starts a cutover with its tags and answers with the job', async () => {
    const { mgn } = accountOf({ servers: servers(1, 2) });
    const job = await mgn.startCutover(idsOf(sourceServerID, 2), { CutoverAttempt: 'one' });
    expect(job).toMatchObject({
      initiatedBy: 'START_CUTOVER',
      status: 'PENDING',
      tags: { CutoverAttempt: 'one' },
      participatingServers: [{ sourceServerID: sourceServerID(1) }, { sourceServerID: sourceServerID(2) }],
    });
  });

  it('terminates, reverts and finalizes', async () => {
    const { mgn } = accountOf({
      servers: [
        { hostname: 'web-1', sourceServerID: sourceServerID(1), launchedInstance: 'test' },
        { hostname: 'web-2', sourceServerID: sourceServerID(2), lifeCycleState: 'CUTTING_OVER' },
        { hostname: 'web-3', sourceServerID: sourceServerID(3), lifeCycleState: 'CUTTING_OVER' },
      ],
    });
    expect(await mgn.terminateTargetInstances([sourceServerID(1)], {})).toMatchObject({ initiatedBy: 'TERMINATE' });
    expect(await mgn.changeServerLifeCycleState(sourceServerID(2), 'READY_FOR_CUTOVER')).toMatchObject({
      lifeCycleState: 'READY_FOR_CUTOVER',
    });
    expect(await mgn.finalizeCutover(sourceServerID(3))).toMatchObject({
      lifeCycleState: 'CUTOVER',
      dataReplicationState: 'DISCONNECTED',
      lagMs: undefined,
      lastCutover: { finalizedAt: startMs },
    });
  });

  const faults: [string, Record<string, unknown>, string][] = [
    ['throttled', { fault: 'throttle' }, 'ThrottledError'],
    ['answered 500', { fault: 'serverError', status: 500 }, 'OutcomeUnknownError'],
    ['answered 502', { fault: 'serverError', status: 502 }, 'OutcomeUnknownError'],
    ['answered 503', { fault: 'serverError', status: 503 }, 'OutcomeUnknownError'],
    ['cut off', { fault: 'reset' }, 'OutcomeUnknownError'],
    ['done and its answer lost', { fault: 'lostAnswer' }, 'OutcomeUnknownError'],
  ];
  describe.each(writes)('%s', (operation, write) => {
    it.each(faults)('is sent once when it is %s', async (_what, fault, name) => {
      const { mgn, simulator } = accountOf({ servers: servers(1, 1), faults: [{ operation, ...fault }] });
      expect(await failureOf(write(mgn))).toHaveProperty('name', name);
      expect(simulator.callCounts()).toMatchObject({ [operation]: { calls: 1 } });
    });
  });

  it.each(writes.slice(0, 2))(
    '%s that answers without a usable job may have taken effect',
    async (_operation, write) => {
      for (const body of [{}, { job: { status: 'PENDING' } }, { job: { jobID: 'mgnjob-1' } }]) {
        const { mgn } = scriptedMgn([{ body, status: 202 }]);
        expect(await failureOf(write(mgn))).toHaveProperty('name', 'OutcomeUnknownError');
      }
    },
  );

  it.each(writes.slice(2))('%s that answers with nothing usable may have taken effect', async (_operation, write) => {
    expect(await failureOf(write(scriptedMgn([{ body: {} }]).mgn))).toHaveProperty('name', 'OutcomeUnknownError');
  });
});

describe('another account', () => {
  const accountID = '210987654321';
  const item = { sourceServerID: id, jobID: jobID(1), waveID: waveID(1), applicationID: applicationID(1) };
  const body = { ...item, items: [item], job: item };
  const everything: [string, (mgn: Mgn) => Promise<unknown>][] = [
    ['ListWaves', (mgn) => mgn.listWaves([waveID(1)])],
    ['ListApplications', (mgn) => mgn.listApplications({ applicationIDs: [applicationID(1)] })],
    ['DescribeSourceServers', (mgn) => mgn.describeSourceServers({ sourceServerIDs: [id], isArchived: false })],
    ['DescribeJobs', (mgn) => mgn.describeJobs([jobID(1)])],
    ['DescribeJobs', (mgn) => mgn.describeJobsSince(0)],
    ['DescribeJobLogItems', (mgn) => mgn.describeJobLog(jobID(1))],
    ['GetLaunchConfiguration', (mgn) => mgn.getLaunchConfiguration(id)],
    ['ListSourceServerActions', (mgn) => mgn.listSourceServerActions(id)],
    ...writes,
  ];

  it.each(everything)('is named in %s, and only where it is given', async (operation, send) => {
    const there = scriptedMgn([{ body }], { accountID });
    await send(there.mgn);
    expect(there.sent).toMatchObject([{ operation, body: { accountID } }]);
    const here = scriptedMgn([{ body }]);
    await send(here.mgn);
    expect(here.sent[0]?.body).not.toHaveProperty('accountID');
  });

  it('is where the servers are looked for', async () => {
    const scenario = { servers: servers(1, 1), managedAccounts: [{ accountID, servers: servers(2, 1) }] };
    const { mgn } = accountOf(scenario, { accountID });
    const found = await mgn.describeSourceServers({ sourceServerIDs: idsOf(sourceServerID, 2), isArchived: false });
    expect(found.map((server) => server.sourceServerID)).toEqual([sourceServerID(2)]);
    expect(found[0]?.arn).toContain(`:${accountID}:`);
  });

  it('is refused where it is out of reach', async () => {
    const { mgn } = accountOf({}, { accountID });
    expect(await failureOf(mgn.listWaves([waveID(1)]))).toHaveProperty('name', 'AccessDeniedError');
  });
});

describe('probeMgn', () => {
  it('is one read when all is well', async () => {
    const { clients, calls } = accountOf({ servers: servers(1, 3) });
    await probeMgn(clients.reader, {});
    expect(calls).toMatchObject([{ operation: 'DescribeSourceServers', status: 200 }]);
  });

  it.each([
    ['MGN was never set up', { isInitialized: false }, {}, 'AccountNotInitializedError'],
    ['the account is out of reach', {}, { accountID: '210987654321' }, 'AccessDeniedError'],
  ])('says what is wrong when %s', async (_what, scenario, target, name) => {
    const { clients } = accountOf(scenario);
    expect(await failureOf(probeMgn(clients.reader, target))).toHaveProperty('name', name);
  });
});
