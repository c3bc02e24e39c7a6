/** Reading every fact that a cutover of the run's source servers depends on. */
import { AccessDeniedError, NotFoundError, TransientServiceError } from '../domain/errors.ts';
import type { JobID, SourceServerID } from '../domain/identifiers.ts';
import type { Job, JobLogItem } from '../domain/job.ts';
import type { ConfiguredAction, LaunchConfiguration } from '../domain/launch-configuration.ts';
import { launchSecondsOf } from '../domain/launch-times.ts';
import type { LaunchTarget } from '../domain/launch-target.ts';
import type { Ec2 } from '../domain/launch-target-port.ts';
import type { Mgn } from '../domain/ports.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { checksLaunchTargets, targetOf } from '../domain/target.ts';
import { chunksOf } from '../domain/wave-plan.ts';
import { readLaunchTargets } from './launch-targets.ts';
import { jobsThatMatter } from './recent-jobs.ts';
import type { StepDeps } from './step.ts';

/** How MGN is to launch one source server. */
export interface LaunchSettings {
  readonly configuration: LaunchConfiguration | undefined;
  readonly actions: readonly ConfiguredAction[];
}

/** All that was read about a run's source servers. */
export interface WaveFacts {
  readonly servers: ReadonlyMap<SourceServerID, SourceServer>;
  /** Jobs of recent weeks, and older ones that made an instance which is still shown. */
  readonly jobs: readonly Job[];
  readonly settings: ReadonlyMap<SourceServerID, LaunchSettings>;
  /** Where each is launched; empty where that is not to be checked. */
  readonly targets: ReadonlyMap<SourceServerID, LaunchTarget>;
  /** How long the test launch of each took, in seconds, where its job log still tells. */
  readonly testLaunchSeconds: ReadonlyMap<SourceServerID, number>;
  /** Those whose SSM agent was seen on their test instance. */
  readonly agentSeenBefore: ReadonlySet<SourceServerID>;
}

/** How many calls that take one source server or job each are under way at once: it keeps the call rate civil. */
const callsAtOnce = 4;

/**
 * Reads the facts.
 *
 * @throws TransientServiceError when MGN or EC2 cannot be read; AccessDeniedError where the caller may not.
 */
export async function readWaveFacts(
  deps: Pick<StepDeps, 'clock' | 'ec2'>,
  run: Pick<RunRecord, 'runID' | 'input'>,
  mgn: Mgn,
  records: readonly Pick<ServerRecord, 'sourceServerID' | 'isArchived'>[],
): Promise<WaveFacts> {
  const servers = await describeAll(mgn, records);
  const jobs = await jobsThatMatter(mgn, [...servers.values()], deps.clock.now());
  const settings = await readSettings(mgn, [...servers.keys()]);
  const configurations = [...settings].flatMap(([id, { configuration }]) =>
    configuration === undefined ? [] : [[id, configuration] as const],
  );
  const targets = checksLaunchTargets(run)
    ? await readTargets(deps.ec2(targetOf(run)), new Map(configurations))
    : new Map<SourceServerID, LaunchTarget>();
  return { servers, jobs, settings, targets, ...(await readTestLaunches(mgn, servers)) };
}

/** Whoever may use MGN need not be allowed to read EC2. */
async function readTargets(
  ec2: Ec2,
  configurations: ReadonlyMap<SourceServerID, LaunchConfiguration>,
): Promise<ReadonlyMap<SourceServerID, LaunchTarget>> {
  try {
    return await readLaunchTargets(ec2, configurations);
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    const remedy = 'allow this read, or set options.checkLaunchTargets to false';
    throw new AccessDeniedError(`${error.message}; ${remedy}`, { cause: error });
  }
}

async function describeAll(
  mgn: Mgn,
  records: readonly Pick<ServerRecord, 'sourceServerID' | 'isArchived'>[],
): Promise<Map<SourceServerID, SourceServer>> {
  const idsWhere = (isArchived: boolean) =>
    records.filter((record) => record.isArchived === isArchived).map((record) => record.sourceServerID);
  const servers: SourceServer[] = [];
  for (const isArchived of [false, true]) {
    const sourceServerIDs = idsWhere(isArchived);
    if (sourceServerIDs.length > 0) servers.push(...(await mgn.describeSourceServers({ sourceServerIDs, isArchived })));
  }
  return new Map(servers.map((server) => [server.sourceServerID, server]));
}

async function readSettings(mgn: Mgn, ids: readonly SourceServerID[]): Promise<Map<SourceServerID, LaunchSettings>> {
  const settings = new Map<SourceServerID, LaunchSettings>();
  for (const chunk of chunksOf(ids, callsAtOnce)) {
    const read = chunk.map(async (id) => {
      const configuration = await orUndefined(mgn.getLaunchConfiguration(id));
      settings.set(id, {
        configuration,
        actions: configuration === undefined ? [] : await mgn.listSourceServerActions(id),
      });
    });
    await Promise.all(read);
  }
  return settings;
}

/** Each server's own test launch says best how long its cutover will take; job logs are kept 185 days (`mgn.md` D.2). */
async function readTestLaunches(
  mgn: Mgn,
  servers: ReadonlyMap<SourceServerID, SourceServer>,
): Promise<Pick<WaveFacts, 'testLaunchSeconds' | 'agentSeenBefore'>> {
  const isTestOf = (jobID: JobID, id: SourceServerID) => servers.get(id)?.lastTest.jobID === jobID;
  const jobIDs = new Set([...servers.values()].flatMap(({ lastTest }) => lastTest.jobID ?? []));
  const jobs = jobIDs.size === 0 ? [] : await mgn.describeJobs([...jobIDs]);
  const testLaunchSeconds = new Map<SourceServerID, number>();
  for (const chunk of chunksOf(jobs, callsAtOnce)) {
    const read = chunk.map(async (job) => {
      const log = await readableLog(mgn, job.jobID);
      for (const [id, seconds] of launchSecondsOf(job, log)) {
        if (isTestOf(job.jobID, id)) testLaunchSeconds.set(id, seconds);
      }
    });
    await Promise.all(read);
  }
  const seen = jobs.flatMap(({ jobID, participatingServers }) =>
    participatingServers
      .filter((part) => part.ssmAgentDiscoveredAt !== undefined && isTestOf(jobID, part.sourceServerID))
      .map((part) => part.sourceServerID),
  );
  return { testLaunchSeconds, agentSeenBefore: new Set(seen) };
}

/** Only expectations rest on these logs, so one that cannot be read keeps nobody from starting. */
async function readableLog(mgn: Mgn, jobID: JobID): Promise<JobLogItem[]> {
  try {
    return await mgn.describeJobLog(jobID);
  } catch (error) {
    const isBearable =
      error instanceof NotFoundError || error instanceof TransientServiceError || error instanceof AccessDeniedError;
    if (isBearable) return [];
    throw error;
  }
}

async function orUndefined<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
