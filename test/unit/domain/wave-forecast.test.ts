import { forecastWave } from '../../../functions/domain/wave-forecast.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { applicationID, aServerRecord, sourceServerID } from '../../support/domain-builders.ts';

const record = (number: number, fields: Partial<ServerRecord> = {}) =>
  aServerRecord({ sourceServerID: sourceServerID(number), expectedLaunchSeconds: 600, ...fields });
const records = (count: number, fields: Partial<ServerRecord> = {}) =>
  Array.from({ length: count }, (_, index) => record(index + 1, fields));
const inJobsOf = (batchServersMax: number) => ({ batchServersMax });
const actions = { actionsSeconds: 300 };
const sizes = ({ jobs }: ReturnType<typeof forecastWave>) => jobs.map(({ sourceServerIDs }) => sourceServerIDs.length);

it('takes as long as the slowest where all have room at once', () => {
  const forecast = forecastWave([record(1), record(2, { expectedLaunchSeconds: 900 })], inJobsOf(200), actions);
  expect(forecast.launchSeconds).toBeGreaterThanOrEqual(900);
  expect(forecast.launchSeconds).toBeLessThan(960);
  expect(sizes(forecast).reduce((sum, size) => sum + size, 0)).toBe(2);
});

it('takes the default for a source server of which nothing is known', () => {
  const forecast = forecastWave([record(1, { expectedLaunchSeconds: undefined })], inJobsOf(200), actions);
  expect(forecast.launchSeconds).toBe(1_800);
});

it('is nothing for nobody', () => {
  expect(forecastWave([], inJobsOf(200), actions)).toEqual({ launchSeconds: 0, jobs: [] });
});

it('lets no job be larger than the input allows, and none be there twice', () => {
  const forecast = forecastWave(records(7), inJobsOf(3), actions);
  expect(sizes(forecast)).toEqual([3, 3, 1]);
  expect(new Set(forecast.jobs.flatMap(({ sourceServerIDs }) => sourceServerIDs)).size).toBe(7);
});

it('lets more source servers than the quota has room for take turns', () => {
  const forecast = forecastWave(records(400, { applicationID: undefined }), inJobsOf(200), actions);
  expect(forecast.launchSeconds).toBeGreaterThanOrEqual(1_200);
  expect(forecast.launchSeconds).toBeLessThan(1_300);
  for (const { startSeconds } of forecast.jobs) {
    const underWay = forecast.jobs
      .filter((job) => job.startSeconds <= startSeconds && job.endSeconds > startSeconds)
      .reduce((sum, { sourceServerIDs }) => sum + sourceServerIDs.length, 0);
    expect(underWay).toBeLessThanOrEqual(200);
  }
});

it('starts a priority group when the one before is verified, actions and all', () => {
  const groups = [
    record(1, { priorityGroup: 3, expectedLaunchSeconds: 500 }),
    record(2, { priorityGroup: 1, expectedLaunchSeconds: 700 }),
    record(3, { priorityGroup: 5, applicationID: applicationID(2) }),
  ];
  const forecast = forecastWave(groups, inJobsOf(200), actions);
  expect(
    forecast.jobs.map(({ priorityGroup, startSeconds, endSeconds }) => [priorityGroup, startSeconds, endSeconds]),
  ).toEqual([
    [1, 0, 700],
    [3, 1_000, 1_500],
    [5, 1_800, 2_400],
  ]);
  expect(forecast.launchSeconds).toBe(2_400);
});
