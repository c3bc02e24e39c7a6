import { readFileSync } from 'node:fs';
import { rehearsedRuns } from '../../../cli/rehearse/rehearsed-runs.ts';
import { scenarioWorld } from '../../../cli/rehearse/scenario-world.ts';
import { captureSubject } from '../../../cli/rehearse/subject.ts';
import { rehearsalStart } from '../../../cli/world.ts';
import { startLocally } from '../../../local/local-runner.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { generateScenario } from '../../../simulator/scenario/generate-scenario.ts';
import { oneWave, waveID } from '../command-line.ts';
import { allCodes, codesByID, pictureOf } from './pictures.ts';

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const independent = { onBlocked: 'skip', failurePolicy: { application: 'independent' } };
const action = { actionName: 'Check health', mustSucceedForCutover: true };

/** What may be wrong with a source server before a cutover, one of each. */
const troubled = [
  { hostname: 'fine' },
  { hostname: 'state-test', lifeCycleState: 'READY_FOR_TEST' },
  { hostname: 'state-testing', lifeCycleState: 'TESTING', launchedInstance: 'test' },
  { hostname: 'state-cutting', lifeCycleState: 'CUTTING_OVER', launchedInstance: 'cutover' },
  { hostname: 'state-cutover', lifeCycleState: 'CUTOVER' },
  { hostname: 'state-disconnected', lifeCycleState: 'DISCONNECTED' },
  { hostname: 'state-not-ready', lifeCycleState: 'NOT_READY' },
  { hostname: 'state-stopped', lifeCycleState: 'STOPPED' },
  { hostname: 'state-discovered', lifeCycleState: 'DISCOVERED' },
  { hostname: 'foreign-instance', launchedInstance: 'cutover' },
  { hostname: 'untested', tested: false },
  { hostname: 'stalled', replication: { state: 'STALLED', lagSeconds: 900 } },
  { hostname: 'paused', replication: { state: 'PAUSED' } },
  { hostname: 'rescan', replication: { state: 'RESCAN', lagSeconds: 10 } },
  { hostname: 'syncing', replication: { state: 'INITIAL_SYNC' } },
  { hostname: 'lagging', replication: { lagSeconds: 4_000 } },
  { hostname: 'silent', replication: { agent: 'silent', lastSeenSecondsAgo: 7_200 } },
  { hostname: 'replication-error', replication: { error: 'AGENT_NOT_SEEN' } },
  { hostname: 'not-converging', replication: { error: 'NOT_CONVERGING' } },
  { hostname: 'shipped', replicationType: 'SNAPSHOT_SHIPPING' },
  { hostname: 'not-started', launchConfiguration: { launchDisposition: 'STOPPED' } },
  { hostname: 'twin', sourceServerID: 's-00000000000000aaa' },
  { hostname: 'TWIN', sourceServerID: 's-00000000000000bbb' },
  { hostname: 'no-template', launchTemplate: { exists: false } },
  { hostname: 'no-subnet', launchTemplate: { subnet: 'subnet-0fffffffffffffff0' } },
  { hostname: 'no-default-subnet', launchTemplate: { subnet: null } },
  { hostname: 'no-group', launchTemplate: { securityGroups: ['sg-0fffffffffffffff0'] } },
  { hostname: 'other-vpc', launchTemplate: { securityGroups: ['elsewhere'] } },
  { hostname: 'shared-group', launchTemplate: { securityGroups: ['shared'] } },
  { hostname: 'no-profile', launchTemplate: { instanceProfile: null }, actions: [action] },
  { hostname: 'no-profile-no-action', launchTemplate: { instanceProfile: null } },
  { hostname: 'cutover-only', launchConfiguration: { deployment: 'CUTOVER_ONLY' }, actions: [action] },
  { hostname: 'test-only', launchConfiguration: { deployment: 'TEST_ONLY' }, actions: [action] },
  { hostname: 'new-1', launchedInstance: 'none' },
  { hostname: 'new-2', launchedInstance: 'none' },
  { hostname: 'held' },
];
const networks = [
  { name: 'one', subnets: [{ name: 'target', freeAddresses: 1 }], securityGroups: [{ name: 'usual' }] },
  { name: 'two', securityGroups: [{ name: 'elsewhere' }, { name: 'shared', alsoInVpcs: ['one'] }] },
];
const troubledWave = {
  ...oneWave(...troubled),
  ec2: { vpcs: networks },
  foreignActivity: [
    { act: 'hold', servers: ['held'], fromSeconds: 0, toSeconds: 900, initiatedBy: 'START_TEST' },
    { act: 'useQuota', servers: 190, fromSeconds: 0, toSeconds: 900 },
  ],
};

