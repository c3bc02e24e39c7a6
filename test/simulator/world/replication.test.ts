import {
  pauseReplication,
  resumeReplication,
  retryDataReplication,
  startReplication,
  stopReplication,
} from '../../../simulator/operations/replication.ts';
import { disconnectFromService } from '../../../simulator/operations/life-cycle.ts';
import type { Operation } from '../../../simulator/operation.ts';
import { refusalOf, worldOf } from '../world-under-test.ts';

const worldWith = (server: object, more: object = {}) => {
  const world = worldOf({ ...more, servers: [{ hostname: 'a', ...server }] });
  const infoAt = (at: number) => world.serverAt('a', at).dataReplicationInfo;
  const act = <Output>(operation: Operation<{ sourceServerID: string }, Output>, at: number) =>
    world.perform(operation, { sourceServerID: world.idOf('a') }, at);
  return { world, infoAt, act };
};

describe('dataReplicationInfo', () => {
  it('of a healthy server: CONTINUOUS, lag P0D, all disks replicated, every step done', () => {
    const { infoAt } = worldWith({ disks: [{ deviceName: '/dev/sda', gib: 8 }] });
    const info = infoAt(0);
    expect(info).toMatchObject({
      dataReplicationState: 'CONTINUOUS',
      lagDuration: 'P0D',
      replicatedDisks: [
        {
          deviceName: '/dev/sda',
          totalStorageBytes: 8_589_934_592,
          replicatedStorageBytes: 8_589_934_592,
          rescannedStorageBytes: 0,
          backloggedStorageBytes: 0,
        },
      ],
    });
    expect(info?.dataReplicationInitiation?.steps?.map(({ status }) => status)).toEqual(Array(11).fill('SUCCEEDED'));
    expect(info).not.toHaveProperty('dataReplicationError');
  });

  it('of a stalled server: the lag grows, the last snapshot ages, the error is told', () => {
    const { infoAt } = worldWith({
      replication: {
        state: 'STALLED',
        lagSeconds: 3723.5,
        error: 'NOT_CONVERGING',
        rawError: 'slow',
        lastSnapshotSecondsAgo: 4000,
      },
    });
    expect(infoAt(0)).toMatchObject({
      lagDuration: 'PT1H2M3.5S',
      dataReplicationError: { error: 'NOT_CONVERGING', rawError: 'slow' },
    });
    expect(infoAt(86_400)?.lagDuration).toBe('P1DT1H2M3.5S');
    expect(infoAt(86_400)?.lastSnapshotDateTime).toBe('2026-03-07T20:53:20+00:00');
  });

  it('of a failed initiation: the failed step, those before and those after it', () => {
    const { infoAt } = worldWith({
      lifeCycleState: 'NOT_READY',
      replication: { state: 'STALLED', error: 'FAILED_TO_LAUNCH_REPLICATION_SERVER' },
    });
    const steps = infoAt(0)?.dataReplicationInitiation?.steps?.map(({ status }) => status);
    expect(steps).toEqual(['SUCCEEDED', 'SUCCEEDED', 'FAILED', ...Array<string>(8).fill('NOT_STARTED')]);
    expect(infoAt(0)).not.toHaveProperty('lagDuration');
  });

  it('takes a snapshot every ten minutes while CONTINUOUS', () => {
    const { infoAt } = worldWith({ replication: { lastSnapshotSecondsAgo: 60 } });
    expect(infoAt(539)?.lastSnapshotDateTime).toBe('2026-03-07T21:59:00+00:00');
    expect(infoAt(540)?.lastSnapshotDateTime).toBe('2026-03-07T22:09:00+00:00');
  });

  it('is empty for a record without an agent', () => {
    const { world, infoAt } = worldWith({ lifeCycleState: 'PENDING_INSTALLATION' });
    expect(infoAt(0)).toEqual({});
    expect(world.serverAt('a', 0).lifeCycle).not.toHaveProperty('lastSeenByServiceDateTime');
  });

  it('follows an initial synchronization to READY_FOR_TEST', () => {
    const { world, infoAt } = worldWith({ lifeCycleState: 'NOT_READY', replication: { readyInSeconds: 1000 } });
    expect(infoAt(500)).toMatchObject({
      dataReplicationState: 'INITIAL_SYNC',
      etaDateTime: '2026-03-07T22:16:40+00:00',
      replicatedDisks: [{ replicatedStorageBytes: 8_589_934_592 }],
    });
    expect(world.stateAt('a', 999)).toBe('NOT_READY');
    expect(world.stateAt('a', 1000)).toBe('READY_FOR_TEST');
    expect(infoAt(1000)).toMatchObject({ dataReplicationState: 'CONTINUOUS', lagDuration: 'P0D' });
  });

  it('follows the script of the scenario: a stall and a recovery', () => {
    const { world, infoAt } = worldWith({
      changes: [
        { atSeconds: 100, state: 'STALLED', error: 'AGENT_NOT_SEEN' },
        { atSeconds: 400, state: 'CONTINUOUS', agent: 'reporting' },
      ],
    });
    expect(infoAt(99)).toMatchObject({ dataReplicationState: 'CONTINUOUS' });
    expect(infoAt(160)).toMatchObject({
      dataReplicationState: 'STALLED',
      lagDuration: 'PT1M',
      dataReplicationError: { error: 'AGENT_NOT_SEEN' },
    });
    expect(world.serverAt('a', 399).lifeCycle?.lastSeenByServiceDateTime).toBe('2026-03-07T22:00:00+00:00');
    expect(infoAt(400)).toMatchObject({ dataReplicationState: 'CONTINUOUS', lagDuration: 'P0D' });
    expect(infoAt(400)).not.toHaveProperty('dataReplicationError');
    expect(world.serverAt('a', 400).lifeCycle?.lastSeenByServiceDateTime).toBe('2026-03-07T22:05:00+00:00');
  });
});

