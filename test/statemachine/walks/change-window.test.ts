/** A change window over a night: what can no longer be verified or brought back in time is not started, or brought back. */
import { aWave, eachOnItsOwn, inNight, startMs, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const minuteMs = 60_000;
const at = (minutes: number) => new Date(startMs + minutes * minuteMs).toISOString();
const expected = { launchSeconds: 600, actionsSeconds: 300, rollbackSeconds: 600 };

/** The first wave in a window that opened when the night began, and closes so many minutes later. */
const inWindow = (night: Night, closesAfter: number, options: object = {}, rollbackAfter?: number) => {
  const rollbackBy = rollbackAfter === undefined ? {} : { rollbackBy: at(rollbackAfter) };
  const window = { opensAt: at(0), closesAt: at(closesAfter), zone: 'Europe/Berlin', ...rollbackBy };
  const waveID = night.account().waves[0]?.waveID;
  return { waveID, window, options: { ...eachOnItsOwn, expected, terminateTestInstances: false, ...options } };
};

const hanging = { actionName: 'check', mustSucceedForCutover: true, timeoutSeconds: 7_200, cutover: 'hangs' as const };
const codesOf = (reasons: readonly { code: string }[]) => reasons.map(({ code }) => code);

it('brings back at rollbackBy, to the second, what is not verified, and nothing else', async () => {
  const servers = [{ hostname: 'hangs', actions: [hanging] }, { hostname: 'web-1' }];
  await inNight(aWave(servers), async (night) => {
    const { result } = await night.walk({ input: inWindow(night, 90, {}, 40) });
    const left = await night.read();

    expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
    expect(left.verdicts).toEqual({ hangs: 'ROLLED_BACK', 'web-1': 'VERIFIED' });
    expect(codesOf(left.of('hangs').reasons)).toEqual(['NOT_VERIFIED_IN_TIME']);
    expect(left.of('hangs').reasons[0]?.fact).toContain('2026-03-07 23:40 Europe/Berlin (22:40 UTC)');
    const lateMs = (left.of('hangs').rollback?.requestedAt ?? 0) - (startMs + 40 * minuteMs);
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThanOrEqual(2_000);
    expect(result.endedAtMs).toBeLessThan(startMs + 90 * minuteMs);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('takes a whole application back at rollbackBy when one of its servers is not verified', async () => {
  const servers = [{ hostname: 'hangs', actions: [hanging] }, { hostname: 'web-1' }];
  await inNight(aWave(servers), async (night) => {
    await night.walk({ input: inWindow(night, 90, { failurePolicy: {} }, 40) });

    expect((await night.read()).verdicts).toEqual({ hangs: 'ROLLED_BACK', 'web-1': 'ROLLED_BACK' });
    expect(await breachesOf(night)).toEqual([]);
  });
});

it.each([
  ['too short a time', 36, 'NOT_STARTED'],
  ['time enough', 60, 'VERIFIED'],
])('when %s is left, starts of a later priority group come to %s', async (_what, closesAfter, verdict) => {
  await inNight(aWave([{ hostname: 'db-1' }, { hostname: 'web-1' }]), async (night) => {
    const priorityGroups = [{ group: 1, sourceServerIDs: [night.idOf('db-1')] }];
    await night.walk({ input: inWindow(night, closesAfter, { priorityGroups }) });
    const left = await night.read();

    expect(left.verdicts).toEqual({ 'db-1': 'VERIFIED', 'web-1': verdict });
    if (verdict === 'VERIFIED') return;
    expect(codesOf(left.of('web-1').reasons)).toEqual(['WINDOW_TOO_SHORT']);
    expect(left.of('web-1').reasons[0]?.fact).toMatch(/11 \+ 5 \+ 10 min, and the window closes at .* Europe\/Berlin/);
    expect(night.server('web-1').attempts.cutover).toBe(0);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('starts nothing any more that waited for room until it was too late', async () => {
  const used = { act: 'useQuota' as const, servers: 200, fromSeconds: 0, toSeconds: 7_200 };
  await inNight(aWave([{ hostname: 'web-1' }], { foreignActivity: [used] }), async (night) => {
    const { result } = await night.walk({ input: inWindow(night, 60) });
    const left = await night.read();

    expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED' });
    expect(codesOf(left.of('web-1').reasons)).toEqual(['WINDOW_TOO_SHORT']);
    // The last start that leaves time for everything would have been after 34 minutes.
    expect(result.endedAtMs - startMs).toBeGreaterThan(34 * minuteMs);
    expect(result.endedAtMs - startMs).toBeLessThan(38 * minuteMs);
    expect(night.writes).toEqual([]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('does not start what could not be verified by rollbackBy', async () => {
  await inNight(aWave([{ hostname: 'db-1' }, { hostname: 'web-1' }]), async (night) => {
    const priorityGroups = [{ group: 1, sourceServerIDs: [night.idOf('db-1')] }];
    await night.walk({ input: inWindow(night, 240, { priorityGroups }, 25) });
    const left = await night.read();

    expect(left.verdicts).toEqual({ 'db-1': 'VERIFIED', 'web-1': 'NOT_STARTED' });
    expect(codesOf(left.of('web-1').reasons)).toEqual(['WINDOW_TOO_SHORT']);
    expect(left.of('web-1').reasons[0]?.fact).toMatch(/11 \+ 5 min, .* \(22:25 UTC\) \(rollbackBy\) is rolled back$/);
    expect(night.server('web-1').attempts.cutover).toBe(0);
    expect(await breachesOf(night)).toEqual([]);
  });
});
