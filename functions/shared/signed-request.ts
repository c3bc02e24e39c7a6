/**
 * One signed HTTPS request to an AWS service, for the few calls whose SDK clients would make a bundle too large: a notice
 * to SNS, an object to S3, what is read of EC2, and hooks. Signed by the SDK's own signer (Signature Version 4).
 */
import { SignatureV4 } from '@smithy/signature-v4';
import { Hash } from '@smithy/hash-node';
import type { Clock } from '../domain/ports.ts';
import { AnswerTooLargeError, readText } from './bounded-body.ts';

/** Who sends, and how time passes. */
export interface Sender {
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  readonly clock: Clock;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<unknown>;
  /** How a request gets to the service and its answer back; `fetch` if absent. */
  readonly exchange?: Exchange | undefined;
  /** Gives a request the headers that say who sends it; Signature Version 4 if absent. */
  readonly sign?: Sign | undefined;
  /** How often a request is sent at most; three times if absent. */
  readonly triesMax?: number | undefined;
}

/** Credentials of the caller. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What is sent. The path of `url` is sent as it is, so it has to be encoded. */
export interface ServiceRequest {
  /** The service's signing name. */
  readonly service: 'sns' | 's3' | 'ec2' | 'servicequotas' | 'monitoring' | 'lambda' | 'ssm' | 'sts';
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  readonly contentType: string;
  /** The `x-amz-target` of a JSON protocol, which names the operation. */
  readonly target?: string;
  readonly body: string;
}

/** A request on its way, signed. */
export interface SignedRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The headers of a request as the sender sends it. */
export type Sign = (sender: Sender, request: ServiceRequest) => Promise<Record<string, string>>;

/** Sends a request once and answers with the whole answer, whatever its status; throws when none came. */
export type Exchange = (request: SignedRequest) => Promise<{ readonly status: number; readonly body: string }>;

/** A service refused the request or could not be reached. The message holds the service's code, never the request. */
export class ServiceRequestError extends Error {
  override readonly name = 'ServiceRequestError';
  /** HTTP status of the refusal; undefined when no answer came. */
  readonly status: number | undefined;
  /** The service's code of the refusal; undefined when it gave none. */
  readonly code: string | undefined;
  /** Whether the same request may be answered some time later. */
  readonly mayPass: boolean;

  constructor(message: string, { status, code, mayPass, cause }: Omit<Failure, 'what'>) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.mayPass = mayPass;
  }
}

const usualTriesMax = 3;
const waitMs = 250;
/** How long one try may take, in milliseconds; a report of 1,000 servers is a few megabytes. */
const tryMsMax = 20_000;

/** An answer that says nothing against trying again; services throttle with several statuses. */
const passing = /throttl|slowdown|requesttimeout|requestlimitexceeded|internal/i;

/**
 * Sends the request, up to three times while the service is unreachable, throttles or fails (429, 5xx). After a lost
 * answer it is sent again, so it may take effect twice.
 *
 * @returns the body of the answer.
 * @throws ServiceRequestError when the service refused it or every try failed; what `credentials` throws when there are
 *   none.
 */
export async function sendSigned(sender: Sender, request: ServiceRequest): Promise<string> {
  const triesMax = sender.triesMax ?? usualTriesMax;
  for (let tryNumber = 1; ; tryNumber += 1) {
    const result = await tryOnce(sender, request);
    if (typeof result === 'string') return result;
    if (!result.mayPass || tryNumber === triesMax)
      throw new ServiceRequestError(`${request.service}: ${result.what}`, result);
    await sender.wait(waitMs * 4 ** (tryNumber - 1));
  }
}

interface Failure {
  readonly what: string;
  readonly mayPass: boolean;
  readonly status?: number;
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

async function tryOnce(sender: Sender, request: ServiceRequest): Promise<string | Failure> {
  const { method, url, body } = request;
  const headers = await (sender.sign ?? sign)(sender, request);
  try {
    const answer = await (sender.exchange ?? fetchOnce)({ method, url, headers, body });
    const { status } = answer;
    if (status >= 200 && status < 300) return answer.body;
    const code = codeOf(answer.body);
    const mayPass = status === 429 || status >= 500 || passing.test(code ?? '');
    return { what: `answered ${status} ${code ?? 'no code'}`, mayPass, status, code };
  } catch (error) {
    const what = error instanceof AnswerTooLargeError ? error.message : 'could not be reached';
    return { what, mayPass: true, cause: error };
  }
}

async function fetchOnce({ url, ...request }: SignedRequest): Promise<{ status: number; body: string }> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(tryMsMax), redirect: 'manual' });
  return { status: response.status, body: await readText(response) };
}

/** The code of a refusal, in XML or in JSON, where a namespace may stand before it. */
function codeOf(body: string): string | undefined {
  return /<Code>([\w.]{1,100})<\/Code>/.exec(body)?.[1] ?? /"__type"\s*:\s*"(?:[\w.]*#)?(\w{1,100})/.exec(body)?.[1];
}

/** S3 is the one service whose path is not encoded a second time for the signature. */
async function sign({ region, credentials, clock }: Sender, request: ServiceRequest): Promise<Record<string, string>> {
  const { service, method, url, contentType, target, body } = request;
  const sha256 = Hash.bind(null, 'sha256');
  const signer = new SignatureV4({ service, region, credentials, sha256, uriEscapePath: service !== 's3' });
  const { headers } = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: {
        host: url.host,
        'content-type': contentType,
        ...(target === undefined ? {} : { 'x-amz-target': target }),
      },
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
