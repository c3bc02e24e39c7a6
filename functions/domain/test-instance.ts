/**
 * Is the instance MGN remembers a test instance, and is it still there? Both matter before a cutover: the terminate
 * call is lawful only before StartCutover, and after one the same call would delete the production instance.
 */
import type { JobID } from './identifiers.ts';
import type { Job } from './job.ts';
import type { SourceServer } from './source-server.ts';
import { hasEnded, partOf } from './job.ts';

/** A test instance and the test job that launched it. */
export interface TestInstance {
  readonly ec2InstanceID: string;
  readonly jobID: JobID;
}

/**
 * The server's launched instance, if a *test* job launched it and no later job terminated it. Undefined when there is
 * none or when the facts do not prove that it is a test instance.
 */
export function findTestInstance(server: SourceServer, jobs: readonly Job[]): TestInstance | undefined {
  const instance = server.launchedInstance;
  if (instance?.jobID === undefined || isLaunchedInstanceGone(server, jobs)) return undefined;
  if (instance.jobID === server.lastCutover.jobID || instance.jobID !== server.lastTest.jobID) return undefined;
  const launchJob = jobs.find((job) => job.jobID === instance.jobID);
  if (launchJob !== undefined && launchJob.initiatedBy !== 'START_TEST') return undefined;
  return { ec2InstanceID: instance.ec2InstanceID, jobID: instance.jobID };
}

/**
 * Whether a terminate job has certainly deleted the launched instance: MGN may go on showing it afterwards (`mgn.md`
 * H.15), so an ended job that shows the server TERMINATED, and is newer than the launch, is the evidence.
 */
export function isLaunchedInstanceGone(server: SourceServer, jobs: readonly Job[]): boolean {
  const instance = server.launchedInstance;
  if (instance === undefined) return true;
  const launchedAt = jobs.find((job) => job.jobID === instance.jobID)?.createdAt;
  return jobs.some((job) => {
    const part = partOf(job, server.sourceServerID);
    if (job.initiatedBy !== 'TERMINATE' || !hasEnded(job) || part?.launchStatus !== 'TERMINATED') return false;
    if (part.ec2InstanceID !== undefined) return part.ec2InstanceID === instance.ec2InstanceID;
    return launchedAt !== undefined && job.createdAt !== undefined && job.createdAt >= launchedAt;
  });
}
