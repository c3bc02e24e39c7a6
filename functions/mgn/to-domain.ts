/** MGN's records as the domain's. What MGN would never send is refused here, so nothing odd travels inward. */
import * as v from 'valibot';
import { TransientServiceError } from '../domain/errors.ts';
import {
  ApplicationIDSchema,
  InstanceIDSchema,
  JobIDSchema,
  SourceServerIDSchema,
  WaveIDSchema,
} from '../domain/identifiers.ts';
import type { JobID } from '../domain/identifiers.ts';
import type { Job, JobLogItem, ParticipatingServer } from '../domain/job.ts';
import type { ConfiguredAction, LaunchConfiguration } from '../domain/launch-configuration.ts';
import type { Application, Wave } from '../domain/ports.ts';
import { describeIssue } from '../domain/run-input.ts';
import { shownText } from '../domain/shown-text.ts';
import type { LaunchedInstance, LaunchStamp, SourceServer } from '../domain/source-server.ts';
import {
  ActionAnswerSchema,
  ApplicationAnswerSchema,
  JobAnswerSchema,
  JobLogAnswerSchema,
  LaunchConfigurationAnswerSchema,
  SourceServerAnswerSchema,
  WaveAnswerSchema,
  type ParticipatingServerAnswerSchema,
} from './answer-schemas.ts';
import { parseDuration, parseTimestamp } from './times.ts';

/** An answer that cannot be MGN's (a proxy's page, a record without its ID) counts as a failed read. */
function recordOf<Schema extends v.GenericSchema>(schema: Schema, value: unknown, what: string): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw new TransientServiceError(`MGN answered with ${what} that is none (${describeIssue(parsed.issues[0])})`);
}

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
export function toSourceServer(answer: unknown): SourceServer {
  const server = recordOf(SourceServerAnswerSchema, answer, 'a source server');
  const { lifeCycle, dataReplicationInfo } = server;
  const sourceServerID = idOf(SourceServerIDSchema, server.sourceServerID, 'a source server');
  return {
    sourceServerID,
    arn: arnOf(server.arn, sourceServerID),
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

/** Locks are kept by it, so it has to be this very server's. */
function arnOf(arn: string | undefined, sourceServerID: string): string {
  if (arn === undefined) return sourceServerID;
  if (!arn.startsWith('arn:') || !arn.endsWith(`/${sourceServerID}`))
    throw new TransientServiceError(`MGN answered with ${sourceServerID} under an ARN that is not its own`);
  return arn;
}

type StampAnswer = NonNullable<v.InferOutput<typeof SourceServerAnswerSchema>['lifeCycle']>['lastTest'];

/** Unset stamps are present as empty objects (`mgn.md` A.1), so the time is what is looked at. */
function toStamp(stamp: StampAnswer): LaunchStamp {
  return {
    jobID: jobIDOf(stamp?.initiated?.jobID),
    initiatedAt: parseTimestamp(stamp?.initiated?.apiCallDateTime),
    finalizedAt: parseTimestamp(stamp?.finalized?.apiCallDateTime),
  };
}

type InstanceAnswer = v.InferOutput<typeof SourceServerAnswerSchema>['launchedInstance'];

function toLaunchedInstance(instance: InstanceAnswer): LaunchedInstance | undefined {
  if (instance?.ec2InstanceID === undefined) return undefined;
  const { ec2InstanceID, jobID, firstBoot } = instance;
  return { ec2InstanceID: instanceIDOf(ec2InstanceID), jobID: jobIDOf(jobID), firstBoot };
}

function instanceIDOf(value: string): string {
  return idOf(InstanceIDSchema, value, 'an instance');
}

/** A job in the domain's terms (DescribeJobs, and the answers of the calls that start one). */
export function toJob(answer: unknown): Job {
  const job = recordOf(JobAnswerSchema, answer, 'a job');
  return {
    jobID: idOf(JobIDSchema, job.jobID, 'a job'),
    initiatedBy: job.initiatedBy,
    createdAt: parseTimestamp(job.creationDateTime),
    endedAt: parseTimestamp(job.endDateTime),
    status: job.status ?? 'not given',
    participatingServers: once((job.participatingServers ?? []).map(toParticipatingServer)),
    tags: withoutArn(job.tags ?? {}),
  };
}

/** Tag maps were seen to carry the resource's ARN under `resourceArn` (`mgn.md` A.1); that is no tag. */
function withoutArn(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== 'resourceArn'));
}

