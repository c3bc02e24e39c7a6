import * as v from 'valibot';
import { readOnce } from '../../../cli/rehearse/read-once.ts';
import { scenarioWorld } from '../../../cli/rehearse/scenario-world.ts';
import { SourceServerIDSchema } from '../../../functions/domain/identifiers.ts';
import type { Mgn } from '../../../functions/domain/ports.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import type { Simulator } from '../../../simulator/simulator.ts';

const ids = ['s-00000000000000001', 's-00000000000000002'].map((id) => v.parse(SourceServerIDSchema, id));
const servers = ids.map((sourceServerID, index) => ({ sourceServerID, hostname: `web-${String(index)}` }));

/** Asks MGN as a rehearsal does; answers with how often each operation was called as well. */
const asking = async <Answer>(ask: (mgn: Mgn) => Promise<Answer>, faults: object[] = []) => {
  const scenario = parseScenario({ servers, faults });
  const world = await scenarioWorld({ scenario, seed: 1, startMs: Date.parse('2026-01-10T22:00:00Z'), timings: [] });
  return world.spend(async ({ services }, simulator: Simulator) => ({
    answer: await ask(readOnce(services).mgn({})),
    calls: simulator.callCounts(),
  }));
};

describe('reading once', () => {
  it('asks the same question once, whatever the order of its IDs, and another one anew', async () => {
    const { calls } = await asking(async (mgn) => {
      const [both, swapped] = [
        await mgn.describeSourceServers({ sourceServerIDs: ids, isArchived: false }),
        await mgn.describeSourceServers({ sourceServerIDs: ids.toReversed(), isArchived: false }),
      ];
      expect(swapped).toEqual(both);
      expect(await mgn.describeSourceServers({ sourceServerIDs: ids.slice(1), isArchived: false })).toHaveLength(1);
    });
    expect(calls['DescribeSourceServers']?.calls).toBe(2);
  });

  it('asks again what could not be read', async () => {
    const refused = { fault: 'refuse', operation: 'DescribeJobs', exception: 'AccessDeniedException', firstCalls: 1 };
    const { answer } = await asking(
      async (mgn) => {
        await expect(mgn.describeJobsSince(0)).rejects.toThrow('AccessDenied');
        return mgn.describeJobsSince(0);
      },
      [refused],
    );
    expect(answer).toHaveLength(1);
  });

  it('refuses whatever would change something, before it is sent', async () => {
    const { answer, calls } = await asking(async (mgn) => {
      const [id] = ids;
      if (id === undefined) throw new Error('there is no ID');
      const changes = [
        mgn.startCutover(ids, {}),
        mgn.terminateTargetInstances(ids, {}),
        mgn.changeServerLifeCycleState(id, 'READY_FOR_CUTOVER'),
        mgn.finalizeCutover(id),
      ];
      return Promise.allSettled(changes);
    });
    expect(answer.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(calls).toEqual({});
  });
});
