import { describeSourceServers, updateSourceServer } from '../../../simulator/operations/source-servers.ts';
import { describeJobs } from '../../../simulator/operations/jobs.ts';
import { worldOf } from '../world-under-test.ts';

describe('a server given by its hostname alone', () => {
  it('is healthy, ready for cutover and tested, its test job and instance consistent', () => {
    const world = worldOf({ servers: [{ hostname: 'web-1' }] });
    const server = world.serverAt('web-1', 0);
    const jobID = server.lifeCycle?.lastTest?.initiated?.jobID ?? '';
    expect(server).toMatchObject({
      isArchived: false,
      replicationType: 'AGENT_BASED',
      lifeCycle: { state: 'READY_FOR_CUTOVER', lastCutover: { initiated: {} } },
      dataReplicationInfo: { dataReplicationState: 'CONTINUOUS', lagDuration: 'P0D' },
      sourceProperties: { identificationHints: { hostname: 'web-1', fqdn: 'web-1.example.com' } },
      launchedInstance: { jobID, firstBoot: 'SUCCEEDED' },
    });
    expect(world.participant(jobID, 'web-1', 0)).toMatchObject({
      launchStatus: 'LAUNCHED',
      launchedEc2InstanceID: server.launchedInstance?.ec2InstanceID,
    });
    expect(world.jobAt(jobID, 0)).toMatchObject({ initiatedBy: 'START_TEST', status: 'COMPLETED' });
  });

  it('has the same sourceServerID in every world, whatever the seed', () => {
    const ids = [1, 2].map((seed) => worldOf({ servers: [{ hostname: 'web-1' }] }, seed).idOf('web-1'));
    expect(ids[0]).toMatch(/^s-[0-9a-zA-Z]{17}$/);
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('the past of a server', () => {
  it.each([
    [{ lifeCycleState: 'READY_FOR_TEST' }, { lastTest: false, lastCutover: false, instance: false }],
    [{ lifeCycleState: 'TESTING' }, { lastTest: true, lastCutover: false, instance: true }],
    [{ tested: false }, { lastTest: false, lastCutover: false, instance: false }],
    [{ launchedInstance: 'none' }, { lastTest: true, lastCutover: false, instance: false }],
    [{ lifeCycleState: 'CUTTING_OVER' }, { lastTest: true, lastCutover: true, instance: true }],
    [{ lifeCycleState: 'CUTOVER' }, { lastTest: true, lastCutover: true, instance: true }],
    [{ launchedInstance: 'cutover' }, { lastTest: true, lastCutover: true, instance: true }],
  ])('of %j', (server, expected) => {
    const { lifeCycle, launchedInstance } = worldOf({ servers: [{ hostname: 'a', ...server }] }).serverAt('a', 0);
    expect({
      lastTest: lifeCycle?.lastTest?.initiated?.apiCallDateTime !== undefined,
      lastCutover: lifeCycle?.lastCutover?.initiated?.apiCallDateTime !== undefined,
      instance: launchedInstance !== undefined,
    }).toEqual(expected);
    expect(lifeCycle?.lastCutover?.finalized?.apiCallDateTime !== undefined).toBe(lifeCycle?.state === 'CUTOVER');
  });

  it('shares one test job between the servers of an application', () => {
    const servers = Array.from({ length: 30 }, (_, index) => ({ hostname: `h${index}` }));
    const world = worldOf({ applications: [{ name: 'x', servers }] });
    expect(world.perform(describeJobs, {}, 0).total).toBe(1);
  });
});

describe('DescribeSourceServers', () => {
  const world = worldOf({
    waves: [
      {
        name: 'w',
        applications: [{ name: 'x', servers: [{ hostname: 'a' }, { hostname: 'b', lifeCycleState: 'TESTING' }] }],
      },
    ],
    servers: [
      { hostname: 'c', replicationType: 'SNAPSHOT_SHIPPING' },
      { hostname: 'd', lifeCycleState: 'CUTOVER', isArchived: true },
    ],
  });
  const found = (filters: object) =>
    world
      .perform(describeSourceServers, { filters }, 0)
      .slice(0, 100)
      .map((server) => server.sourceProperties?.identificationHints?.hostname);
  const applicationID = world.serverAt('a', 0).applicationID ?? '';

  it.each([
    [{}, ['a', 'b', 'c', 'd']],
    [{ sourceServerIDs: [] }, ['a', 'b', 'c', 'd']],
    [{ isArchived: false }, ['a', 'b', 'c']],
    [{ isArchived: true }, ['d']],
    [{ lifeCycleStates: ['TESTING', 'CUTOVER'] }, ['b', 'd']],
    [{ replicationTypes: ['SNAPSHOT_SHIPPING'] }, ['c']],
    [{ applicationIDs: [applicationID] }, ['a', 'b']],
    [{ applicationIDs: [applicationID], lifeCycleStates: ['TESTING'] }, ['b']],
    [{ sourceServerIDs: [world.idOf('c'), 's-00000000000000000'] }, ['c']],
  ])('with filters %j finds %j', (filters, expected) => {
    expect(found(filters)).toEqual(expected);
  });

  it('leaves archived servers out without isArchived when the switch says so', () => {
    const hiding = worldOf({
      switches: { describeWithoutIsArchived: 'notArchived' },
      servers: [{ hostname: 'd', lifeCycleState: 'CUTOVER', isArchived: true }],
    });
    expect(hiding.perform(describeSourceServers, {}, 0).total).toBe(0);
  });

  it('writes timestamps ending in Z, and the extra tag, by the switches', () => {
    const other = worldOf({
      switches: { timestamps: 'z', tagsCarryResourceArn: 'yes' },
      servers: [{ hostname: 'a', tags: { team: 'red' } }],
    });
    const server = other.serverAt('a', 0);
    expect(server.lifeCycle?.addedToServiceDateTime).toBe('2026-02-21T22:00:00.000Z');
    expect(server.tags).toEqual({ team: 'red', resourceArn: server.arn });
  });
});

describe('UpdateSourceServer', () => {
  it('sets what is given and keeps the rest', () => {
    const world = worldOf({ servers: [{ hostname: 'a', userProvidedID: 'mine' }] });
    const input = { sourceServerID: world.idOf('a'), fqdnForActionFramework: 'a.internal' };
    expect(world.perform(updateSourceServer, input, 0)).toMatchObject({
      userProvidedID: 'mine',
      fqdnForActionFramework: 'a.internal',
    });
  });
});
