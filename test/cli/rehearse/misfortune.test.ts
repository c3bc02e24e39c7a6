import { demoFleet } from '../../../cli/rehearse/demo-fleet.ts';
import { misfortuneOdds, withMisfortune } from '../../../cli/rehearse/misfortune.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import type { Scenario } from '../../../simulator/scenario/scenario-schema.ts';

const fleet = parseScenario(demoFleet(400).scenario);
const serversOf = (scenario: Scenario) =>
  scenario.waves.flatMap((wave) => wave.applications.flatMap((application) => application.servers));

describe('misfortune', () => {
  it('leaves the scenario alone when none is asked for', () => {
    expect(withMisfortune(fleet, 'none', 1)).toBe(fleet);
  });

  it.each(['usual', 'bad'] as const)(
    'makes a valid scenario, the same for the same seed, another for another (%s)',
    (level) => {
      const night = withMisfortune(fleet, level, 3);
      expect(() => parseScenario(JSON.parse(JSON.stringify(night)))).not.toThrow();
      expect(withMisfortune(fleet, level, 3)).toEqual(night);
      expect(withMisfortune(fleet, level, 4)).not.toEqual(night);
    },
  );

  it('strikes as often as the table says, over many nights', () => {
    const nights = Array.from({ length: 60 }, (_, seed) => serversOf(withMisfortune(fleet, 'bad', seed))).flat();
    const failed = nights.filter(
      ({ cutover }) => typeof cutover === 'object' && 'outcome' in cutover && cutover.outcome === 'launchFailed',
    );
    const failedActions = nights
      .flatMap(({ actions = [] }) => actions)
      .filter(({ cutover }) => JSON.stringify({ cutover }).includes('failed'));
    expect(failed.length / nights.length).toBeCloseTo(misfortuneOdds.launchFailed.bad, 2);
    expect(failedActions.length / (2 * nights.length)).toBeCloseTo(misfortuneOdds.actionFailed.bad, 2);
  });

  it('makes bad nights worse than usual ones, row by row', () => {
    expect(Object.entries(misfortuneOdds).filter(([, { usual, bad }]) => bad <= usual)).toEqual([]);
  });

  it('keeps what the scenario says of a cutover, an action or a termination already', () => {
    const server = {
      hostname: 'web-1',
      cutover: 'stuck',
      terminate: 'stuck',
      actions: [{ actionName: 'a', cutover: 'hangs' }],
    };
    const scenario = parseScenario({ servers: [server] });
    for (let seed = 0; seed < 50; seed += 1) {
      const [struck] = withMisfortune(scenario, 'bad', seed).servers;
      expect(struck).toMatchObject(server);
    }
  });

  it('has an action fail of which the scenario only says how long it takes', () => {
    const actions = [{ actionName: 'a', cutover: { seconds: 90 } }];
    const scenario = parseScenario({
      servers: Array.from({ length: 400 }, (_, at) => ({ hostname: `web-${String(at)}`, actions })),
    });
    const runs = withMisfortune(scenario, 'bad', 1).servers.flatMap((server) => server.actions ?? []);
    expect(runs.map(({ cutover }) => cutover)).toContainEqual({ seconds: 90, result: 'failed' });
  });

  it('befalls a source server whoever else is there, and wherever the defaults put its timings', () => {
    const one = parseScenario({
      defaults: { timings: { launchSeconds: 100 } },
      servers: [{ hostname: 'a' }, { hostname: 'b' }],
    });
    const other = parseScenario({ servers: [{ hostname: 'b', timings: { launchSeconds: 100 } }] });
    const ofB = (scenario: Scenario) =>
      withMisfortune(scenario, 'bad', 5).servers.find(({ hostname }) => hostname === 'b');
    expect(ofB(one)?.timings).toEqual(ofB(other)?.timings);
    expect(ofB(one)?.timings?.launchSeconds).not.toBe(100);
  });
});
