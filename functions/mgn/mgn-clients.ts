/** How MGN is called: who retries, and how long a call may take. Who needs MGN gets it from here. */
import { MgnClient, type MgnClientConfig } from '@aws-sdk/client-mgn';
import type { MgnClients } from './mgn-adapter.ts';

/**
 * Where MGN is and who calls it. What is left out comes from the environment, as for every AWS tool: region,
 * credentials, and the endpoint from `AWS_ENDPOINT_URL_MGN` or `AWS_ENDPOINT_URL`.
 */
export type MgnClientsConfig = Pick<MgnClientConfig, 'region' | 'endpoint' | 'requestHandler' | 'credentials'>;

/** Without these a connection that is silently dropped would hold a step until its own timeout. */
const httpTimeouts = { connectionTimeout: 5_000, requestTimeout: 60_000 };

/**
 * The clients of one region: the reader makes the SDK's usual three attempts, the writer one, because a write whose
 * answer was lost must be looked for before it is sent again (`engine.md` section 4, D3).
 */
export function createMgnClients(config: MgnClientsConfig): MgnClients {
  const shared = { requestHandler: httpTimeouts, ...config };
  return { reader: new MgnClient(shared), writer: new MgnClient({ ...shared, maxAttempts: 1 }) };
}
