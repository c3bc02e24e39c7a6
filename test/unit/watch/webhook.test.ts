/** A chat's incoming webhook: what is sent there, what is tried again, and that nobody learns where it is. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createWebhook, parseWebhookUrl, WebhookError } from '../../../functions/watch/webhook.ts';
import { readWebhookFrom } from '../../../functions/watch/webhook-parameter.ts';
import type { Message } from '../../../functions/watch/message.ts';
import { credentials, startSignedService } from './signed-service.ts';

const secret = 'T000/B000/XXXXXXXX';
const message: Message = {
  subject: 'mgn-cutover ACT: 1 of 2 source servers failed: night-1',
  text: 'ACT: it failed on <!channel> @here.\n\n    mgn-cutover watch night-1 --stack MgnCutover\n',
  document: {
    version: 1,
    kind: 'FAILURE',
    severity: 'ACT',
    what: 'It failed.',
    run: 'night-1',
    region: 'eu-west-1',
    servers: [],
    nextCommands: [],
    at: '2026-03-07T22:00:00.000Z',
  },
};

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A chat on loopback that answers as told, and 200 after that. */
async function withChat(
  answers: readonly (Answer | 'hangUp')[],
  use: (url: URL, received: { readonly request: IncomingMessage; readonly body: string }[]) => Promise<void>,
): Promise<void> {
  const received: { readonly request: IncomingMessage; readonly body: string }[] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ request, body });
      const answer = left.shift() ?? { status: 200 };
      if (answer === 'hangUp') response.destroy();
      else response.writeHead(answer.status, answer.headers).end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  try {
    await use(new URL(`http://127.0.0.1:${address.port}/services/${secret}`), received);
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

let waited: number[] = [];
const wait = (ms: number) => Promise.resolve(waited.push(ms));
beforeEach(() => {
  waited = [];
});

const told = (url: URL, onRefusal?: () => void) =>
  createWebhook({ url: () => Promise.resolve(url), wait, onRefusal }).tell(message);

describe('createWebhook', () => {
  it('sends plain text as JSON, in which nobody’s words call everybody or make a link', async () => {
    await withChat([], async (url, received) => {
      await told(url);

      expect(received).toHaveLength(1);
      expect(received[0]?.request).toMatchObject({ method: 'POST', url: `/services/${secret}` });
      expect(received[0]?.request.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(JSON.parse(received[0]?.body ?? '')).toEqual({
        text: `${message.subject}\n\nACT: it failed on ‹!channel› ＠here.\n\n    mgn-cutover watch night-1 --stack MgnCutover\n`,
      });
    });
  });

  it.each([
    ['an error of the server', { status: 500 }, [500, 2_000]],
    ['being busy', { status: 429 }, [500, 2_000]],
    ['being busy for a time it names', { status: 429, headers: { 'retry-after': '3' } }, [3_000, 3_000]],
    ['being busy for longer than anybody waits', { status: 503, headers: { 'retry-after': '3600' } }, [5_000, 5_000]],
    ['a time that is none', { status: 503, headers: { 'retry-after': 'Sat, 07 Mar 2026' } }, [500, 2_000]],
    ['a lost answer', 'hangUp', [500, 2_000]],
  ] as const)('tries again after %s', async (_, answer, waits) => {
    await withChat([answer, answer], async (url, received) => {
      await told(url);

      expect(received).toHaveLength(3);
      expect(waited).toEqual(waits);
    });
  });

  it('gives up after three tries, and does not say where it was', async () => {
    await withChat([{ status: 500 }, { status: 500 }, { status: 502 }], async (url, received) => {
      const refused = jest.fn();

      await expect(told(url, refused)).rejects.toThrow(new WebhookError('the webhook answered 502'));
      expect(received).toHaveLength(3);
      expect(refused).not.toHaveBeenCalled();
    });
  });

  it.each([400, 403, 404, 410])(
    'does not repeat what is refused with %d, and has its URL read anew',
    async (status) => {
      await withChat([{ status }], async (url, received) => {
        const refused = jest.fn();

        await expect(told(url, refused)).rejects.toThrow(`the webhook answered ${status}`);
        expect(received).toHaveLength(1);
        expect(refused).toHaveBeenCalledTimes(1);
      });
    },
  );

  it('follows no redirect', async () => {
    await withChat([], async (elsewhere, seenElsewhere) => {
      await withChat([{ status: 307, headers: { location: elsewhere.href } }], async (url) => {
        await expect(told(url)).rejects.toThrow('the webhook answered 307');
        expect(seenElsewhere).toEqual([]);
      });
    });
  });

  it('says that nobody answers, and not where', async () => {
    let gone: URL | undefined;
    await withChat([], (url) => {
      gone = url;
      return Promise.resolve();
    });
    const error: unknown = await told(gone ?? new URL('http://127.0.0.1:1/')).catch((thrown: unknown) => thrown);

    expect(error).toEqual(new WebhookError('the webhook could not be reached'));
    expect(error).not.toHaveProperty('cause');
  });
});

describe('parseWebhookUrl', () => {
  it('takes https', () => {
    expect(parseWebhookUrl(' https://chat.example.com/hooks/abc?x=1\n').href).toBe(
      'https://chat.example.com/hooks/abc?x=1',
    );
  });

  it.each(['http://chat.example.com/a', 'ftp://chat.example.com/a', 'chat.example.com', '', 'http://127.0.0.1:1/a'])(
    'refuses %j and does not quote it',
    (address) => {
      expect(() => parseWebhookUrl(address)).toThrow(WebhookError);
      expect(() => parseWebhookUrl(address)).not.toThrow(/example|127/);
    },
  );

  it('takes http to this machine where that is allowed', () => {
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:8080'])
      expect(parseWebhookUrl(`http://${host}/a`, { mayBeLoopback: true }).pathname).toBe('/a');
    for (const host of ['127.0.0.1.example.com', 'localhost.example.com', '10.0.0.1'])
      expect(() => parseWebhookUrl(`http://${host}/a`, { mayBeLoopback: true })).toThrow(WebhookError);
  });
});

describe('readWebhookFrom', () => {
  const region = 'eu-central-1';
  let now = Date.parse('2026-03-07T22:00:00Z');
  const sender = { region, credentials: () => Promise.resolve(credentials), clock: { now: () => now }, wait };
  const parameter = (Value: string) => ({ status: 200, body: JSON.stringify({ Parameter: { Value } }) });
  const inSsm = async (use: (service: Awaited<ReturnType<typeof startSignedService>>) => Promise<void>) => {
    const ssm = await startSignedService('ssm', region);
    try {
      await use(ssm);
    } finally {
      await ssm.close();
    }
  };

  it('reads the parameter decrypted, signed, and keeps the URL for five minutes', async () => {
    await inSsm(async (ssm) => {
      ssm.script(parameter('https://chat.example.com/1'), parameter('https://chat.example.com/2'));
      const { url } = readWebhookFrom({ sender, name: '/mgn-cutover/webhook', endpoint: ssm.endpoint });

      expect((await url()).pathname).toBe('/1');
      now += 299_999;
      expect((await url()).pathname).toBe('/1');
      now += 1;
      expect((await url()).pathname).toBe('/2');
      expect(ssm.received).toHaveLength(2);
      expect(ssm.received[0]).toMatchObject({ signatureError: undefined, method: 'POST' });
      expect(ssm.received[0]?.headers['x-amz-target']).toBe('AmazonSSM.GetParameter');
      expect(JSON.parse(ssm.received[0]?.body ?? '')).toEqual({ Name: '/mgn-cutover/webhook', WithDecryption: true });
    });
  });

  it('reads it anew once the webhook has refused a message', async () => {
    await inSsm(async (ssm) => {
      ssm.script(parameter('https://chat.example.com/1'), parameter('https://chat.example.com/2'));
      const { url, onRefusal } = readWebhookFrom({ sender, name: 'webhook', endpoint: ssm.endpoint });
      await url();
      onRefusal?.();

      expect((await url()).pathname).toBe('/2');
    });
  });

  it.each([
    ['no URL', parameter(`not a URL ${secret}`), 'the webhook’s address is no URL'],
    ['http', parameter(`http://chat.example.com/${secret}`), 'the webhook’s URL is not one of https'],
    [
      'another shape',
      { status: 200, body: `{"${secret}": 1}` },
      'the webhook’s parameter was answered in an unknown shape',
    ],
    ['a refusal', { status: 400, body: '{"__type":"ParameterNotFound"}' }, 'ssm: answered 400 ParameterNotFound'],
  ])('refuses %s without quoting it', async (_, answer, words) => {
    await inSsm(async (ssm) => {
      ssm.script(answer);
      const error: unknown = await readWebhookFrom({ sender, name: 'webhook', endpoint: ssm.endpoint })
        .url()
        .catch((thrown: unknown) => thrown);

      expect(String(error)).toContain(words);
      expect(String(error)).not.toContain(secret);
    });
  });
});
