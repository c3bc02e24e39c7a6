/** Jobs and job log lines as the wire carries them (`mgn.md` D.1, D.2). */
import type {
  Job,
  JobLog,
  JobLogEventData,
  JobPostLaunchActionsLaunchStatus,
  ParticipatingServer,
  PostLaunchActionsStatus,
} from '@aws-sdk/client-mgn';

import { formatInstant } from './instants.ts';
import { jobStatusAt } from './job-record.ts';
import type {
  ActionRun,
  JobEvent,
  JobLogLine,
  JobRecord,
  ParticipatingServerRecord,
  PostLaunchRun,
} from './job-record.ts';
import type { Newest } from './newest-model.ts';
import { tagsOf } from './tags.ts';
import type { Account, World } from './world.ts';

/** A job as a describe shows it at a moment (epoch milliseconds) at or after its creation. */
export const renderJob = (world: World, account: Account, job: JobRecord, atMs: number): Newest<Job> => ({
  jobID: job.jobID,
  arn: job.arn,
  type: job.type,
  initiatedBy: job.initiatedBy,
  creationDateTime: formatInstant(world, job.creationMs),
  ...(atMs >= job.endMs && { endDateTime: formatInstant(world, job.endMs) }),
  status: jobStatusAt(job, atMs),
  participatingServers: job.participatingServers.map((server) => renderParticipant(world, server, atMs)),
  tags: tagsOf(world, account, job.arn),
});

const renderParticipant = (
  world: World,
  server: ParticipatingServerRecord,
  atMs: number,
): Newest<ParticipatingServer> => {
  const step = server.steps.findLast((candidate) => candidate.atMs <= atMs);
  return {
    sourceServerID: server.sourceServerID,
    launchStatus: step?.launchStatus ?? 'PENDING',
    ...(step?.launchedEc2InstanceID !== undefined && { launchedEc2InstanceID: step.launchedEc2InstanceID }),
    ...(server.postLaunch !== undefined && {
      postLaunchActionsStatus: renderPostLaunch(world, server.postLaunch, atMs),
    }),
  };
};

const renderPostLaunch = (world: World, run: PostLaunchRun, atMs: number): Newest<PostLaunchActionsStatus> => ({
  ...(run.agentDiscoveredMs !== undefined &&
    atMs >= run.agentDiscoveredMs && { ssmAgentDiscoveryDatetime: formatInstant(world, run.agentDiscoveredMs) }),
  postLaunchActionsLaunchStatusList: run.actions
    .filter((action) => action.startMs <= atMs)
    .map((action) => renderAction(action, atMs)),
});

const renderAction = (action: ActionRun, atMs: number): Newest<JobPostLaunchActionsLaunchStatus> => {
  const { ssmDocument, ssmDocumentType, executionID, failureReason } = action;
  const hasEnded = atMs >= action.endMs;
  return {
    ssmDocument,
    ssmDocumentType,
    executionID,
    executionStatus: hasEnded ? action.result : 'IN_PROGRESS',
    ...(hasEnded && failureReason !== undefined && { failureReason }),
  };
};

/** A log line whose `event` may be one that the client's model lacks, such as LAUNCH_END. */
export interface OpenJobLog extends Omit<JobLog, 'event'> {
  readonly event: JobEvent;
  readonly logDateTime: string;
  readonly eventData: JobLogEventData;
}

/** A line of a job's log. */
export const renderJobLogLine = (world: World, line: JobLogLine): OpenJobLog => ({
  logDateTime: formatInstant(world, line.atMs),
  event: line.event,
  eventData: line.eventData,
});
