import type { LifeCycleState } from '@aws-sdk/client-mgn';

import { disconnectFromService } from '../../../simulator/operations/life-cycle.ts';
import {
  deleteSourceServer,
  describeSourceServers,
  markAsArchived,
} from '../../../simulator/operations/source-servers.ts';
import { exact, refusalOf, worldOf } from '../world-under-test.ts';

const states = [
  'STOPPED',
  'NOT_READY',
  'READY_FOR_TEST',
  'TESTING',
  'READY_FOR_CUTOVER',
  'CUTTING_OVER',
  'CUTOVER',
  'DISCONNECTED',
  'DISCOVERED',
  'PENDING_INSTALLATION',
] as const satisfies readonly LifeCycleState[];

type World = ReturnType<typeof worldOf>;

/** Each act with the lifecycle states it is legal from and the state it leaves (`mgn.md` C.1), at default switches. */
const acts: readonly {
  name: string;
  act: (world: World) => unknown;
  leads: Partial<Record<LifeCycleState, LifeCycleState>>;
}[] = [
  {
    name: 'StartTest',
    act: (world) => world.start('test', ['a'], 0),
    leads: { READY_FOR_TEST: 'TESTING', TESTING: 'TESTING' },
  },
  {
    name: 'StartCutover',
    act: (world) => world.start('cutover', ['a'], 0),
    leads: { READY_FOR_CUTOVER: 'CUTTING_OVER' },
  },
  {
    name: 'TerminateTargetInstances',
    act: (world) => world.start('terminate', ['a'], 0),
    leads: {
      READY_FOR_TEST: 'READY_FOR_TEST',
      READY_FOR_CUTOVER: 'READY_FOR_CUTOVER',
      DISCONNECTED: 'DISCONNECTED',
    },
  },
  {
    name: 'ChangeServerLifeCycleState READY_FOR_CUTOVER',
    act: (world) => world.change('a', 'READY_FOR_CUTOVER', 0),
    leads: {
      READY_FOR_TEST: 'READY_FOR_CUTOVER',
      TESTING: 'READY_FOR_CUTOVER',
      CUTTING_OVER: 'READY_FOR_CUTOVER',
    },
  },
  {
    name: 'ChangeServerLifeCycleState READY_FOR_TEST',
    act: (world) => world.change('a', 'READY_FOR_TEST', 0),
    leads: { TESTING: 'READY_FOR_TEST', READY_FOR_CUTOVER: 'READY_FOR_TEST' },
  },
  {
    name: 'ChangeServerLifeCycleState CUTOVER',
    act: (world) => world.change('a', 'CUTOVER', 0),
    leads: { DISCONNECTED: 'CUTOVER' },
  },
  { name: 'FinalizeCutover', act: (world) => world.finalize('a', 0), leads: { CUTTING_OVER: 'CUTOVER' } },
  {
    name: 'DisconnectFromService',
    act: (world) => world.perform(disconnectFromService, { sourceServerID: world.idOf('a') }, 0),
    leads: {
      STOPPED: 'DISCONNECTED',
      NOT_READY: 'DISCONNECTED',
      READY_FOR_TEST: 'DISCONNECTED',
      TESTING: 'DISCONNECTED',
      READY_FOR_CUTOVER: 'DISCONNECTED',
      CUTTING_OVER: 'DISCONNECTED',
    },
  },
  {
    name: 'MarkAsArchived',
    act: (world) => world.perform(markAsArchived, { sourceServerID: world.idOf('a') }, 0),
    leads: { CUTOVER: 'CUTOVER', DISCONNECTED: 'DISCONNECTED' },
  },
];

const cells = acts.flatMap(({ name, act, leads }) => states.map((from) => ({ name, act, from, to: leads[from] })));

