import type { SourceServerID } from '../../../functions/domain/identifiers.ts';
import {
  chooseNextJob,
  forecastLaunches,
  lowerBoundSeconds,
  type LaunchForecast,
  type QueuedServer,
  type Room,
  type ScheduleOptions,
} from '../../../functions/domain/launch-schedule.ts';
import { seededRandom } from '../../../simulator/seeded-random.ts';
import { applicationID, sourceServerID } from '../../support/domain-builders.ts';
import { generateFleet, launchFleet, medianOf, ratioToBound, type Fleet } from '../../support/launch-fleets.ts';

const wholeRoom: Room = { jobs: 20, servers: 200 };
const alone: ScheduleOptions = { batchServersMax: 200, isShared: false };
const minutes = (count: number) => count * 60;

/** Applications of servers that are expected to take so many minutes each; servers are numbered through from 1. */
function queueOf(...applications: readonly (readonly number[])[]): QueuedServer[] {
  let number = 0;
  return applications.flatMap((its, application) =>
    its.map((count) => ({
      sourceServerID: sourceServerID((number += 1)),
      applicationID: applicationID(application + 1),
      expectedLaunchSeconds: minutes(count),
    })),
  );
}
const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);
const ids = (...numbers: readonly number[]) => numbers.map(sourceServerID);
const sizesOf = ({ jobs }: LaunchForecast) => jobs.map((job) => job.sourceServerIDs.length);

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const random = seededRandom(seed, 'shuffle');
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

