/**
 * The HTTP door: the service on loopback unless told otherwise, for any client that takes an endpoint URL, with the control path beside it.
 * The simulator's clock starts with the server, at the scenario's `startTime` or else the wall clock's, and runs at the
 * speed asked for.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { CallRecord } from './call-log.ts';
import { createClock } from './clock.ts';
import { controlPrefix, createControl } from './control.ts';
import type { Scenario } from './scenario/scenario-schema.ts';
import { createSimulator } from './simulator.ts';
import type { Answer, Simulator } from './simulator.ts';
import type { WireRequest, WireResponse } from './wire/http-message.ts';
import { errorResponse } from './wire/refusals.ts';

/** What a server is started with. */
export interface HttpServerOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** 0 lets the system choose a free port. */
  readonly port: number;
  /** The address to listen on; 127.0.0.1 if absent. Whoever can reach it may do everything: no signature is checked. */
  readonly host?: string | undefined;
  /** Simulated seconds a wall-clock second; 0 stands still until the control path advances it. */
  readonly speed: number;
  readonly onCall?: (call: CallRecord) => void;
  /** How slow a client may be; ten seconds to a minute if absent. */
  readonly patience?: Patience | undefined;
}

/** How long the door waits for a client, in milliseconds; whoever is slower is cut off. */
export interface Patience {
  /** From the connection, or the end of the call before, to the end of a request's headers. */
  readonly headersMs: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** Without a byte sent, or taken of an answer; the delays of faults are not the client's. */
  readonly answerMs: number;
}

/** A server that listens. */
export interface SimulatorServer {
  /** `http://127.0.0.1:PORT`, or with the host that was asked for; on this machine where that was every address. */
  readonly endpoint: string;
  readonly port: number;
  readonly simulator: Simulator;
  /** Stops listening and drops every open connection; safe to call twice. */
  readonly close: () => Promise<void>;
}

/** The port that was asked for is taken. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  readonly port: number;

  constructor(port: number, cause: unknown) {
    super(`Port ${String(port)} is in use; choose another, or 0 for any free one.`, { cause });
    this.port = port;
  }
}

const loopback = '127.0.0.1';
const bodyBytesMax = 1_048_576;
const connectionsMax = 1_000;
/** Most requests of one connection that wait for their answers; no client we know sends a second one before the first is answered. */
const pipelinedMax = 20;
const patienceByDefault: Patience = { headersMs: 10_000, requestMs: 30_000, answerMs: 60_000 };
/** How often connections are looked at, in milliseconds, at least. */
const lookEveryMs = 1_000;

