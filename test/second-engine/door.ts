/**
 * The door between another interpreter and this process. Moto sends every call of its state machines to one port; here
 * that port answers Lambda's Invoke with functions of this process and passes everything else on to moto itself.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Performs a function; what it throws is the function's error. */
export type Invoke = (functionArn: string, event: unknown) => Promise<unknown>;

/** Hears of each call that is passed on, with the body of its answer. */
export type Overhear = (target: string, answered: string) => void;

/** A call as it comes to the door. */
export interface DoorCall {
  readonly path: string;
  /** The `X-Amz-Target` of services that have one; empty otherwise. */
  readonly target: string;
  readonly body: string;
}

/** What a test answers in place of moto. */
export interface DoorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What the door does beside passing calls on. */
export interface DoorDuties {
  readonly invoke: Invoke;
  readonly overhear?: Overhear;
  /** Answers a call itself; undefined passes it on. */
  readonly intercept?: (call: DoorCall) => Promise<DoorAnswer | undefined>;
}

/** An open door. */
export interface Door {
  readonly port: number;
  /** Says where calls that are not for Lambda go. */
  passOnTo(port: number): void;
  close(): Promise<void>;
}

/** The door was asked for something before it knew where to pass it on. */
export class DoorNotReadyError extends Error {
  override readonly name = 'DoorNotReadyError';
}

const invocation = /^\/2015-03-31\/functions\/([^/]+)\/invocations/;

/** Opens the door on a free port of the loopback interface. */
export async function openDoor({ invoke, overhear = () => undefined, intercept }: DoorDuties): Promise<Door> {
  let behind: number | undefined;
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      outgoing.writeHead(500, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ message: error instanceof Error ? error.message : String(error) }));
    });
  });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await bodyOf(incoming);
    const functionArn = invocation.exec(incoming.url ?? '')?.[1];
    if (functionArn !== undefined) {
      await answerInvocation(outgoing, () => invoke(decodeURIComponent(functionArn), JSON.parse(body.toString())));
      return;
    }
    const own = await intercept?.({ path: incoming.url ?? '', target: targetOf(incoming), body: body.toString() });
    if (own !== undefined) {
      outgoing.writeHead(own.status, { 'content-type': 'application/json', ...own.headers });
      outgoing.end(JSON.stringify(own.body));
      return;
    }
    if (behind === undefined) throw new DoorNotReadyError('The door does not know yet what stands behind it.');
    await passOn(incoming, body, behind, outgoing, overhear);
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: portOf(server.address()),
    passOnTo: (port) => {
      behind = port;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new DoorNotReadyError('The door has no port.');
  return address.port;
}

function targetOf({ headers }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target : '';
}

function bodyOf(message: IncomingMessage): Promise<Buffer> {
  return buffer(message);
}

/** Lambda answers 200 in both cases; a header tells of the error, and the body is what the Node.js runtime makes of it. */
async function answerInvocation(outgoing: ServerResponse, perform: () => Promise<unknown>): Promise<void> {
  try {
    const given = await perform();
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify(given ?? null));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    outgoing.writeHead(200, { 'content-type': 'application/json', 'x-amz-function-error': 'Unhandled' });
    outgoing.end(JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] }));
  }
}

async function passOn(
  incoming: IncomingMessage,
  body: Buffer,
  port: number,
  outgoing: ServerResponse,
  overhear: Overhear,
): Promise<void> {
  const answered = await new Promise<IncomingMessage>((resolve, reject) => {
    const onward = request(
      { host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers: incoming.headers, agent: false },
      resolve,
    );
    onward.on('error', reject);
    onward.end(body);
  });
  const answer = await bodyOf(answered);
  overhear(targetOf(incoming), answer.toString());
  const headers = Object.fromEntries(
    Object.entries(answered.headers).filter(([name]) => name !== 'transfer-encoding' && name !== 'connection'),
  );
  outgoing.writeHead(answered.statusCode ?? 502, headers);
  outgoing.end(answer);
}
