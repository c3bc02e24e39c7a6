/**
 * Which source servers the next cutover job takes. A job holds MGN's quota for all its servers until its slowest has
 * launched, so servers that take equally long go together, those that take longest go first, and the 20 jobs and 200
 * servers that may be under way (`mgn.md` E) are used up evenly. Pure: the same queue gives the same job in any order.
 */
import type { ApplicationID, SourceServerID } from './identifiers.ts';
import { jobServersMax } from './run-options.ts';

/** A source server that waits for its start. */
export interface QueuedServer {
  readonly sourceServerID: SourceServerID;
  readonly applicationID?: ApplicationID | undefined;
  /** From the start of its job until it is launched, in seconds. */
  readonly expectedLaunchSeconds: number;
}

/** Free room in MGN's quotas (of 20 jobs, of 200 servers), after everybody's active jobs and our reservations. */
export interface Room {
  readonly jobs: number;
  readonly servers: number;
}

/** How jobs may be made. */
export interface ScheduleOptions {
  /** Most source servers in one job, 1 to 200. */
  readonly batchServersMax: number;
  /** Whether others wait for room too: then no job is made larger than it needs to be, for the sake of what it holds. */
  readonly isShared: boolean;
}

/**
 * How much of the whole launch time may be added by keeping applications in one job although their servers take unequally
 * long. What it buys is spent on the applications that cost least; the others' servers each go with their like.
 */
const togetherShareMax = 0.005;

/** Source servers that stay in one job where that is possible, longest first. */
interface Group {
  readonly servers: readonly QueuedServer[];
  readonly longestSeconds: number;
  /** All their launch times together. */
  readonly sumSeconds: number;
}

/** How large the next job should be, in source servers. */
interface Sizes {
  /** A job of fewer leaves others, or later jobs, without room. */
  readonly least: number;
  readonly target: number;
  /** What a job slot is worth: so many server slots come with it. */
  readonly perJob: number;
  /** Whether all that is queued starts now, so that it is no matter who goes with whom. */
  readonly isLastStart: boolean;
}

/** The source servers of the next job to start now; empty when there is no room, or nothing is queued. */
export function chooseNextJob(
  queue: readonly QueuedServer[],
  room: Room,
  options: ScheduleOptions,
): readonly SourceServerID[] {
  if (queue.length === 0 || room.jobs < 1 || room.servers < 1) return [];
  const sizes = sizesFor(queue.length, room, options);
  const groups = groupsOf(queue, sizes.isLastStart ? Infinity : togetherShareMax);
  return fillJob(groups, sizes).map((server) => server.sourceServerID);
}

/** What a schedule comes to. */
export interface LaunchForecast {
  /** When the last launch ends, in seconds from now; Infinity when there is no room to begin with. */
  readonly totalSeconds: number;
  /** In the order of their start, each with its times in seconds from now. */
  readonly jobs: readonly {
    readonly sourceServerIDs: readonly SourceServerID[];
    readonly startSeconds: number;
    readonly endSeconds: number;
  }[];
}

/**
 * Runs the schedule in virtual time, in `room` and what its own jobs give back: on the expectations, or on how long the
 * launches really take, which `actualSeconds` knows and the schedule does not.
 */
export function forecastLaunches(
  queue: readonly QueuedServer[],
  room: Room,
  options: ScheduleOptions,
  actualSeconds?: (sourceServerID: SourceServerID) => number,
): LaunchForecast {
  const secondsOf = new Map(
    queue.map((server) => [
      server.sourceServerID,
      actualSeconds?.(server.sourceServerID) ?? server.expectedLaunchSeconds,
    ]),
  );
  const jobs: LaunchForecast['jobs'][number][] = [];
  let running: typeof jobs = [];
  let waiting = queue;
  let free = room;
  let now = 0;
  for (;;) {
    const sourceServerIDs = chooseNextJob(waiting, free, options);
    if (sourceServerIDs.length > 0) {
      const longest = Math.max(...sourceServerIDs.map((id) => secondsOf.get(id) ?? 0));
      const job = { sourceServerIDs, startSeconds: now, endSeconds: now + longest };
      jobs.push(job);
      running.push(job);
      const taken = new Set(sourceServerIDs);
      waiting = waiting.filter(({ sourceServerID }) => !taken.has(sourceServerID));
      free = { jobs: free.jobs - 1, servers: free.servers - taken.size };
    } else if (running.length > 0) {
      now = Math.min(...running.map(({ endSeconds }) => endSeconds));
      const ended = running.filter(({ endSeconds }) => endSeconds <= now);
      running = running.filter(({ endSeconds }) => endSeconds > now);
      const givenBack = ended.reduce((sum, job) => sum + job.sourceServerIDs.length, 0);
      free = { jobs: free.jobs + ended.length, servers: free.servers + givenBack };
    } else return { totalSeconds: waiting.length > 0 ? Infinity : now, jobs };
  }
}

/**
 * What no schedule can beat, in seconds: the slowest source server, or all of them at 200 at a time, whichever is more.
 */
