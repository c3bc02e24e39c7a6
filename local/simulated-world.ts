/** AWS in this process: the simulator behind the real SDK, on the time of the run. */
import { createTargetServices, type TargetServices } from '../functions/accounts/target-services.ts';
import { createRequestHandler } from '../simulator/request-handler.ts';
import type { Scenario } from '../simulator/scenario/scenario-schema.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { createSimulatedClients } from './simulated-clients.ts';
import { simulatedSender } from './simulated-ec2.ts';
import type { Time } from './virtual-time.ts';

/** A simulated AWS and what talks to it. */
export interface SimulatedWorld {
  readonly simulator: Simulator;
  readonly services: TargetServices;
}

/** Builds the scenario's world as of now. */
export function createSimulatedWorld(scenario: Scenario, seed: number, time: Time): SimulatedWorld {
  const simulator = createSimulator({ scenario, seed, now: () => time.now() });
  return { simulator, services: createSimulatedServices(simulator, time) };
}

/** The SDK loads parts of itself at its first call; this call, on real time, gets that over with. */
export async function warmUpSdk(scenario: Scenario, time: Time): Promise<void> {
  const { reader } = createSimulatedWorld(scenario, 0, time).services.clientsOf({});
  const { DescribeSourceServersCommand } = await import('@aws-sdk/client-mgn');
  await reader.send(new DescribeSourceServersCommand({ maxResults: 1 })).catch(() => undefined);
}

/** MGN, EC2 and STS of every account and region of the simulator's, asked without a socket. */
export function createSimulatedServices(simulator: Simulator, time: Time): TargetServices {
  const home = simulatedSender(simulator, time);
  const requestHandler = createRequestHandler(simulator, (ms) => time.sleep(ms));
  return createTargetServices({
    home,
    createClients: (region, credentials = home.credentials) =>
      createSimulatedClients({ region, credentials, requestHandler }),
  });
}
