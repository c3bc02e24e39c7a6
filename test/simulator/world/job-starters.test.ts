import { startCutover } from '../../../simulator/operations/job-starters.ts';
import { deleteJob, describeJobLogItems, describeJobs } from '../../../simulator/operations/jobs.ts';
import { markAsArchived } from '../../../simulator/operations/source-servers.ts';
import { exact, refusalOf, worldOf } from '../world-under-test.ts';

const heldMessage = 'One or more of the Source Servers included in API call are currently being processed by a Job';

const manyServers = (count: number) => Array.from({ length: count }, (_, index) => ({ hostname: `h${index}` }));

describe('the job lock', () => {
  it.each(['test', 'cutover', 'terminate'] as const)('a %s job refuses every starter until it has ended', (kind) => {
    const lifeCycleState = kind === 'test' ? 'READY_FOR_TEST' : 'READY_FOR_CUTOVER';
    const world = worldOf({
      defaults: { ...exact, launchedInstance: 'none' },
      servers: [{ hostname: 'a', lifeCycleState }],
    });
    const jobID = world.start(kind, ['a'], 0);
    const endsAt = kind === 'terminate' ? 4 : 651;
    for (const starter of ['test', 'cutover', 'terminate'] as const) {
      expect(refusalOf(() => world.start(starter, ['a'], endsAt - 0.5))).toMatchObject({
        name: 'ConflictException',
        message: heldMessage,
      });
    }
    expect(world.jobAt(jobID, endsAt)?.status).toBe('COMPLETED');
    if (kind === 'terminate') expect(world.start('cutover', ['a'], endsAt)).toMatch(/^mgnjob-/);
    else expect(refusalOf(() => world.start('terminate', ['a'], endsAt)).message).not.toBe(heldMessage);
  });

  it('one held or illegal server refuses the whole batch, and nothing happens to the others', () => {
    const world = worldOf({
      servers: [{ hostname: 'a' }, { hostname: 'b' }, { hostname: 'c', lifeCycleState: 'TESTING' }],
    });
    world.start('terminate', ['a'], 0);
    expect(refusalOf(() => world.start('cutover', ['a', 'b'], 1)).message).toBe(heldMessage);
    expect(refusalOf(() => world.start('cutover', ['b', 'c'], 1)).name).toBe('ConflictException');
    expect(world.stateAt('b', 1)).toBe('READY_FOR_CUTOVER');
    expect(world.start('cutover', ['b'], 1)).toMatch(/^mgnjob-[0-9a-zA-Z]{17}$/);
  });

  it('names the servers to blame in errors[] only by the switch', () => {
    const servers = [{ hostname: 'a' }, { hostname: 'b', lifeCycleState: 'TESTING' }];
    const silent = worldOf({ servers });
    expect(refusalOf(() => silent.start('cutover', ['a', 'b'], 0)).members).toEqual({});
    const naming = worldOf({ servers, switches: { conflictNamesServers: 'yes' } });
    expect(refusalOf(() => naming.start('cutover', ['a', 'b'], 0)).members).toMatchObject({
      errors: [{ code: 'ConflictException', resourceId: naming.idOf('b'), resourceType: 'SourceServer' }],
    });
  });

  it('also refuses lifecycle calls and archiving, unless the switch allows them', () => {
    const servers = [{ hostname: 'a' }];
    const strict = worldOf({ servers });
    strict.start('cutover', ['a'], 0);
    expect(refusalOf(() => strict.change('a', 'READY_FOR_CUTOVER', 1)).message).toBe(heldMessage);
    expect(refusalOf(() => strict.perform(markAsArchived, { sourceServerID: strict.idOf('a') }, 1)).message).toBe(
      heldMessage,
    );
    const lax = worldOf({ servers, switches: { callsDuringJob: 'allowed' } });
    lax.start('cutover', ['a'], 0);
    expect(lax.change('a', 'READY_FOR_CUTOVER', 1).lifeCycle?.state).toBe('READY_FOR_CUTOVER');
  });
});

