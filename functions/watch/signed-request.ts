/**
 * One signed HTTPS request to an AWS service, for the two calls whose SDK clients would make a bundle too large: a notice
 * to SNS and an object to S3. Signed by the SDK's own signer (Signature Version 4).
 */
import { SignatureV4 } from '@smithy/signature-v4';
import { Hash } from '@smithy/hash-node';
import type { Clock } from '../domain/ports.ts';

/** Who sends, and how time passes. */
export interface Sender {
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  readonly clock: Clock;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<unknown>;
}

/** Credentials of the function's role. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What is sent. The path of `url` is sent as it is, so it has to be encoded. */
export interface ServiceRequest {
  readonly service: 'sns' | 's3';
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  readonly contentType: string;
  readonly body: string;
}

/** A service refused the request or could not be reached. The message holds the service's code, never the request. */
export class ServiceRequestError extends Error {
  override readonly name = 'ServiceRequestError';
}

const triesMax = 3;
const waitMs = 250;
/** How long one try may take, in milliseconds; a report of 1,000 servers is a few megabytes. */
const tryMsMax = 20_000;

/** An answer that says nothing against trying again; SNS and S3 throttle with several statuses. */
const passing = /throttl|slowdown|requesttimeout|internal/i;

/**
 * Sends the request, up to three times while the service is unreachable, throttles or fails (429, 5xx). After a lost
 * answer it is sent again, so it may take effect twice.
 *
 * @throws ServiceRequestError when the service refused it or every try failed.
 */
export async function sendSigned(sender: Sender, request: ServiceRequest): Promise<void> {
  for (let tryNumber = 1; ; tryNumber += 1) {
    const failure = await tryOnce(sender, request);
    if (failure === undefined) return;
    if (!failure.mayPass || tryNumber === triesMax)
      throw new ServiceRequestError(`${request.service}: ${failure.what}`, { cause: failure.cause });
    await sender.wait(waitMs * 4 ** (tryNumber - 1));
  }
}

interface Failure {
  readonly what: string;
  readonly mayPass: boolean;
  readonly cause?: unknown;
}

async function tryOnce(sender: Sender, request: ServiceRequest): Promise<Failure | undefined> {
  const headers = await sign(sender, request);
  try {
    const { method, url, body } = request;
    const signal = AbortSignal.timeout(tryMsMax);
    const response = await fetch(url, { method, headers, body, signal, redirect: 'manual' });
    const answer = await response.text();
    if (response.ok) return undefined;
    const code = /<Code>([\w.]{1,100})<\/Code>/.exec(answer)?.[1] ?? 'no code';
    const mayPass = response.status === 429 || response.status >= 500 || passing.test(code);
    return { what: `answered ${response.status} ${code}`, mayPass };
  } catch (error) {
    return { what: 'could not be reached', mayPass: true, cause: error };
  }
}

/** S3 is the one service whose path is not encoded a second time for the signature. */
async function sign({ region, credentials, clock }: Sender, request: ServiceRequest): Promise<Record<string, string>> {
  const { service, method, url, contentType, body } = request;
  const sha256 = Hash.bind(null, 'sha256');
  const signer = new SignatureV4({ service, region, credentials, sha256, uriEscapePath: service !== 's3' });
  const { headers } = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'content-type': contentType },
      body,
    },
    { signingDate: new Date(clock.now()) },
  );
  return headers;
}

/** The domain that a region's services are under. */
export function domainSuffix(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** The text as a part of a URL's path, encoded as signatures want it: everything but letters, digits and `-._~`. */
export function encodePart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
