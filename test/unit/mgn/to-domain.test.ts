import {
  toApplication,
  toConfiguredAction,
  toJob,
  toJobLogItem,
  toLaunchConfiguration,
  toSourceServer,
  toWave,
} from '../../../functions/mgn/to-domain.ts';
import { applicationID, jobID, sourceServerID, waveID } from '../../support/domain-builders.ts';

const id = sourceServerID(1);
const arn = `arn:aws:mgn:eu-west-1:123456789012:source-server/${id}`;
const instant = '2022-08-31T17:10:13.411702+00:00';
const instantMs = Date.parse('2022-08-31T17:10:13.411Z');

describe('toSourceServer', () => {
  it('keeps what a decision needs, times as epoch milliseconds', () => {
    const server = toSourceServer({
      sourceServerID: id,
      arn,
      isArchived: false,
      replicationType: 'AGENT_BASED',
      applicationID: applicationID(1),
      sourceProperties: { identificationHints: { hostname: 'web-1', fqdn: 'web-1.example.com' } },
      lifeCycle: {
        state: 'CUTTING_OVER',
        lastSeenByServiceDateTime: instant,
        lastTest: { initiated: { apiCallDateTime: instant, jobID: jobID(1) }, reverted: {}, finalized: {} },
        lastCutover: {
          initiated: { apiCallDateTime: instant, jobID: jobID(2) },
          finalized: { apiCallDateTime: '2022-08-31T17:10:14Z' },
        },
      },
      launchedInstance: { ec2InstanceID: 'i-0123456789abcdef0', jobID: jobID(2), firstBoot: 'WAITING' },
      dataReplicationInfo: {
        dataReplicationState: 'STALLED',
        lagDuration: 'PT1H',
        dataReplicationError: { error: 'AGENT_NOT_SEEN' },
      },
      tags: { 'mgn-cutover': 'allowed', resourceArn: arn },
    });
    expect(server).toEqual({
      sourceServerID: id,
      arn,
      hostname: 'web-1',
      applicationID: applicationID(1),
      isArchived: false,
      replicationType: 'AGENT_BASED',
      lifeCycleState: 'CUTTING_OVER',
      lastSeenAt: instantMs,
      lastTest: { jobID: jobID(1), initiatedAt: instantMs },
      lastCutover: { jobID: jobID(2), initiatedAt: instantMs, finalizedAt: Date.parse('2022-08-31T17:10:14Z') },
      launchedInstance: { ec2InstanceID: 'i-0123456789abcdef0', jobID: jobID(2), firstBoot: 'WAITING' },
      dataReplicationState: 'STALLED',
      lagMs: 3_600_000,
      dataReplicationError: 'AGENT_NOT_SEEN',
      tags: { 'mgn-cutover': 'allowed' },
    });
  });

  it.each([
    [
      'adds up what its disks have not sent yet',
      [{ backloggedStorageBytes: 5 }, {}, { backloggedStorageBytes: 7 }],
      12,
    ],
    ['counts a whole disk of the largest there are', [{ backloggedStorageBytes: 64 * 2 ** 40 }], 64 * 2 ** 40],
    ['knows nothing of a backlog without a disk', [], undefined],
  ])('%s', (_what, replicatedDisks, backloggedBytes) => {
    expect(toSourceServer({ sourceServerID: id, dataReplicationInfo: { replicatedDisks } }).backloggedBytes).toBe(
      backloggedBytes,
    );
  });

  it('invents nothing for what MGN leaves out', () => {
    expect(toSourceServer({ sourceServerID: id })).toEqual({
      sourceServerID: id,
      arn: id,
      isArchived: false,
      lifeCycleState: 'not given',
      lastTest: {},
      lastCutover: {},
      tags: {},
    });
  });

  it('takes empty stamps and an empty launched instance for what did not happen', () => {
    const server = toSourceServer({
      sourceServerID: id,
      lifeCycle: { lastTest: {}, lastCutover: { initiated: {}, reverted: {}, finalized: {} } },
      launchedInstance: {},
      dataReplicationInfo: { dataReplicationError: {} },
    });
    expect(server).toMatchObject({ lastTest: {}, lastCutover: {} });
    expect([server.lastCutover.initiatedAt, server.launchedInstance, server.dataReplicationError]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each(['PT0S', 'P0D'])('reads %s as no lag, and an unreadable lag as an unknown one', (lagDuration) => {
    const lagOf = (text: string) =>
      toSourceServer({ sourceServerID: id, dataReplicationInfo: { lagDuration: text } }).lagMs;
    expect([lagOf(lagDuration), lagOf('soon')]).toEqual([0, undefined]);
  });

  it.each([
    ['no ID', {}],
    ['another kind of ID', { sourceServerID: 'i-0123456789abcdef0' }],
    ['an application that is none', { sourceServerID: id, applicationID: 'shop' }],
    ['a cutover job that is none', { sourceServerID: id, lifeCycle: { lastCutover: { initiated: { jobID: 'job' } } } }],
    [
      'an instance of a job that is none',
      { sourceServerID: id, launchedInstance: { ec2InstanceID: 'i-1', jobID: '' } },
    ],
  ])('refuses a record with %s', (_what, record) => {
    expect(() => toSourceServer(record)).toThrow(/no usable ID/);
  });
});

describe('toJob', () => {
  it('keeps each server’s part with its actions', () => {
    const job = toJob({
      jobID: jobID(2),
      initiatedBy: 'START_CUTOVER',
      status: 'COMPLETED',
      creationDateTime: instant,
      endDateTime: instant,
      tags: { CutoverAttempt: 'one' },
      participatingServers: [
        {
          sourceServerID: id,
          launchStatus: 'LAUNCHED',
          launchedEc2InstanceID: 'i-0123456789abcdef0',
          postLaunchActionsStatus: {
            ssmAgentDiscoveryDatetime: instant,
            postLaunchActionsLaunchStatusList: [
              {
                ssmDocument: {
                  actionName: 'Join domain',
                  ssmDocumentName: 'join-domain',
                  mustSucceedForCutover: true,
                },
                ssmDocumentType: 'AUTOMATION',
                executionID: 'execution-1',
                executionStatus: 'FAILED',
                failureReason: 'exit code 1',
              },
            ],
          },
        },
      ],
    });
    expect(job).toEqual({
      jobID: jobID(2),
      initiatedBy: 'START_CUTOVER',
      createdAt: instantMs,
      endedAt: instantMs,
      status: 'COMPLETED',
      tags: { CutoverAttempt: 'one' },
      participatingServers: [
        {
          sourceServerID: id,
          launchStatus: 'LAUNCHED',
          ec2InstanceID: 'i-0123456789abcdef0',
          ssmAgentDiscoveredAt: instantMs,
          actionRuns: [
            {
              actionName: 'Join domain',
              documentName: 'join-domain',
              documentType: 'AUTOMATION',
              mustSucceedForCutover: true,
              executionID: 'execution-1',
              executionStatus: 'FAILED',
              failureReason: 'exit code 1',
            },
          ],
        },
      ],
    });
  });

  it('is not ended, and has no servers, unless MGN says so', () => {
    expect(toJob({ jobID: jobID(1) })).toEqual({
      jobID: jobID(1),
      status: 'not given',
      participatingServers: [],
      tags: {},
    });
  });

  it('does not call an action must-succeed, nor done, unless MGN says so', () => {
    const postLaunchActionsStatus = { postLaunchActionsLaunchStatusList: [{}] };
    const participatingServers = [{ sourceServerID: id, postLaunchActionsStatus }];
    expect(toJob({ jobID: jobID(1), participatingServers }).participatingServers[0]).toEqual({
      sourceServerID: id,
      actionRuns: [{ mustSucceedForCutover: false }],
    });
  });

  it('does not take the ARN among the tags for a tag', () => {
    const tags = { resourceArn: 'arn:aws:mgn:eu-west-1:123456789012:job/x', CutoverAttempt: 'one' };
    expect(toJob({ jobID: jobID(1), tags }).tags).toEqual({ CutoverAttempt: 'one' });
  });

  it('refuses a job or a part without a usable ID', () => {
    expect(() => toJob({ jobID: undefined })).toThrow('MGN answered with a job that has no usable ID');
    const participatingServers = [{ sourceServerID: undefined }];
    expect(() => toJob({ jobID: jobID(1), participatingServers })).toThrow('a participating server');
  });
});

describe('toJobLogItem', () => {
  it('takes the event as it comes, with whom and what it is about', () => {
    const eventData = { sourceServerID: id, rawError: 'VPCIdNotSpecified' };
    expect(toJobLogItem({ logDateTime: instant, event: 'LAUNCH_FAILED', eventData })).toEqual({
      at: instantMs,
      event: 'LAUNCH_FAILED',
      sourceServerID: id,
      rawError: 'VPCIdNotSpecified',
    });
  });

  it('reads a line whose raw error is longer than any is said to be', () => {
    const eventData = { sourceServerID: id, rawError: 'x'.repeat(100_000) };
    expect(toJobLogItem({ event: 'LAUNCH_FAILED', eventData })).toMatchObject({ event: 'LAUNCH_FAILED', ...eventData });
  });

  it('has no server where MGN names none', () => {
    expect(toJobLogItem({ event: 'JOB_END', eventData: {} }).sourceServerID).toBeUndefined();
    expect(toJobLogItem({})).toEqual({ event: 'not given' });
  });
});

describe('toLaunchConfiguration', () => {
  it('keeps when actions are deployed and which', () => {
    const ssmDocuments = [{ actionName: 'Join domain', ssmDocumentName: 'join-domain', timeoutSeconds: 60 }];
    const configuration = toLaunchConfiguration({
      $metadata: {},
      ec2LaunchTemplateID: 'lt-1',
      launchDisposition: 'STOPPED',
      bootMode: 'UEFI',
      copyPrivateIp: true,
      licensing: { osByol: false },
      postLaunchActions: { deployment: 'CUTOVER_ONLY', ssmDocuments },
    });
    expect(configuration).toEqual({
      ec2LaunchTemplateID: 'lt-1',
      launchDisposition: 'STOPPED',
      postLaunchDeployment: 'CUTOVER_ONLY',
      documents: [
        {
          actionName: 'Join domain',
          documentName: 'join-domain',
          isActive: true,
          mustSucceedForCutover: false,
          timeoutSeconds: 60,
          details: '{}',
          source: 'GetLaunchConfiguration',
        },
      ],
      settings: { 'boot mode': 'UEFI', 'copies private IP': 'true', 'own OS licence': 'false' },
    });
  });

  it('says nothing of a deployment that MGN does not give', () => {
    expect(toLaunchConfiguration({ $metadata: {}, postLaunchActions: {} })).toEqual({ documents: [], settings: {} });
  });
});

describe('toConfiguredAction', () => {
  it.each([
    [true, true],
    [false, false],
    [undefined, true],
  ])('with active %p is active: %p', (active, isActive) => {
    const action = toConfiguredAction({
      actionName: 'Join domain',
      documentIdentifier: 'join-domain',
      ...(active !== undefined && { active }),
    });
    expect(action).toMatchObject({ documentName: 'join-domain', isActive, mustSucceedForCutover: false });
  });

  it('keeps what the document is given, in whatever order MGN lists it', () => {
    const parameter = (name: string) => [{ parameterType: 'STRING' as const, parameterName: name }];
    const [domain, site] = [parameter('/domain'), parameter('/site')];
    const one = toConfiguredAction({ order: 1_001, documentVersion: '2', parameters: { domain, site } });
    const other = toConfiguredAction({ parameters: { site, domain }, documentVersion: '2', order: 1_001 });
    expect(one.details).toContain('"order":1001');
    expect(one.details).toContain('"parameterName":"/site"');
    expect(other.details).toBe(one.details);
    expect(toConfiguredAction({ order: 1_002 }).details).not.toBe(toConfiguredAction({ order: 1_001 }).details);
  });
});

describe('toWave and toApplication', () => {
  it('keep name, place and whether they are archived', () => {
    expect(toWave({ waveID: waveID(1), name: 'night-1', isArchived: true })).toEqual({
      waveID: waveID(1),
      name: 'night-1',
      isArchived: true,
    });
    expect(toApplication({ applicationID: applicationID(1), name: 'shop', waveID: waveID(1) })).toEqual({
      applicationID: applicationID(1),
      name: 'shop',
      waveID: waveID(1),
      isArchived: false,
    });
    expect(toApplication({ applicationID: applicationID(1) })).toMatchObject({ waveID: undefined, isArchived: false });
    expect(toWave({ waveID: waveID(1) }).isArchived).toBe(false);
  });

  it('refuse records without a usable ID', () => {
    expect(() => toWave({ name: 'night-1' })).toThrow('a wave that has no usable ID');
    expect(() => toApplication({ name: 'shop' })).toThrow('an application that has no usable ID');
  });
});
