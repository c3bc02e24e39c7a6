import { request } from 'node:http';

import {
  CreateWaveCommand,
  DescribeSourceServersCommand,
  ListTagsForResourceCommand,
  MgnClient,
  StartCutoverCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-mgn';

import { PortInUseError, startHttpServer } from '../../../simulator/http-server.ts';
import type { SimulatorServer } from '../../../simulator/http-server.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { clientOptions } from '../simulated-account.ts';

const web = 's-11111111111111111';
const servers: SimulatorServer[] = [];
const clients: MgnClient[] = [];

const start = async (scenario: object = {}, speed = 0): Promise<SimulatorServer> => {
  const parsed = parseScenario({
    startTime: '2026-03-07T22:00:00Z',
    servers: [{ hostname: 'web-1', sourceServerID: web }],
    ...scenario,
  });
  const server = await startHttpServer({ scenario: parsed, seed: 1, port: 0, speed });
  servers.push(server);
  return server;
};

const clientOf = ({ endpoint }: SimulatorServer): MgnClient => {
  const client = new MgnClient({ ...clientOptions, endpoint });
  clients.push(client);
  return client;
};

interface Received {
  readonly status: number | undefined;
  readonly headers: Record<string, unknown>;
  readonly json: unknown;
}

const call = (server: SimulatorServer, method: string, path: string, body = ''): Promise<Received> =>
  new Promise((resolve, reject) => {
    const sent = request(`${server.endpoint}${path}`, { method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const json: unknown = text === '' ? undefined : JSON.parse(text);
        resolve({ status: response.statusCode, headers: response.headers, json });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('the HTTP door', () => {
  it('serves the SDK over loopback, on a clock the control path advances', async () => {
    const server = await start();
    const client = clientOf(server);
    const { job } = await client.send(new StartCutoverCommand({ sourceServerIDs: [web] }));
    expect(job?.creationDateTime).toBe('2026-03-07T22:00:00+00:00');
    const clock = await call(server, 'POST', '/_simulator/clock', '{"advanceSeconds":3600}');
    expect(clock.json).toEqual({
      now: '2026-03-07T23:00:00.000Z',
      startedAt: '2026-03-07T22:00:00.000Z',
      elapsedSeconds: 3600,
      speed: 0,
    });
    const { items } = await client.send(new DescribeSourceServersCommand({}));
    expect(items?.[0]?.launchedInstance).toMatchObject({ jobID: job?.jobID, firstBoot: 'SUCCEEDED' });
  });

  it('keeps tags under percent-encoded ARNs', async () => {
    const client = clientOf(await start());
    const { arn: resourceArn } = await client.send(new CreateWaveCommand({ name: 'one', tags: { team: 'a b' } }));
    await client.send(new TagResourceCommand({ resourceArn, tags: { 'b c': '1', d: '2' } }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['b c', 'team'] }));
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ d: '2' });
  });

  it('names errors and requests in the headers', async () => {
    const server = await start();
    const { status, headers } = await call(server, 'POST', '/FinalizeCutover', '{}');
    expect(status).toBe(400);
    expect(headers).toMatchObject({ 'x-amzn-errortype': 'ValidationException', 'content-type': 'application/json' });
    expect(headers['x-amzn-requestid']).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/));
  });

  it('refuses a body above one MiB by name', async () => {
    const server = await start();
    const { status, headers } = await call(server, 'POST', '/ListWaves', `{"x":"${'x'.repeat(1_100_000)}"}`);
    expect([status, headers['x-amzn-errortype']]).toEqual([413, 'RequestEntityTooLargeException']);
  });

  it.each(['reset', 'timeout'])('ends the connection without an answer when it is lost by %s', async (ending) => {
    const server = await start({ faults: [{ fault: 'lostAnswer', operation: 'StartCutover', ending }] });
    const sent = call(server, 'POST', '/StartCutover', JSON.stringify({ sourceServerIDs: [web] }));
    await expect(sent).rejects.toHaveProperty('code', 'ECONNRESET');
    expect((await call(server, 'GET', '/_simulator/servers/web-1')).json).toMatchObject({
      lifeCycle: { state: 'CUTTING_OVER' },
    });
  });

  it('refuses a port that is in use, naming it', async () => {
    const { port } = await start();
    const again = startHttpServer({ scenario: parseScenario({}), seed: 1, port, speed: 1 });
    await expect(again).rejects.toThrow(PortInUseError);
    await expect(again).rejects.toThrow(String(port));
  });

  it('closes at once, with a delayed answer still due', async () => {
    const server = await start({ faults: [{ fault: 'delay', operation: '*', delayMs: 3_600_000 }] });
    const pending = call(server, 'POST', '/ListWaves', '{}').catch((error: unknown) => error);
    while (Object.keys(server.simulator.callCounts()).length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await server.close();
    expect(await pending).toHaveProperty('code', 'ECONNRESET');
    await expect(call(server, 'POST', '/ListWaves', '{}')).rejects.toHaveProperty('code', 'ECONNREFUSED');
  });

  it('runs its clock at the speed asked for', async () => {
    const server = await start({}, 1_000_000);
    const reading = async () => {
      const { json } = await call(server, 'GET', '/_simulator/clock');
      return typeof json === 'object' && json !== null && 'elapsedSeconds' in json ? Number(json.elapsedSeconds) : NaN;
    };
    const before = await reading();
    expect(await reading()).toBeGreaterThanOrEqual(before);
    while ((await reading()) < before + 1000) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('the control path', () => {
  it('puts faults in force and lifts them', async () => {
    const server = await start();
    const rule = { fault: 'throttle', operation: 'ListWaves' };
    const added = await call(server, 'POST', '/_simulator/faults', JSON.stringify(rule));
    expect(added).toMatchObject({ status: 201, json: { faultID: 'fault-1' } });
    expect((await call(server, 'POST', '/ListWaves', '{}')).status).toBe(429);
    expect((await call(server, 'GET', '/_simulator/faults')).json).toEqual({
      faults: [{ faultID: 'fault-1', rule, callsSeen: 1, timesFired: 1 }],
    });
    expect((await call(server, 'DELETE', '/_simulator/faults/fault-1')).status).toBe(204);
    expect((await call(server, 'POST', '/ListWaves', '{}')).status).toBe(200);
    expect((await call(server, 'DELETE', '/_simulator/faults/fault-1')).status).toBe(404);
    expect((await call(server, 'DELETE', '/_simulator/faults')).status).toBe(204);
  });

  it('shows the world and its servers, by id or hostname', async () => {
    const server = await start();
    expect((await call(server, 'GET', `/_simulator/servers/${web}`)).json).toMatchObject({ sourceServerID: web });
    expect((await call(server, 'GET', '/_simulator/servers/web-1')).json).toMatchObject({ sourceServerID: web });
    expect((await call(server, 'GET', '/_simulator/servers/web-2')).status).toBe(404);
    expect(JSON.stringify((await call(server, 'GET', '/_simulator/world')).json)).toContain(web);
  });

  it('counts calls, its own left out, and starts over', async () => {
    const server = await start();
    await clientOf(server).send(new StartCutoverCommand({ sourceServerIDs: [web] }));
    await call(server, 'POST', '/_simulator/clock', '{"advanceSeconds":60}');
    expect((await call(server, 'GET', '/_simulator/calls')).json).toEqual({
      calls: { StartCutover: { calls: 1, errors: {} } },
    });
    expect((await call(server, 'POST', '/_simulator/reset')).json).toMatchObject({ elapsedSeconds: 0 });
    expect((await call(server, 'GET', '/_simulator/calls')).json).toEqual({ calls: {} });
    expect((await call(server, 'GET', '/_simulator/servers/web-1')).json).toMatchObject({
      lifeCycle: { state: 'READY_FOR_CUTOVER' },
    });
  });

  it.each([
    ['POST', 'clock', '{"advanceSeconds":-1}', 400],
    ['POST', 'clock', '{"advanceSecond":1}', 400],
    ['POST', 'clock', 'soon', 400],
    ['POST', 'faults', '{"fault":"reset","operation":"Nope"}', 400],
    ['PUT', 'clock', '', 404],
    ['GET', 'nothing', '', 404],
  ])('refuses %s %s %s with %d and says why', async (method, resource, body, status) => {
    const answer = await call(await start(), method, `/_simulator/${resource}`, body);
    expect(answer).toMatchObject({ status, json: { message: expect.stringMatching(/./) } });
  });
});
