import { describeSourceServers } from '../../../simulator/operations/source-servers.ts';
import { generateScenario } from '../../../simulator/scenario/generate-scenario.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { worldOf } from '../world-under-test.ts';

describe('generateScenario', () => {
  it('makes a valid fleet of the size asked for, in applications and waves', () => {
    const scenario = parseScenario(generateScenario({ servers: 450, seed: 3 }));
    expect(scenario.waves).toHaveLength(3);
    expect(scenario.waves[0]?.applications).toHaveLength(20);
    const { total } = worldOf(scenario).perform(describeSourceServers, {}, 0);
    expect(total).toBe(450);
  });

  it('makes the same fleet from the same seed and another from another', () => {
    const fleet = (seed: number) => JSON.stringify(generateScenario({ servers: 50, seed, badOutcomes: 0.5 }));
    expect(fleet(1)).toBe(fleet(1));
    expect(fleet(1)).not.toBe(fleet(2).replace('seed 2', 'seed 1'));
  });

  it('mixes in bad outcomes and unfit servers only when asked', () => {
    const count = (options: object, key: string) =>
      parseScenario(generateScenario({ servers: 200, seed: 1, ...options }))
        .waves.flatMap(({ applications }) => applications)
        .flatMap(({ servers }) => servers)
        .filter((server) => key in server).length;
    expect(count({}, 'cutover')).toBe(0);
    expect(count({}, 'replication')).toBe(0);
    expect(count({ badOutcomes: 1 }, 'cutover')).toBe(200);
    expect(count({ unfit: 1 }, 'replication')).toBeGreaterThan(50);
  });
});
