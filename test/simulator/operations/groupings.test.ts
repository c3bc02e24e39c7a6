import {
  ArchiveApplicationCommand,
  ArchiveWaveCommand,
  AssociateApplicationsCommand,
  AssociateSourceServersCommand,
  CreateApplicationCommand,
  CreateWaveCommand,
  DeleteApplicationCommand,
  DeleteWaveCommand,
  DescribeSourceServersCommand,
  DisassociateApplicationsCommand,
  DisassociateSourceServersCommand,
  ListApplicationsCommand,
  ListWavesCommand,
  UnarchiveApplicationCommand,
  UnarchiveWaveCommand,
  UpdateApplicationCommand,
  UpdateWaveCommand,
} from '@aws-sdk/client-mgn';

import type { MgnClient } from '@aws-sdk/client-mgn';
import { simulatedAccount } from '../simulated-account.ts';

const waveID = 'wave-11111111111111111';
const applicationID = 'app-11111111111111111';
const otherApplicationID = 'app-22222222222222222';
const web = 's-11111111111111111';
const db = 's-22222222222222222';

type Send = (client: MgnClient) => Promise<unknown>;

const scenario = (more: object = {}) => ({
  waves: [
    {
      name: 'first',
      waveID,
      tags: { team: 'red' },
      applications: [{ name: 'shop', applicationID, servers: [{ hostname: 'web-1', sourceServerID: web }] }],
    },
  ],
  applications: [{ name: 'crm', applicationID: otherApplicationID }],
  servers: [{ hostname: 'db-1', sourceServerID: db }],
  ...more,
});

