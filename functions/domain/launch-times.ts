/**
 * How long source servers take to launch: learned from the job log of their last test launch, and guessed from their
 * neighbours where there is none. Times of launches that went wrong teach nothing.
 */
import type { ApplicationID, SourceServerID } from './identifiers.ts';
import { partOf, type Job, type JobLogItem } from './job.ts';
import { percentileOf } from './run-timings.ts';

/** What no launch is quicker or slower than, in seconds; what a log says beyond that is not believed. */
const launchSecondsMin = 60;
const launchSecondsMax = 86_400;

/** Events after which a launch is no measure for another (`mgn.md` D.2); a failed snapshot alone takes minutes. */
const troubleEvents: ReadonlySet<string> = new Set([
  'SERVER_SKIPPED',
  'SNAPSHOT_FAIL',
  'USING_PREVIOUS_SNAPSHOT',
  'CONVERSION_FAIL',
  'LAUNCH_FAILED',
]);

/**
 * How long each source server of the job took from the job's start to its LAUNCH_END, in seconds. That event is missing
 * from the service's enum (`mgn.md` D.2); where a server's log ends with LAUNCH_START instead, it took until the job's
 * end. A server whose launch failed, fell back on an older snapshot or is not over has no entry.
 */
export function launchSecondsOf(job: Job, log: readonly JobLogItem[]): ReadonlyMap<SourceServerID, number> {
  const startedAt = job.createdAt ?? log.find((item) => item.event === 'JOB_START')?.at;
  const launches = new Map<SourceServerID, number>();
  if (startedAt === undefined) return launches;
  for (const [sourceServerID, events] of eventsByServer(log)) {
    const launchedAt = launchedAtOf(job, sourceServerID, events);
    if (launchedAt === undefined) continue;
    const seconds = (launchedAt - startedAt) / 1_000;
    if (seconds >= launchSecondsMin && seconds <= launchSecondsMax) launches.set(sourceServerID, seconds);
  }
  return launches;
}

function eventsByServer(log: readonly JobLogItem[]): Map<SourceServerID, JobLogItem[]> {
  const events = new Map<SourceServerID, JobLogItem[]>();
  for (const item of log) {
    if (item.sourceServerID === undefined) continue;
    events.set(item.sourceServerID, [...(events.get(item.sourceServerID) ?? []), item]);
  }
  return events;
}

/** When the server was launched, epoch milliseconds; undefined when that is not certain. */
function launchedAtOf(job: Job, sourceServerID: SourceServerID, events: readonly JobLogItem[]): number | undefined {
  const hasFailed = partOf(job, sourceServerID)?.launchStatus === 'FAILED';
  if (hasFailed || events.some(({ event }) => troubleEvents.has(event))) return undefined;
  const latest = (among: readonly JobLogItem[]) => Math.max(...among.map(({ at }) => at ?? Infinity));
  const ends = events.filter(({ event }) => event === 'LAUNCH_END');
  if (ends.length > 0) return latest(ends);
  const starts = events.filter(({ event }) => event === 'LAUNCH_START');
  const isLastLine = starts.length > 0 && latest(starts) >= latest(events);
  return isLastLine ? job.endedAt : undefined;
}

/** A source server of a wave. */
export interface ServerToLaunch {
  readonly sourceServerID: SourceServerID;
  readonly applicationID?: ApplicationID | undefined;
}

/** How long a launch is expected to take, and what that rests on, the best basis first. */
export interface LaunchExpectation {
  readonly seconds: number;
  /** Its own test launch, the median of its application's, of its wave's, or nothing but a default. */
  readonly basis: 'test launch' | 'application' | 'wave' | 'default';
}

/**
 * How long each of these source servers, which are one wave, is expected to take. One that `learned` does not know takes
 * the median of those of its application that it does know, else of the whole wave, else `fallbackSeconds`.
 */
export function expectLaunches(
  servers: readonly ServerToLaunch[],
  learned: ReadonlyMap<SourceServerID, number>,
  fallbackSeconds: number,
): ReadonlyMap<SourceServerID, LaunchExpectation> {
  const ofApplication = new Map<ApplicationID, number[]>();
  const ofWave: number[] = [];
  for (const { sourceServerID, applicationID } of servers) {
    const seconds = learned.get(sourceServerID);
    if (seconds === undefined) continue;
    ofWave.push(seconds);
    if (applicationID === undefined) continue;
    ofApplication.set(applicationID, [...(ofApplication.get(applicationID) ?? []), seconds]);
  }
  const applicationMedians = new Map([...ofApplication].map(([id, seconds]) => [id, percentileOf(seconds, 50)]));
  const waveMedian = percentileOf(ofWave, 50);
  const expect = ({ sourceServerID, applicationID }: ServerToLaunch): LaunchExpectation => {
    const own = learned.get(sourceServerID);
    if (own !== undefined) return { seconds: own, basis: 'test launch' };
    const application = applicationID && applicationMedians.get(applicationID);
    if (application !== undefined) return { seconds: application, basis: 'application' };
    if (waveMedian !== undefined) return { seconds: waveMedian, basis: 'wave' };
    return { seconds: fallbackSeconds, basis: 'default' };
  };
  return new Map(servers.map((server) => [server.sourceServerID, expect(server)]));
}
