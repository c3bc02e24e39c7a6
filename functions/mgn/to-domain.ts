/** SDK records as the domain's. An ID or member MGN would never send is refused here, so nothing odd travels inward. */
import type {
  Application as SdkApplication,
  Job as SdkJob,
  JobLog as SdkJobLog,
  GetLaunchConfigurationCommandOutput,
  LaunchedInstance as SdkLaunchedInstance,
  ParticipatingServer as SdkParticipatingServer,
  SourceServer as SdkSourceServer,
  SourceServerActionDocument,
  Wave as SdkWave,
} from '@aws-sdk/client-mgn';
import * as v from 'valibot';
import { TransientServiceError } from '../domain/errors.ts';
import { ApplicationIDSchema, JobIDSchema, SourceServerIDSchema, WaveIDSchema } from '../domain/identifiers.ts';
import type { JobID } from '../domain/identifiers.ts';
import type { Job, JobLogItem, ParticipatingServer } from '../domain/job.ts';
import type { ConfiguredAction, LaunchConfiguration } from '../domain/launch-configuration.ts';
import type { Application, Wave } from '../domain/ports.ts';
import type { LaunchedInstance, LaunchStamp, SourceServer } from '../domain/source-server.ts';
import { parseDuration, parseTimestamp } from './times.ts';

/** An answer that cannot be MGN's (a proxy's page, a record without its ID) counts as a failed read. */
function idOf<Schema extends v.GenericSchema<unknown, string>>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) throw new TransientServiceError(`MGN answered with ${what} that has no usable ID`);
  return parsed.output;
}

const jobIDOf = (value: string | undefined): JobID | undefined =>
  value === undefined ? undefined : idOf(JobIDSchema, value, 'a job reference');

/** A source server in the domain's terms (DescribeSourceServers). */
export function toSourceServer(server: SdkSourceServer): SourceServer {
  const { lifeCycle, dataReplicationInfo } = server;
  return {
    sourceServerID: idOf(SourceServerIDSchema, server.sourceServerID, 'a source server'),
    arn: server.arn ?? server.sourceServerID ?? '',
    hostname: server.sourceProperties?.identificationHints?.hostname,
    applicationID:
      server.applicationID === undefined
        ? undefined
        : idOf(ApplicationIDSchema, server.applicationID, 'an application'),
    isArchived: server.isArchived ?? false,
    replicationType: server.replicationType,
    lifeCycleState: lifeCycle?.state ?? 'not given',
    lastSeenAt: parseTimestamp(lifeCycle?.lastSeenByServiceDateTime),
    lastTest: toStamp(lifeCycle?.lastTest),
    lastCutover: toStamp(lifeCycle?.lastCutover),
    launchedInstance: toLaunchedInstance(server.launchedInstance),
    dataReplicationState: dataReplicationInfo?.dataReplicationState,
    lagMs: parseDuration(dataReplicationInfo?.lagDuration),
    lastSnapshotAt: parseTimestamp(dataReplicationInfo?.lastSnapshotDateTime),
    backloggedBytes: backloggedBytesOf(dataReplicationInfo?.replicatedDisks),
    dataReplicationError: dataReplicationInfo?.dataReplicationError?.error,
    tags: withoutArn(server.tags ?? {}),
  };
}

function backloggedBytesOf(disks: readonly { backloggedStorageBytes?: number | undefined }[] | undefined) {
  if (disks === undefined || disks.length === 0) return undefined;
  return disks.reduce((sum, { backloggedStorageBytes = 0 }) => sum + backloggedStorageBytes, 0);
}

interface SdkStamp {
  initiated?: { apiCallDateTime?: string | undefined; jobID?: string | undefined } | undefined;
  finalized?: { apiCallDateTime?: string | undefined } | undefined;
}

/** Unset stamps are present as empty objects (`mgn.md` A.1), so the time is what is looked at. */
function toStamp(stamp: SdkStamp | undefined): LaunchStamp {
  return {
    jobID: jobIDOf(stamp?.initiated?.jobID),
    initiatedAt: parseTimestamp(stamp?.initiated?.apiCallDateTime),
    finalizedAt: parseTimestamp(stamp?.finalized?.apiCallDateTime),
  };
}

function toLaunchedInstance(instance: SdkLaunchedInstance | undefined): LaunchedInstance | undefined {
  if (instance?.ec2InstanceID === undefined) return undefined;
  return { ec2InstanceID: instance.ec2InstanceID, jobID: jobIDOf(instance.jobID), firstBoot: instance.firstBoot };
}

