import { exact, worldOf } from '../world-under-test.ts';

const hour = 3600;

const cutoverOf = (server: object, more: object = {}) => {
  const world = worldOf({
    defaults: exact,
    ...more,
    servers: [{ hostname: 'a', launchedInstance: 'none', ...server }],
  });
  return { world, jobID: world.start('cutover', ['a'], 0) };
};

const endings = [
  {
    outcome: 'launched',
    launchStatus: 'LAUNCHED',
    state: 'CUTTING_OVER',
    log: [
      '2 JOB_START',
      '3 SNAPSHOT_START',
      '47 SNAPSHOT_END',
      '48 CONVERSION_START',
      '312 CONVERSION_END',
      '313 LAUNCH_START',
      '650 LAUNCH_END',
      '651 JOB_END',
    ],
  },
  {
    outcome: 'staleSnapshot',
    launchStatus: 'LAUNCHED',
    state: 'CUTTING_OVER',
    log: [
      '2 JOB_START',
      '3 SNAPSHOT_START',
      '303 SNAPSHOT_FAIL',
      '303 USING_PREVIOUS_SNAPSHOT',
      '304 CONVERSION_START',
      '568 CONVERSION_END',
      '569 LAUNCH_START',
      '906 LAUNCH_END',
      '907 JOB_END',
    ],
  },
  {
    outcome: 'launchFailed',
    launchStatus: 'FAILED',
    state: 'READY_FOR_CUTOVER',
    log: [
      '2 JOB_START',
      '3 SNAPSHOT_START',
      '47 SNAPSHOT_END',
      '48 CONVERSION_START',
      '312 CONVERSION_END',
      '313 LAUNCH_START',
      '346.7 LAUNCH_FAILED',
      '347.7 JOB_END',
    ],
  },
  {
    outcome: 'conversionFailed',
    launchStatus: 'FAILED',
    state: 'READY_FOR_CUTOVER',
    log: [
      '2 JOB_START',
      '3 SNAPSHOT_START',
      '47 SNAPSHOT_END',
      '48 CONVERSION_START',
      '312 CONVERSION_FAIL',
      '313 JOB_END',
    ],
  },
  {
    outcome: 'snapshotFailed',
    launchStatus: 'FAILED',
    state: 'READY_FOR_CUTOVER',
    log: ['2 JOB_START', '3 SNAPSHOT_START', '303 SNAPSHOT_FAIL', '304 JOB_END'],
  },
  {
    outcome: 'cleanupFailed',
    launchStatus: 'FAILED',
    state: 'READY_FOR_CUTOVER',
    log: ['2 JOB_START', '3 CLEANUP_START', '38 CLEANUP_FAIL', '39 JOB_END'],
  },
  {
    outcome: 'skipped',
    launchStatus: 'FAILED',
    state: 'READY_FOR_CUTOVER',
    log: ['2 JOB_START', '3 SERVER_SKIPPED', '4 JOB_END'],
  },
] as const;

