import { InvalidScenarioError, parseScenario, readScenario } from '../../../simulator/scenario/parse-scenario.ts';

const problemsOf = (scenario: unknown) => {
  try {
    parseScenario(scenario);
  } catch (error) {
    if (error instanceof InvalidScenarioError) return error.problems;
    throw error;
  }
  return [];
};

const inWave = (server: object) => ({ waves: [{ name: 'w', applications: [{ name: 'x', servers: [server] }] }] });

describe('a scenario', () => {
  it('may be empty', () => {
    expect(parseScenario({})).toMatchObject({ accountID: '123456789012', region: 'us-east-1', waves: [], faults: [] });
  });

  it.each([
    [{ wave: [] }, 'wave', /not a known key/],
    [
      inWave({ hostname: 'a', lifecycle: 'TESTING' }),
      'waves[0].applications[0].servers[0].lifecycle',
      /not a known key/,
    ],
    [inWave({}), 'waves[0].applications[0].servers[0].hostname', /is missing/],
    [inWave({ hostname: 'a', cutover: 'exploded' }), 'waves[0].applications[0].servers[0].cutover', /launched/],
    [
      inWave({ hostname: 'a', cutover: { outcome: 'launched', retries: 2 } }),
      'waves[0].applications[0].servers[0].cutover.retries',
      /not a known key/,
    ],
    [
      { servers: [{ hostname: 'a', cutover: ['launched', { ssmAgent: 'gone' }] }] },
      'servers[0].cutover[1].ssmAgent',
      /discovered/,
    ],
    [{ servers: [{ hostname: 'a', sourceServerID: 's-1' }] }, 'servers[0].sourceServerID', /17/],
    [{ servers: [{ hostname: 'a' }, { hostname: 'a' }] }, 'servers[1].hostname', /also at servers\[0\]\.hostname/],
    [{ ...inWave({ hostname: 'a' }), servers: [{ hostname: 'a' }] }, 'servers[0].hostname', /also at waves\[0\]/],
    [{ waves: [{ name: 'w' }, { name: 'w' }] }, 'waves[1].name', /given twice/],
    [
      { servers: [{ hostname: 'a', isArchived: true }] },
      'servers[0].isArchived',
      /READY_FOR_CUTOVER server cannot be archived/,
    ],
    [{ managedAccounts: [{ accountID: '123456789012' }] }, 'managedAccounts[0].accountID', /given twice/],
    [{ switches: { startTestFromTesting: 'maybe' } }, 'switches.startTestFromTesting', /allowed/],
    [{ startTime: 'tomorrow' }, 'startTime', /timestamp/],
    [
      { foreignActivity: [{ act: 'FinalizeCutover', servers: ['nobody'], atSeconds: 1 }] },
      'foreignActivity[0].servers[0]',
      /no server nobody/,
    ],
    [
      {
        servers: [{ hostname: 'a' }],
        foreignActivity: [{ act: 'hold', servers: ['a'], fromSeconds: 5, toSeconds: 5 }],
      },
      'foreignActivity[0].toSeconds',
      /after fromSeconds/,
    ],
  ])('is refused naming the path: %j', (scenario, path, message) => {
    const found = problemsOf(scenario).find((problem) => problem.path === path);
    expect(problemsOf(scenario).map((problem) => problem.path)).toContain(path);
    expect(found?.message).toMatch(message);
  });

  it('lets a host be registered twice under two ids', () => {
    const servers = [{ hostname: 'a' }, { hostname: 'a', sourceServerID: 's-11111111111111111' }];
    expect(problemsOf({ servers })).toEqual([]);
  });

  it('tells every problem at once, in one message', () => {
    expect(() => parseScenario({ region: 'here', servers: [{}] })).toThrow(/region: .*; servers\[0\]\.hostname: /);
  });

  it('that is not JSON says so', () => {
    expect(() => readScenario('{')).toThrow(/^The scenario is not valid: not JSON/);
  });
});
