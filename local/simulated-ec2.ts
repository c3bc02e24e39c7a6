/** EC2 in this process: the simulator behind the functions' own adapter, on the time of the run. */
import type { Ec2 } from '../functions/domain/launch-target-port.ts';
import { createEc2 } from '../functions/ec2/ec2-adapter.ts';
import type { Exchange, Sender } from '../functions/shared/signed-request.ts';
import { createRequestHandler } from '../simulator/request-handler.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { unsignedHeaders } from './simulated-clients.ts';
import type { Time } from './virtual-time.ts';

/** The simulated EC2 of a world, asked without a socket. */
export function createSimulatedEc2(simulator: Simulator, time: Time): Ec2 {
  return createEc2(simulatedSender(simulator, time));
}

/** Whoever calls in a simulated world: what it sends goes to the simulator without a socket. */
export function simulatedSender(simulator: Simulator, time: Time): Sender {
  const handler = createRequestHandler(simulator, (ms) => time.sleep(ms));
  const exchange: Exchange = async ({ method, url, headers, body }) => {
    const { response } = await handler.handle({ method, path: url.pathname, headers, body });
    return { status: response.statusCode, body: Buffer.from(response.body).toString('utf8') };
  };
  return {
    region: simulator.world().region,
    credentials: () => Promise.resolve({ accessKeyId: 'simulated', secretAccessKey: 'simulated' }),
    clock: time,
    wait: (ms) => time.sleep(ms),
    exchange,
    sign: async ({ region, credentials }, { service, contentType, target }) => ({
      'content-type': contentType,
      ...(target === undefined ? {} : { 'x-amz-target': target }),
      ...unsignedHeaders(region, service, await credentials()),
    }),
  };
}