describe('a cutover launch', () => {
  it.each(endings)(
    'that ends as $outcome: log, COMPLETED job, launch status, lifecycle',
    ({ outcome, launchStatus, state, log }) => {
      const { world, jobID } = cutoverOf({ cutover: outcome });
      expect(world.log(jobID, hour)).toEqual(log);
      const job = world.jobAt(jobID, hour);
      expect(job?.status).toBe('COMPLETED');
      expect(world.participant(jobID, 'a', hour)?.launchStatus).toBe(launchStatus);
      expect(world.stateAt('a', hour)).toBe(state);
      expect(world.serverAt('a', hour).launchedInstance !== undefined).toBe(launchStatus === 'LAUNCHED');
    },
  );

  it('is PENDING, then STARTED, then COMPLETED with an end, as time passes', () => {
    const { world, jobID } = cutoverOf({});
    const seen = [0, 1.9, 2, 650.9, 651].map((at) => {
      const job = world.jobAt(jobID, at);
      return [job?.status, job?.endDateTime];
    });
    expect(seen).toEqual([
      ['PENDING', undefined],
      ['PENDING', undefined],
      ['STARTED', undefined],
      ['STARTED', undefined],
      ['COMPLETED', '2026-03-07T22:10:51+00:00'],
    ]);
  });

  it('keeps launchStatus PENDING through conversion, names the instance when LAUNCHED', () => {
    const { world, jobID } = cutoverOf({});
    const statuses = [0, 312, 313, 650].map((at) => world.participant(jobID, 'a', at)?.launchStatus);
    expect(statuses).toEqual(['PENDING', 'PENDING', 'IN_PROGRESS', 'LAUNCHED']);
    expect(world.participant(jobID, 'a', 649)?.launchedEc2InstanceID).toBeUndefined();
    const { launchedEc2InstanceID } = world.participant(jobID, 'a', 650) ?? {};
    expect(launchedEc2InstanceID).toMatch(/^i-[0-9a-f]{17}$/);
    expect(world.serverAt('a', 650).launchedInstance).toEqual({
      ec2InstanceID: launchedEc2InstanceID,
      jobID,
      firstBoot: 'WAITING',
    });
  });

  it.each([
    ['fromConversion', ['PENDING', 'IN_PROGRESS', 'IN_PROGRESS']],
    ['never', ['PENDING', 'PENDING', 'PENDING']],
  ])('shows IN_PROGRESS %s by the switch', (launchStatusInProgress, expected) => {
    const { world, jobID } = cutoverOf({}, { switches: { launchStatusInProgress } });
    expect([47, 48, 400].map((at) => world.participant(jobID, 'a', at)?.launchStatus)).toEqual(expected);
  });

  it('deletes the earlier instance first', () => {
    const { world, jobID } = cutoverOf({ launchedInstance: 'test' });
    expect(world.log(jobID, hour).slice(0, 4)).toEqual([
      '2 JOB_START',
      '3 CLEANUP_START',
      '38 CLEANUP_END',
      '39 SNAPSHOT_START',
    ]);
    expect(world.serverAt('a', 37).launchedInstance?.firstBoot).toBe('SUCCEEDED');
    expect(world.serverAt('a', 38).launchedInstance).toBeUndefined();
  });

  it('logs who and what: source server, conversion server, target instance, raw error', () => {
    const { world, jobID } = cutoverOf({
      cutover: { outcome: 'launchFailed', rawError: 'InsufficientInstanceCapacity: none left' },
    });
    const byEvent = new Map(world.lines(jobID, hour).map((line) => [line.event, line.eventData]));
    expect(byEvent.get('JOB_START')).toEqual({});
    expect(byEvent.get('CONVERSION_END')).toEqual({
      sourceServerID: world.idOf('a'),
      conversionServerID: expect.stringMatching(/^i-/),
    });
    expect(byEvent.get('LAUNCH_FAILED')).toEqual({
      sourceServerID: world.idOf('a'),
      rawError: 'InsufficientInstanceCapacity: none left',
    });
  });

  it('boots: firstBoot SUCCEEDED after a while, WAITING for ever when unbootable, STOPPED when launched stopped', () => {
    const firstBoots = (server: object) => {
      const { world } = cutoverOf(server);
      return [650, 816, 817, 9 * hour].map((at) => world.serverAt('a', at).launchedInstance?.firstBoot);
    };
    expect(firstBoots({})).toEqual(['WAITING', 'WAITING', 'SUCCEEDED', 'SUCCEEDED']);
    expect(firstBoots({ cutover: 'unbootable' })).toEqual(['WAITING', 'WAITING', 'WAITING', 'WAITING']);
    expect(firstBoots({ cutover: { outcome: 'unbootable', firstBoot: 'UNKNOWN' } })[2]).toBe('UNKNOWN');
    expect(firstBoots({ launchConfiguration: { launchDisposition: 'STOPPED' } })).toEqual(Array(4).fill('STOPPED'));
  });

  it.each(['cleanup', 'snapshot', 'conversion', 'launch'])(
    'stuck in %s never ends and holds its server for ever',
    (stuckIn) => {
      const { world, jobID } = cutoverOf({ cutover: { outcome: 'stuck', stuckIn } });
      const job = world.jobAt(jobID, 1000 * hour);
      expect(job?.status).toBe('STARTED');
      expect(job?.endDateTime).toBeUndefined();
      const last = world.log(jobID, 1000 * hour).at(-1);
      expect(last).toMatch(new RegExp(`${stuckIn.toUpperCase()}_START$`));
      expect(() => world.start('cutover', ['a'], 1000 * hour)).toThrow(/currently being processed/);
    },
  );

  it('takes its outcome by attempt, the last one repeating, tests and cutovers apart', () => {
    const world = worldOf({
      defaults: exact,
      servers: [{ hostname: 'a', test: 'launchFailed', cutover: ['launchFailed', 'conversionFailed', 'launched'] }],
    });
    const results = [0, 1, 2, 3].map((attempt) => {
      const at = attempt * 2 * hour;
      const jobID = world.start('cutover', ['a'], at);
      const status = world.participant(jobID, 'a', at + hour)?.launchStatus;
      if (world.stateAt('a', at + hour) === 'CUTTING_OVER') world.change('a', 'READY_FOR_CUTOVER', at + hour);
      return [
        status,
        world
          .log(jobID, at + hour, at)
          .at(-2)
          ?.split(' ')[1],
      ];
    });
    expect(results).toEqual([
      ['FAILED', 'LAUNCH_FAILED'],
      ['FAILED', 'CONVERSION_FAIL'],
      ['LAUNCHED', 'LAUNCH_END'],
      ['LAUNCHED', 'LAUNCH_END'],
    ]);
    world.change('a', 'READY_FOR_TEST', 9 * hour);
    const jobID = world.start('test', ['a'], 9 * hour);
    expect(world.participant(jobID, 'a', 10 * hour)?.launchStatus).toBe('FAILED');
    expect(world.stateAt('a', 10 * hour)).toBe('READY_FOR_TEST');
  });

  it('leaves a failed cutover in CUTTING_OVER and a skipped server PENDING when the switches say so', () => {
    const failed = cutoverOf({ cutover: 'launchFailed' }, { switches: { failedCutoverState: 'CUTTING_OVER' } });
    expect(failed.world.stateAt('a', hour)).toBe('CUTTING_OVER');
    const skipped = cutoverOf({ cutover: 'skipped' }, { switches: { skippedLaunchStatus: 'PENDING' } });
    expect(skipped.world.participant(skipped.jobID, 'a', hour)?.launchStatus).toBe('PENDING');
  });

  it('uses a previous snapshot while the agent is silent or replication stalled', () => {
    for (const replication of [{ agent: 'silent' }, { state: 'STALLED', lagSeconds: 60 }]) {
      const { world, jobID } = cutoverOf({ replication });
      expect(world.log(jobID, hour).map((line) => line.split(' ')[1])).toContain('USING_PREVIOUS_SNAPSHOT');
      expect(world.participant(jobID, 'a', hour)?.launchStatus).toBe('LAUNCHED');
    }
    const fallsSilent = cutoverOf({ changes: [{ atSeconds: 1, agent: 'silent' }] });
    expect(fallsSilent.world.log(fallsSilent.jobID, hour)).toContain('303 USING_PREVIOUS_SNAPSHOT');
  });

  it('takes a fresh snapshot into dataReplicationInfo', () => {
    const { world } = cutoverOf({ replication: { lastSnapshotSecondsAgo: 100 } });
    expect(world.serverAt('a', 46).dataReplicationInfo?.lastSnapshotDateTime).toBe('2026-03-07T21:58:20+00:00');
    expect(world.serverAt('a', 47).dataReplicationInfo?.lastSnapshotDateTime).toBe('2026-03-07T22:00:47+00:00');
  });
});

