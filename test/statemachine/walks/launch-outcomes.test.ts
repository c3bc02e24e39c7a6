/** How each kind of launch ends: believed only when launch status, job log and first boot agree, else brought back. */
import { aWave, inNight } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

describe('one wave with every kind of launch', () => {
  const servers = [
    { hostname: 'launched' },
    { hostname: 'launch-failed', cutover: 'launchFailed' as const },
    { hostname: 'conversion-failed', cutover: 'conversionFailed' as const },
    { hostname: 'snapshot-failed', cutover: 'snapshotFailed' as const },
    { hostname: 'stale-snapshot', cutover: 'staleSnapshot' as const },
    { hostname: 'cleanup-failed', cutover: 'cleanupFailed' as const },
    { hostname: 'skipped', cutover: 'skipped' as const },
    { hostname: 'unbootable', cutover: 'unbootable' as const },
    { hostname: 'boot-unknown', cutover: { outcome: 'unbootable' as const, firstBoot: 'UNKNOWN' as const } },
    { hostname: 'boot-stopped', cutover: { outcome: 'unbootable' as const, firstBoot: 'STOPPED' as const } },
  ];

  it('verifies the good one, brings every bad one back and says why in MGN’s words', async () => {
    await inNight(aWave(servers), async (night) => {
      const { result } = await night.walk();
      const left = await night.read();

      expect(left.verdicts).toEqual({
        launched: 'VERIFIED',
        'launch-failed': 'ROLLED_BACK',
        'conversion-failed': 'ROLLED_BACK',
        'snapshot-failed': 'ROLLED_BACK',
        'stale-snapshot': 'ROLLED_BACK',
        'cleanup-failed': 'ROLLED_BACK',
        skipped: 'ROLLED_BACK',
        unbootable: 'ROLLED_BACK',
        'boot-unknown': 'ROLLED_BACK',
        'boot-stopped': 'ROLLED_BACK',
      });
      const codes = Object.fromEntries(
        left.servers.map(({ hostname, reasons }) => [hostname, reasons.map(({ code }) => code)]),
      );
      expect(codes).toEqual({
        launched: [],
        'launch-failed': ['NOT_LAUNCHED', 'LAUNCH_FAILED'],
        'conversion-failed': ['NOT_LAUNCHED', 'CONVERSION_FAIL'],
        'snapshot-failed': ['NOT_LAUNCHED', 'STALE_SNAPSHOT'],
        'stale-snapshot': ['STALE_SNAPSHOT'],
        'cleanup-failed': ['NOT_LAUNCHED', 'CLEANUP_FAIL'],
        skipped: ['NOT_LAUNCHED', 'SERVER_SKIPPED'],
        unbootable: ['NOT_BOOTED'],
        'boot-unknown': ['NOT_BOOTED'],
        'boot-stopped': ['NOT_BOOTED'],
      });
      expect(left.of('launch-failed').reasons[1]?.fact).toContain('VPCIdNotSpecified');
      expect(result).toMatchObject({ status: 'FAILED', error: 'WavePartlyCutOver' });
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});
