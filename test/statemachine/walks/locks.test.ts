/** Waiting for source servers that another run holds: until it lets go, or until a start makes no sense any more. */
import { aWave, eachOnItsOwn, inNight, withOptions, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { codesOf } from '../../support/gate-walks.ts';
import { atMinute, inWindow, timeAt, until, windowAt } from '../../support/night-windows.ts';

const failingOnce = ['launchFailed' as const, 'launched' as const];
const waiting = { onLocked: 'wait' };
/** A run that holds its locks until somebody approves its start, and nobody does. */
const unapproved = (minutes: number) => ({ start: 'approve', startBy: timeAt(minutes) });
const endedAt = async (night: Night, name: string) => (await night.read(name)).run.end?.endedAt ?? 0;

it('a run that waits starts once the other has let go', async () => {
  const scenario = aWave([{ hostname: 'web-1', cutover: failingOnce }, { hostname: 'web-2' }]);
  await inNight(scenario, async (night) => {
    const first = night.start({ input: { sourceServerIDs: [night.idOf('web-1')], options: eachOnItsOwn } });
    const breaches = first.ended.then(() => breachesOf(night));
    await night.time.sleep(60_000);
    const second = night.start({ name: 'night-2', input: withOptions(night, waiting) });
    await night.time.sleep(60_000);
    const { run } = await night.read('night-2');
    await Promise.all([first.ended, second.ended]);

    expect(run.plan).toMatchObject({ decision: 'WAIT', reasons: [{ code: 'LOCKED_BY_OTHER_RUN' }] });
    expect((await night.read()).verdicts).toEqual({ 'web-1': 'ROLLED_BACK' });
    expect((await night.read('night-2')).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
    const starts = night.writes.filter(({ operation }) => operation === 'StartCutover');
    expect(starts.map(({ sourceServerIDs }) => sourceServerIDs.length)).toEqual([1, 2]);
    expect(starts[1]?.atMs).toBeGreaterThanOrEqual(await endedAt(night, 'night-1'));
    expect(await breaches).toEqual([]);
    expect(await breachesOf(night, 'night-2')).toEqual([]);
  });
});

it('a run that waits finds out when the other has cut its servers over, and leaves them alone', async () => {
  await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
    const first = night.start();
    await night.time.sleep(60_000);
    const second = await night.walk({ name: 'night-2', input: withOptions(night, waiting) });
    await first.ended;

    expect(second.result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
    expect(codesOf((await night.read('night-2')).of('web-1').reasons)).toContain('WRONG_LIFECYCLE_STATE');
    expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED' });
    expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
    expect(await breachesOf(night, 'night-2')).toEqual([]);
  });
});

it('a run that is not told to wait is refused at once', async () => {
  await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
    const first = night.start({ input: withOptions(night, unapproved(600)) });
    await until(night, atMinute(1));
    await night.walk({ name: 'night-2' });

    expect(night.time.now()).toBe(atMinute(1));
    expect(codesOf((await night.read('night-2')).of('web-1').reasons)).toEqual(['LOCKED_BY_OTHER_RUN']);
    await first.ended;
  });
});

describe('a run that waits gives up', () => {
  const servers = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]);

  it.each([
    ['at its startBy', (night: Night) => withOptions(night, { ...waiting, startBy: timeAt(90) }), 90],
    ['at the last safe start', (night: Night) => inWindow(night, windowAt(0, 240), waiting), 200],
    ['a day later', (night: Night) => withOptions(night, waiting), 1_440],
  ])('%s, and nothing was touched', async (_when, inputOf, minutes) => {
    await inNight(servers, async (night) => {
      const first = night.start({ input: withOptions(night, unapproved(2_000)) });
      const { result, meter } = await night.walk({ name: 'night-2', input: inputOf(night) });
      const left = await night.read('night-2');
      const gaveUpAt = night.time.now();
      await first.ended;

      expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect(gaveUpAt).toBe(atMinute(minutes));
      expect(left.verdicts).toEqual({ 'web-1': 'BLOCKED', 'web-2': 'BLOCKED' });
      expect(codesOf(left.of('web-1').reasons)).toEqual(['LOCKED_BY_OTHER_RUN']);
      expect(night.writes).toEqual([]);
      expect(meter.total.historyEvents).toBeLessThan(1_500);
      expect(await breachesOf(night, 'night-2')).toEqual([]);
    });
  });

  it('at once where the last safe start is past already', async () => {
    await inNight(servers, async (night) => {
      const first = night.start({ input: withOptions(night, unapproved(600)) });
      await until(night, atMinute(201));
      await night.walk({ name: 'night-2', input: inWindow(night, windowAt(0, 240), waiting) });

      expect(night.time.now()).toBe(atMinute(201));
      expect((await night.read('night-2')).run.plan?.reasons.map(({ code }) => code)).toContain(
        'LAST_SAFE_START_PASSED',
      );
      await first.ended;
    });
  });
});

