/** Priority groups: the servers of a group start once those of the groups before are verified, and not if one of them failed. */
import { aWave, inNight, withOptions, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

type Fields = Partial<Parameters<typeof aWave>[0][number]>;

const dc = (fields: Fields = {}) => ({ hostname: 'dc-1', tags: { role: 'domain-controller' }, ...fields });
const db = (fields: Fields = {}) => ({ hostname: 'db-1', tags: { role: 'database' }, ...fields });
const web = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const priorityGroups = [
  { group: 1, tag: 'role=domain-controller' },
  { group: 2, tag: 'role=database' },
];

/** Host names of the servers of each StartCutover, in order. */
const startsOf = (night: Night) => {
  const hostnames = new Map(
    night
      .account()
      .sourceServers.map((server) => [
        server.sourceServerID ?? '',
        server.sourceProperties?.identificationHints?.hostname ?? '',
      ]),
  );
  const starts = night.writes.filter(({ operation }) => operation === 'StartCutover');
  return starts.map(({ sourceServerIDs }) => sourceServerIDs.map((id) => hostnames.get(id) ?? '').sort());
};

it('start one after another, each once the one before is verified, whatever the order of the servers', async () => {
  await inNight(aWave([...web, db(), dc()]), async (night) => {
    const { result } = await night.walk({ input: withOptions(night, { priorityGroups }) });
    const left = await night.read();
    const startedAt = (hostname: string) => left.of(hostname).cutover?.startedAt ?? 0;
    const verifiedAt = (hostname: string) => left.of(hostname).cutover?.verifiedAt ?? Infinity;

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 4 } } });
    expect(startsOf(night)).toEqual([['dc-1'], ['db-1'], ['web-1', 'web-2']]);
    for (const [earlier, later] of [
      ['dc-1', 'db-1'],
      ['db-1', 'web-1'],
    ] as const) {
      expect(startedAt(later)).toBeGreaterThanOrEqual(verifiedAt(earlier));
      // Nobody sleeps once a group is verified.
      expect(startedAt(later) - verifiedAt(earlier)).toBeLessThan(30_000);
    }
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('terminate the test instances of a group when its turn has come, not before', async () => {
  const servers = [dc({ launchedInstance: 'test' }), { hostname: 'web-1', launchedInstance: 'test' as const }];
  await inNight(aWave(servers), async (night) => {
    await night.walk({ input: withOptions(night, { priorityGroups }) });

    expect(night.writes.map(({ operation }) => operation)).toEqual([
      'TerminateTargetInstances',
      'StartCutover',
      'TerminateTargetInstances',
      'StartCutover',
    ]);
    expect((await night.read()).verdicts).toEqual({ 'dc-1': 'VERIFIED', 'web-1': 'VERIFIED' });
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('after one that failed do not start, and say why', async () => {
  await inNight(aWave([dc({ cutover: 'launchFailed' }), db(), ...web]), async (night) => {
    const { result } = await night.walk({ input: withOptions(night, { priorityGroups }) });
    const left = await night.read();

    expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
    expect(left.verdicts).toEqual({
      'dc-1': 'ROLLED_BACK',
      'db-1': 'NOT_STARTED',
      'web-1': 'NOT_STARTED',
      'web-2': 'NOT_STARTED',
    });
    expect(left.of('web-1').reasons.map(({ code }) => code)).toEqual(['PRIORITY_GROUP_FAILED']);
    expect(startsOf(night)).toEqual([['dc-1']]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('after one whose only failure may fail go on', async () => {
  await inNight(aWave([dc(), db({ cutover: 'unbootable' }), ...web]), async (night) => {
    const mayFail = [{ tag: 'role=database' }];
    const options = { priorityGroups, failurePolicy: { mayFail }, deadlines: { firstBootSeconds: 300 } };
    await night.walk({ input: withOptions(night, options) });

    expect((await night.read()).verdicts).toEqual({
      'dc-1': 'VERIFIED',
      'db-1': 'ROLLED_BACK',
      'web-1': 'VERIFIED',
      'web-2': 'VERIFIED',
    });
    expect(startsOf(night)).toEqual([['dc-1'], ['db-1'], ['web-1', 'web-2']]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('that were verified come back in reverse order when a later one fails and the wave is all or nothing', async () => {
  await inNight(aWave([dc(), db(), { hostname: 'web-1', cutover: 'launchFailed' }]), async (night) => {
    await night.walk({ input: withOptions(night, { priorityGroups, failurePolicy: { wave: 'atomic' } }) });
    const left = await night.read();
    const backAt = (hostname: string) => left.of(hostname).rollback?.verifiedAt ?? 0;

    expect(left.verdicts).toEqual({ 'dc-1': 'ROLLED_BACK', 'db-1': 'ROLLED_BACK', 'web-1': 'ROLLED_BACK' });
    expect(backAt('web-1')).toBeLessThanOrEqual(left.of('db-1').rollback?.revertedAt ?? 0);
    expect(backAt('db-1')).toBeLessThanOrEqual(left.of('dc-1').rollback?.revertedAt ?? 0);
    expect(await breachesOf(night)).toEqual([]);
  });
});
