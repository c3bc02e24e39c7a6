/** AWS, or a simulator that runs already, as this command reaches it: MGN, EC2, and the roles of other accounts. */
import { readTargetEndpoints } from '../functions/accounts/target-environment.ts';
import { createTargetServices, type TargetServices } from '../functions/accounts/target-services.ts';
import { createMgnClients, type MgnClientsConfig } from '../functions/mgn/mgn-clients.ts';
import { realTime } from '../local/virtual-time.ts';
import type { Io } from './io.ts';
import { hasCredentials, isOnThisMachine, parseEndpoint, simulatorCredentials } from './reach.ts';

/** Where the services are reached from. */
export interface LiveReach {
  /** The command's own region: where MGN is unless a run says otherwise, and where roles are assumed. */
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly env: Io['env'];
}

/** Whether the endpoint is on this machine: a simulator, which is all services at once and checks no credentials. */
export function isSimulator(endpoint: string | undefined): boolean {
  return endpoint !== undefined && isOnThisMachine(parseEndpoint(endpoint));
}

/** The services, as whoever the environment says calls. */
export function createLiveServices(
  { region, endpoint, env }: LiveReach,
  requestHandler?: MgnClientsConfig['requestHandler'],
): TargetServices {
  const isAllServices = isSimulator(endpoint);
  const own = isAllServices && !hasCredentials(env) ? () => Promise.resolve(simulatorCredentials) : undefined;
  const services: TargetServices = createTargetServices({
    home: {
      region,
      credentials: () => services.clientsOf({}).reader.config.credentials(),
      clock: realTime,
      wait: (ms) => realTime.sleep(ms),
    },
    createClients: (ofTarget, credentials = own) =>
      createMgnClients({
        region: ofTarget,
        ...(credentials && { credentials }),
        ...(endpoint !== undefined && { endpoint }),
        ...(requestHandler && { requestHandler }),
      }),
    endpoints: isAllServices
      ? { ec2: endpoint, serviceQuotas: endpoint, cloudWatch: endpoint, sts: endpoint }
      : readTargetEndpoints(env),
  });
  return services;
}
