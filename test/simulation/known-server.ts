/**
 * A source server as the simulated world keeps it, now and at any earlier moment: the state it was in, the job that held
 * it, who launched its instance. Cheaper than looking at the whole account, and it remembers.
 */
import { isJobActiveAt, type JobRecord } from '../../simulator/world/job-record.ts';
import {
  stateAt,
  type SourceServerRecord,
  type SourceServerState,
} from '../../simulator/world/source-server-record.ts';
import type { Account } from '../../simulator/world/world.ts';
import type { Scene } from './scene.ts';

/** A source server and the account it is in. */
export interface KnownServer {
  readonly account: Account;
  readonly server: SourceServerRecord;
  readonly hostname: string;
}

/** A source server at a moment (epoch milliseconds). */
export interface Moment extends SourceServerState {
  readonly atMs: number;
  readonly known: KnownServer;
}

/** A job and the run whose attempt tag it carries; undefined when no run started it. */
export interface KnownJob {
  readonly job: JobRecord;
  readonly runID: string | undefined;
}

/** Every account of the world. */
export function accountsOf({ night }: Pick<Scene, 'night'>): Account[] {
  const home = night.simulator.world();
  return [home, ...home.otherRegions].flatMap(({ accounts }) => [...accounts.values()]);
}

/** The source server of that ID; undefined when the world has none. */
export function findServer(scene: Pick<Scene, 'night'>, sourceServerID: string): KnownServer | undefined {
  for (const account of accountsOf(scene)) {
    const server = account.sourceServers.get(sourceServerID);
    if (server !== undefined) return { account, server, hostname: server.scenario.hostname };
  }
  return undefined;
}

/** The source servers of these IDs that there are. */
export function findServers(scene: Pick<Scene, 'night'>, sourceServerIDs: readonly string[]): KnownServer[] {
  return sourceServerIDs.flatMap((id) => findServer(scene, id) ?? []);
}

/** The source server at that moment. */
export function momentOf(known: KnownServer, atMs: number): Moment {
  return { ...stateAt(known.server, atMs), atMs, known };
}

/** The jobs that take part of the source server, those to come and those that have ended included. */
function jobsOf({ account, server }: KnownServer): JobRecord[] {
  return [...account.jobs.values()].filter((job) =>
    job.participatingServers.some(({ sourceServerID }) => sourceServerID === server.sourceServerID),
  );
}

/** The jobs that hold the source server at that moment. */
export function holdersOf({ known, atMs }: Pick<Moment, 'known' | 'atMs'>): KnownJob[] {
  return jobsOf(known)
    .filter((job) => isJobActiveAt(job, atMs))
    .map((job) => knownJob(known.account, job));
}

/** The cutovers of the source server that a run of this tool started, by whichever attempt. */
export function launchesOf(known: KnownServer): KnownJob[] {
  return jobsOf(known)
    .map((job) => knownJob(known.account, job))
    .filter(({ job, runID }) => job.initiatedBy === 'START_CUTOVER' && runID !== undefined);
}

/** The job with the run that tagged it. The tag is `RUN/NONCE/BATCH/KIND/TRY`. */
export function knownJob(account: Account, job: JobRecord): KnownJob {
  return { job, runID: account.tags.get(job.arn)?.['CutoverAttempt']?.split('/')[0] };
}

/** The job of that ID, if the account has it. */
export function findJob(account: Account, jobID: string | undefined): KnownJob | undefined {
  const job = jobID === undefined ? undefined : account.jobs.get(jobID);
  return job && knownJob(account, job);
}

/** The job that launched the instance which is there at that moment; undefined when there is none any more. */
export function launchOfInstance({ known, atMs, launchedInstance }: Moment): KnownJob | undefined {
  if (launchedInstance === undefined) return undefined;
  const { ec2InstanceID, jobID } = launchedInstance;
  const isGone = [...known.account.jobs.values()].some(
    (job) =>
      job.initiatedBy === 'TERMINATE' &&
      job.participatingServers.some(({ steps }) =>
        steps.some(
          (step) =>
            step.launchStatus === 'TERMINATED' && step.launchedEc2InstanceID === ec2InstanceID && step.atMs <= atMs,
        ),
      ),
  );
  return isGone ? undefined : findJob(known.account, jobID);
}

/**
 * Whether it held at some moment from `fromMs` on and before `untilMs` (epoch milliseconds): whoever looked then saw it so.
 */
export function wasSo(
  known: KnownServer,
  fromMs: number,
  untilMs: number,
  holds: (moment: Moment) => boolean,
): boolean {
  const turns = [
    ...known.server.history.map(({ atMs }) => atMs),
    ...jobsOf(known).flatMap(({ creationMs, endMs, participatingServers }) => [
      creationMs,
      endMs,
      ...participatingServers.flatMap(({ steps }) => steps.map(({ atMs }) => atMs)),
    ]),
  ];
  return [fromMs, ...turns].some((atMs) => atMs >= fromMs && atMs < untilMs && holds(momentOf(known, atMs)));
}
