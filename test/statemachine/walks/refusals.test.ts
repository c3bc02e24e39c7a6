/** What cannot be cut over is refused before anything is touched, in words a person can act on. */
import { aWave, inNight, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';

const web = [{ hostname: 'web-1' }, { hostname: 'web-2' }];

const expectRefusal = async (scenario: ScenarioInput, input: unknown, error: string, words: RegExp) => {
  await inNight(scenario, async (night) => {
    const { result } = await night.walk(input === undefined ? {} : { input });

    expect(result).toMatchObject({ status: 'FAILED', error });
    expect('cause' in result && result.cause).toMatch(words);
    expect(night.writes).toEqual([]);
  });
};

const waveOf = (applications: NonNullable<ScenarioInput['waves']>[number]['applications'], isArchived = false) => ({
  waves: [{ name: 'wave', waveID: 'wave-00000000000000001', isArchived, applications: applications ?? [] }],
});

describe('the input is refused', () => {
  const empty = waveOf([]);
  it.each<[string, ScenarioInput, unknown, RegExp]>([
    ['an empty wave', empty, undefined, /empty/],
    ['a wave of empty applications', waveOf([{ name: 'shop' }]), undefined, /empty/],
    ['an archived wave', waveOf([{ name: 'shop', servers: web }], true), undefined, /is archived/],
    ['an unknown wave', empty, { waveID: 'wave-99999999999999999' }, /knows no wave-9{17}/],
    ['an unknown application', empty, { applicationIDs: ['app-99999999999999999'] }, /knows no app-9{17}/],
    ['an unknown server', empty, { sourceServerIDs: ['s-99999999999999999'] }, /knows no s-9{17}/],
    ['nothing', empty, {}, /exactly one of waveID, applicationIDs or sourceServerIDs; none/],
    [
      'two targets',
      empty,
      { waveID: 'wave-00000000000000001', applicationIDs: ['app-99999999999999999'] },
      /waveID and applicationIDs are there/,
    ],
    ['an unknown key', empty, { waveID: 'wave-00000000000000001', option: {} }, /option is not a known field/],
    ['an unknown option', empty, { waveID: 'wave-00000000000000001', options: { force: true } }, /options\.force/],
    ['a server twice', empty, { sourceServerIDs: ['s-99999999999999999', 's-99999999999999999'] }, /listed twice/],
    ['a malformed ID', empty, { waveID: 'wave-1' }, /waveID: expected the ID of a wave/],
    ['an account that is none', empty, { waveID: 'wave-00000000000000001', accountID: '12' }, /accountID.*12 digits/],
  ])('%s', async (_name, scenario, input, words) => {
    await expectRefusal(scenario, input, 'InvalidInputError', words);
  });

  it('an archived application', async () => {
    const applicationID = 'app-00000000000000001';
    const scenario: ScenarioInput = { applications: [{ name: 'shop', applicationID, isArchived: true, servers: web }] };
    await expectRefusal(scenario, { applicationIDs: [applicationID] }, 'InvalidInputError', /app-0{16}1 is archived/);
  });
});

it('an account that was never initialized says how to begin', async () => {
  await expectRefusal(
    { ...aWave(web), isInitialized: false },
    undefined,
    'AccountNotInitializedError',
    /Initialize MGN/,
  );
});

it('a caller who may not read is told so', async () => {
  const faults = [
    { fault: 'refuse' as const, operation: 'ListWaves' as const, exception: 'AccessDeniedException' as const },
  ];
  await expectRefusal(aWave(web, { faults }), undefined, 'AccessDeniedError', /ListWaves/);
});

it('an account out of reach is told so, and the mended input may use the same name', async () => {
  const scenario = aWave(web);
  await inNight(scenario, async (night) => {
    const { waveID } = night.account().waves[0] ?? {};
    const wrong = await night.walk({ input: { waveID, accountID: '999999999999' } });
    const right = await night.walk({ input: { waveID } });

    expect(wrong.result).toMatchObject({ error: 'AccessDeniedError' });
    expect(right.result).toMatchObject({ status: 'SUCCEEDED' });
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('servers of a linked account are cut over and finalized there', async () => {
  const accountID = '210987654321';
  const scenario: ScenarioInput = {
    managedAccounts: [{ accountID, servers: [{ hostname: 'far-1', sourceServerID: 's-00000000000000001' }] }],
  };
  await inNight(scenario, async (night) => {
    const { result } = await night.walk({ input: { accountID, sourceServerIDs: ['s-00000000000000001'] } });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 1 } } });

    const { result: commit } = await night.walk({ machine: 'commit', name: 'keep-1', input: { runID: 'night-1' } });

    expect(commit).toMatchObject({ status: 'SUCCEEDED', output: { commit: 'FINALIZED' } });
  });
});

describe('servers that are not ready', () => {
  const servers = [
    { hostname: 'ready' },
    { hostname: 'untested', lifeCycleState: 'READY_FOR_TEST' as const },
    {
      hostname: 'stalled',
      replication: {
        state: 'STALLED' as const,
        lagSeconds: 5_400,
        error: 'AGENT_NOT_SEEN' as const,
        agent: 'silent' as const,
      },
    },
    { hostname: 'stopped', launchConfiguration: { launchDisposition: 'STOPPED' as const } },
    { hostname: 'cut-over', lifeCycleState: 'CUTTING_OVER' as const, launchedInstance: 'cutover' as const },
  ];
  const blocked = { untested: 'BLOCKED', stalled: 'BLOCKED', stopped: 'BLOCKED', 'cut-over': 'BLOCKED' };

  it('refuse the whole wave, with every reason for each, and nothing is touched', async () => {
    await inNight(aWave(servers), async (night) => {
      const { result } = await night.walk();
      const left = await night.read();
      const codes = (hostname: string) => left.of(hostname).reasons.map(({ code }) => code);

      expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
      expect('cause' in result && result.cause).toBe('5 source servers: 4 blocked, untouched, 1 not started');
      expect(left.verdicts).toEqual({ ready: 'NOT_STARTED', ...blocked });
      expect(codes('untested')).toEqual(expect.arrayContaining(['WRONG_LIFECYCLE_STATE', 'NEVER_TESTED']));
      expect(codes('stalled')).toEqual(
        expect.arrayContaining(['REPLICATION_NOT_CONTINUOUS', 'REPLICATION_ERROR', 'LAG_TOO_HIGH']),
      );
      expect(codes('stopped')).toEqual(['LAUNCH_DISPOSITION_STOPPED']);
      expect(codes('cut-over')).toEqual(expect.arrayContaining(['WRONG_LIFECYCLE_STATE', 'UNKNOWN_LAUNCHED_INSTANCE']));
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('are left out when they are to be skipped', async () => {
    await inNight(aWave(servers), async (night) => {
      const { result } = await night.walk({ input: withOptions(night, { onBlocked: 'skip' }) });

      expect(result).toMatchObject({ status: 'FAILED', error: 'WavePartlyCutOver' });
      expect((await night.read()).verdicts).toEqual({ ready: 'VERIFIED', ...blocked });
      expect(night.writes.flatMap(({ sourceServerIDs }) => sourceServerIDs)).toEqual([night.idOf('ready')]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('refuse the wave even when they are to be skipped if nothing else is left', async () => {
    await inNight(aWave(servers.slice(1)), async (night) => {
      const { result } = await night.walk({ input: withOptions(night, { onBlocked: 'skip' }) });

      expect(result).toMatchObject({ error: 'WaveRefused' });
      expect(night.writes).toEqual([]);
    });
  });

  it('that are archived are named one by one only to be blocked', async () => {
    const archived = { hostname: 'old-1', lifeCycleState: 'CUTOVER' as const, isArchived: true };
    await inNight(aWave([{ hostname: 'ready' }, archived]), async (night) => {
      const sourceServerIDs = [night.idOf('ready'), night.idOf('old-1')];
      await night.walk({ input: { sourceServerIDs } });
      const left = await night.read();

      expect(left.verdicts).toEqual({ ready: 'NOT_STARTED', 'old-1': 'BLOCKED' });
      expect(left.of('old-1').reasons.map(({ code }) => code)).toContain('ARCHIVED');
      expect(night.writes).toEqual([]);
    });
  });
});

it('test instances stay when the input says so, and MGN replaces them at the start', async () => {
  await inNight(aWave([{ hostname: 'web-1', launchedInstance: 'test' }]), async (night) => {
    await night.walk({ input: withOptions(night, { terminateTestInstances: false }) });

    expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
    expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED' });
  });
});

it('a test instance that was to stay is not terminated by a rollback either', async () => {
  const server = { hostname: 'web-1', launchedInstance: 'test' as const, cutover: 'cleanupFailed' as const };
  await inNight(aWave([server]), async (night) => {
    await night.walk({ input: withOptions(night, { terminateTestInstances: false }) });

    expect((await night.read()).verdicts).toEqual({ 'web-1': 'ROLLED_BACK' });
    expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
    expect(night.server('web-1').launchedInstance).toBeDefined();
    expect(await breachesOf(night)).toEqual([]);
  });
});
