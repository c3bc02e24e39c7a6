/** Reads a wave as `plan` reads it, and beside that what a rehearsal wants to know: names, test launches, quotas. */
import { AccessDeniedError, RequestRefusedError, TransientServiceError } from '../../functions/domain/errors.ts';
import type { ApplicationID, JobID } from '../../functions/domain/identifiers.ts';
import type { Job, JobLogItem } from '../../functions/domain/job.ts';
import type { Ec2, VcpuQuota } from '../../functions/domain/launch-target-port.ts';
import type { Application, Mgn, Wave } from '../../functions/domain/ports.ts';
import { placeOf } from '../../functions/domain/place.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { RunTimings } from '../../functions/domain/run-timings.ts';
import type { SourceServer } from '../../functions/domain/source-server.ts';
import { checksLaunchTargets, targetOf } from '../../functions/domain/target.ts';
import { resolveTarget } from '../../functions/handlers/resolve-wave.ts';
import { createTimingsLedger } from '../../functions/ledger/timings.ts';
import { readWaveFacts, type WaveFacts } from '../../functions/shared/wave-facts.ts';
import { patiently } from '../patience.ts';
import type { Session, World } from '../world.ts';

/** All that was read of the source servers that an input leads to. */
export interface FleetFacts {
  /** When, in epoch milliseconds. */
  readonly readAt: number;
  readonly servers: readonly SourceServer[];
  readonly applications: readonly Application[];
  /** Where the input names one. */
  readonly wave: Wave | undefined;
  readonly facts: WaveFacts;
  /** The last test launches, each with the lines of its log that could be read. */
  readonly tests: readonly { readonly job: Job; readonly log: readonly JobLogItem[] }[];
  /** What earlier runs in the same account and region teach, newest first. */
  readonly timings: readonly RunTimings[];
  /** Undefined where it was not, or could not be, read. */
  readonly vcpus: VcpuQuota | undefined;
}

/**
 * Reads the fleet; nothing is changed here or in MGN.
 *
 * @throws InvalidInputError when the input leads to nothing; TransientServiceError or AccessDeniedError when MGN or EC2
 *   cannot be read.
 */
export function readFleet(
  world: Pick<World, 'store'>,
  { services, time }: Session,
  run: Pick<RunRecord, 'runID' | 'input'>,
): Promise<FleetFacts> {
  const target = targetOf(run);
  const deps = { clock: { now: () => time.now() }, ec2: services.ec2.bind(services) };
  return patiently(time, async () => {
    const mgn = services.mgn(target);
    const { servers, applications } = await resolveTarget(mgn, run.input);
    const facts = await readWaveFacts(deps, run, mgn, servers);
    const { waveID } = run.input;
    return {
      readAt: time.now(),
      servers: [...facts.servers.values()],
      applications: applications.length > 0 ? applications : await applicationsOf(mgn, servers),
      wave: waveID === undefined ? undefined : (await mgn.listWaves([waveID])).find((wave) => wave.waveID === waveID),
      facts,
      tests: await readTests(mgn, servers),
      timings: await createTimingsLedger(world.store).readTimings(placeOf(servers[0]?.arn ?? '')),
      vcpus: checksLaunchTargets(run) ? await readVcpus(services.ec2(target)) : undefined,
    };
  });
}

/** Source servers that were named one by one have applications too, and a scenario holds them inside these. */
async function applicationsOf(mgn: Mgn, servers: readonly SourceServer[]): Promise<Application[]> {
  const applicationIDs = new Set<ApplicationID>(servers.flatMap(({ applicationID }) => applicationID ?? []));
  return applicationIDs.size === 0 ? [] : mgn.listApplications({ applicationIDs: [...applicationIDs] });
}

async function readTests(mgn: Mgn, servers: readonly SourceServer[]) {
  const jobIDs = new Set<JobID>(servers.flatMap(({ lastTest }) => lastTest.jobID ?? []));
  const jobs = jobIDs.size === 0 ? [] : await mgn.describeJobs([...jobIDs]);
  return Promise.all(jobs.map(async (job) => ({ job, log: await readableLog(mgn, job.jobID) })));
}

/** Most test launches share a few jobs; a log that cannot be read only makes an estimate rougher. */
async function readableLog(mgn: Mgn, jobID: JobID): Promise<readonly JobLogItem[]> {
  try {
    return await mgn.describeJobLog(jobID);
  } catch {
    return [];
  }
}

async function readVcpus(ec2: Ec2): Promise<VcpuQuota | undefined> {
  try {
    return await ec2.readVcpuQuota();
  } catch (error) {
    const isBearable = [AccessDeniedError, RequestRefusedError, TransientServiceError].some(
      (kind) => error instanceof kind,
    );
    if (isBearable) return undefined;
    throw error;
  }
}