describe('waves and applications', () => {
  it('lists a scenario’s waves and applications, filtered', async () => {
    const { client } = simulatedAccount(scenario());
    const waves = await client.send(new ListWavesCommand({ filters: { waveIDs: [waveID] } }));
    expect(waves.items).toEqual([
      {
        waveID,
        arn: `arn:aws:mgn:us-east-1:123456789012:wave/${waveID}`,
        name: 'first',
        isArchived: false,
        creationDateTime: expect.any(String),
        lastModifiedDateTime: expect.any(String),
        tags: { team: 'red' },
        waveAggregatedStatus: expect.objectContaining({
          healthStatus: 'HEALTHY',
          progressStatus: 'IN_PROGRESS',
          totalApplications: 1,
        }),
      },
    ]);
    const namesOf = async (filters: object) => {
      const { items = [] } = await client.send(new ListApplicationsCommand({ filters }));
      return items.map(({ name }) => name);
    };
    expect(await namesOf({})).toEqual(['shop', 'crm']);
    expect(await namesOf({ waveIDs: [waveID] })).toEqual(['shop']);
    expect(await namesOf({ applicationIDs: [otherApplicationID] })).toEqual(['crm']);
    expect(await namesOf({ applicationIDs: [otherApplicationID], waveIDs: [waveID] })).toEqual([]);
    expect(await namesOf({ isArchived: true })).toEqual([]);
  });

  it('creates, updates, fills, empties and deletes a wave', async () => {
    const { client, advanceSeconds } = simulatedAccount(scenario());
    const wave = await client.send(new CreateWaveCommand({ name: 'second', description: 'night', tags: { a: 'b' } }));
    expect(wave).toMatchObject({ name: 'second', description: 'night', isArchived: false, tags: { a: 'b' } });
    advanceSeconds(60);
    const updated = await client.send(new UpdateWaveCommand({ waveID: wave.waveID, name: 'third' }));
    expect(updated).toMatchObject({ name: 'third', description: 'night' });
    expect(updated.lastModifiedDateTime).not.toBe(wave.lastModifiedDateTime);
    const membership = { waveID: wave.waveID, applicationIDs: [otherApplicationID] };
    await client.send(new AssociateApplicationsCommand(membership));
    const { items } = await client.send(new ListApplicationsCommand({ filters: { waveIDs: [wave.waveID ?? ''] } }));
    expect(items?.map(({ name }) => name)).toEqual(['crm']);
    await expect(client.send(new DeleteWaveCommand({ waveID: wave.waveID }))).rejects.toThrow('still has applications');
    await client.send(new DisassociateApplicationsCommand(membership));
    await client.send(new DeleteWaveCommand({ waveID: wave.waveID }));
    await expect(client.send(new DeleteWaveCommand({ waveID: wave.waveID }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      resourceId: wave.waveID,
      resourceType: 'Wave',
    });
  });

  it('creates, updates, fills, empties and deletes an application', async () => {
    const { client } = simulatedAccount(scenario());
    const created = await client.send(new CreateApplicationCommand({ name: 'mail' }));
    const updated = await client.send(
      new UpdateApplicationCommand({ applicationID: created.applicationID, description: 'old' }),
    );
    expect(updated).toMatchObject({ name: 'mail', description: 'old' });
    const membership = { applicationID: created.applicationID, sourceServerIDs: [db] };
    await client.send(new AssociateSourceServersCommand(membership));
    const { items } = await client.send(
      new DescribeSourceServersCommand({ filters: { applicationIDs: [created.applicationID ?? ''] } }),
    );
    expect(items?.map(({ sourceServerID }) => sourceServerID)).toEqual([db]);
    const remove = new DeleteApplicationCommand({ applicationID: created.applicationID });
    await expect(client.send(remove)).rejects.toThrow('still has source servers');
    await client.send(new DisassociateSourceServersCommand(membership));
    await client.send(remove);
    expect((await client.send(new ListApplicationsCommand({}))).items).toHaveLength(2);
  });

  it.each<[string, Send, string]>([
    [
      'a server in another application',
      (client) =>
        client.send(
          new AssociateSourceServersCommand({ applicationID: otherApplicationID, sourceServerIDs: [db, web] }),
        ),
      'ConflictException',
    ],
    [
      'a server in the same application',
      (client) => client.send(new AssociateSourceServersCommand({ applicationID, sourceServerIDs: [web] })),
      'AccessDeniedException',
    ],
    [
      'an application in the same wave',
      (client) => client.send(new AssociateApplicationsCommand({ waveID, applicationIDs: [applicationID] })),
      'AccessDeniedException',
    ],
    [
      'a server that is not in the application',
      (client) => client.send(new DisassociateSourceServersCommand({ applicationID, sourceServerIDs: [db] })),
      'ConflictException',
    ],
    [
      'an application that is not in the wave',
      (client) => client.send(new DisassociateApplicationsCommand({ waveID, applicationIDs: [otherApplicationID] })),
      'ConflictException',
    ],
    [
      'an unknown server',
      (client) =>
        client.send(new AssociateSourceServersCommand({ applicationID, sourceServerIDs: ['s-99999999999999999'] })),
      'ResourceNotFoundException',
    ],
    ['a name that is taken', (client) => client.send(new CreateWaveCommand({ name: 'first' })), 'ConflictException'],
    [
      'an archive before the servers are done',
      (client) => client.send(new ArchiveWaveCommand({ waveID })),
      'ConflictException',
    ],
    [
      'an archive of an application before its servers are done',
      (client) => client.send(new ArchiveApplicationCommand({ applicationID })),
      'ConflictException',
    ],
  ])('refuses %s and changes nothing', async (_case, send, name) => {
    const { client } = simulatedAccount(scenario());
    const memberships = async () => {
      const servers = await client.send(new DescribeSourceServersCommand({}));
      const applications = await client.send(new ListApplicationsCommand({}));
      return [servers.items?.map((server) => server.applicationID), applications.items?.map((item) => item.waveID)];
    };
    const before = await memberships();
    await expect(send(client)).rejects.toMatchObject({ name });
    expect(await memberships()).toEqual(before);
  });

  it('archives and unarchives what is done', async () => {
    const done = [
      { hostname: 'web-1', lifeCycleState: 'CUTOVER' },
      { hostname: 'web-2', lifeCycleState: 'DISCONNECTED' },
    ];
    const { client } = simulatedAccount({
      waves: [{ name: 'first', waveID, applications: [{ name: 'shop', applicationID, servers: done }] }],
    });
    expect((await client.send(new ArchiveApplicationCommand({ applicationID }))).isArchived).toBe(true);
    const wave = await client.send(new ArchiveWaveCommand({ waveID }));
    expect(wave).toMatchObject({ isArchived: true, waveAggregatedStatus: { progressStatus: 'COMPLETED' } });
    const visible = await client.send(new ListWavesCommand({ filters: { isArchived: false } }));
    expect(visible.items).toEqual([]);
    await expect(client.send(new UpdateWaveCommand({ waveID, name: 'x' }))).rejects.toThrow('is archived');
    expect((await client.send(new UnarchiveWaveCommand({ waveID }))).isArchived).toBe(false);
    expect((await client.send(new UnarchiveApplicationCommand({ applicationID }))).isArchived).toBe(false);
  });

  it.each<[string, Send]>([
    ['activeWaves', (client) => client.send(new CreateWaveCommand({ name: 'x' }))],
    ['activeApplications', (client) => client.send(new CreateApplicationCommand({ name: 'x' }))],
    [
      'applicationsPerWave',
      (client) => client.send(new AssociateApplicationsCommand({ waveID, applicationIDs: [otherApplicationID] })),
    ],
    [
      'sourceServersPerApplication',
      (client) => client.send(new AssociateSourceServersCommand({ applicationID, sourceServerIDs: [db] })),
    ],
  ])('keeps the quota %s', async (quota, send) => {
    const { client } = simulatedAccount(scenario({ quotas: { [quota]: 1 } }));
    await expect(send(client)).rejects.toMatchObject({ name: 'ServiceQuotaExceededException', quotaValue: 1 });
  });

  it('rolls the worst health and the shared progress up to the wave', async () => {
    const statusOf = async (...servers: object[]) => {
      const { client } = simulatedAccount({ waves: [{ name: 'w', applications: [{ name: 'a', servers }] }] });
      const { items } = await client.send(new ListWavesCommand({}));
      const { healthStatus, progressStatus } = items?.[0]?.waveAggregatedStatus ?? {};
      return [healthStatus, progressStatus];
    };
    const lagging = { hostname: 'b', replication: { state: 'BACKLOG', lagSeconds: 60 } };
    const stalled = { hostname: 'c', replication: { state: 'STALLED', error: 'AGENT_NOT_SEEN' } };
    expect(await statusOf()).toEqual(['HEALTHY', 'NOT_STARTED']);
    expect(await statusOf({ hostname: 'a', lifeCycleState: 'READY_FOR_TEST' })).toEqual(['HEALTHY', 'NOT_STARTED']);
    expect(await statusOf({ hostname: 'a' }, lagging)).toEqual(['LAGGING', 'IN_PROGRESS']);
    expect(await statusOf(stalled, lagging)).toEqual(['ERROR', 'IN_PROGRESS']);
    expect(await statusOf({ hostname: 'a', lifeCycleState: 'CUTOVER' })).toEqual(['HEALTHY', 'COMPLETED']);
  });
});