describe('chooseNextJob', () => {
  it('starts all that fits in one job when no other run waits', () => {
    const queue = queueOf([40, 8, 12], times(197, 10));

    expect(new Set(chooseNextJob(queue, wholeRoom, alone))).toEqual(new Set(queue.map((each) => each.sourceServerID)));
    expect(chooseNextJob(queue, { jobs: 1, servers: 200 }, alone)).toHaveLength(200);
  });

  it('fills a small batch with different servers, although none of them is worth waiting with the longest', () => {
    const queue = queueOf([240], ...times(29, 1).map((count) => [count]));
    const job = chooseNextJob(queue, { jobs: 1, servers: 200 }, { batchServersMax: 10, isShared: true });

    expect(job).toHaveLength(10);
    expect(new Set(job).size).toBe(10);
    expect(job).toContain(sourceServerID(1));
  });

  it('starts nothing where jobs are left but no servers', () => {
    expect(chooseNextJob(queueOf([10]), { jobs: 1, servers: 0 }, alone)).toEqual([]);
  });

  it('starts all that fits in as few jobs as there may be, whole applications first', () => {
    const queue = queueOf(times(30, 10), times(30, 20), times(20, 9), times(20, 40));
    const forecast = forecastLaunches(queue, wholeRoom, { ...alone, batchServersMax: 50 });

    expect(sizesOf(forecast)).toEqual([50, 50]);
    expect(forecast.jobs.map(({ startSeconds }) => startSeconds)).toEqual([0, 0]);
    const jobOf = (at: number) =>
      forecast.jobs.findIndex(({ sourceServerIDs }) => sourceServerIDs.includes(sourceServerID(at)));
    expect([1, 31, 61, 81].map((first) => Array.from({ length: 20 }, (_, at) => jobOf(first + at)))).toEqual(
      [1, 0, 1, 0].map((job) => times(20, job)),
    );
  });

  it('cuts applications rather than leave one of them without a job', () => {
    const queue = queueOf(times(6, 10), times(6, 10), times(8, 10));

    expect(sizesOf(forecastLaunches(queue, { jobs: 2, servers: 20 }, { ...alone, batchServersMax: 10 }))).toEqual([
      10, 10,
    ]);
  });

  it('makes every job full where jobs may be so small that the server quota is not used up anyway', () => {
    const queue = queueOf(...times(60, 7).map((size) => times(size, 10)));
    const { jobs } = forecastLaunches(queue, wholeRoom, { ...alone, batchServersMax: 10 });

    expect(jobs.filter(({ startSeconds }) => startSeconds === 0).map((job) => job.sourceServerIDs.length)).toEqual(
      times(20, 10),
    );
  });

  it('takes no more than its share while other runs wait, like with like', () => {
    const queue = queueOf([40], times(11, 10));
    const forecast = forecastLaunches(queue, wholeRoom, { ...alone, isShared: true });

    expect(sizesOf(forecast)).toEqual([1, 11]);
    expect(forecast.jobs[0]?.sourceServerIDs).toEqual(ids(1));
    expect(forecast.totalSeconds).toBe(minutes(40));
  });

  it.each([
    ['no job is free', { jobs: 0, servers: 200 }],
    ['no server is free', { jobs: 20, servers: 0 }],
  ])('waits when %s', (_, room) => {
    expect(chooseNextJob(queueOf([10]), room, alone)).toEqual([]);
  });

  it('has nothing to start when nothing is queued', () => {
    expect(chooseNextJob([], wholeRoom, alone)).toEqual([]);
  });

  it('starts the longest first, together with those that take nearly as long', () => {
    const queue = queueOf(...times(300, 10).map((count, at) => [count + (at % 30)]));

    const longest = chooseNextJob(queue, wholeRoom, alone);
    const expected = new Map(queue.map((each) => [each.sourceServerID, each.expectedLaunchSeconds]));

    expect(longest.map((id) => expected.get(id))).toEqual(times(10, minutes(39)));
  });

  it('keeps a long launch from holding the quota of far shorter ones', () => {
    expect(chooseNextJob(queueOf([240], ...times(300, 10).map((count) => [count])), wholeRoom, alone)).toEqual(ids(1));
  });

  it('keeps an application in one job when its servers take equally long, even if another job would be fuller', () => {
    const queue = queueOf(times(7, 20), times(7, 20), ...times(40, 0).map(() => times(8, 20)));
    const { jobs } = forecastLaunches(queue, wholeRoom, alone);

    const jobsOf = new Map<string, Set<number>>();
    for (const [job, { sourceServerIDs }] of jobs.entries()) {
      for (const each of queue.filter((server) => sourceServerIDs.includes(server.sourceServerID))) {
        const application = each.applicationID ?? '';
        jobsOf.set(application, (jobsOf.get(application) ?? new Set()).add(job));
      }
    }
    expect([...jobsOf.values()].filter((its) => its.size > 1)).toEqual([]);
  });

  it('parts an application whose servers take unequally long when the room is not enough for all', () => {
    const queue = queueOf([40, 8, 8, 8], ...times(60, 0).map(() => times(5, 39)));

    expect(chooseNextJob(queue, wholeRoom, alone)).toEqual(expect.arrayContaining(ids(1)));
    expect(chooseNextJob(queue, wholeRoom, alone)).not.toEqual(expect.arrayContaining(ids(2)));
  });

  it('goes on with an application that had to be cut, instead of cutting one after another', () => {
    const queue = queueOf(...times(20, 0).map((_, at) => times(at % 2 === 0 ? 9 : 7, 20)));
    const { jobs } = forecastLaunches(queue, { jobs: 4, servers: 12 }, alone);
    const applicationOf = new Map(queue.map((each) => [each.sourceServerID, each.applicationID ?? '']));

    const begun: string[][] = [];
    const open = new Map<string, number>();
    for (const { sourceServerIDs } of jobs) {
      for (const id of sourceServerIDs) {
        const application = applicationOf.get(id) ?? '';
        const size = queue.filter((each) => each.applicationID === application).length;
        const missing = (open.get(application) ?? size) - 1;
        if (missing === 0) open.delete(application);
        else open.set(application, missing);
      }
      begun.push([...open.keys()]);
    }
    expect(Math.max(...begun.map((applications) => applications.length))).toBeLessThanOrEqual(2);
  });
});

