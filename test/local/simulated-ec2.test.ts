import { createSimulatedEc2 } from '../../local/simulated-ec2.ts';
import { withVirtualTime } from '../../local/virtual-time.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { createSimulator } from '../../simulator/simulator.ts';

const startMs = Date.parse('2026-03-07T22:00:00Z');

describe('createSimulatedEc2', () => {
  it('answers on virtual time, which the pauses between tries take and nothing else', async () => {
    const faults = [{ fault: 'throttle', operation: 'ec2:DescribeSubnets', firstCalls: 2 }];
    const scenario = parseScenario({ servers: [{ hostname: 'web-1' }], faults });

    await withVirtualTime({ startMs, seed: 1 }, async (time) => {
      const simulator = createSimulator({ scenario, seed: 1, now: () => time.now() });
      const ec2 = createSimulatedEc2(simulator, time);

      expect(await ec2.readVcpuQuota()).toEqual({ quota: 10_000, inUse: 2 });
      expect(time.now()).toBe(startMs);
      expect(await ec2.describeDefaultSubnets()).toEqual([]);
      expect(time.now()).toBe(startMs + 1_250);
    });
  });
});
