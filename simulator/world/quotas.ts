/** The quotas of an account in a Region, with the service's defaults (`mgn.md` E). */
import * as v from 'valibot';

const quota = (byDefault: number, meaning: string) =>
  v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.description(meaning)), byDefault);

/** Schema of a scenario's `quotas`: name, default and meaning of each. Unknown names are refused. */
export const quotasSchema = v.strictObject({
  concurrentJobs: quota(20, 'Jobs in progress at the same time, terminate jobs included.'),
  sourceServersPerJob: quota(200, 'Source servers in one job.'),
  sourceServersInAllJobs: quota(200, 'Source servers in all jobs in progress together.'),
  activeSourceServers: quota(150, 'Replicating source servers; checked when replication is started or resumed.'),
  activeApplications: quota(200, 'Applications that are not archived.'),
  activeWaves: quota(200, 'Waves that are not archived.'),
  archivedApplications: quota(10_000, 'Archived applications.'),
  archivedWaves: quota(10_000, 'Archived waves.'),
  sourceServersPerApplication: quota(200, 'Source servers in one application.'),
  applicationsPerWave: quota(1000, 'Applications in one wave.'),
  actionsPerSourceServer: quota(100, 'Post-launch actions of one source server.'),
});

/** Every quota with its value. */
export type Quotas = v.InferOutput<typeof quotasSchema>;
