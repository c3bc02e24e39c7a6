import * as v from 'valibot';
import { percentileOf, RunTimingsSchema, timingsOf } from '../../../functions/domain/run-timings.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { aServerRecord, cutoverJobID, nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';

/** The record of a source server that was started at `nowMs` and came as far as these times, in seconds after it. */
const aTimedServer = (
  number: number,
  { launched, booted, verified }: { launched?: number; booted?: number; verified?: number },
  rollback?: { requested: number; verified?: number },
): ServerRecord => {
  const at = (seconds: number | undefined) => (seconds === undefined ? undefined : nowMs + seconds * 1_000);
  return aServerRecord({
    sourceServerID: sourceServerID(number),
    cutover: {
      jobID: cutoverJobID,
      startedAt: nowMs,
      launchedAt: at(launched),
      bootedAt: at(booted),
      verifiedAt: at(verified),
    },
    ...(rollback && {
      rollback: { requestedAt: at(rollback.requested) ?? nowMs, verifiedAt: at(rollback.verified), problems: [] },
    }),
  });
};

describe('timingsOf', () => {
  it('tells half and nine tenths of the launches, verifications and rollbacks', () => {
    const records = Array.from({ length: 10 }, (_, index) => {
      const launched = 600 + index * 100;
      return aTimedServer(index, { launched, booted: launched + 60, verified: launched + 120 + index });
    });
    const rolledBack = aTimedServer(11, { launched: 5_000 }, { requested: 5_100, verified: 5_400.2 });

    const timings = timingsOf(runID('night-1'), nowMs + 7_200_000, [...records, rolledBack]);

    expect(timings).toEqual({
      runID: 'night-1',
      endedAt: nowMs + 7_200_000,
      servers: 11,
      launchSeconds: { p50: 1_100, p90: 1_500 },
      actionsSeconds: { p50: 124, p90: 128 },
      rollbackSeconds: { p50: 301, p90: 301 },
    });
    expect(v.parse(RunTimingsSchema, JSON.parse(JSON.stringify(timings)))).toEqual(timings);
  });

  it('leaves out what no source server did', () => {
    expect(timingsOf(runID('night-1'), nowMs, [aTimedServer(1, { launched: 700 })])).toEqual({
      runID: 'night-1',
      endedAt: nowMs,
      servers: 1,
      launchSeconds: { p50: 700, p90: 700 },
    });
  });

  it('does not count what was under way, blocked or never proven to be back', () => {
    const records = [
      aTimedServer(1, { launched: 700, verified: 900 }),
      aTimedServer(2, {}),
      aTimedServer(3, {}, { requested: 100 }),
      aServerRecord({ sourceServerID: sourceServerID(4), phase: 'blocked', cutover: undefined }),
    ];

    expect(timingsOf(runID('night-1'), nowMs, records)).toEqual({
      runID: 'night-1',
      endedAt: nowMs,
      servers: 1,
      launchSeconds: { p50: 700, p90: 700 },
      actionsSeconds: { p50: 200, p90: 200 },
    });
  });

  it('teaches nothing of a run that launched nothing, even when it was rolled back', () => {
    const records = [aTimedServer(1, {}, { requested: 100, verified: 200 })];

    expect(timingsOf(runID('night-1'), nowMs, records)).toBeUndefined();
    expect(timingsOf(runID('night-1'), nowMs, [])).toBeUndefined();
  });
});

describe('percentileOf', () => {
  it.each([
    [[5], 50, 5],
    [[5], 90, 5],
    [[3, 1, 2], 50, 2],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 90, 9],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 100], 90, 10],
    [[1, 20, 3], 90, 20],
  ])('of %j at %i is %i', (values, percent, expected) => {
    expect(percentileOf(values, percent)).toBe(expected);
  });

  it('is unknown of nothing', () => {
    expect(percentileOf([], 90)).toBeUndefined();
  });
});
