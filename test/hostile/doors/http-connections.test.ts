import { startHttpServer, type Patience, type SimulatorServer } from '../../../simulator/http-server.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { seededRandom } from '../../../simulator/seeded-random.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { pick } from './hostile-values.ts';
import { garbled } from './mutations.ts';
import { connectRaw, statusOf, type RawConnection } from './raw-connection.ts';
import { hostileSeed, tryCases } from './seeded-cases.ts';

jest.setTimeout(30_000);

const impatient = { headersMs: 150, requestMs: 300, answerMs: 300 };
const servers: SimulatorServer[] = [];
const connections: RawConnection[] = [];

const start = async (scenario: object = {}, patience: Patience = impatient): Promise<SimulatorServer> => {
  const server = await startHttpServer({
    scenario: parseScenario({ servers: [{ hostname: 'web-1' }], ...scenario }),
    seed: 1,
    port: 0,
    speed: 0,
    patience,
  });
  servers.push(server);
  return server;
};

const open = ({ port }: SimulatorServer, text: string | Buffer = ''): RawConnection => {
  const connection = connectRaw(port, text);
  connections.push(connection);
  return connection;
};

/** A request with these headers and this body; its length is told unless the headers say something of it. */
const post = (path: string, body: string | Buffer = '{}', headers: readonly string[] = []): Buffer => {
  const bytes = Buffer.from(body);
  const isLengthGiven = headers.some((header) => /^(content-length|transfer-encoding):/i.test(header));
  const length = isLengthGiven ? [] : [`Content-Length: ${String(bytes.length)}`];
  const head = [`POST ${path} HTTP/1.1`, 'Host: x', ...headers, ...length, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
};

/** Whatever was sent before, a client that does as it should is served as ever. */
const expectGoodService = async ({ endpoint }: SimulatorServer): Promise<void> => {
  const answer = await fetch(`${endpoint}/DescribeSourceServers`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('"identificationHints"');
};

afterEach(async () => {
  for (const { socket } of connections.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

expectNoUnhandledRejections();

const close = 'Connection: close';
const requests: readonly (readonly [string, string | Buffer, number])[] = [
  ['no HTTP at all', '\u0000\u0001\u0002 hello\r\n\r\n', 400],
  ['TLS on a plain port', Buffer.from('16030100f8010000f40303', 'hex'), 400],
  ['no version', 'POST /DescribeJobs\r\n\r\n', 200],
  ['an unknown method', 'STEAL /DescribeJobs HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['a wrong method', `GET /DescribeJobs HTTP/1.1\r\nHost: x\r\n${close}\r\n\r\n`, 404],
  ['no host', 'POST /DescribeJobs HTTP/1.1\r\n\r\n', 400],
  ['a header without a name', 'POST /DescribeJobs HTTP/1.1\r\nHost: x\r\n: value\r\n\r\n', 400],
  ['a control character in a header', post('/DescribeJobs', '{}', ['X-A: a\u0000b']), 400],
  ['a folded header', post('/DescribeJobs', '{}', ['X-A: a\r\n b']), 400],
  [
    'a flood of headers',
    post(
      '/DescribeJobs',
      '{}',
      Array.from({ length: 5_000 }, (_, n) => `X-${String(n)}: y`),
    ),
    431,
  ],
  ['one header without an end', post('/DescribeJobs', '{}', [`X-A: ${'y'.repeat(100_000)}`]), 431],
  ['a path without an end', post(`/${'x'.repeat(100_000)}`), 431],
  ['two lengths', post('/DescribeJobs', '{}', ['Content-Length: 2', 'Content-Length: 3']), 400],
  ['a negative length', post('/DescribeJobs', '{}', ['Content-Length: -1']), 400],
  ['a length that is no number', post('/DescribeJobs', '{}', ['Content-Length: 1e3']), 400],
  ['a length beyond all numbers', post('/DescribeJobs', '{}', ['Content-Length: 99999999999999999999']), 400],
  ['a length and chunks', post('/DescribeJobs', '0\r\n\r\n', ['Content-Length: 5', 'Transfer-Encoding: chunked']), 400],
  ['a chunk of no size', post('/DescribeJobs', 'zz\r\n{}\r\n0\r\n\r\n', ['Transfer-Encoding: chunked']), 400],
  ['a huge chunk', post('/DescribeJobs', 'fffffffffffffffff\r\n{}', ['Transfer-Encoding: chunked']), 400],
  ['an unknown coding', post('/DescribeJobs', '{}', ['Transfer-Encoding: zip', close]), 400],
  ['a compressed body', post('/DescribeJobs', Buffer.from('1f8b08', 'hex'), ['Content-Encoding: gzip', close]), 400],
  ['a body in Latin-1', post('/CreateWave', Buffer.from('{"name":"caf\u00e9"}', 'latin1'), [close]), 400],
  ['a body in UTF-16', post('/DescribeJobs', Buffer.from('{}', 'utf16le'), [close]), 400],
  ['a body that is half a character', post('/CreateWave', Buffer.from([0x7b, 0xe2, 0x82]), [close]), 400],
  ['an announced body of 100 MB', post('/DescribeJobs', '{}', ['Content-Length: 104857600']), 413],
  ['no JSON', post('/DescribeJobs', '<html>', [close]), 400],
  ['JSON of the wrong kind', post('/DescribeJobs', '[1]', [close]), 400],
  ['JSON 500,000 levels deep', post('/DescribeJobs', '['.repeat(500_000) + 'null', [close]), 400],
  [
    'an object 100,000 levels deep',
    post('/StartCutover', `${'{"a":'.repeat(100_000)}null${'}'.repeat(100_000)}`, [close]),
    400,
  ],
  [
    'a string of a megabyte',
    post('/StartCutover', JSON.stringify({ sourceServerIDs: ['x'.repeat(1_000_000)] }), [close]),
    400,
  ],
  [
    '100,000 wrong members',
    post('/StartCutover', JSON.stringify({ sourceServerIDs: Array.from({ length: 100_000 }, () => 1) }), [close]),
    400,
  ],
  ['a wrong content type', post('/DescribeJobs', '{}', ['Content-Type: text/html', close]), 200],
  ['a body of XML for EC2', post('/', '<DescribeVpcs/>', [close]), 404],
  [
    'an upgrade',
    `GET /_simulator/clock HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
    200,
  ],
  ['a path that is a URL', post('http://example.com/DescribeJobs', '{}', [close]), 404],
  ['a path with broken escapes', post('/tags/%E0%A4%A', '{}', [close]), 404],
  ['a path that climbs', post('/../../etc/passwd', '{}', [close]), 404],
];

describe('connections to the HTTP door', () => {
  it.each(requests)('%s: an answer, and good service after it', async (_what, request, status) => {
    const server = await start();
    const answer = await open(server, request).ended();
    expect(statusOf(answer)).toBe(status);
    expect(answer.length).toBeLessThan(40_000);
    expect(answer).not.toMatch(/SimulatorDefect|\n\s+at /);
    await expectGoodService(server);
  });

  it('answers a body of 20 MB early, and drops the rest of it', async () => {
    const server = await start();
    const connection = open(server, post('/DescribeJobs', '', ['Transfer-Encoding: chunked']));
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(0x10000)}\r\n`);
    let sent = 0;
    for (let count = 0; count < 320 && !connection.socket.destroyed; count += 1) {
      sent += chunk.length;
      if (!connection.socket.write(chunk)) {
        await new Promise((resolve) => {
          connection.socket.once('drain', resolve).once('close', resolve);
        });
      }
    }
    const answer = await connection.ended();
    expect(sent).toBeGreaterThan(1_048_576);
    expect([413, undefined]).toContain(statusOf(answer));
    await expectGoodService(server);
  });

  it.each([
    ['says nothing', ''],
    ['sends half its headers', 'POST /DescribeJobs HTTP/1.1\r\nHost: x\r\n'],
    ['never ends its body', post('/DescribeJobs', '{', ['Content-Length: 50'])],
    ['never ends its chunks', post('/DescribeJobs', '1\r\n{\r\n', ['Transfer-Encoding: chunked'])],
  ])('cuts off a client that %s', async (_what, text) => {
    const server = await start();
    const answer = await open(server, text).ended();
    expect([408, undefined]).toContain(statusOf(answer));
    await expectGoodService(server);
  });

  const patient = 20_000;
  it.each([
    ['of its headers', 'POST /DescribeJobs HTTP/1.1\r\nX-Slow: ', { ...impatient, requestMs: patient }],
    ['of its body', post('/DescribeJobs', '{', ['Content-Length: 5000']), impatient],
  ])('cuts off a client that sends a byte %s now and then', async (_what, text, patience) => {
    const server = await start({}, { ...patience, answerMs: patient });
    const connection = open(server, text);
    const drip = setInterval(() => connection.socket.write('x'), 20);
    try {
      expect([408, undefined]).toContain(statusOf(await connection.ended()));
    } finally {
      clearInterval(drip);
    }
    await expectGoodService(server);
  });

  it('answers a client that has closed its half, and forgets one that has gone', async () => {
    const server = await start();
    const halfOpen = open(server);
    halfOpen.socket.end(post('/DescribeJobs'));
    expect(statusOf(await halfOpen.until('"items"'))).toBe(200);
    for (let count = 0; count < 50; count += 1) {
      const gone = open(server, post('/DescribeJobs', '{', ['Content-Length: 40']));
      gone.socket.on('connect', () => gone.socket.resetAndDestroy());
    }
    await expectGoodService(server);
  });

  it('survives clients that go while their answers are delayed, reset or lost', async () => {
    const delays = ['reset', 'lostAnswer'].map((fault) => ({ fault, operation: 'DescribeJobs', timesMax: 20 }));
    const server = await start({ faults: [{ fault: 'delay', operation: 'DescribeJobs', delayMs: 60 }, ...delays] });
    const gone = Array.from({ length: 60 }, () => open(server, post('/DescribeJobs')));
    await Promise.all(gone.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
    for (const { socket } of gone) socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 120));
    await expectGoodService(server);
  });

  it('answers what is pipelined in order, and no flood of it', async () => {
    const server = await start();
    const few = open(
      server,
      Buffer.concat([...Array.from({ length: 5 }, () => post('/DescribeJobs')), post('/None', '{}', [close])]),
    );
    const answers = await few.ended();
    expect(answers.match(/HTTP\/1\.1 \d{3}/g)).toEqual([
      ...Array.from({ length: 5 }, () => 'HTTP/1.1 200'),
      'HTTP/1.1 404',
    ]);
    const flood = open(server, 'GET /_simulator/world HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_000));
    expect((await flood.ended()).match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThan(100);
    await expectGoodService(server);
  });

  it('cuts off a client that never takes its answers', async () => {
    const server = await start({
      servers: Array.from({ length: 1_000 }, (_, n) => ({ hostname: `web-${String(n)}` })),
    });
    const asked = 4;
    const connection = open(server);
    connection.socket.pause();
    connection.socket.write('GET /_simulator/world HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(asked));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    connection.socket.resume();
    expect((await connection.ended()).match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThan(asked);
    await expectGoodService(server);
  });

  it('answers or cuts off 400 garbled requests', async () => {
    const server = await start();
    const good = [
      post('/StartCutover', '{"sourceServerIDs":["s-11111111111111111"]}', [close]).toString('latin1'),
      post('/DescribeJobs', '2\r\n{}\r\n0\r\n\r\n', ['Transfer-Encoding: chunked', close]).toString('latin1'),
      post('/', 'Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1', [close]).toString(
        'latin1',
      ),
      post('/_simulator/clock', '{"advanceSeconds":1}', [close]).toString('latin1'),
    ];
    const random = seededRandom(hostileSeed, 'garbled requests');
    const texts = Array.from({ length: 400 }, () => garbled(pick(random, good), random));
    const exchange = (text: string): Promise<string> => {
      const connection = open(server);
      connection.socket.end(Buffer.from(text, 'latin1'));
      return connection.ended();
    };
    await tryCases(
      'garbled requests',
      8,
      (_random, index) => texts.slice(index * 50, index * 50 + 50),
      async (batch) => {
        const answers = await Promise.all(batch.map(exchange));
        for (const answer of answers) expect(answer).not.toMatch(/SimulatorDefect|\n\s+at /);
      },
    );
    await expectGoodService(server);
  });
});