describe('two runs that wait for a third', () => {
  const threeTries = ['launchFailed' as const, 'launchFailed' as const, 'launched' as const];

  it('get their source servers one after the other, and never wait for each other for good', async () => {
    const servers = ['a', 'b', 'c'].map((hostname) => ({ hostname, cutover: threeTries }));
    await inNight(aWave(servers), async (night) => {
      const input = (...hostnames: string[]) => ({
        sourceServerIDs: hostnames.map((hostname) => night.idOf(hostname)),
        options: { ...eachOnItsOwn, ...waiting },
      });
      const breaches = new Map<string, Promise<string[]>>();
      const begin = (name: string, ...hostnames: string[]) => {
        const { ended } = night.start({ name, input: input(...hostnames) });
        breaches.set(
          name,
          ended.then(() => breachesOf(night, name)),
        );
        return ended;
      };
      const first = begin('night-1', 'a', 'b', 'c');
      await night.time.sleep(60_000);
      await Promise.all([first, begin('night-2', 'a', 'b'), begin('night-3', 'c', 'b', 'a')]);
      const ends = [(await night.read('night-2')).verdicts, (await night.read('night-3')).verdicts];

      expect(ends.flatMap((verdicts) => Object.values(verdicts)).sort()).toEqual([
        'ROLLED_BACK',
        'ROLLED_BACK',
        expect.stringMatching(/ROLLED_BACK|VERIFIED/),
        'VERIFIED',
        'VERIFIED',
      ]);
      expect(night.time.now()).toBeLessThan(atMinute(240));
      expect(await Promise.all(breaches.values())).toEqual([[], [], []]);
    });
  });

  it('hold nothing meanwhile: what is free goes to a run that can use it now', async () => {
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]), async (night) => {
      const only = (hostname: string, options: object) => ({
        sourceServerIDs: [night.idOf(hostname)],
        options: { ...eachOnItsOwn, ...options },
      });
      const first = night.start({ input: only('web-1', unapproved(120)) });
      await night.time.sleep(60_000);
      const second = night.start({ name: 'night-2', input: withOptions(night, { ...waiting, onBlocked: 'skip' }) });
      await night.time.sleep(60_000);
      await night.walk({ name: 'night-3', input: only('web-2', {}) });
      await Promise.all([first.ended, second.ended]);

      expect((await night.read('night-3')).verdicts).toEqual({ 'web-2': 'VERIFIED' });
      expect((await night.read('night-2')).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'BLOCKED' });
      expect(await breachesOf(night, 'night-2')).toEqual([]);
    });
  });
});

it('a run that waits and is stopped holds nothing, and may be started again', async () => {
  await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
    const first = night.start({ input: withOptions(night, unapproved(60)) });
    await night.time.sleep(60_000);
    const second = night.start({ name: 'night-2', input: withOptions(night, waiting) });
    await night.time.sleep(300_000);
    second.running.stop();
    await Promise.all([first.ended, second.ended]);
    expect((await night.ledger.readLocks([(await night.read()).of('web-1').arn], night.time.now())).size).toBe(0);
    await night.walk({ name: 'night-2', input: withOptions(night, waiting) });

    expect((await night.read('night-2')).verdicts).toEqual({ 'web-1': 'VERIFIED' });
  });
});

it('a run that goes on after an interrupted rollback of one server holds all that its failure policy brings back', async () => {
  await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]), async (night) => {
    const input = withOptions(night, { failurePolicy: { application: 'atomic' } });
    const arns = ['web-1', 'web-2'].map((hostname) => night.server(hostname).arn ?? '');
    await night.walk({ input });
    await night.walk({
      machine: 'rollback',
      name: 'undo-1',
      input: { runID: 'night-1', sourceServerIDs: [night.idOf('web-1')] },
      around: async (step, invoke) => {
        if (step.stateName === 'SelectRollback') step.stop();
        return invoke();
      },
    });
    await night.time.sleep(1_200_000);
    let held: (string | undefined)[] = [];
    await night.walk({
      input,
      around: async (step, invoke) => {
        const locks = await night.ledger.readLocks(arns, night.time.now());
        if (step.stateName === 'RevertLifeCycle') held = arns.map((arn) => locks.get(arn)?.runID);
        return invoke();
      },
    });

    expect(held).toEqual(['night-1', 'night-1']);
    expect((await night.read()).verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'ROLLED_BACK' });
    expect(await breachesOf(night)).toEqual([]);
  });
});
