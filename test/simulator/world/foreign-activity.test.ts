import { describeJobs } from '../../../simulator/operations/jobs.ts';
import { describeSourceServers } from '../../../simulator/operations/source-servers.ts';
import { runForeignActs } from '../../../simulator/world/foreign-activity.ts';
import { inspect } from '../../../simulator/world/inspect.ts';
import { exact, refusalOf, startMs, worldOf } from '../world-under-test.ts';

const worldWith = (foreignActivity: readonly object[], servers: readonly object[] = [{ hostname: 'a' }]) =>
  worldOf({ defaults: { ...exact, tested: false }, foreignActivity, servers });

describe('foreign activity', () => {
  it('a job of somebody else holds its servers from one moment to another', () => {
    const world = worldWith([{ act: 'hold', servers: ['a'], fromSeconds: 10, toSeconds: 70 }]);
    expect(refusalOf(() => world.start('cutover', ['a'], 10)).message).toMatch(/currently being processed/);
    const [job] = world.perform(describeJobs, {}, 69).slice(0, 1);
    expect(job).toMatchObject({ initiatedBy: 'DIAGNOSTIC', status: 'STARTED' });
    expect(world.start('cutover', ['a'], 70)).toMatch(/^mgnjob-/);
  });

  it('does not come about while our job holds the server', () => {
    const world = worldWith([{ act: 'hold', servers: ['a'], fromSeconds: 10, toSeconds: 70 }]);
    world.start('cutover', ['a'], 5);
    expect(world.perform(describeJobs, {}, 20).total).toBe(1);
  });

  it('a revert at the console happens at its moment, and is refused when it is not legal', () => {
    const acts = [10, 700].map((atSeconds) => ({
      act: 'ChangeServerLifeCycleState',
      state: 'READY_FOR_CUTOVER',
      servers: ['a'],
      atSeconds,
    }));
    const world = worldWith(acts);
    world.start('cutover', ['a'], 0);
    expect(world.stateAt('a', 699)).toBe('CUTTING_OVER');
    expect(world.stateAt('a', 700)).toBe('READY_FOR_CUTOVER');
    expect(world.serverAt('a', 900).lifeCycle?.lastCutover?.reverted).toEqual({
      apiCallDateTime: '2026-03-07T22:11:40+00:00',
    });
  });

  it('somebody else starts, finalizes and deletes', () => {
    const at = (act: string, atSeconds: number) => ({ act, servers: ['a'], atSeconds });
    const world = worldWith([
      at('StartCutover', 5),
      at('FinalizeCutover', 800),
      at('MarkAsArchived', 810),
      at('DeleteSourceServer', 900),
    ]);
    expect(refusalOf(() => world.start('cutover', ['a'], 6)).name).toBe('ConflictException');
    expect(world.stateAt('a', 800)).toBe('CUTOVER');
    expect(world.serverAt('a', 810).isArchived).toBe(true);
    expect(world.perform(describeSourceServers, {}, 900).total).toBe(0);
  });

  it('other jobs use up quota with servers of their own, and give it back', () => {
    const world = worldWith([{ act: 'useQuota', servers: 200, jobs: 2, fromSeconds: 0, toSeconds: 300 }]);
    expect(refusalOf(() => world.start('cutover', ['a'], 0)).message).toMatch(/all active jobs/);
    expect(
      world
        .perform(describeJobs, {}, 0)
        .slice(0, 9)
        .filter(({ status }) => status === 'STARTED'),
    ).toHaveLength(2);
    expect(world.start('cutover', ['a'], 300)).toMatch(/^mgnjob-/);
  });
});

describe('managed accounts', () => {
  it('hold servers of their own, with the scenario’s defaults, and see foreign activity of their own', () => {
    const accountID = '210987654321';
    const world = worldOf({
      defaults: { ...exact, lifeCycleState: 'CUTTING_OVER' },
      servers: [{ hostname: 'a' }],
      managedAccounts: [{ accountID, servers: [{ hostname: 'a' }] }],
      foreignActivity: [{ act: 'FinalizeCutover', accountID, servers: ['a'], atSeconds: 10 }],
    });
    runForeignActs(world.world, startMs + 10_000);
    const seen = inspect(world.world, startMs + 10_000).accounts.map((account) => account.sourceServers[0]);
    expect(seen.map((server) => server?.lifeCycle?.state)).toEqual(['CUTTING_OVER', 'CUTOVER']);
    expect(seen[1]?.arn).toContain(`:${accountID}:source-server/`);
    expect(seen[1]?.sourceServerID).not.toBe(seen[0]?.sourceServerID);
  });
});

describe('inspect', () => {
  it('shows the whole world as JSON: what holds a server, attempts, jobs with their logs, what is still to come', () => {
    const world = worldWith([{ act: 'FinalizeCutover', servers: ['a'], atSeconds: 9999 }]);
    const jobID = world.start('cutover', ['a'], 0);
    const seen = inspect(world.world, startMs + 3000);
    expect(seen).toMatchObject({ now: '2026-03-07T22:00:03+00:00', seed: 1, foreignActsToCome: 1 });
    const [account] = seen.accounts;
    expect(account?.sourceServers[0]).toMatchObject({
      heldByJobID: jobID,
      attempts: { cutover: 1 },
      lifeCycle: { state: 'CUTTING_OVER' },
    });
    expect(account?.jobs[0]).toMatchObject({
      jobID,
      status: 'STARTED',
      log: [{ event: 'JOB_START' }, { event: 'SNAPSHOT_START' }],
    });
    expect(JSON.parse(JSON.stringify(seen))).toMatchObject({ accountID: '123456789012' });
  });
});