describe('forecastLaunches', () => {
  it('starts what waits as soon as a job has ended, and not before', () => {
    const forecast = forecastLaunches(queueOf([40], [10], [9]), { jobs: 2, servers: 2 }, alone);

    expect(forecast).toEqual({
      totalSeconds: minutes(40),
      jobs: [
        { sourceServerIDs: ids(1), startSeconds: 0, endSeconds: minutes(40) },
        { sourceServerIDs: ids(2), startSeconds: 0, endSeconds: minutes(10) },
        { sourceServerIDs: ids(3), startSeconds: minutes(10), endSeconds: minutes(19) },
      ],
    });
  });

  it('holds the quota of a whole job until its slowest server has launched', () => {
    const forecast = forecastLaunches(queueOf([20, 10, 20]), { jobs: 1, servers: 2 }, alone);

    expect(forecast.jobs.map(({ startSeconds }) => startSeconds)).toEqual([0, minutes(20)]);
    expect(forecast.totalSeconds).toBe(minutes(30));
  });

  it('tells how it comes out when launches take other than expected', () => {
    const actual = new Map<SourceServerID, number>([[sourceServerID(2), minutes(50)]]);
    const run = (seconds?: (id: SourceServerID) => number) =>
      forecastLaunches(queueOf([40], [10], [9]), { jobs: 2, servers: 2 }, alone, seconds);

    expect(run((id) => actual.get(id) ?? minutes(1)).totalSeconds).toBe(minutes(50));
    expect(run().totalSeconds).toBe(minutes(40));
  });

  it('never ends where there is no room, and takes no time where there is nothing to start', () => {
    expect(forecastLaunches(queueOf([10]), { jobs: 0, servers: 200 }, alone)).toEqual({
      totalSeconds: Infinity,
      jobs: [],
    });
    expect(forecastLaunches([], wholeRoom, alone)).toEqual({ totalSeconds: 0, jobs: [] });
  });

  const rooms: readonly Room[] = [
    wholeRoom,
    { jobs: 5, servers: 150 },
    { jobs: 15, servers: 40 },
    { jobs: 1, servers: 7 },
  ];
  const batchSizes = [1, 10, 50, 200];
  const conditions = rooms.flatMap((room) =>
    batchSizes.flatMap((batchServersMax) =>
      [true, false].map((isShared) => ({ room, options: { batchServersMax, isShared } })),
    ),
  );
  const fleets = ([30, 150, 260] as const).flatMap((servers) =>
    (['test launches', 'none'] as const).map((history) =>
      generateFleet({ seed: servers, servers, applications: 'unlike', history }),
    ),
  );

  it.each(conditions)('starts every server once and never more than fits in %j', ({ room, options }) => {
    for (const fleet of fleets) {
      const { jobs, totalSeconds } = launchFleet(fleet, room, options);

      expect(jobs.flatMap((job) => job.sourceServerIDs).sort()).toEqual(
        fleet.map((each) => each.sourceServerID).sort(),
      );
      expect(totalSeconds).toBe(Math.max(...jobs.map((job) => job.endSeconds)));
      for (const { startSeconds, sourceServerIDs } of jobs) {
        const active = jobs.filter((job) => job.startSeconds <= startSeconds && startSeconds < job.endSeconds);
        expect(active.length).toBeLessThanOrEqual(room.jobs);
        expect(active.reduce((sum, job) => sum + job.sourceServerIDs.length, 0)).toBeLessThanOrEqual(room.servers);
        expect(sourceServerIDs.length).toBeLessThanOrEqual(options.batchServersMax);
      }
    }
  });

  it.each(conditions)('does not depend on the order of the queue in %j', ({ room, options }) => {
    for (const fleet of fleets) {
      expect(launchFleet(shuffled(fleet, 1), room, options)).toEqual(launchFleet(fleet, room, options));
    }
  });
});

describe('lowerBoundSeconds', () => {
  it('is the slowest source server where 200 at a time are quicker', () => {
    expect(lowerBoundSeconds(queueOf([40], times(199, 20)))).toBe(minutes(40));
  });

  it('is all of them at 200 at a time where that takes longer', () => {
    expect(lowerBoundSeconds(queueOf([40], times(800, 20)))).toBe((minutes(40) + 800 * minutes(20)) / 200);
  });

  it('is nothing where there is nothing to launch', () => {
    expect(lowerBoundSeconds([])).toBe(0);
  });
});

describe('the schedule of a generated fleet', () => {
  const ratios = (fleet: Omit<Fleet, 'seed' | 'applications'>, { room = wholeRoom, options = alone, seeds = 5 } = {}) =>
    Array.from({ length: seeds }, (_, index) => {
      const servers = generateFleet({ ...fleet, seed: index + 1, applications: 'alike' });
      return ratioToBound(servers, launchFleet(servers, room, options).totalSeconds, room.servers);
    });

  it.each(['test launches', 'none'] as const)('is the best there can be up to 200 servers (history: %s)', (history) => {
    for (const servers of [50, 200]) expect(Math.max(...ratios({ servers, history }))).toBeCloseTo(1);
    expect(Math.max(...ratios({ servers: 200, history }, { options: { ...alone, isShared: true } }))).toBeCloseTo(1);
  });

  it.each([500, 1_000])('of %d servers with test launches takes at most 1.25 times the bound', (servers) => {
    expect(Math.max(...ratios({ servers, history: 'test launches' }))).toBeLessThanOrEqual(1.25);
  });

  it.each([500, 1_000])('of %d servers without history takes at most 1.75 times the bound as a rule', (servers) => {
    expect(medianOf(ratios({ servers, history: 'none' }, { seeds: 50 }))).toBeLessThanOrEqual(1.75);
  });

  it('takes little longer than the room allows where others hold most of it', () => {
    const room = { jobs: 15, servers: 40 };

    expect(Math.max(...ratios({ servers: 500, history: 'test launches' }, { room }))).toBeLessThanOrEqual(1.1);
    expect(Math.max(...ratios({ servers: 500, history: 'none' }, { room }))).toBeLessThanOrEqual(1.3);
  });
});
