/** How IAM and STS are reached. */
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import type { Io } from '../io.ts';
import { hasCredentials, isOnThisMachine, parseEndpoint, simulatorCredentials } from '../reach.ts';
import { endpointOf } from '../stack/clients.ts';

/** The clients. */
export interface RightsClients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  close(): void;
}

/** Where and as whom. */
export interface RightsClientsConfig {
  readonly region: string;
  readonly env: Io['env'];
}

const httpTimeouts = { connectionTimeout: 5_000, requestTimeout: 15_000 };

/** IAM allows few requests a second, and a check of a stack makes some hundred. */
const maxAttempts = 10;

/** The clients; each goes where `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL` says, and to AWS without them. */
export function createRightsClients({ region, env }: RightsClientsConfig): RightsClients {
  const configFor = (service: string) => {
    const endpoint = endpointOf(env, service);
    const isEmulated = endpoint !== undefined && isOnThisMachine(parseEndpoint(endpoint, 'AWS_ENDPOINT_URL'));
    return {
      region,
      maxAttempts,
      requestHandler: httpTimeouts,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(isEmulated && !hasCredentials(env) ? { credentials: simulatorCredentials } : {}),
    };
  };
  const iam = new IAMClient(configFor('IAM'));
  const sts = new STSClient(configFor('STS'));
  return {
    iam,
    sts,
    close() {
      iam.destroy();
      sts.destroy();
    },
  };
}