/** A job that says two things of one source server says nothing of it that may be believed. */
function once(parts: readonly ParticipatingServer[]): ParticipatingServer[] {
  const byID = new Map<string, ParticipatingServer>();
  for (const part of parts) {
    const known = byID.get(part.sourceServerID);
    const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(part);
    byID.set(part.sourceServerID, isSame ? part : { ...part, launchStatus: 'contradictory', ec2InstanceID: undefined });
  }
  return [...byID.values()];
}

function toParticipatingServer(part: v.InferOutput<typeof ParticipatingServerAnswerSchema>): ParticipatingServer {
  const actions = part.postLaunchActionsStatus;
  return {
    sourceServerID: idOf(SourceServerIDSchema, part.sourceServerID, 'a participating server'),
    launchStatus: part.launchStatus,
    ec2InstanceID: part.launchedEc2InstanceID === undefined ? undefined : instanceIDOf(part.launchedEc2InstanceID),
    ssmAgentDiscoveredAt: parseTimestamp(actions?.ssmAgentDiscoveryDatetime),
    actionRuns: (actions?.postLaunchActionsLaunchStatusList ?? []).map((status) => ({
      actionName: status.ssmDocument?.actionName,
      documentName: status.ssmDocument?.ssmDocumentName,
      documentType: status.ssmDocumentType,
      mustSucceedForCutover: status.ssmDocument?.mustSucceedForCutover ?? false,
      executionID: status.executionID,
      executionStatus: status.executionStatus,
      failureReason: status.failureReason === undefined ? undefined : shownText(status.failureReason, failureReasonMax),
    })),
  };
}

/** The ledger keeps it for every action, and reports quote it. */
const failureReasonMax = 1_000;

/** A line of a job's log in the domain's terms (DescribeJobLogItems). */
export function toJobLogItem(answer: unknown): JobLogItem {
  const item = recordOf(JobLogAnswerSchema, answer, 'a log line');
  const sourceServerID = item.eventData?.sourceServerID;
  return {
    at: parseTimestamp(item.logDateTime),
    event: item.event ?? 'not given',
    sourceServerID: sourceServerID === undefined ? undefined : idOf(SourceServerIDSchema, sourceServerID, 'a log line'),
    rawError: item.eventData?.rawError,
  };
}

/** A launch configuration in the domain's terms (GetLaunchConfiguration). */
export function toLaunchConfiguration(answer: unknown): LaunchConfiguration {
  const configuration = recordOf(LaunchConfigurationAnswerSchema, answer, 'a launch configuration');
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

function settingsOf(configuration: v.InferOutput<typeof LaunchConfigurationAnswerSchema>): Record<string, string> {
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
}: Pick<
  v.InferOutput<typeof ActionAnswerSchema>,
  'order' | 'documentVersion' | 'parameters' | 'externalParameters'
>): string {
  return JSON.stringify({ order, documentVersion, parameters, externalParameters }, withSortedKeys);
}

/** The same members in another order are no change. */
function withSortedKeys(_key: string, member: unknown): unknown {
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
  const entries: [string, unknown][] = Object.entries(member);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A configured post-launch action in the domain's terms (ListSourceServerActions). */
export function toConfiguredAction(answer: unknown): ConfiguredAction {
  const action = recordOf(ActionAnswerSchema, answer, 'a post-launch action');
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
export function toWave(answer: unknown): Wave {
  const wave = recordOf(WaveAnswerSchema, answer, 'a wave');
  return { waveID: idOf(WaveIDSchema, wave.waveID, 'a wave'), name: wave.name, isArchived: wave.isArchived ?? false };
}

/** An application in the domain's terms (ListApplications). */
export function toApplication(answer: unknown): Application {
  const application = recordOf(ApplicationAnswerSchema, answer, 'an application');
  return {
    applicationID: idOf(ApplicationIDSchema, application.applicationID, 'an application'),
    name: application.name,
    waveID: application.waveID === undefined ? undefined : idOf(WaveIDSchema, application.waveID, 'a wave'),
    isArchived: application.isArchived ?? false,
  };
}