describe('the replication calls', () => {
  it('pause and resume: the lag grows, then a rescan brings it back to CONTINUOUS', () => {
    const { infoAt, act } = worldWith({});
    act(pauseReplication, 0);
    expect(infoAt(90)).toMatchObject({ dataReplicationState: 'PAUSED', lagDuration: 'PT1M30S' });
    act(resumeReplication, 90);
    expect(infoAt(91)?.dataReplicationState).toBe('RESCAN');
    expect(infoAt(390)).toMatchObject({ dataReplicationState: 'CONTINUOUS', lagDuration: 'P0D' });
  });

  it('stop and start: not launchable until a first synchronization has ended', () => {
    const { infoAt, act, world } = worldWith({});
    act(stopReplication, 0);
    expect(infoAt(0)?.dataReplicationState).toBe('STOPPED');
    expect(infoAt(0)).not.toHaveProperty('lagDuration');
    act(startReplication, 60);
    expect([60, 390, 1260].map((at) => infoAt(at)?.dataReplicationState)).toEqual([
      'INITIATING',
      'INITIAL_SYNC',
      'CONTINUOUS',
    ]);
    expect(
      infoAt(160)
        ?.dataReplicationInitiation?.steps?.map(({ status }) => status)
        .slice(2, 5),
    ).toEqual(['SUCCEEDED', 'IN_PROGRESS', 'NOT_STARTED']);
    expect(world.stateAt('a', 1260)).toBe('READY_FOR_CUTOVER');
  });

  it('stop moves the lifecycle to STOPPED by the switch, and a start leads back to READY_FOR_TEST', () => {
    const { world, act } = worldWith({}, { switches: { stopReplicationLifeCycle: 'STOPPED' } });
    act(stopReplication, 0);
    expect(world.stateAt('a', 0)).toBe('STOPPED');
    act(startReplication, 0);
    expect([0, 1200].map((at) => world.stateAt('a', at))).toEqual(['NOT_READY', 'READY_FOR_TEST']);
  });

  it('a retry brings a stalled server back, or it stalls again for the same reason', () => {
    const stalled = { state: 'STALLED', error: 'UNSTABLE_NETWORK', lagSeconds: 60 };
    const well = worldWith({ replication: stalled });
    well.act(retryDataReplication, 0);
    expect([0, 330, 630].map((at) => well.infoAt(at)?.dataReplicationState)).toEqual([
      'INITIATING',
      'RESCAN',
      'CONTINUOUS',
    ]);
    const ill = worldWith({ replication: { ...stalled, recovers: false } });
    ill.act(retryDataReplication, 0);
    expect(ill.infoAt(330)).toMatchObject({
      dataReplicationState: 'STALLED',
      dataReplicationError: { error: 'UNSTABLE_NETWORK' },
    });
    expect(ill.infoAt(9999)?.dataReplicationState).toBe('STALLED');
  });

  it('a stop or a disconnect ends a synchronization for good', () => {
    for (const operation of [stopReplication, disconnectFromService]) {
      const { infoAt, act } = worldWith({ lifeCycleState: 'NOT_READY', replication: { readyInSeconds: 600 } });
      act(operation, 300);
      expect(infoAt(9999)?.dataReplicationState).toBe(operation === stopReplication ? 'STOPPED' : 'DISCONNECTED');
    }
  });

  it.each([
    ['RetryDataReplication', retryDataReplication, 'CONTINUOUS', 'ValidationException'],
    ['PauseReplication', pauseReplication, 'PAUSED', 'ConflictException'],
    ['ResumeReplication', resumeReplication, 'CONTINUOUS', 'ConflictException'],
    ['StopReplication', stopReplication, 'STOPPED', 'ConflictException'],
    ['StartReplication', startReplication, 'CONTINUOUS', 'ConflictException'],
  ])('%s refuses a server that is %s', (_name, operation, state, exception) => {
    const { act } = worldWith({ replication: { state } });
    expect(refusalOf(() => act(operation, 0)).name).toBe(exception);
  });

  it('start and resume keep to the quota of active source servers', () => {
    const { act } = worldWith({ replication: { state: 'PAUSED' } }, { quotas: { activeSourceServers: 0 } });
    expect(refusalOf(() => act(resumeReplication, 0)).name).toBe('ServiceQuotaExceededException');
  });
});
