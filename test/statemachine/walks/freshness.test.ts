/** The freshness gate: no lag at all, and a snapshot that is newer than the moment the applications were stopped. */
import { aWave, inNight, withOptions, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { codesOf } from '../../support/gate-walks.ts';
import { atMinute, timeAt, until } from '../../support/night-windows.ts';

const codesLeft = async (night: Night, name?: string) =>
  codesOf((await night.read(name)).servers.flatMap(({ reasons }) => reasons));
const fresh = (night: Night, freshness: object) => withOptions(night, { freshness });

describe('lagZero', () => {
  const laggingABit = aWave([{ hostname: 'db-1', replication: { lagSeconds: 1 } }]);

  it('blocks a source server with a lag that would be let through otherwise', async () => {
    await inNight(laggingABit, async (night) => {
      const { result } = await night.walk({ input: fresh(night, { lagZero: true }) });

      expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect(await codesLeft(night)).toEqual(['LAG_NOT_ZERO']);
      expect((await night.read()).of('db-1').reasons[0]?.fact).toBe(
        'lagDuration is 1 s, and freshness.lagZero asks for none',
      );
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
      await night.walk({ name: 'night-2', input: fresh(night, {}) });
      expect((await night.read('night-2')).verdicts).toEqual({ 'db-1': 'VERIFIED' });
    });
  });

  it('lets it through once it has caught up', async () => {
    const changes = [{ atSeconds: 600, lagSeconds: 0 }];
    await inNight(aWave([{ hostname: 'db-1', replication: { lagSeconds: 1 }, changes }]), async (night) => {
      await until(night, atMinute(11));
      await night.walk({ input: fresh(night, { lagZero: true }) });

      expect((await night.read()).verdicts).toEqual({ 'db-1': 'VERIFIED' });
    });
  });
});

describe('fencedAt', () => {
  // A snapshot was taken five minutes before the night begins, and there is one every ten minutes.
  const replicating = aWave([{ hostname: 'db-1', replication: { lastSnapshotSecondsAgo: 300 } }]);

  it.each([
    ['as old as the latest snapshot', -5, ['SNAPSHOT_BEFORE_FENCE']],
    ['newer than the latest snapshot', -2, ['SNAPSHOT_BEFORE_FENCE']],
    ['older than the latest snapshot', -6, []],
  ])('%s', async (_what, minute, codes) => {
    await inNight(replicating, async (night) => {
      await night.walk({ input: fresh(night, { fencedAt: timeAt(minute) }) });

      expect(await codesLeft(night)).toEqual(codes);
      expect(night.writes.map(({ operation }) => operation)).toEqual(codes.length === 0 ? ['StartCutover'] : []);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('is satisfied by the next snapshot', async () => {
    await inNight(replicating, async (night) => {
      await until(night, atMinute(5));
      await night.walk({ input: fresh(night, { fencedAt: timeAt(-2) }) });

      expect((await night.read()).verdicts).toEqual({ 'db-1': 'VERIFIED' });
    });
  });

  it('is read in the zone of the window, and told in it', async () => {
    await inNight(replicating, async (night) => {
      const window = { opensAt: '2026-03-07T23:00', closesAt: '2026-03-08T05:00', zone: 'Europe/Berlin' };
      const input = { waveID: night.account().waves[0]?.waveID, window };
      await night.walk({ input: { ...input, options: { freshness: { fencedAt: '2026-03-07T22:58' } } } });

      expect((await night.read()).of('db-1').reasons[0]?.fact).toBe(
        'lastSnapshotDateTime is 2026-03-07 22:55 Europe/Berlin (21:55 UTC), not after freshness.fencedAt (2026-03-07 22:58 Europe/Berlin (21:58 UTC))',
      );
    });
  });

  it('without an offset or a zone is refused before MGN is asked for anything', async () => {
    await inNight(replicating, async (night) => {
      const { result } = await night.walk({ input: fresh(night, { fencedAt: '2026-03-07T22:58' }) });

      expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError' });
      expect(night.calls.size).toBe(0);
    });
  });
});