export function lowerBoundSeconds(servers: readonly Pick<QueuedServer, 'expectedLaunchSeconds'>[]): number {
  const longest = Math.max(0, ...servers.map((server) => server.expectedLaunchSeconds));
  return Math.max(longest, sumOf(servers) / jobServersMax);
}

/**
 * A run on its own starts all that is queued at once where it fits, in as few jobs as may be. Otherwise a job takes its
 * share of the room, lest job slots or server slots are left over; where `batchServersMax` is less than the share, server
 * slots are left over anyway, and every job has to be full.
 */
function sizesFor(queued: number, room: Room, { batchServersMax, isShared }: ScheduleOptions): Sizes {
  const perJob = Math.ceil(room.servers / room.jobs);
  const largest = Math.min(batchServersMax, room.servers);
  if (!isShared && queued <= Math.min(room.servers, room.jobs * batchServersMax)) {
    return { least: queued - (room.jobs - 1) * largest, target: largest, perJob, isLastStart: true };
  }
  const target = Math.min(perJob, largest);
  return { least: perJob >= batchServersMax ? target : 1, target, perJob, isLastStart: false };
}

/**
 * The servers of each application as one group, the cheapest applications first and as far as all their losses are no more
 * than that share of the whole launch time; every other server as a group of its own. Longest first, of equally long ones
 * the larger first.
 */
function groupsOf(queue: readonly QueuedServer[], lossShareMax: number): Group[] {
  const applications = [...byApplication(queue)].map(toGroup).sort((one, other) => {
    return lossOf(one) / one.servers.length - lossOf(other) / other.servers.length || byFirstID(one, other);
  });
  const lossMax = lossShareMax * applications.reduce((sum, { sumSeconds }) => sum + sumSeconds, 0);
  let loss = 0;
  const groups = applications.flatMap((application) => {
    loss += lossOf(application);
    return loss <= lossMax ? [application] : application.servers.map((server) => toGroup([server]));
  });
  return groups.sort(
    (one, other) =>
      other.longestSeconds - one.longestSeconds || other.servers.length - one.servers.length || byFirstID(one, other),
  );
}

/** For how many server-seconds the group's job holds quota for servers that have launched. */
function lossOf({ servers, longestSeconds, sumSeconds }: Group): number {
  return longestSeconds * servers.length - sumSeconds;
}

function byApplication(queue: readonly QueuedServer[]): Iterable<QueuedServer[]> {
  const applications = new Map<string, QueuedServer[]>();
  for (const server of queue) {
    const key = server.applicationID ?? server.sourceServerID;
    const known = applications.get(key);
    if (known === undefined) applications.set(key, [server]);
    else known.push(server);
  }
  return applications.values();
}

function toGroup(servers: readonly QueuedServer[]): Group {
  const longestFirst = [...servers].sort(
    (one, other) =>
      other.expectedLaunchSeconds - one.expectedLaunchSeconds || (one.sourceServerID < other.sourceServerID ? -1 : 1),
  );
  return {
    servers: longestFirst,
    longestSeconds: longestFirst[0]?.expectedLaunchSeconds ?? 0,
    sumSeconds: sumOf(longestFirst),
  };
}

function sumOf(servers: readonly Pick<QueuedServer, 'expectedLaunchSeconds'>[]): number {
  return servers.reduce((sum, server) => sum + server.expectedLaunchSeconds, 0);
}

function byFirstID(one: Group, other: Group): number {
  return firstIDOf(one) < firstIDOf(other) ? -1 : 1;
}

function firstIDOf({ servers }: Group): string {
  return servers[0]?.sourceServerID ?? '';
}

/**
 * Begins with the longest group there is; of several equally long ones with the largest that fits whole. Fills up with
 * what comes next in length and fits whole. Only where nothing whole will do, a group is cut.
 */
function fillJob(groups: readonly Group[], { least, target, perJob, isLastStart }: Sizes): QueuedServer[] {
  const leader = groups.find(
    (group) => group.servers.length <= target && group.longestSeconds === groups[0]?.longestSeconds,
  );
  if (leader === undefined) return topUp([], groups, target);
  const job = [...leader.servers];
  let jobSeconds = leader.sumSeconds;
  const left: Group[] = [];
  for (const group of groups) {
    if (group === leader) continue;
    const { servers, sumSeconds } = group;
    // Far quicker servers would hold the quota of the others’ time for little launched.
    const pays = isLastStart || sumSeconds / servers.length > jobSeconds / (job.length + perJob);
    if (pays && servers.length <= target - job.length) {
      job.push(...servers);
      jobSeconds += sumSeconds;
    } else left.push(group);
  }
  return topUp(job, left, least);
}

/**
 * The job with as many of the longest servers as `least` asks for. Of equally long groups the smallest is cut: what is
 * left of it finds room the soonest.
 */
function topUp(job: readonly QueuedServer[], groups: readonly Group[], least: number): QueuedServer[] {
  const next = groups.findLast((group) => group.longestSeconds === groups[0]?.longestSeconds);
  if (job.length >= least || next === undefined) return [...job];
  const taken = next.servers.slice(0, least - job.length);
  const left = groups.filter((group) => group !== next);
  return topUp([...job, ...taken], left, least);
}
