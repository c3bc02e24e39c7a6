import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidScenarioError, parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import type { Scenario } from '../../../simulator/scenario/scenario-schema.ts';
import type { Random } from '../../../simulator/seeded-random.ts';
import { createSimulator, type Simulator } from '../../../simulator/simulator.ts';
import { inspect } from '../../../simulator/world/inspect.ts';
import { commandLine, folder } from '../../cli/command-line.ts';
import { controlsIn, expectTidy } from './clean-refusal.ts';
import { pick } from './hostile-values.ts';
import { mutated } from './mutations.ts';
import { tryCases } from './seeded-cases.ts';

const example = (name: string): object => {
  const content: unknown = JSON.parse(readFileSync(join(__dirname, '../../../examples', name), 'utf8'));
  if (typeof content !== 'object' || content === null) throw new TypeError(`${name} is no object`);
  return content;
};

jest.setTimeout(60_000);

const waveID = 'wave-7f3a9c2e5b1d8f640';
const small = {
  startTime: '2026-01-10T22:00:00Z',
  region: 'eu-west-1',
  defaults: { tags: { team: 'a' }, cores: 2, ramGiB: 8, timings: { launchSeconds: 300, variation: 0.1 } },
  waves: [
    {
      name: 'night',
      waveID,
      applications: [
        {
          name: 'shop',
          servers: [
            {
              hostname: 'web-1',
              disks: [{ deviceName: '/dev/sda', gib: 16 }],
              replication: { state: 'CONTINUOUS', lagSeconds: 3, lastSnapshotSecondsAgo: 60 },
              changes: [{ atSeconds: 600, state: 'STALLED', lagSeconds: 30 }],
              cutover: [{ outcome: 'stuck', stuckIn: 'launch' }, 'launched'],
              actions: [{ actionName: 'check', documentIdentifier: 'AWS-RunShellScript', timeoutSeconds: 60 }],
            },
            { hostname: 'web-2', launchTemplate: { instanceType: 'm5.large' } },
          ],
        },
      ],
    },
  ],
  faults: [{ fault: 'throttle', operation: 'DescribeJobs', probability: 0.05, fromSeconds: 1, toSeconds: 10 }],
  foreignActivity: [{ act: 'useQuota', servers: 3, fromSeconds: 0, toSeconds: 60 }],
  switches: {},
  quotas: {},
};

const scenarios = [small, small, example('scenario.json'), example('migration-scenario.json')];
const hostileScenario = (random: Random): object => mutated(pick(random, scenarios), random, pick(random, [1, 1, 4]));

const parsedOrRefused = (input: object): Scenario | undefined => {
  try {
    return parseScenario(input);
  } catch (error) {
    if (!(error instanceof InvalidScenarioError)) throw error;
    expect(error.message.length).toBeLessThan(60_000);
    expect(controlsIn(error.message)).toEqual([]);
    return undefined;
  }
};

const call = (simulator: Simulator, operation: string, body: object): unknown => {
  const { outcome } = simulator.answer({
    method: 'POST',
    path: `/${operation}`,
    query: {},
    body: JSON.stringify(body),
  });
  return outcome.kind === 'lost' || outcome.response.body === '' || outcome.response.body.startsWith('<')
    ? {}
    : JSON.parse(outcome.response.body);
};

/** Uses all that is in the account over a day, as a client would; nothing of it may throw. */
const liveThrough = (scenario: Scenario): void => {
  let now = Date.parse(scenario.startTime ?? '2026-01-10T22:00:00Z');
  const simulator = createSimulator({ scenario, seed: 1, now: () => now });
  const servers = inspect(simulator.world(), now).accounts[0]?.sourceServers ?? [];
  const sourceServerIDs = servers.slice(0, 3).map(({ sourceServerID }) => sourceServerID);
  for (const hours of [0, 0.2, 1, 24]) {
    now += hours * 3_600_000;
    call(simulator, 'StartCutover', { sourceServerIDs });
    call(simulator, 'DescribeSourceServers', {});
    call(simulator, 'ListWaves', {});
    call(simulator, 'ListApplications', {});
    const jobs = call(simulator, 'DescribeJobs', {});
    for (const jobID of JSON.stringify(jobs).match(/mgnjob-[0-9a-zA-Z]{17}/g) ?? [])
      call(simulator, 'DescribeJobLogItems', { jobID });
    call(simulator, 'GetLaunchConfiguration', { sourceServerID: sourceServerIDs[0] });
    JSON.stringify(inspect(simulator.world(), now));
  }
  call(simulator, 'TerminateTargetInstances', { sourceServerIDs });
};

describe('scenario files', () => {
  it('refuses 1,000 mutated scenarios, or simulates a day of them', async () => {
    await tryCases('scenario', 1_000, hostileScenario, (input) => {
      const scenario = parsedOrRefused(input);
      if (scenario !== undefined) liveThrough(scenario);
    });
  });

  const launch = (timings: object) => ({ servers: [{ hostname: 'web-1', timings }] });
  const quota = (servers: number) => ({
    foreignActivity: [{ act: 'useQuota', servers, fromSeconds: 0, toSeconds: 9 }],
  });
  it.each([
    [
      'a launch of longer than anybody lives',
      launch({ launchSeconds: 1e300 }),
      /servers\[0\]\.timings\.launchSeconds: /,
    ],
    ['a million jobs of others', quota(1e6), /foreignActivity\[0\]\.servers: /],
    ['the 30th of February', { startTime: '2026-02-30T25:61:61Z' }, /startTime: must be/],
    ['the end of time', { startTime: '9999-12-31T23:59:59Z' }, /startTime: must be a moment from 1970 to 2199/],
    ['no act', { foreignActivity: [{}] }, /foreignActivity\[0\]\.act: is missing/],
    [
      'more source servers than fit in memory',
      { servers: Array.from({ length: 50_001 }, (_, n) => ({ hostname: `web-${String(n)}` })) },
      /it has 50001 source servers; at most 50000 are simulated/,
    ],
  ])('refuses %s', (_what, input, message) => {
    expect(() => parseScenario(input)).toThrow(message);
  });

  const files = folder();
  it('plans or runs with 100 mutated scenarios, or says what is wrong with them', async () => {
    const wave = files.file('wave.json', { waveID });
    await tryCases('scenario of a rehearsal', 100, hostileScenario, async (input, index) => {
      const scenario = files.file('scenario.json', input);
      const { exitCode, out, err } = await commandLine([
        index % 5 === 0 ? 'run' : 'plan',
        wave,
        '--scenario',
        scenario,
      ]);
      expect([0, 1, 2, 3]).toContain(exitCode);
      expectTidy(err);
      expect(controlsIn(out)).toEqual([]);
    });
  });
});
