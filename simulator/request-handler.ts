/**
 * The in-process door: a `requestHandler` for the SDK's `MgnClient`. The real client serializes, signs, retries and
 * parses; only the socket is missing. Bodies are bytes, never streams, and nothing but microtasks passes between request
 * and answer, so virtual time works; a `delay` fault waits on the `sleep` that is handed in.
 */
import { ConnectionLostError } from './connection-lost-error.ts';
import type { Simulator } from './simulator.ts';
import type { WireRequest } from './wire/http-message.ts';

/** The members of the SDK's request that the simulator reads. */
export interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The members of the SDK's handler options that the simulator heeds. */
export interface SdkRequestOptions {
  readonly abortSignal?: AbortSignal;
}

/** The SDK's response, with the body in one piece. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** What `new MgnClient({ requestHandler })` takes. */
export interface SimulatorRequestHandler extends Record<string, unknown> {
  readonly metadata: { readonly handlerProtocol: string };
  readonly handle: (request: SdkRequest, options?: SdkRequestOptions) => Promise<{ response: SdkResponse }>;
  readonly destroy: () => void;
  readonly updateHttpClientConfig: () => void;
  readonly httpHandlerConfigs: () => Record<string, never>;
}

/** The caller gave up before the answer came; what the call did is done all the same. */
export class RequestAbortedError extends Error {
  override readonly name = 'AbortError';

  constructor() {
    super('Request aborted');
  }
}

/** Rejects when the caller gives up; never settles otherwise. */
const givenUp = (abortSignal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    abortSignal.addEventListener(
      'abort',
      () => {
        reject(new RequestAbortedError());
      },
      { once: true },
    );
  });

const bodyText = (body: unknown): string => {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
};

const wireRequestOf = ({ method, path, query = {}, headers = {}, body }: SdkRequest): WireRequest => ({
  method,
  path,
  query: Object.fromEntries(Object.entries(query).map(([key, value]) => [key, [value ?? ''].flat()])),
  body: bodyText(body),
  target: headers['x-amz-target'],
  authorization: headers['authorization'],
  securityToken: headers['x-amz-security-token'],
});

/**
 * A request handler that answers from a simulator.
 *
 * @param sleep - waits milliseconds of the simulator's clock; called for delayed answers only.
 * @throws ConnectionLostError from `handle` where a fault rule resets the connection or loses the answer,
 *   RequestAbortedError where the caller's `abortSignal` fires first.
 */
export const createRequestHandler = (
  simulator: Simulator,
  sleep: (milliseconds: number) => Promise<void>,
): SimulatorRequestHandler => ({
  metadata: { handlerProtocol: 'http/1.1' },
  handle: async (request, { abortSignal } = {}) => {
    if (abortSignal?.aborted === true) throw new RequestAbortedError();
    const { outcome, delayMs } = simulator.answer(wireRequestOf(request));
    if (delayMs > 0) {
      const answered = sleep(delayMs);
      await (abortSignal === undefined ? answered : Promise.race([answered, givenUp(abortSignal)]));
    }
    if (outcome.kind === 'lost') throw new ConnectionLostError(outcome.how);
    const { status, headers, body } = outcome.response;
    return { response: { statusCode: status, headers: { ...headers }, body: Buffer.from(body) } };
  },
  destroy: () => undefined,
  updateHttpClientConfig: () => undefined,
  httpHandlerConfigs: () => ({}),
});