describe('the lifecycle', () => {
  it.each(cells.filter(({ to }) => to !== undefined))('$name takes $from to $to', ({ act, from, to }) => {
    const world = worldOf({ servers: [{ hostname: 'a', lifeCycleState: from }] });
    act(world);
    expect(world.stateAt('a', 0)).toBe(to);
  });

  it.each(cells.filter(({ to }) => to === undefined))('$name refuses $from with 409, changing nothing', (cell) => {
    const world = worldOf({ servers: [{ hostname: 'a', lifeCycleState: cell.from }] });
    const before = world.serverAt('a', 0);
    expect(refusalOf(() => cell.act(world)).name).toBe('ConflictException');
    expect(world.serverAt('a', 0)).toEqual(before);
  });

  it.each(states)('DeleteSourceServer removes a server only when DISCONNECTED or CUTOVER: %s', (from) => {
    const world = worldOf({ servers: [{ hostname: 'a', lifeCycleState: from }] });
    const act = () => {
      world.perform(deleteSourceServer, { sourceServerID: world.idOf('a') }, 0);
    };
    if (from !== 'CUTOVER' && from !== 'DISCONNECTED') {
      expect(refusalOf(act).name).toBe('ConflictException');
      return;
    }
    act();
    expect(world.perform(describeSourceServers, {}, 0).total).toBe(0);
  });

  it('names the state that forbids leaving CUTOVER in the service’s own words', () => {
    const world = worldOf({ servers: [{ hostname: 'a', lifeCycleState: 'CUTOVER' }] });
    expect(refusalOf(() => world.change('a', 'READY_FOR_CUTOVER', 0)).message).toBe(
      'Cannot ChangeServerLifeCycleState for a CUTOVER server. If you need to restart the migration, reinstall the Replication Agent.',
    );
  });

  it.each([
    ['startCutoverFromCuttingOver', 'allowed', 'CUTTING_OVER', 'StartCutover', 'CUTTING_OVER'],
    [
      'readyForTestFromCuttingOver',
      'allowed',
      'CUTTING_OVER',
      'ChangeServerLifeCycleState READY_FOR_TEST',
      'READY_FOR_TEST',
    ],
    [
      'changeToSameState',
      'accepted',
      'READY_FOR_CUTOVER',
      'ChangeServerLifeCycleState READY_FOR_CUTOVER',
      'READY_FOR_CUTOVER',
    ],
  ])('the switch %s: %s lets %s through %s', (name, value, from, act, to) => {
    const world = worldOf({ switches: { [name]: value }, servers: [{ hostname: 'a', lifeCycleState: from }] });
    acts.find((candidate) => candidate.name === act)?.act(world);
    expect(world.stateAt('a', 0)).toBe(to);
  });

  it.each([
    [{ startTestFromTesting: 'refused' }, 'TESTING', 'StartTest', 'ConflictException'],
    [{ terminateWhenDisconnected: 'refused' }, 'DISCONNECTED', 'TerminateTargetInstances', 'ConflictException'],
    [{ terminateWithoutInstance: 'refused' }, 'READY_FOR_TEST', 'TerminateTargetInstances', 'ConflictException'],
    [{ terminateRefusal: 'ValidationException' }, 'CUTTING_OVER', 'TerminateTargetInstances', 'ValidationException'],
    [{ finalizeRefusal: 'ValidationException' }, 'TESTING', 'FinalizeCutover', 'ValidationException'],
  ])('with switches %j, %s is refused by %s as %s', (switches, from, act, exception) => {
    const world = worldOf({ switches, servers: [{ hostname: 'a', lifeCycleState: from }] });
    const found = acts.find((candidate) => candidate.name === act);
    expect(refusalOf(() => found?.act(world)).name).toBe(exception);
  });

  it('refuses a lifecycle change or launch of a server without replicated data', () => {
    const servers = [{ hostname: 'a', replication: { state: 'STOPPED' } }];
    const world = worldOf({ servers });
    expect(refusalOf(() => world.start('cutover', ['a'], 0)).message).toMatch(/not launchable/);
    expect(refusalOf(() => world.change('a', 'READY_FOR_TEST', 0)).name).toBe('ConflictException');
    const other = worldOf({ servers, switches: { notLaunchableRefusal: 'ValidationException' } });
    expect(refusalOf(() => other.change('a', 'READY_FOR_TEST', 0)).name).toBe('ValidationException');
  });
});

