/** Two runs on the same servers: one proceeds, the other is refused and harms nothing. */
import { aWave, eachOnItsOwn, inNight, runIDOf, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2' }];

it('of one name with one input is one run: nothing is launched twice', async () => {
  await inNight(aWave(servers), async (night) => {
    const first = night.start();
    const second = night.start();
    await Promise.all([first.ended, second.ended]);

    expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
    expect(night.server('web-1').attempts.cutover).toBe(1);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it.each([0, 1, 5, 60, 300, 700])(
  'a run of another name that starts %i s later is refused while the first runs',
  async (laterSeconds) => {
    await inNight(aWave(servers), async (night) => {
      const first = night.start();
      await night.time.sleep(laterSeconds * 1000);
      const second = await night.walk({ name: 'night-2' });
      const writesBefore = night.writes.length;
      const { result } = await first.ended;
      const outcomes = [result, second.result].map((ended) => ended.status);

      expect(outcomes.sort()).toEqual(['FAILED', 'SUCCEEDED']);
      expect(second.result).toMatchObject({ error: 'WaveRefused' });
      expect(writesBefore).toBeLessThanOrEqual(1);
      expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
      expect(Object.values((await night.read('night-2')).verdicts)).not.toContain('VERIFIED');
      expect(await breachesOf(night, 'night-1')).toEqual([]);
      expect(await breachesOf(night, 'night-2')).toEqual([]);
    });
  },
);

it('with one server in common proceed with their own servers when told to skip', async () => {
  const scenario = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }, { hostname: 'web-3' }]);
  await inNight(scenario, async (night) => {
    const idsOf = (...hostnames: string[]) => hostnames.map((hostname) => night.idOf(hostname));
    const options = { ...eachOnItsOwn, onBlocked: 'skip' };
    const first = night.start({ input: { sourceServerIDs: idsOf('web-1', 'web-2'), options } });
    const second = night.start({ name: 'night-2', input: { sourceServerIDs: idsOf('web-2', 'web-3'), options } });
    await Promise.all([first.ended, second.ended]);
    const verdictsOfShared = [
      (await night.read()).of('web-2').verdict,
      (await night.read('night-2')).of('web-2').verdict,
    ];

    expect(verdictsOfShared.sort()).toEqual(['BLOCKED', 'VERIFIED']);
    expect((await night.read()).of('web-1').verdict).toBe('VERIFIED');
    expect((await night.read('night-2')).of('web-3').verdict).toBe('VERIFIED');
    expect(night.server('web-2').attempts.cutover).toBe(1);
    expect(await breachesOf(night, 'night-1')).toEqual([]);
    expect(await breachesOf(night, 'night-2')).toEqual([]);
  });
});

it('after the first has ended the second finds its servers CUTTING_OVER and leaves them alone', async () => {
  await inNight(aWave(servers), async (night) => {
    await night.walk();
    const writes = night.writes.length;
    const { result } = await night.walk({ name: 'night-2' });
    const left = await night.read('night-2');

    expect(result).toMatchObject({ error: 'WaveRefused' });
    expect(left.verdicts).toEqual({ 'web-1': 'BLOCKED', 'web-2': 'BLOCKED' });
    expect(left.of('web-1').reasons.map(({ code }) => code)).toContain('WRONG_LIFECYCLE_STATE');
    expect(night.writes).toHaveLength(writes);
    expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
  });
});

it('a rollback of the second run does nothing to the servers of the first', async () => {
  await inNight(aWave(servers), async (night) => {
    await night.walk();
    await night.walk({ name: 'night-2' });
    const writes = night.writes.length;
    const { result } = await night.walk({ machine: 'rollback', name: 'undo-2', input: { runID: 'night-2' } });

    expect(result.status).toBe('SUCCEEDED');
    expect(night.writes).toHaveLength(writes);
    expect(night.server('web-1').lifeCycle?.state).toBe('CUTTING_OVER');
  });
});

it('the same name again after the end is refused with what became of it', async () => {
  await inNight(aWave(servers), async (night) => {
    await night.walk();
    const calls = night.writes.length;
    const { result } = await night.walk();

    expect(result).toMatchObject({ status: 'FAILED', error: 'RunExistsError' });
    expect('cause' in result && result.cause).toContain('2 source servers: 2 verified');
    expect(night.writes).toHaveLength(calls);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('the same name with another input is refused while the first runs', async () => {
  await inNight(aWave(servers), async (night) => {
    const first = night.start();
    await night.time.sleep(60_000);
    const second = await night.walk({ input: withOptions(night, { commit: 'auto' }) });
    await first.ended;

    expect(second.result).toMatchObject({ status: 'FAILED', error: 'RunExistsError' });
    expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('servers that a run brought back may be cut over by the next', async () => {
  await inNight(aWave([{ hostname: 'web-1', cutover: ['launchFailed', 'launched'] }]), async (night) => {
    await night.walk();
    await night.walk({ name: 'night-2' });

    expect((await night.read('night-1')).verdicts).toEqual({ 'web-1': 'ROLLED_BACK' });
    expect((await night.read('night-2')).verdicts).toEqual({ 'web-1': 'VERIFIED' });
    expect(await breachesOf(night, 'night-2')).toEqual([]);
  });
});

it('of which one lost its locks to the other before a batch failed still ends with a verdict for each server', async () => {
  await inNight(aWave(servers), async (night) => {
    const { result } = await night.walk({
      around: async (step, invoke) => {
        if (step.stateName !== 'StartCutover') return invoke();
        const now = night.time.now();
        const arns = (await night.read()).servers.map(({ arn }) => arn);
        await night.ledger.releaseLocks(arns, runIDOf('night-1'));
        await night.ledger.takeLocks(arns, runIDOf('night-2'), { now, expiresAt: now + 86_400_000 }, 'all');
        throw new Error('the step is broken');
      },
    });
    const left = await night.read();

    expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
    expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'web-2': 'NOT_STARTED' });
    expect(night.writes).toEqual([]);
    expect(await breachesOf(night)).toEqual([]);
  });
});
