import * as v from 'valibot';
import { ExpectedTimesSchema, expectTimes } from '../../../functions/domain/expected-times.ts';
import { RunIDSchema } from '../../../functions/domain/identifiers.ts';
import type { RunTimings } from '../../../functions/domain/run-timings.ts';

const spread = (p90: number) => ({ p50: Math.floor(p90 / 2), p90 });

/** What run number `index` teaches; each launched half of its servers in half the time. */
const anEarlierRun = (fields: Partial<RunTimings> = {}, index = 1): RunTimings => ({
  runID: v.parse(RunIDSchema, `night-${index}`),
  endedAt: index,
  servers: 10,
  launchSeconds: spread(1_000),
  ...fields,
});

const nothingKnown = { override: {}, timings: [], servers: 200 };

describe('expectTimes', () => {
  it.each([
    [1, 1_800, 1_200],
    [200, 1_800, 1_200],
    [201, 3_600, 2_400],
    [1_000, 9_000, 6_000],
  ])(
    'expects of %i source servers of which nothing is known %i s to launch and %i s to return',
    (servers, launchSeconds, rollbackSeconds) => {
      expect(expectTimes({ ...nothingKnown, servers })).toEqual({
        launchSeconds,
        actionsSeconds: 900,
        rollbackSeconds,
        totalSeconds: launchSeconds + 900 + rollbackSeconds,
        basis: { launchSeconds: 'default', actionsSeconds: 'default', rollbackSeconds: 'default' },
      });
    },
  );

  it('learns from earlier runs each time they know, and adds to a rollback the calls for every source server', () => {
    const timings = [anEarlierRun({ actionsSeconds: spread(400) }), anEarlierRun({ rollbackSeconds: spread(300) }, 2)];

    expect(expectTimes({ ...nothingKnown, timings, servers: 250 })).toEqual({
      launchSeconds: 2_000,
      actionsSeconds: 400,
      rollbackSeconds: 2 * 300 + 250,
      totalSeconds: 3_250,
      basis: { launchSeconds: 'earlier runs', actionsSeconds: 'earlier runs', rollbackSeconds: 'earlier runs' },
    });
  });

  it('does not let runs without post-launch actions promise that actions are quick', () => {
    const actionsAfter = (seconds: number, expectsActions: boolean) => {
      const timings = [anEarlierRun({ actionsSeconds: spread(seconds) })];
      return expectTimes({ ...nothingKnown, timings, expectsActions }).actionsSeconds;
    };
    expect([actionsAfter(150, false), actionsAfter(150, true), actionsAfter(2_400, true)]).toEqual([150, 900, 2_400]);
  });

  it('keeps the default for what earlier runs never did', () => {
    expect(expectTimes({ ...nothingKnown, timings: [anEarlierRun()] })).toMatchObject({
      launchSeconds: 1_000,
      actionsSeconds: 900,
      rollbackSeconds: 1_200,
      basis: { launchSeconds: 'earlier runs', actionsSeconds: 'default', rollbackSeconds: 'default' },
    });
  });

  it('leaves the slowest tenth of the 20 newest runs aside, and older ones altogether', () => {
    const newestFirst = Array.from({ length: 30 }, (_, index) => {
      const isOld = index >= 20;
      return anEarlierRun({ launchSeconds: spread(isOld ? 9_000 : 100 * (index + 1)) }, 30 - index);
    });

    expect(expectTimes({ ...nothingKnown, timings: newestFirst }).launchSeconds).toBe(1_800);
    expect(expectTimes({ ...nothingKnown, timings: newestFirst.slice(0, 10) }).launchSeconds).toBe(900);
    expect(expectTimes({ ...nothingKnown, timings: newestFirst.slice(0, 3) }).launchSeconds).toBe(300);
  });

  it('believes the forecast of each source server’s launch rather than other runs', () => {
    const facts = { ...nothingKnown, timings: [anEarlierRun()], forecastLaunchSeconds: 2_345.6 };

    expect(expectTimes(facts)).toMatchObject({ launchSeconds: 2_346, basis: { launchSeconds: 'forecast' } });
  });

  it('believes a person first, member by member, for the whole wave as it is', () => {
    const timings = [anEarlierRun({ actionsSeconds: spread(400), rollbackSeconds: spread(300) })];
    const override = { launchSeconds: 600, actionsSeconds: 0 };

    expect(expectTimes({ override, timings, forecastLaunchSeconds: 2_000, servers: 1_000 })).toEqual({
      launchSeconds: 600,
      actionsSeconds: 0,
      rollbackSeconds: 5 * 300 + 1_000,
      totalSeconds: 3_100,
      basis: { launchSeconds: 'input', actionsSeconds: 'input', rollbackSeconds: 'earlier runs' },
    });
  });
});

describe('ExpectedTimesSchema', () => {
  it('takes any of the three times, and none', () => {
    expect(v.parse(ExpectedTimesSchema, {})).toEqual({});
    expect(v.parse(ExpectedTimesSchema, { actionsSeconds: 0 })).toEqual({ actionsSeconds: 0 });
  });

  it.each([[{ launchSeconds: -1 }], [{ launchSeconds: 1.5 }], [{ rollbackSeconds: 86_401 }], [{ totalSeconds: 60 }]])(
    'refuses %j',
    (input) => {
      expect(v.safeParse(ExpectedTimesSchema, input).success).toBe(false);
    },
  );
});
