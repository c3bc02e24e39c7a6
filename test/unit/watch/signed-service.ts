/**
 * An AWS service on loopback that takes nothing but requests with a good signature. The signature is worked out here from
 * its specification (Signature Version 4), without the SDK, so that both would have to be wrong in the same way.
 */
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** The credentials that the service knows. */
export const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'session-token',
};

/** A request that was received. */
export interface Received {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Undefined where the signature is good. */
  readonly signatureError: string | undefined;
}

/** What the service answers to a request; `hangUp` closes the connection instead. */
export type ScriptedAnswer = { readonly status: number; readonly body?: string } | 'hangUp';

/** The running service. */
export interface SignedService {
  readonly endpoint: string;
  readonly received: readonly Received[];
  /** The answers to the next requests; after them every signed one is answered with 200. */
  script(...answers: ScriptedAnswer[]): void;
  close(): Promise<void>;
}

/** Starts it for requests signed for that service and region. */
export async function startSignedService(service: string, region: string): Promise<SignedService> {
  const received: Received[] = [];
  let scripted: ScriptedAnswer[] = [];
  const take = async (request: IncomingMessage): Promise<ScriptedAnswer> => {
    const body = await text(request);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const path = request.url ?? '';
    const signed = { method: request.method ?? '', path, headers, body };
    const signatureError = signatureErrorOf(signed, service, region);
    received.push({ ...signed, signatureError });
    const refused = { status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' };
    return signatureError === undefined ? (scripted.shift() ?? { status: 200 }) : refused;
  };
  const server = createServer((request, response) => {
    void take(request).then((answer) => {
      if (answer === 'hangUp') response.destroy();
      else response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body ?? '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    received,
    script: (...answers) => (scripted = answers),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/** What is wrong with the request's signature. */
function signatureErrorOf(
  { method, path, headers, body }: Omit<Received, 'signatureError'>,
  service: string,
  region: string,
): string | undefined {
  const authorization = headers['authorization'] ?? '';
  const found = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/.exec(
    authorization,
  );
  const [, accessKeyID, scope = '', signedHeaders = '', signature] = found ?? [];
  const date = headers['x-amz-date'] ?? '';
  const expectedScope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  if (accessKeyID !== credentials.accessKeyId) return `unknown access key in ${authorization}`;
  if (scope !== expectedScope) return `scope is ${scope}, not ${expectedScope}`;
  if (headers['x-amz-security-token'] !== credentials.sessionToken) return 'the session token is missing';
  if (headers['x-amz-content-sha256'] !== sha256(body)) return 'the body is another one';
  const names = signedHeaders.split(';');
  for (const name of ['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'])
    if (!names.includes(name)) return `${name} is not signed`;
  const [rawPath = '', query = ''] = path.split('?');
  const canonicalPath = service === 's3' ? rawPath : rawPath.split('/').map(encodeURIComponent).join('/');
  const canonicalHeaders = names.map((name) => `${name}:${headers[name] ?? ''}\n`).join('');
  const canonical = [method, canonicalPath, query, canonicalHeaders, signedHeaders, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const keyParts = [date.slice(0, 8), region, service, 'aws4_request'];
  const key = keyParts.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature ? undefined : `signature is not that of\n${canonical}`;
}
