import {
  ArchiveWaveCommand,
  CreateWaveCommand,
  DeleteWaveCommand,
  DescribeJobsCommand,
  DescribeReplicationConfigurationTemplatesCommand,
  DescribeSourceServersCommand,
  FinalizeCutoverCommand,
  InitializeServiceCommand,
  ListManagedAccountsCommand,
  ListWavesCommand,
  MgnClient,
  MgnServiceException,
  StartCutoverCommand,
  ThrottlingException,
  ValidationException,
  paginateDescribeSourceServers,
} from '@aws-sdk/client-mgn';

import { createRequestHandler } from '../../../simulator/request-handler.ts';
import { clientOptions, simulatedAccount } from '../simulated-account.ts';

const web = 's-11111111111111111';
const oneServer = (faults: unknown[] = [], more: object = {}) => ({
  servers: [{ hostname: 'web-1', sourceServerID: web }],
  faults,
  ...more,
});
const startWeb = new StartCutoverCommand({ sourceServerIDs: [web] });
const describeWeb = new DescribeSourceServersCommand({ filters: { sourceServerIDs: [web] } });

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('the in-process door', () => {
  it('takes a cutover from the call to a launched instance, as the SDK sees it', async () => {
    const { client, advanceSeconds } = simulatedAccount(oneServer());
    const started = await client.send(startWeb);
    expect(started.$metadata).toMatchObject({ httpStatusCode: 202, attempts: 1 });
    expect(started.job).toMatchObject({ status: 'PENDING', initiatedBy: 'START_CUTOVER', type: 'LAUNCH' });
    advanceSeconds(3600);
    const jobID = started.job?.jobID ?? '';
    const { items } = await client.send(new DescribeJobsCommand({ filters: { jobIDs: [jobID] } }));
    expect(items?.[0]).toMatchObject({ status: 'COMPLETED', participatingServers: [{ launchStatus: 'LAUNCHED' }] });
    const servers = await client.send(describeWeb);
    expect(servers.items?.[0]).toMatchObject({
      lifeCycle: { state: 'CUTTING_OVER', lastCutover: { initiated: { jobID } } },
      launchedInstance: { jobID, firstBoot: 'SUCCEEDED' },
    });
  });

  it('answers the statuses of the model, and empty bodies with 204', async () => {
    const { client, raw } = simulatedAccount({});
    const created = await client.send(new CreateWaveCommand({ name: 'one' }));
    expect(created.$metadata.httpStatusCode).toBe(201);
    expect(created.waveID).toMatch(/^wave-[0-9a-zA-Z]{17}$/);
    expect((await client.send(new ArchiveWaveCommand({ waveID: created.waveID }))).$metadata.httpStatusCode).toBe(200);
    expect((await client.send(new DeleteWaveCommand({ waveID: created.waveID }))).$metadata.httpStatusCode).toBe(204);
    expect(raw('POST', '/InitializeService', '')).toMatchObject({ status: 204, body: '' });
  });

  it('gives every answer a request id of its own, the same ones for the same seed', async () => {
    const idsOf = async (seed: number) => {
      const { client } = simulatedAccount(oneServer(), seed);
      const first = await client.send(describeWeb);
      const second = await failureOf(client.send(new FinalizeCutoverCommand({ sourceServerID: web })));
      return [first.$metadata.requestId, second instanceof MgnServiceException && second.$metadata.requestId];
    };
    const [one, two] = await idsOf(5);
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(two).not.toBe(one);
    expect(await idsOf(5)).toEqual([one, two]);
    expect(await idsOf(6)).not.toEqual([one, two]);
  });

  it('pages with the SDK’s own paginator', async () => {
    const servers = Array.from({ length: 123 }, (_, index) => ({ hostname: `host-${String(index)}` }));
    const { client, calls } = simulatedAccount({ servers });
    const seen = new Set<string | undefined>();
    for await (const { items = [] } of paginateDescribeSourceServers({ client, pageSize: 50 }, {})) {
      for (const { sourceServerID } of items) seen.add(sourceServerID);
    }
    expect(seen.size).toBe(123);
    expect(calls.map(({ operation }) => operation)).toEqual(Array(3).fill('DescribeSourceServers'));
  });

  it('needs no timer, so virtual time may stand still during a call', async () => {
    const { client } = simulatedAccount(oneServer());
    jest.useFakeTimers();
    try {
      await expect(client.send(startWeb)).resolves.toHaveProperty('job.status', 'PENDING');
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('meets the same faults at the same calls for the same seed', async () => {
    const course = async (seed: number) => {
      const rules = [
        { fault: 'throttle', operation: 'DescribeSourceServers', probability: 0.3 },
        { fault: 'reset', operation: '*', probability: 0.2 },
      ];
      const { client, calls } = simulatedAccount(oneServer(rules), seed);
      for (let index = 0; index < 30; index += 1) await failureOf(client.send(describeWeb));
      return calls.map(({ error }) => error ?? 'answered');
    };
    const first = await course(3);
    expect(new Set(first)).toEqual(new Set(['answered', 'ThrottlingException', 'ConnectionReset']));
    expect(await course(3)).toEqual(first);
    expect(await course(4)).not.toEqual(first);
  });

  describe('refusals', () => {
    it('names every wrong member of what the SDK sends unchecked', async () => {
      const { client } = simulatedAccount(oneServer());
      const error = await failureOf(client.send(new StartCutoverCommand({ sourceServerIDs: [] })));
      expect(error).toBeInstanceOf(ValidationException);
      expect(error).toMatchObject({
        $metadata: { httpStatusCode: 400 },
        code: 'ValidationException',
        reason: 'fieldValidationFailed',
        fieldList: [{ name: 'sourceServerIDs' }],
      });
    });

    it.each(['{', '[]', '"text"', 'null'])('cannot parse the body %s', (body) => {
      const response = simulatedAccount({}).raw('POST', '/ListWaves', body);
      expect(response).toMatchObject({ status: 400, headers: { 'x-amzn-errortype': 'ValidationException' } });
      expect(JSON.parse(response.body)).toMatchObject({ reason: 'cannotParse' });
    });

    it('takes null members for absent ones', () => {
      const body = '{"filters":null,"maxResults":null,"nextToken":null}';
      expect(simulatedAccount({}).raw('POST', '/ListWaves', body)).toMatchObject({ status: 200, body: '{"items":[]}' });
    });

    it('names the path of an unknown operation', () => {
      const response = simulatedAccount({}).raw('POST', '/StartCutOver', '{}');
      expect(response).toMatchObject({ status: 404, headers: { 'x-amzn-errortype': 'UnknownOperationException' } });
      expect(response.headers).toHaveProperty('x-amzn-requestid');
      expect(response.body).toContain('/StartCutOver');
    });

    it('names an operation of the service that is not modelled', async () => {
      const { client } = simulatedAccount({});
      const error = await failureOf(client.send(new DescribeReplicationConfigurationTemplatesCommand({})));
      expect(error).toMatchObject({
        name: 'NotImplementedException',
        message: expect.stringContaining('DescribeReplicationConfigurationTemplates'),
        $metadata: { httpStatusCode: 501 },
      });
    });

    it('refuses an account out of reach, and serves a managed one', async () => {
      const managed = { accountID: '210987654321', servers: [{ hostname: 'db-1' }] };
      const { client } = simulatedAccount(oneServer([], { managedAccounts: [managed] }));
      const of = (accountID: string) => client.send(new DescribeSourceServersCommand({ accountID }));
      expect((await of('210987654321')).items).toHaveLength(1);
      expect(await failureOf(of('999999999999'))).toMatchObject({ name: 'AccessDeniedException' });
      const { items } = await client.send(new ListManagedAccountsCommand({}));
      expect(items).toEqual([{ accountId: '210987654321' }]);
    });

    it('does not serve an uninitialized account, even after InitializeService, until the switch says it suffices', async () => {
      const stateAfterInitialize = async (switches: object) => {
        const { client } = simulatedAccount({ isInitialized: false, switches });
        expect(await failureOf(client.send(new ListWavesCommand({})))).toMatchObject({
          name: 'UninitializedAccountException',
        });
        await client.send(new InitializeServiceCommand({}));
        return failureOf(client.send(new ListWavesCommand({})));
      };
      expect(await stateAfterInitialize({})).toMatchObject({ name: 'UninitializedAccountException' });
      expect(await stateAfterInitialize({ initializeServiceSuffices: 'yes' })).toBe('no failure');
    });
  });

  describe('faults', () => {
    const first = { operation: 'StartCutover', firstCalls: 1 };

    it('throttles with a hint, leaving the server untouched', async () => {
      const { client } = simulatedAccount(oneServer([{ fault: 'throttle', ...first, retryAfterSeconds: 7 }]));
      const error = await failureOf(client.send(startWeb));
      expect(error).toBeInstanceOf(ThrottlingException);
      expect(error).toMatchObject({ $metadata: { httpStatusCode: 429 }, retryAfterSeconds: '7' });
      expect((await client.send(describeWeb)).items?.[0]?.lifeCycle?.state).toBe('READY_FOR_CUTOVER');
    });

    it.each([
      [500, 'InternalServerException'],
      [502, 'SyntaxError'],
      [503, '503'],
    ])('fails with %d, which the SDK calls %s', async (status, name) => {
      const { client, calls } = simulatedAccount(oneServer([{ fault: 'serverError', ...first, status }]));
      expect(await failureOf(client.send(startWeb))).toHaveProperty('name', name);
      expect(calls.at(-1)).toMatchObject({ operation: 'StartCutover', status });
      expect((await client.send(describeWeb)).items?.[0]?.lifeCycle?.state).toBe('READY_FOR_CUTOVER');
    });

    it('resets the connection before the call has an effect', async () => {
      const { client, calls } = simulatedAccount(oneServer([{ fault: 'reset', ...first }]));
      expect(await failureOf(client.send(startWeb))).toMatchObject({ name: 'TimeoutError', code: 'ECONNRESET' });
      expect(calls.at(-1)).toMatchObject({ status: 0, error: 'ConnectionReset' });
      expect((await client.send(describeWeb)).items?.[0]?.lifeCycle?.state).toBe('READY_FOR_CUTOVER');
    });

    it.each([
      ['reset', { code: 'ECONNRESET' }],
      ['timeout', { code: 'ETIMEDOUT' }],
      ['serverError', { name: 'InternalServerException' }],
    ])('loses the answer by %s after the call took effect', async (ending, expected) => {
      const { client, calls } = simulatedAccount(oneServer([{ fault: 'lostAnswer', ...first, ending }]));
      expect(await failureOf(client.send(startWeb))).toMatchObject(expected);
      expect(calls.at(-1)).toMatchObject({ error: 'LostAnswer' });
      expect((await client.send(describeWeb)).items?.[0]?.lifeCycle?.state).toBe('CUTTING_OVER');
      expect(await failureOf(client.send(startWeb))).toMatchObject({ name: 'ConflictException' });
    });

    it('holds a delayed answer on the given sleep, and sleeps for nothing else', async () => {
      const { client, slept } = simulatedAccount(oneServer([{ fault: 'delay', ...first, delayMs: 900 }]));
      await client.send(describeWeb);
      await client.send(startWeb);
      expect(slept).toEqual([900]);
    });

    it('lets a caller give up on a delayed answer, though the call took effect', async () => {
      const rules = [{ fault: 'delay', ...first, delayMs: 900 }];
      const { simulator } = simulatedAccount(oneServer(rules));
      const never = () => new Promise<void>(() => undefined);
      const impatient = new MgnClient({ ...clientOptions, requestHandler: createRequestHandler(simulator, never) });
      const abort = new AbortController();
      const sent = failureOf(impatient.send(startWeb, { abortSignal: abort.signal }));
      while (simulator.callCounts()['StartCutover'] === undefined) await Promise.resolve();
      abort.abort();
      expect(await sent).toHaveProperty('name', 'AbortError');
      expect((await impatient.send(describeWeb)).items?.[0]?.lifeCycle?.state).toBe('CUTTING_OVER');
    });

    it('answers stale reads as of an earlier moment, and soon the new state', async () => {
      const rule = { fault: 'staleRead', operation: 'DescribeSourceServers', staleSecondsMax: 30 };
      const { client, advanceSeconds } = simulatedAccount(oneServer([rule]));
      advanceSeconds(60);
      await client.send(startWeb);
      expect((await client.send(describeWeb)).items?.[0]?.lifeCycle?.state).toBe('READY_FOR_CUTOVER');
      advanceSeconds(31);
      expect((await client.send(describeWeb)).items?.[0]?.lifeCycle?.state).toBe('CUTTING_OVER');
    });

    it('refuses with an exception of the scenario’s choice', async () => {
      const rule = {
        fault: 'refuse',
        ...first,
        exception: 'ConflictException',
        message: 'held by a colleague',
        members: { resourceId: web },
      };
      const { client } = simulatedAccount(oneServer([rule]));
      expect(await failureOf(client.send(startWeb))).toMatchObject({
        name: 'ConflictException',
        message: 'held by a colleague',
        resourceId: web,
      });
    });

    it('counts calls and errors by operation, and starts over on reset', async () => {
      const { client, simulator } = simulatedAccount(oneServer([{ fault: 'throttle', ...first }]));
      await failureOf(client.send(startWeb));
      await client.send(startWeb);
      await client.send(describeWeb);
      expect(simulator.callCounts()).toEqual({
        StartCutover: { calls: 2, errors: { ThrottlingException: 1 } },
        DescribeSourceServers: { calls: 1, errors: {} },
      });
      simulator.reset();
      expect(simulator.callCounts()).toEqual({});
      expect((await client.send(describeWeb)).items?.[0]?.lifeCycle?.state).toBe('READY_FOR_CUTOVER');
      expect(await failureOf(client.send(startWeb))).toHaveProperty('name', 'ThrottlingException');
    });
  });
});
