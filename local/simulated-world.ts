/** MGN in this process: the simulator behind the real SDK, on the time of the run. */
import { MgnClient } from '@aws-sdk/client-mgn';
import type { MgnClients } from '../functions/mgn/mgn-adapter.ts';
import { createRequestHandler } from '../simulator/request-handler.ts';
import type { Scenario } from '../simulator/scenario/scenario-schema.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import type { Time } from './virtual-time.ts';

/** A simulated MGN and the clients that talk to it. */
export interface SimulatedWorld {
  readonly simulator: Simulator;
  readonly clients: MgnClients;
}

/** Builds the scenario's world as of now. */
export function createSimulatedWorld(scenario: Scenario, seed: number, time: Time): SimulatedWorld {
  const simulator = createSimulator({ scenario, seed, now: () => time.now() });
  return { simulator, clients: clientsOf(simulator, time) };
}

/** The SDK loads parts of itself at its first call; this call, on real time, gets that over with. */
export async function warmUpSdk(scenario: Scenario, time: Time): Promise<void> {
  const { clients } = createSimulatedWorld(scenario, 0, time);
  const { DescribeSourceServersCommand } = await import('@aws-sdk/client-mgn');
  await clients.reader.send(new DescribeSourceServersCommand({ maxResults: 1 })).catch(() => undefined);
}

function clientsOf(simulator: Simulator, time: Time): MgnClients {
  const config = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    requestHandler: createRequestHandler(simulator, (ms) => time.sleep(ms)),
  };
  return { reader: new MgnClient(config), writer: new MgnClient({ ...config, maxAttempts: 1 }) };
}