describe('a job of several servers', () => {
  it('ends when the last one has ended, one bad server not touching the others', () => {
    const world = worldOf({
      defaults: { ...exact, launchedInstance: 'none' },
      servers: [
        { hostname: 'a' },
        { hostname: 'b', cutover: 'conversionFailed' },
        { hostname: 'c', timings: { launchSeconds: 1000 } },
      ],
    });
    const jobID = world.start('cutover', ['a', 'b', 'c'], 0);
    expect(world.jobAt(jobID, 1313)?.status).toBe('STARTED');
    expect(world.jobAt(jobID, 1314)?.status).toBe('COMPLETED');
    const statuses = ['a', 'b', 'c'].map((host) => world.participant(jobID, host, 700)?.launchStatus);
    expect(statuses).toEqual(['LAUNCHED', 'FAILED', 'IN_PROGRESS']);
  });

  it('varies the phases of each server from the seed, and repeats them for the same seed', () => {
    const logs = (seed: number) => {
      const world = worldOf({ servers: [{ hostname: 'a' }, { hostname: 'b' }] }, seed);
      return world.lines(world.start('cutover', ['a', 'b'], 0), hour);
    };
    expect(logs(1)).toEqual(logs(1));
    expect(logs(1)).not.toEqual(logs(2));
    const conversionEnds = logs(1).filter(({ event }) => event === 'CONVERSION_END');
    expect(new Set(conversionEnds.map(({ logDateTime }) => logDateTime)).size).toBe(2);
  });
});

describe('a terminate job', () => {
  const terminated = (server: object, switches: object = {}) => {
    const world = worldOf({ defaults: exact, switches, servers: [{ hostname: 'a', ...server }] });
    return { world, jobID: world.start('terminate', ['a'], 0) };
  };

  it('deletes the instance, shows TERMINATED and leaves the lifecycle alone', () => {
    const { world, jobID } = terminated({});
    expect(world.log(jobID, hour)).toEqual(['2 JOB_START', '3 CLEANUP_START', '123 CLEANUP_END', '124 JOB_END']);
    expect(world.jobAt(jobID, hour)).toMatchObject({
      type: 'TERMINATE',
      initiatedBy: 'TERMINATE',
      status: 'COMPLETED',
    });
    expect(world.participant(jobID, 'a', hour)?.launchStatus).toBe('TERMINATED');
    expect(world.serverAt('a', 122).launchedInstance).toBeDefined();
    expect(world.serverAt('a', 123).launchedInstance).toBeUndefined();
    expect(world.stateAt('a', hour)).toBe('READY_FOR_CUTOVER');
  });

  it('keeps launchedInstance by the switch, and the instance itself when it fails', () => {
    expect(
      terminated({}, { launchedInstanceAfterTerminate: 'kept' }).world.serverAt('a', hour).launchedInstance,
    ).toBeDefined();
    const { world, jobID } = terminated({ terminate: ['failed', 'terminated'] });
    expect(world.log(jobID, hour)).toContain('123 CLEANUP_FAIL');
    expect(world.participant(jobID, 'a', hour)?.launchStatus).toBe('FAILED');
    expect(world.serverAt('a', hour).launchedInstance).toBeDefined();
    world.start('terminate', ['a'], hour);
    expect(world.serverAt('a', 2 * hour).launchedInstance).toBeUndefined();
  });

  it('never ends when stuck', () => {
    const { world, jobID } = terminated({ terminate: 'stuck' });
    expect(world.jobAt(jobID, 100 * hour)?.status).toBe('STARTED');
  });
});