describe('the picture of a wave', () => {
  it('is blocked for the same reasons, server by server, whatever is wrong with them', async () => {
    const { real, picture, subject } = await pictureOf(troubledWave, { waveID, options: independent });
    expect(codesByID(picture)).toEqual(codesByID(real));
    expect(new Set(allCodes(real)).size).toBeGreaterThan(15);
    expect(subject.notes.filter((note) => note.includes('cannot hold'))).toEqual([]);
  });

  it('warns of the same: quota in use, a subnet that is nearly full', async () => {
    const { real, picture } = await pictureOf(troubledWave, { waveID, options: independent });
    const warnings = ({ report }: typeof real) =>
      [...new Set(report.servers.flatMap((server) => server.warnings.map(({ code }) => code)))].sort();
    expect(warnings(picture)).toEqual(warnings(real));
    expect(warnings(real)).toEqual(['QUOTA_FULL', 'SUBNET_FULL']);
  });

  it.each([
    ['examples/scenario.json', read('examples/wave.json')],
    ['examples/migration-scenario.json', { waveID: 'wave-0a1b2c3d4e5f60004' }],
  ])('plans as %s itself does', async (path, input) => {
    const { real, picture } = await pictureOf(read(path), input);
    expect(codesByID(picture)).toEqual(codesByID(real));
    expect(picture.decision).toBe(real.decision);
    expect(picture.expected?.launchSeconds).toBeCloseTo(real.expected?.launchSeconds ?? 0, -1);
  });

  it.each([1, 2, 3, 4])('plans as a generated fleet does, seed %d', async (seed) => {
    const generated = generateScenario({ servers: 60, seed, unfit: 0.4, badOutcomes: 0.1, actionsPerServer: 2 });
    const waves = (generated.waves ?? []).map((wave) => ({ ...wave, waveID }));
    const { real, picture } = await pictureOf({ ...generated, waves }, { waveID, options: independent });
    expect(codesByID(picture)).toEqual(codesByID(real));
    expect(allCodes(real).filter((codes) => codes !== '').length).toBeGreaterThan(5);
  });

  it('expects every launch to take what its test launch took, to the second', async () => {
    const generated = generateScenario({ servers: 40, seed: 9 });
    const waves = (generated.waves ?? []).map((wave) => ({ ...wave, waveID }));
    const { real, picture } = await pictureOf({ ...generated, waves }, { waveID });
    const launches = ({ forecast }: typeof real) => Math.round(forecast.launchSeconds);
    expect(Math.abs(launches(picture) - launches(real))).toBeLessThanOrEqual(1);
    expect(launches(real)).toBeGreaterThan(600);
  });

  it('holds source servers that are named one by one, an archived one too, in their applications', async () => {
    const servers = [
      { hostname: 'web-1', sourceServerID: 's-00000000000000001' },
      { hostname: 'old-1', sourceServerID: 's-00000000000000002', lifeCycleState: 'CUTOVER', isArchived: true },
    ];
    const input = { sourceServerIDs: ['s-00000000000000001', 's-00000000000000002'], options: independent };
    const { real, picture, subject } = await pictureOf(oneWave(...servers), input);
    expect(codesByID(picture)).toEqual(codesByID(real));
    expect(codesByID(real)['s-00000000000000002']).toContain('ARCHIVED');
    expect(subject.scenario.applications).toMatchObject([{ name: 'shop', servers: [{}, {}] }]);
  });

  it('keeps what a person would miss in the file: names, tags, actions, when it was read', async () => {
    const server = { hostname: 'web-1', tags: { tier: 'web' }, actions: [action] };
    const { subject } = await pictureOf(oneWave(server), { waveID, window: undefined });
    expect(subject.scenario).toMatchObject({
      description: expect.stringContaining('2026-01-10T22:00:'),
      startTime: expect.stringMatching(/^2026-01-10T22:00:/),
      waves: [{ name: 'night', waveID, applications: [{ name: 'shop', servers: [server] }] }],
    });
  });

  it('holds all waves of a migration, and plans each as it is', async () => {
    const scenario = read('examples/migration-scenario.json');
    const { reals, ofPicture, subject } = await pictureOf(scenario, read('examples/migration.json'));
    const told = (runs: typeof reals) => runs.map(({ wave, plan }) => [wave, plan.decision, codesByID(plan)]);
    expect(told(ofPicture)).toEqual(told(reals));
    expect(subject.scenario.waves.map(({ name, applications }) => [name, applications.length])).toEqual([
      ['pilot', 1],
      ['directory', 1],
      ['crm', 1],
      ['shop', 2],
      ['reports', 1],
    ]);
  });

  it('is of the next night where a run of the same input has ended, and says that this one needs a name', async () => {
    const input = { waveID };
    const scenario = parseScenario(oneWave({ hostname: 'web-1' }));
    const world = await scenarioWorld({ scenario, seed: 1, startMs: Date.parse(rehearsalStart), timings: [] });
    const { machine, name } = rehearsedRuns(input);
    const { store } = world;
    await world.within((session) => startLocally({ ...session, store }, { machine, name, input }).result);
    const captured = await world.within((session) => captureSubject(world, session, input));
    expect(captured.real.map(({ plan }) => plan.decision)).toEqual(['PROCEED']);
    expect(captured.notes.join(' ')).toContain('--name');
    const { subject } = await pictureOf(oneWave({ hostname: 'web-1' }), input);
    expect(subject.notes.join(' ')).not.toContain('--name');
  });
});