/** A job in the domain's terms (DescribeJobs, and the answers of the calls that start one). */
export function toJob(job: SdkJob): Job {
  return {
    jobID: idOf(JobIDSchema, job.jobID, 'a job'),
    initiatedBy: job.initiatedBy,
    createdAt: parseTimestamp(job.creationDateTime),
    endedAt: parseTimestamp(job.endDateTime),
    status: job.status ?? 'not given',
    participatingServers: (job.participatingServers ?? []).map(toParticipatingServer),
    tags: withoutArn(job.tags ?? {}),
  };
}

/** Tag maps were seen to carry the resource's ARN under `resourceArn` (`mgn.md` A.1); that is no tag. */
function withoutArn(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== 'resourceArn'));
}

function toParticipatingServer(part: SdkParticipatingServer): ParticipatingServer {
  const actions = part.postLaunchActionsStatus;
  return {
    sourceServerID: idOf(SourceServerIDSchema, part.sourceServerID, 'a participating server'),
    launchStatus: part.launchStatus,
    ec2InstanceID: part.launchedEc2InstanceID,
    ssmAgentDiscoveredAt: parseTimestamp(actions?.ssmAgentDiscoveryDatetime),
    actionRuns: (actions?.postLaunchActionsLaunchStatusList ?? []).map((status) => ({
      actionName: status.ssmDocument?.actionName,
      documentName: status.ssmDocument?.ssmDocumentName,
      documentType: status.ssmDocumentType,
      mustSucceedForCutover: status.ssmDocument?.mustSucceedForCutover ?? false,
      executionID: status.executionID,
      executionStatus: status.executionStatus,
      failureReason: status.failureReason,
    })),
  };
}

/** A line of a job's log in the domain's terms (DescribeJobLogItems). */
export function toJobLogItem(item: SdkJobLog): JobLogItem {
  const sourceServerID = item.eventData?.sourceServerID;
  return {
    at: parseTimestamp(item.logDateTime),
    event: item.event ?? 'not given',
    sourceServerID: sourceServerID === undefined ? undefined : idOf(SourceServerIDSchema, sourceServerID, 'a log line'),
    rawError: item.eventData?.rawError,
  };
}

/** A launch configuration in the domain's terms (GetLaunchConfiguration). */
export function toLaunchConfiguration(configuration: GetLaunchConfigurationCommandOutput): LaunchConfiguration {
  const actions = configuration.postLaunchActions;
  return {
    ec2LaunchTemplateID: configuration.ec2LaunchTemplateID,
    launchDisposition: configuration.launchDisposition,
    postLaunchDeployment: actions?.deployment,
    documents: (actions?.ssmDocuments ?? []).map((document) => ({
      actionName: document.actionName,
      documentName: document.ssmDocumentName ?? '',
      isActive: true,
      mustSucceedForCutover: document.mustSucceedForCutover ?? false,
      timeoutSeconds: document.timeoutSeconds,
      details: detailsOf(document),
      source: 'GetLaunchConfiguration' as const,
    })),
    settings: settingsOf(configuration),
  };
}

function settingsOf(configuration: GetLaunchConfigurationCommandOutput): Record<string, string> {
  const settings = {
    'right-sizing': configuration.targetInstanceTypeRightSizingMethod,
    'copies private IP': configuration.copyPrivateIp,
    'copies tags': configuration.copyTags,
    'boot mode': configuration.bootMode,
    'own OS licence': configuration.licensing?.osByol,
  };
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

function detailsOf({
  order,
  documentVersion,
  parameters,
  externalParameters,
}: Pick<SourceServerActionDocument, 'order' | 'documentVersion' | 'parameters' | 'externalParameters'>): string {
  return JSON.stringify({ order, documentVersion, parameters, externalParameters }, withSortedKeys);
}

/** The same members in another order are no change. */
function withSortedKeys(_key: string, member: unknown): unknown {
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
  const entries: [string, unknown][] = Object.entries(member);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A configured post-launch action in the domain's terms (ListSourceServerActions). */
export function toConfiguredAction(action: SourceServerActionDocument): ConfiguredAction {
  return {
    actionName: action.actionName,
    documentName: action.documentIdentifier ?? '',
    isActive: action.active ?? true,
    mustSucceedForCutover: action.mustSucceedForCutover ?? false,
    timeoutSeconds: action.timeoutSeconds,
    details: detailsOf(action),
    source: 'ListSourceServerActions',
  };
}

/** A wave in the domain's terms (ListWaves). */
export function toWave(wave: SdkWave): Wave {
  return { waveID: idOf(WaveIDSchema, wave.waveID, 'a wave'), name: wave.name, isArchived: wave.isArchived ?? false };
}

/** An application in the domain's terms (ListApplications). */
export function toApplication(application: SdkApplication): Application {
  return {
    applicationID: idOf(ApplicationIDSchema, application.applicationID, 'an application'),
    name: application.name,
    waveID: application.waveID === undefined ? undefined : idOf(WaveIDSchema, application.waveID, 'a wave'),
    isArchived: application.isArchived ?? false,
  };
}
