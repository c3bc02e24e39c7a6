/** A change window: when a run may start, what happens at its edges, and that everything is over when it closes. */
import { aWave, eachOnItsOwn, inNight, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { codesOf } from '../../support/gate-walks.ts';
import { atMinute, inWindow, until, windowAt } from '../../support/night-windows.ts';

const web = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const both = (verdict: string) => ({ 'web-1': verdict, 'web-2': verdict });

/** Why each source server was not started. */
const codesLeft = async (night: Night, name?: string) =>
  (await night.read(name)).servers.flatMap(({ reasons }) => codesOf(reasons));
const operations = (night: Night) => night.writes.map(({ operation }) => operation);

describe('a start', () => {
  // Open from minute 60 to 180; the last safe start is minute 140.
  const window = windowAt(60, 180);

  it.each([
    ['a second before the window opens', atMinute(60) - 1_000, 'WINDOW_NOT_OPEN'],
    ['a second after the last safe start', atMinute(140) + 1_000, 'LAST_SAFE_START_PASSED'],
    ['a second before the window closes', atMinute(180) - 1_000, 'LAST_SAFE_START_PASSED'],
    ['as the window closes', atMinute(180), 'WINDOW_CLOSED'],
    ['hours late', atMinute(600), 'WINDOW_CLOSED'],
  ])('%s is refused and touches nothing', async (_when, atMs, code) => {
    await inNight(aWave(web), async (night) => {
      await until(night, atMs);
      const { result } = await night.walk({ input: inWindow(night, window) });

      expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect((await night.read()).verdicts).toEqual(both('NOT_STARTED'));
      expect(await codesLeft(night)).toEqual([code, code]);
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each([
    ['as the window opens', atMinute(60), 'none' as const],
    ['at the last safe start', atMinute(140), 'none' as const],
    ['at the last safe start, its test instances still to be ended,', atMinute(140), 'test' as const],
  ])('%s cuts the wave over', async (_when, atMs, launchedInstance) => {
    await inNight(aWave(web, { defaults: { launchedInstance } }), async (night) => {
      await until(night, atMs);
      // The launches of these servers take 650 s: there is not a second to spare.
      const expected = { launchSeconds: 650, actionsSeconds: 875, rollbackSeconds: 875 };
      await night.walk({ input: inWindow(night, window, { expected }) });

      expect((await night.read()).verdicts).toEqual(both('VERIFIED'));
      expect(night.time.now()).toBeLessThan(atMinute(180));
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('that was refused for coming early may be made again, under another name, when the window is open', async () => {
    await inNight(aWave(web), async (night) => {
      await night.walk({ input: inWindow(night, window) });
      await until(night, atMinute(60));
      await night.walk({ name: 'night-2', input: inWindow(night, window) });

      expect((await night.read('night-2')).verdicts).toEqual(both('VERIFIED'));
      expect(await breachesOf(night, 'night-2')).toEqual([]);
    });
  });

  it('at the last safe start that the plan works out, test instances to be ended and all, is not left standing', async () => {
    await inNight(aWave(web, { defaults: { launchedInstance: 'test' } }), async (night) => {
      await night.walk({ input: inWindow(night, window, { expected: {} }) });
      const { lastSafeStartAt = 0 } = (await night.read()).run.plan ?? {};
      await until(night, lastSafeStartAt + 1_000);
      await night.walk({ name: 'too-late', input: inWindow(night, window, { expected: {} }) });
      expect(await codesLeft(night, 'too-late')).toEqual(['LAST_SAFE_START_PASSED', 'LAST_SAFE_START_PASSED']);
    });
    await inNight(aWave(web, { defaults: { launchedInstance: 'test' } }), async (night) => {
      await night.walk({ input: inWindow(night, window, { expected: {} }) });
      await until(night, (await night.read()).run.plan?.lastSafeStartAt ?? 0);
      await night.walk({ name: 'last', input: inWindow(night, window, { expected: {} }) });

      expect((await night.read('last')).verdicts).toEqual(both('VERIFIED'));
      expect(operations(night)).toEqual(['TerminateTargetInstances', 'StartCutover']);
      expect(night.time.now()).toBeLessThan(atMinute(180));
    });
  });

  it('at the last safe start is through before the window closes even if all of it has to come back', async () => {
    const actions = [{ actionName: 'Never ends', mustSucceedForCutover: true, cutover: 'hangs' as const }];
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2', actions }]), async (night) => {
      await until(night, atMinute(140));
      await night.walk({ input: inWindow(night, windowAt(60, 180, 170), { failurePolicy: {} }) });

      expect((await night.read()).verdicts).toEqual(both('ROLLED_BACK'));
      expect(night.time.now()).toBeLessThan(atMinute(180));
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('a start of the same wave once more, by a schedule that fires twice or hours late,', () => {
  const window = windowAt(0, 300);

  it.each([
    ['while the first is at work', 5, 'SUCCEEDED'],
    ['after it has ended', 120, 'RunExistsError'],
    ['after the window has closed', 600, 'RunExistsError'],
  ])('under the same name, %s, harms nothing', async (_when, minutes, end) => {
    await inNight(aWave(web), async (night) => {
      const first = night.start({ input: inWindow(night, window) });
      await night.time.sleep(minutes * 60_000);
      const { result } = await night.walk({ input: inWindow(night, window) });
      await first.ended;

      expect([result.status, 'error' in result ? result.error : '']).toContain(end);
      expect((await night.read()).verdicts).toEqual(both('VERIFIED'));
      expect(operations(night)).toEqual(['StartCutover']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it.each([
    ['while the first is at work', 5, 'LOCKED_BY_OTHER_RUN'],
    ['after it has ended', 120, 'WRONG_LIFECYCLE_STATE'],
    ['after the window has closed', 600, 'WRONG_LIFECYCLE_STATE'],
  ])('under another name, %s, is refused', async (_when, minutes, code) => {
    await inNight(aWave(web), async (night) => {
      const first = night.start({ input: inWindow(night, window) });
      await night.time.sleep(minutes * 60_000);
      const { result } = await night.walk({ name: 'night-2', input: inWindow(night, window) });
      await first.ended;

      expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect(await codesLeft(night, 'night-2')).toContain(code);
      expect((await night.read()).verdicts).toEqual(both('VERIFIED'));
      expect(operations(night)).toEqual(['StartCutover']);
      expect(await breachesOf(night)).toEqual([]);
      expect(await breachesOf(night, 'night-2')).toEqual([]);
    });
  });

  it('of a run that was stopped before it started anything is refused once the window has closed', async () => {
    await inNight(aWave(web), async (night) => {
      await night.walk({
        input: inWindow(night, window),
        around: (step, invoke) => {
          if (step.stateName === 'PollJobs') step.stop();
          return invoke();
        },
      });
      await until(night, atMinute(600));
      const { result } = await night.walk({ input: inWindow(night, window) });

      expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect(await codesLeft(night)).toEqual(['WINDOW_CLOSED', 'WINDOW_CLOSED']);
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('what is not verified by rollbackBy', () => {
  const slow = { timings: { variation: 0, conversionSeconds: 3_000 } };

  it('is brought back, and what is verified stays', async () => {
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2', ...slow }]), async (night) => {
      const input = inWindow(night, windowAt(0, 120, 40), { batchServersMax: 1 });
      await night.walk({ input });
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'ROLLED_BACK' });
      expect(codesOf(left.of('web-2').reasons)).toContain('NOT_VERIFIED_IN_TIME');
      expect(left.of('web-1').cutover?.verifiedAt).toBeLessThan(atMinute(40));
      expect(left.of('web-2').rollback?.requestedAt).toBeGreaterThanOrEqual(atMinute(40));
      expect(night.server('web-2').lifeCycle?.state).toBe('READY_FOR_CUTOVER');
      expect(night.time.now()).toBeLessThan(atMinute(120));
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('bounds the last safe start: launch and actions have to be over by then', async () => {
    await inNight(aWave(web), async (night) => {
      await until(night, atMinute(31));
      await night.walk({ input: inWindow(night, windowAt(0, 600, 60)) });

      expect((await night.read()).run.plan?.lastSafeStartAt).toBe(atMinute(30));
      expect(await codesLeft(night)).toEqual(['LAST_SAFE_START_PASSED', 'LAST_SAFE_START_PASSED']);
      expect(night.writes).toEqual([]);
    });
  });
});

it('leaves out a later priority group whose turn comes when bringing it back would not fit any more', async () => {
  const slow = { timings: { variation: 0, conversionSeconds: 5_400 } };
  await inNight(aWave([{ hostname: 'dc-1', ...slow }, { hostname: 'web-1' }]), async (night) => {
    const priorityGroups = [{ group: 1, sourceServerIDs: [night.idOf('dc-1')] }];
    await night.walk({ input: inWindow(night, windowAt(0, 120), { priorityGroups }) });
    const left = await night.read();

    expect(left.verdicts).toEqual({ 'dc-1': 'VERIFIED', 'web-1': 'NOT_STARTED' });
    expect(codesOf(left.of('web-1').reasons)).toEqual(['WINDOW_TOO_SHORT']);
    expect(night.writes.flatMap(({ sourceServerIDs }) => sourceServerIDs)).toEqual([night.idOf('dc-1')]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('takes a person’s word for how long launches take, for a later priority group too', async () => {
  const slow = { timings: { variation: 0, conversionSeconds: 3_000 } };
  await inNight(aWave([{ hostname: 'dc-1' }, { hostname: 'web-1', ...slow }]), async (night) => {
    const priorityGroups = [{ group: 1, sourceServerIDs: [night.idOf('dc-1')] }];
    const expected = { launchSeconds: 600, actionsSeconds: 300, rollbackSeconds: 300 };
    await night.walk({ input: inWindow(night, windowAt(0, 60), { priorityGroups, expected }) });

    expect((await night.read()).verdicts).toEqual({ 'dc-1': 'VERIFIED', 'web-1': 'VERIFIED' });
  });
});

describe('a window over midnight, in a night when the clocks are put forward', () => {
  // 22:00 is 03:00 UTC; the clocks go from 02:00 to 03:00; 06:00 is 10:00 UTC and not 11:00.
  const window = { opensAt: '2026-03-07T22:00', closesAt: '2026-03-08T06:00', zone: 'America/New_York' };
  const utc = (time: string) => Date.parse(`2026-03-08T${time}Z`);

  it.each([
    ['03:00:00', 'VERIFIED', undefined],
    ['02:59:59', 'NOT_STARTED', 'WINDOW_NOT_OPEN'],
    ['09:20:00', 'VERIFIED', undefined],
    ['09:20:01', 'NOT_STARTED', 'LAST_SAFE_START_PASSED'],
    ['10:00:00', 'NOT_STARTED', 'WINDOW_CLOSED'],
  ])('a start at %s UTC ends as %s', async (time, verdict, code) => {
    await inNight(aWave(web), async (night) => {
      await until(night, utc(time));
      await night.walk({ input: inWindow(night, window) });

      expect((await night.read()).verdicts).toEqual(both(verdict));
      expect(await codesLeft(night)).toEqual(code === undefined ? [] : [code, code]);
      expect(night.time.now()).toBeLessThanOrEqual(utc('10:00:00'));
    });
  });

  it('tells the times in both zones', async () => {
    await inNight(aWave(web), async (night) => {
      await until(night, utc('09:30:00'));
      await night.walk({ input: inWindow(night, window) });

      expect((await night.read()).of('web-1').reasons[0]?.fact).toBe(
        'it is 2026-03-08 05:30 America/New_York (09:30 UTC), and the last safe start is 2026-03-08 05:20 America/New_York (09:20 UTC), 40 min (launch 20 by input, actions 10 by input, rollback 10 by input) before the window closes at 2026-03-08 06:00 America/New_York (10:00 UTC)',
      );
    });
  });

  it('may not begin at a time that the clocks skip', async () => {
    await inNight(aWave(web), async (night) => {
      const { result } = await night.walk({ input: inWindow(night, { ...window, opensAt: '2026-03-08T02:30' }) });

      expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError' });
      expect(night.calls.size).toBe(0);
    });
  });
});

it('a window too short for what is expected is refused before it opens', async () => {
  await inNight(aWave(web), async (night) => {
    await night.walk({ input: inWindow(night, windowAt(60, 90)) });

    expect(await codesLeft(night)).toEqual(['LAST_SAFE_START_PASSED', 'LAST_SAFE_START_PASSED']);
    expect((await night.read()).of('web-1').reasons[0]?.fact).toContain('it is before the window opens');
    expect(night.writes).toEqual([]);
  });
});

describe('what a run is expected to take', () => {
  const named = (night: Night, hostname: string, options: object = {}) => ({
    sourceServerIDs: [night.idOf(hostname)],
    window: windowAt(0, 600),
    options: { ...eachOnItsOwn, requireTestLaunch: false, ...options },
  });
  const untested = (hostname: string) => ({ hostname, tested: false });
  const planOf = async (night: Night, name: string) => (await night.read(name)).run.plan;

  it('is the defaults where nothing is known, and what the first run took for the second', async () => {
    await inNight(aWave([untested('web-1'), untested('web-2')]), async (night) => {
      await night.walk({ name: 'first', input: named(night, 'web-1') });
      await night.walk({ name: 'second', input: named(night, 'web-2') });
      const [first, second] = [await planOf(night, 'first'), await planOf(night, 'second')];
      const cutover = (await night.read('first')).of('web-1').cutover;
      const launchSeconds = Math.ceil(((cutover?.launchedAt ?? 0) - (cutover?.startedAt ?? 0)) / 1_000);
      const actionsSeconds = Math.ceil(((cutover?.verifiedAt ?? 0) - (cutover?.launchedAt ?? 0)) / 1_000);

      // Two minutes for the steps before the first launch.
      expect(first?.expected).toEqual({ launchSeconds: 120 + 1_800, actionsSeconds: 900, rollbackSeconds: 1_200 });
      expect(launchSeconds).toBeGreaterThan(300);
      expect(second?.expected).toEqual({ launchSeconds: 120 + launchSeconds, actionsSeconds, rollbackSeconds: 1_200 });
      expect(second?.lastSafeStartAt).toBe(atMinute(600) - (120 + launchSeconds + actionsSeconds + 1_200) * 1_000);
    });
  });

  it('is not the short first boot of a run without actions where actions are to run', async () => {
    const actions = [{ actionName: 'Check health' }];
    await inNight(aWave([untested('web-1'), { ...untested('web-2'), actions }]), async (night) => {
      await night.walk({ name: 'first', input: named(night, 'web-1') });
      await night.walk({ name: 'second', input: named(night, 'web-2') });

      expect((await planOf(night, 'second'))?.expected?.actionsSeconds).toBe(900);
    });
  });

  it('is learned from how long a rollback took as well', async () => {
    await inNight(aWave([untested('web-1')]), async (night) => {
      await night.walk({ name: 'first', input: named(night, 'web-1') });
      await night.walk({ machine: 'rollback', name: 'undo', input: { runID: 'first' } });
      await night.walk({ name: 'second', input: named(night, 'web-1') });
      const rollback = (await night.read('first')).of('web-1').rollback;
      const rollbackSeconds = Math.ceil(((rollback?.verifiedAt ?? 0) - (rollback?.requestedAt ?? 0)) / 1_000);

      expect(rollbackSeconds).toBeGreaterThan(60);
      expect((await planOf(night, 'second'))?.expected?.rollbackSeconds).toBe(rollbackSeconds + 1);
    });
  });

  it('follows each server’s own test launch', async () => {
    const slowly = { hostname: 'web-2', timings: { variation: 0, conversionSeconds: 3_000 } };
    await inNight(aWave([{ hostname: 'web-1' }, slowly]), async (night) => {
      for (const hostname of ['web-1', 'web-2']) {
        await night.walk({ name: hostname, input: named(night, hostname) });
        const left = await night.read(hostname);
        const { startedAt = 0, launchedAt = 0 } = left.of(hostname).cutover ?? {};
        const tookSeconds = (launchedAt - startedAt) / 1_000;
        const expectedSeconds = (left.run.plan?.expected?.launchSeconds ?? 0) - 120;

        expect(expectedSeconds).toBeGreaterThan(tookSeconds - 60);
        expect(expectedSeconds).toBeLessThanOrEqual(tookSeconds);
      }
      expect((await night.read('web-2')).of('web-2').expectedLaunchSeconds).toBeGreaterThan(3_000);
    });
  });
});