/** The body, or undefined when it exceeds the limit; the rest of it is then not read, and nothing of one announced as larger. */
const readBody = async (incoming: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (Number(incoming.headers['content-length'] ?? 0) > bodyBytesMax) return undefined;
  const parts: AsyncIterable<unknown> = incoming.iterator({ destroyOnReturn: false });
  for await (const part of parts) {
    if (!(part instanceof Buffer)) continue;
    bytes += part.length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
};

const wireRequestOf = (incoming: IncomingMessage, body: string): WireRequest => {
  const [path = '/', queryText = ''] = (incoming.url ?? '/').split('?', 2);
  const parameters = new URLSearchParams(queryText);
  const query = Object.fromEntries(
    [...Map.groupBy(parameters, ([key]) => key)].map(([key, pairs]) => [key, pairs.map(([, value]) => value)]),
  );
  const header = (name: string) => [incoming.headers[name]].flat()[0];
  return {
    method: incoming.method ?? 'GET',
    path,
    query,
    body,
    target: header('x-amz-target'),
    authorization: header('authorization'),
    securityToken: header('x-amz-security-token'),
  };
};

const send = (outgoing: ServerResponse, { status, headers, body }: WireResponse): void => {
  const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  outgoing.writeHead(status, { ...headers, ...length });
  outgoing.end(body);
};

/** Refusals of the door itself, which no simulator has numbered. */
const doorRefusal = (status: number, errorType: string, message: string): WireResponse =>
  errorResponse(status, errorType, { message }, { connection: 'close', 'x-amzn-requestid': randomUUID() });

const tooLarge = (): WireResponse =>
  doorRefusal(413, 'RequestEntityTooLargeException', `The request body exceeds ${String(bodyBytesMax)} bytes.`);

const notUtf8 = (): WireResponse =>
  doorRefusal(400, 'SerializationException', 'The request body is not text in UTF-8.');

const deliver = (incoming: IncomingMessage, outgoing: ServerResponse, { outcome }: Answer): void => {
  if (outcome.kind === 'response') send(outgoing, outcome.response);
  else if (outcome.how === 'reset') incoming.socket.resetAndDestroy();
  else incoming.socket.destroy();
};

/** Longest wait a timer can hold. */
const timerMsMax = 2_147_483_647;

const isPortInUse = (error: Error): boolean => 'code' in error && error.code === 'EADDRINUSE';

const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

const endpointOf = (host: string, port: number): string => {
  const reached = everyAddress.has(host) ? loopback : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${String(port)}`;
};

const limits = ({ headersMs, requestMs }: Patience): ServerOptions => ({
  headersTimeout: headersMs,
  requestTimeout: requestMs,
  connectionsCheckingInterval: Math.min(lookEveryMs, headersMs, requestMs),
});

/** Binds the server to the address; answers the port, which the system chose when 0 was asked for. */
const listen = async (server: Server, port: number, host: string): Promise<number> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(isPortInUse(error) ? new PortInUseError(port, error) : error);
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
};

/**
 * Starts a simulator behind HTTP.
 *
 * @throws PortInUseError when the port is taken; the system's error when the address is none of this machine's.
 */
export const startHttpServer = async (options: HttpServerOptions): Promise<SimulatorServer> => {
  const { scenario, seed, speed, port, host = loopback, onCall, patience = patienceByDefault } = options;
  const startMs = scenario.startTime === undefined ? Date.now() : Date.parse(scenario.startTime);
  const clock = createClock(startMs, speed, Date.now);
  const simulator = createSimulator({
    scenario,
    seed,
    now: clock.now,
    callerNow: () => Date.now(),
    ...(onCall === undefined ? {} : { onCall }),
  });
  const control = createControl(simulator, clock);
  const delayed = new Set<NodeJS.Timeout>();

  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await readBody(incoming);
    if (body === undefined) {
      send(outgoing, tooLarge());
      return;
    }
    if (!isUtf8(body)) {
      send(outgoing, notUtf8());
      return;
    }
    const request = wireRequestOf(incoming, body.toString('utf8'));
    if (request.path.startsWith(controlPrefix)) {
      send(outgoing, control(request));
      return;
    }
    const answer = simulator.answer(request);
    if (answer.delayMs === 0) {
      deliver(incoming, outgoing, answer);
      return;
    }
    outgoing.setTimeout(0);
    const timer = setTimeout(
      () => {
        delayed.delete(timer);
        outgoing.setTimeout(patience.answerMs);
        deliver(incoming, outgoing, answer);
      },
      Math.min(answer.delayMs / (speed === 0 ? 1 : speed), timerMsMax),
    );
    delayed.add(timer);
    outgoing.once('close', () => {
      clearTimeout(timer);
      delayed.delete(timer);
    });
  };

  const waiting = new WeakMap<Socket, number>();
  const isTooMany = ({ socket }: IncomingMessage, outgoing: ServerResponse): boolean => {
    const count = (waiting.get(socket) ?? 0) + 1;
    waiting.set(socket, count);
    outgoing.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    return count > pipelinedMax;
  };

  const server = createServer(limits(patience), (incoming, outgoing) => {
    if (isTooMany(incoming, outgoing)) {
      incoming.socket.destroy();
      return;
    }
    respond(incoming, outgoing).catch((error: unknown) => {
      if (outgoing.headersSent) incoming.socket.destroy();
      else send(outgoing, doorRefusal(500, 'SimulatorDefect', String(error)));
    });
  });
  server.maxConnections = connectionsMax;
  server.timeout = patience.answerMs;
  const listeningPort = await listen(server, port, host);
  return {
    endpoint: endpointOf(host, listeningPort),
    port: listeningPort,
    simulator,
    close: () =>
      new Promise((resolve) => {
        for (const timer of delayed) clearTimeout(timer);
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
