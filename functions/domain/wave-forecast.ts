/** How long a wave's launches take: each priority group after the one before is verified. */
import { defaultLaunchSeconds, type ExpectedTimes } from './expected-times.ts';
import { forecastLaunches, type Room } from './launch-schedule.ts';
import { activeJobsMax } from './quota.ts';
import { jobServersMax, type RunOptions } from './run-options.ts';
import type { ServerRecord } from './server-record.ts';

/** The quotas with nobody else in them. */
const emptyRoom: Room = { jobs: activeJobsMax, servers: jobServersMax };

/** The batches a wave would be started in, were nobody else there, and how long its launches would take. */
export interface WaveForecast {
  /** Seconds from the start until the last launch has ended, with the verification of all groups but the last. */
  readonly launchSeconds: number;
  readonly jobs: readonly {
    readonly priorityGroup: number;
    readonly sourceServerIDs: readonly string[];
    readonly startSeconds: number;
    readonly endSeconds: number;
  }[];
}

/** Forecasts the launches of these servers. */
export function forecastWave(
  records: readonly ServerRecord[],
  { batchServersMax }: Pick<RunOptions, 'batchServersMax'>,
  { actionsSeconds }: Pick<ExpectedTimes, 'actionsSeconds'>,
): WaveForecast {
  const jobs: WaveForecast['jobs'][number][] = [];
  let launchSeconds = 0;
  const groups = [...new Set(records.map(({ priorityGroup }) => priorityGroup))].sort((one, other) => one - other);
  for (const [index, priorityGroup] of groups.entries()) {
    const queue = records
      .filter((record) => record.priorityGroup === priorityGroup)
      .map(({ sourceServerID, applicationID, expectedLaunchSeconds }) => ({
        sourceServerID,
        applicationID,
        expectedLaunchSeconds: expectedLaunchSeconds ?? defaultLaunchSeconds,
      }));
    const startsAt = index === 0 ? 0 : launchSeconds + actionsSeconds;
    const forecast = forecastLaunches(queue, emptyRoom, { batchServersMax, isShared: false });
    for (const { sourceServerIDs, startSeconds, endSeconds } of forecast.jobs) {
      jobs.push({
        priorityGroup,
        sourceServerIDs,
        startSeconds: startsAt + startSeconds,
        endSeconds: startsAt + endSeconds,
      });
    }
    launchSeconds = startsAt + forecast.totalSeconds;
  }
  return { launchSeconds, jobs };
}
