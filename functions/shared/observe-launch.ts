/** What a job says of one server's launch, noted in its record. */
import { partOf, type Job } from '../domain/job.ts';
import type { ServerRecord } from '../domain/server-record.ts';

/** The record with the job's launch status and instance, and with the time the launch was first seen. */
export function observeLaunch(record: ServerRecord, job: Job, now: number): ServerRecord {
  const part = partOf(job, record.sourceServerID);
  if (record.cutover === undefined || part === undefined) return record;
  const isLaunched = part.launchStatus === 'LAUNCHED';
  return {
    ...record,
    cutover: {
      ...record.cutover,
      launchStatus: part.launchStatus ?? record.cutover.launchStatus,
      ec2InstanceID: part.ec2InstanceID ?? record.cutover.ec2InstanceID,
      launchedAt: record.cutover.launchedAt ?? (isLaunched ? now : undefined),
    },
  };
}