describe('stamps', () => {
  it('sets lastCutover.initiated with the job in the start call and leaves the others empty', () => {
    const world = worldOf({ servers: [{ hostname: 'a', tested: false }] });
    expect(world.serverAt('a', 0).lifeCycle?.lastTest).toEqual({ initiated: {}, reverted: {}, finalized: {} });
    const jobID = world.start('cutover', ['a'], 10);
    expect(world.serverAt('a', 10).lifeCycle?.lastCutover).toEqual({
      initiated: { apiCallDateTime: '2026-03-07T22:00:10.080000+00:00', jobID },
      reverted: {},
      finalized: {},
    });
  });

  it('stamps a revert on what was reverted, and a new launch begins with clean stamps', () => {
    const world = worldOf({ defaults: exact, servers: [{ hostname: 'a', lifeCycleState: 'CUTTING_OVER' }] });
    world.change('a', 'READY_FOR_CUTOVER', 60);
    const reverted = world.serverAt('a', 60);
    expect(reverted.lifeCycle?.lastCutover?.reverted).toEqual({ apiCallDateTime: '2026-03-07T22:01:00+00:00' });
    expect(reverted.lifeCycle?.lastTest?.reverted).toEqual({});
    expect(reverted.launchedInstance?.ec2InstanceID).toMatch(/^i-[0-9a-f]{17}$/);
    world.start('cutover', ['a'], 120);
    expect(world.serverAt('a', 120).lifeCycle?.lastCutover?.reverted).toEqual({});
  });

  it('stamps no revert of a launch that never was, or of another kind', () => {
    const world = worldOf({
      servers: [
        { hostname: 'a', lifeCycleState: 'TESTING', launchedInstance: 'cutover' },
        { hostname: 'b', tested: false },
      ],
    });
    expect(world.change('a', 'READY_FOR_TEST', 0).lifeCycle?.lastCutover?.reverted).toEqual({});
    expect(world.change('b', 'READY_FOR_TEST', 0).lifeCycle?.lastTest?.reverted).toEqual({});
  });

  it('never stamps a revert when the switch says so', () => {
    const world = worldOf({
      switches: { revertedStamp: 'never' },
      servers: [{ hostname: 'a', lifeCycleState: 'TESTING' }],
    });
    expect(world.change('a', 'READY_FOR_TEST', 0).lifeCycle?.lastTest?.reverted).toEqual({});
  });

  it('stamps lastTest.reverted when a test is taken back, but not when it is accepted', () => {
    const world = worldOf({
      servers: [
        { hostname: 'a', lifeCycleState: 'TESTING' },
        { hostname: 'b', lifeCycleState: 'TESTING' },
      ],
    });
    expect(world.change('a', 'READY_FOR_TEST', 5).lifeCycle?.lastTest?.reverted).toEqual({
      apiCallDateTime: '2026-03-07T22:00:05+00:00',
    });
    expect(world.change('b', 'READY_FOR_CUTOVER', 5).lifeCycle?.lastTest).toMatchObject({
      reverted: {},
      finalized: {},
    });
  });
});

describe('FinalizeCutover', () => {
  it('answers with CUTOVER and disconnected replication, keeps the instance and makes no job', () => {
    const world = worldOf({ servers: [{ hostname: 'a', lifeCycleState: 'CUTTING_OVER' }] });
    const before = world.serverAt('a', 30);
    const jobs = world.account.jobs.size;
    const answer = world.finalize('a', 30);
    expect(answer.lifeCycle?.state).toBe('CUTOVER');
    expect(answer.lifeCycle?.lastCutover?.finalized).toEqual({ apiCallDateTime: '2026-03-07T22:00:30+00:00' });
    expect(answer.dataReplicationInfo?.dataReplicationState).toBe('DISCONNECTED');
    expect(answer.dataReplicationInfo).not.toHaveProperty('lagDuration');
    expect(answer.dataReplicationInfo).not.toHaveProperty('lastSnapshotDateTime');
    expect(
      answer.dataReplicationInfo?.dataReplicationInitiation?.steps?.every(({ status }) => status === 'NOT_STARTED'),
    ).toBe(true);
    expect(answer.launchedInstance).toEqual(before.launchedInstance);
    expect(world.account.jobs.size).toBe(jobs);
  });

  it('is refused while the cutover job runs, unless the switch allows calls during jobs', () => {
    const servers = [{ hostname: 'a' }];
    const strict = worldOf({ servers });
    strict.start('cutover', ['a'], 0);
    expect(refusalOf(() => strict.finalize('a', 10)).message).toMatch(/currently being processed by a Job/);
    const lax = worldOf({ servers, switches: { callsDuringJob: 'allowed' } });
    lax.start('cutover', ['a'], 0);
    expect(lax.finalize('a', 10).lifeCycle?.state).toBe('CUTOVER');
  });

  it('silences the agent within ten minutes, or not, by the switch', () => {
    const lastSeen = (switches: object) => {
      const world = worldOf({ switches, servers: [{ hostname: 'a', lifeCycleState: 'CUTTING_OVER' }] });
      world.finalize('a', 0);
      return world.serverAt('a', 7200).lifeCycle?.lastSeenByServiceDateTime;
    };
    expect(lastSeen({})).toBe('2026-03-07T22:10:00+00:00');
    expect(lastSeen({ finalizeUninstallsAgent: 'no' })).toBe('2026-03-08T00:00:00+00:00');
  });
});
