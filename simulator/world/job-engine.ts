/** Starts jobs: plans the whole course of a job at its start and writes it into the world (`mgn.md` D). */
import { attemptOf, launchOf } from '../scenario/launch-schema.ts';
import { CourseWriter } from './course-writer.ts';
import type { ServerCourse } from './course-writer.ts';
import { arnOf, newID } from './identifiers.ts';
import type { JobLogLine, JobRecord } from './job-record.ts';
import { planLaunchCourse, timingsOf } from './launch-course.ts';
import { addChange, stateAt } from './source-server-record.ts';
import type { LaunchStamps, SourceServerRecord } from './source-server-record.ts';
import type { Account, World } from './world.ts';

/** What starts a job through the API. */
export type Starter = 'START_TEST' | 'START_CUTOVER' | 'TERMINATE';

/** The lifecycle stamp of a start is this much later than the job's creation (`mgn.md` C.1). */
export const stampDelayMs = 80;

/** Between the last server's end and JOB_END (`mgn.md` D.3). */
const jobEndDelayMs = 1000;

/**
 * Starts a job at a moment: moves the servers' lifecycle and stamps at once, and plans everything else. The caller has
 * checked that the job is legal.
 */
export const startJob = (
  world: World,
  account: Account,
  initiatedBy: Starter,
  servers: readonly SourceServerRecord[],
  nowMs: number,
): JobRecord => {
  const jobID = newID(world, 'job');
  const startedMs = nowMs + Math.max(...servers.map((server) => timingsOf(server).pendingSeconds * 1000));
  const courses = servers.map((server) => {
    if (initiatedBy !== 'TERMINATE') stampStart(server, initiatedBy, jobID, nowMs);
    return planCourse(world, account, server, { jobID, initiatedBy, creationMs: nowMs, startedMs });
  });
  for (const [index, server] of servers.entries()) {
    for (const change of courses[index]?.changes ?? []) addChange(server, change);
    server.newestJobID = jobID;
  }
  const job = jobOf(world, account, { jobID, initiatedBy, creationMs: nowMs, startedMs }, servers, courses);
  account.jobs.set(jobID, job);
  return job;
};

/** A job that was decided on, before its course is known. */
export interface JobHead {
  readonly jobID: string;
  readonly initiatedBy: JobRecord['initiatedBy'];
  readonly creationMs: number;
  readonly startedMs: number;
}

const stampStart = (server: SourceServerRecord, initiatedBy: Starter, jobID: string, nowMs: number): void => {
  const stamps: LaunchStamps = {
    initiated: { apiCallMs: nowMs + stampDelayMs, jobID },
    revertedMs: undefined,
    finalizedMs: undefined,
  };
  addChange(server, {
    atMs: nowMs,
    origin: 'call',
    apply: (state) =>
      initiatedBy === 'START_TEST'
        ? { ...state, lifeCycleState: 'TESTING', lastTest: stamps }
        : { ...state, lifeCycleState: 'CUTTING_OVER', lastCutover: stamps },
  });
};

const planCourse = (world: World, account: Account, server: SourceServerRecord, job: JobHead): ServerCourse => {
  if (job.initiatedBy === 'TERMINATE') return planTermination(world, server, job);
  const kind = job.initiatedBy === 'START_TEST' ? 'test' : 'cutover';
  const attempt = server.attempts[kind];
  server.attempts[kind] += 1;
  return planLaunchCourse(world, account, server, {
    ...job,
    kind,
    attempt,
    launch: launchOf(server.scenario[kind], attempt),
  });
};

/** One server's course through a terminate job: the CLEANUP phase alone (`mgn.md` D.2). */
const planTermination = (world: World, server: SourceServerRecord, job: JobHead): ServerCourse => {
  const timings = timingsOf(server);
  const writer = new CourseWriter(world, server, job, timings.variation);
  const outcome = attemptOf(server.scenario.terminate, server.attempts.terminate) ?? 'terminated';
  server.attempts.terminate += 1;
  const instance = stateAt(server, writer.nowMs).launchedInstance;
  writer.line('CLEANUP_START');
  if (outcome === 'stuck') return writer.course(Infinity);
  if (instance !== undefined) writer.pass(timings.terminateSeconds);
  if (outcome === 'failed') {
    writer.line('CLEANUP_FAIL', { rawError: 'UnauthorizedOperation: the instance could not be terminated' });
    writer.status('FAILED', instance?.ec2InstanceID);
    return writer.course(writer.nowMs);
  }
  writer.line('CLEANUP_END');
  writer.status('TERMINATED', instance?.ec2InstanceID);
  if (world.switches.launchedInstanceAfterTerminate === 'removed') {
    writer.change((state) =>
      state.launchedInstance?.ec2InstanceID === instance?.ec2InstanceID
        ? { ...state, launchedInstance: undefined }
        : state,
    );
  }
  return writer.course(writer.nowMs);
};

/** Puts the courses of a job's servers together to the job. */
export const jobOf = (
  world: World,
  account: Account,
  head: JobHead,
  servers: readonly SourceServerRecord[],
  courses: readonly ServerCourse[],
): JobRecord => {
  const endMs = Math.max(head.startedMs, ...courses.map((course) => course.endMs)) + jobEndDelayMs;
  const log: JobLogLine[] = [
    { atMs: head.startedMs, event: 'JOB_START', eventData: {} },
    ...courses.flatMap((course) => course.log).sort((a, b) => a.atMs - b.atMs),
  ];
  if (endMs !== Infinity) log.push({ atMs: endMs, event: 'JOB_END', eventData: {} });
  return {
    ...head,
    arn: arnOf(world, account.accountID, 'job', head.jobID),
    type: head.initiatedBy === 'TERMINATE' ? 'TERMINATE' : 'LAUNCH',
    endMs,
    participatingServers: servers.map((server, index) => ({
      sourceServerID: server.sourceServerID,
      steps: courses[index]?.steps ?? [],
      postLaunch: courses[index]?.postLaunch,
    })),
    log,
  };
};
