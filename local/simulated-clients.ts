/**
 * The SDK's clients of a simulated MGN. They serialize, retry, page and read errors as any client does; left out is what
 * a simulator has no use for and costs most of a call: settings looked up in the environment and in files, an endpoint
 * worked out from rules, and signatures that nobody checks.
 */
import { MgnClient, type MgnClientConfig } from '@aws-sdk/client-mgn';
import * as v from 'valibot';
import { domainSuffix, type Credentials } from '../functions/shared/signed-request.ts';
import type { MgnClients } from '../functions/mgn/mgn-adapter.ts';

/** What the clients are made of. */
export interface SimulatedClientsConfig {
  readonly region: string;
  readonly credentials: NonNullable<MgnClientConfig['credentials']>;
  readonly requestHandler: NonNullable<MgnClientConfig['requestHandler']>;
}

type HttpAuthScheme = NonNullable<MgnClientConfig['httpAuthSchemes']>[number];

/** The clients of one region: the reader tries three times as the SDK does by itself, the writer once. */
export function createSimulatedClients({ region, ...given }: SimulatedClientsConfig): MgnClients {
  const hostname = `mgn.${region}.${domainSuffix(region)}`;
  const endpoint = { protocol: 'https:', hostname, path: '/' };
  const url = new URL(`https://${hostname}`);
  const config: MgnClientConfig = {
    ...given,
    region,
    endpoint,
    endpointProvider: () => ({ url }),
    urlParser: () => endpoint,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: 3,
    defaultUserAgentProvider: () => Promise.resolve([['mgn-cutover', 'simulated']]),
    httpAuthSchemes: [unsignedIn(region)],
  };
  return { reader: new MgnClient(config), writer: new MgnClient({ ...config, maxAttempts: 1 }) };
}

const IdentitySchema = v.looseObject({ accessKeyId: v.string(), sessionToken: v.exactOptional(v.string()) });

/** Who a request comes from, as far as a simulator looks: the key, and the token of a session. */
export type Identity = Pick<Credentials, 'accessKeyId' | 'sessionToken'>;

/** The headers by which Signature Version 4 says who calls what and where, without the signature. */
export function unsignedHeaders(region: string, service: string, identity: Identity): Record<string, string> {
  const { accessKeyId, sessionToken } = identity;
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${region}/${service}/aws4_request`;
  return sessionToken === undefined ? { authorization } : { authorization, 'x-amz-security-token': sessionToken };
}

function unsignedIn(region: string): HttpAuthScheme {
  const schemeId = 'aws.auth#sigv4';
  return {
    schemeId,
    identityProvider: (identities) => identities.getIdentityProvider(schemeId),
    signer: {
      sign: (request, identity) => {
        Object.assign(request.headers, unsignedHeaders(region, 'mgn', v.parse(IdentitySchema, identity)));
        return Promise.resolve(request);
      },
    },
  };
}
