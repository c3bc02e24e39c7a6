/**
 * Requests of an SDK client over a real socket within virtual time: the clock stands still until the whole answer is
 * there, so that how long the machine takes has no part in a test.
 */
import { request as sendRequest, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Time } from '../../local/virtual-time.ts';

/** The members of the SDK's request that a socket needs. */
interface SdkRequest {
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** What a client of the SDK takes as its `requestHandler`. */
export interface HeldRequestHandler extends Record<string, unknown> {
  readonly metadata: { readonly handlerProtocol: string };
  readonly handle: (request: SdkRequest) => Promise<{ response: SdkResponse }>;
  readonly destroy: () => void;
  readonly updateHttpClientConfig: () => void;
  readonly httpHandlerConfigs: () => Record<string, never>;
}

/** Sends requests while `time` stands still, until it is stopped. */
export function holdRequests(time: Time): HeldRequestHandler & {
  /** Lets what was sent come to its end; what is sent afterwards never leaves. */
  stop(): Promise<void>;
} {
  const sent = new Set<Promise<unknown>>();
  let isStopped = false;
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: (request) => {
      if (isStopped) return new Promise(() => undefined);
      const answered = send(request);
      const settled = answered.catch(() => undefined).finally(() => sent.delete(settled));
      sent.add(settled);
      return time.hold(answered);
    },
    stop: async () => {
      isStopped = true;
      await Promise.all(sent);
    },
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

function send({ hostname, port, path, method, headers, body }: SdkRequest): Promise<{ response: SdkResponse }> {
  return new Promise((resolve, reject) => {
    const sent = sendRequest({ hostname, port, path, method, headers, agent: false }, (incoming) => {
      buffer(incoming).then((content) => {
        const statusCode = incoming.statusCode ?? 0;
        resolve({ response: { statusCode, headers: plainHeaders(incoming.headers), body: content } });
      }, reject);
    });
    sent.on('error', reject);
    sent.end(typeof body === 'string' || body instanceof Uint8Array ? body : undefined);
  });
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