describe('starting a job', () => {
  it('answers a PENDING job with PENDING servers, its tags and no end', () => {
    const world = worldOf({ servers: [{ hostname: 'a', tested: false }] });
    const sourceServerIDs = [world.idOf('a'), world.idOf('a')];
    const { job } = world.perform(startCutover, { sourceServerIDs, tags: { run: '7' } }, 10);
    expect(job).toEqual({
      jobID: expect.stringMatching(/^mgnjob-[0-9a-zA-Z]{17}$/),
      arn: `arn:aws:mgn:us-east-1:123456789012:job/${job.jobID ?? ''}`,
      type: 'LAUNCH',
      initiatedBy: 'START_CUTOVER',
      creationDateTime: '2026-03-07T22:00:10+00:00',
      status: 'PENDING',
      participatingServers: [{ sourceServerID: world.idOf('a'), launchStatus: 'PENDING' }],
      tags: { run: '7' },
    });
  });

  it.each([
    [{}, 'ValidationException'],
    [{ unknownServerRefusal: 'ResourceNotFoundException' }, 'ResourceNotFoundException'],
  ])('with switches %j an unknown source server is refused as %s', (switches, exception) => {
    const world = worldOf({ switches });
    const input = { sourceServerIDs: ['s-00000000000000000'] };
    expect(refusalOf(() => world.perform(startCutover, input, 0)).name).toBe(exception);
  });

  it('keeps to the quota of servers in all jobs, which an ended job no longer counts against', () => {
    const world = worldOf({ defaults: exact, servers: manyServers(250) });
    const hosts = manyServers(250).map(({ hostname }) => hostname);
    world.start('terminate', hosts.slice(0, 150), 0);
    const refusal = refusalOf(() => world.start('terminate', hosts.slice(150, 201), 1));
    expect(refusal.message).toMatch(/200 source servers in all active jobs/);
    expect(world.start('terminate', hosts.slice(150, 200), 1)).toMatch(/^mgnjob-/);
    expect(world.start('terminate', hosts.slice(200), 124)).toMatch(/^mgnjob-/);
  });

  it('keeps to the quota of 20 jobs in progress, terminate jobs included', () => {
    const world = worldOf({ servers: manyServers(21) });
    for (let index = 0; index < 20; index += 1)
      world.start(index % 2 === 0 ? 'terminate' : 'cutover', [`h${index}`], 0);
    expect(refusalOf(() => world.start('cutover', ['h20'], 0))).toMatchObject({ name: 'ConflictException' });
    expect(world.stateAt('h20', 0)).toBe('READY_FOR_CUTOVER');
  });

  it('refuses beyond a quota in the way the switch says, the quota as the scenario sets it', () => {
    const world = worldOf({
      servers: manyServers(2),
      quotas: { sourceServersPerJob: 1 },
      switches: { quotaRefusal: 'ServiceQuotaExceededException' },
    });
    expect(refusalOf(() => world.start('cutover', ['h0', 'h1'], 0))).toMatchObject({
      name: 'ServiceQuotaExceededException',
      members: { quotaValue: 1 },
    });
  });
});

describe('describing and deleting jobs', () => {
  const twoJobs = () => {
    const world = worldOf({
      defaults: exact,
      servers: [
        { hostname: 'a', tested: false },
        { hostname: 'b', tested: false },
      ],
    });
    return { world, first: world.start('cutover', ['a'], 0), second: world.start('cutover', ['b'], 60) };
  };

  it('lists newest first, between dates, both ends included', () => {
    const { world, first, second } = twoJobs();
    const found = (filters: object) =>
      world
        .perform(describeJobs, { filters }, 100)
        .slice(0, 10)
        .map(({ jobID }) => jobID);
    expect(found({})).toEqual([second, first]);
    expect(found({ fromDate: '2026-03-07T22:01:00Z' })).toEqual([second]);
    expect(found({ toDate: '2026-03-07T22:00:59Z' })).toEqual([first]);
    expect(found({ jobIDs: [first, 'mgnjob-00000000000000000'] })).toEqual([first]);
    expect(found({ jobIDs: ['mgnjob-00000000000000000'] })).toEqual([]);
  });

  it('deletes only a job that has ended, its log with it', () => {
    const { world, first } = twoJobs();
    const act = (at: number) => {
      world.perform(deleteJob, { jobID: first }, at);
    };
    expect(
      refusalOf(() => {
        act(650);
      }).name,
    ).toBe('ConflictException');
    act(651);
    expect(world.jobAt(first, 651)).toBeUndefined();
    expect(world.log(first, 651)).toEqual([]);
    expect(
      refusalOf(() => {
        act(652);
      }).name,
    ).toBe('ResourceNotFoundException');
  });

  it('answers an unknown job with an empty log, or not at all by the switch', () => {
    const input = { jobID: 'mgnjob-00000000000000000' };
    expect(worldOf({}).perform(describeJobLogItems, input, 0).total).toBe(0);
    const strict = worldOf({ switches: { unknownJob: 'ResourceNotFoundException' } });
    expect(refusalOf(() => strict.perform(describeJobLogItems, input, 0)).name).toBe('ResourceNotFoundException');
  });
});

describe('a stale read', () => {
  it('shows servers, jobs and logs as they were, and writes still meet the present', () => {
    const world = worldOf({ defaults: { ...exact, launchedInstance: 'none' }, servers: [{ hostname: 'a' }] });
    const jobID = world.start('cutover', ['a'], 100);
    expect(world.serverAt('a', 103, 5).lifeCycle?.state).toBe('READY_FOR_CUTOVER');
    expect(world.jobAt(jobID, 103, 5)).toBeUndefined();
    expect(world.jobAt(jobID, 103, 2)?.status).toBe('PENDING');
    expect(world.perform(describeJobLogItems, { jobID }, 103, 2).total).toBe(0);
    expect(world.jobAt(jobID, 103)?.status).toBe('STARTED');
    expect(refusalOf(() => world.start('cutover', ['a'], 103)).message).toBe(heldMessage);
  });
});
