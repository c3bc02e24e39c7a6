/** Hooks through AWS: what is sent to Lambda and Systems Manager, and how their answers are judged. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import * as v from 'valibot';
import { HooksSchema, type HookInput } from '../../../functions/domain/hook-options.ts';
import { hookPayload } from '../../../functions/domain/hook-payload.ts';
import { createCloudHookRunner, hookSender, readHookEndpoints } from '../../../functions/hooks/cloud-hook-runner.ts';
import { hookToken } from '../../../functions/hooks/hook-token.ts';
import { createMgnClients } from '../../../functions/mgn/mgn-clients.ts';
import { domainSuffix, type Sender } from '../../../functions/shared/signed-request.ts';
import { aRunRecord, aServerRecord } from '../../support/domain-builders.ts';
import { credentials, startSignedService, type SignedService } from '../watch/signed-service.ts';

const region = 'eu-central-1';
const arn = `arn:aws:lambda:${region}:111122223333:function:fence:live`;
const token = '00000000-0000-8000-8000-000000000000';
const sender: Sender = {
  region,
  credentials: () => Promise.resolve(credentials),
  clock: { now: () => Date.parse('2026-03-07T22:00:00Z') },
  wait: () => Promise.resolve(),
};

const hookOf = (fields: object): HookInput => {
  const [hook] = v.parse(HooksSchema, [{ name: 'fence', when: 'beforeStart', ...fields }]);
  if (hook === undefined) throw new Error('no hook');
  return hook;
};
const payloadOf = (hook: HookInput) => hookPayload(aRunRecord(), hook, 'wave', [aServerRecord()], token);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
const start = async (service: string): Promise<SignedService> => {
  const started = await startSignedService(service, region);
  closing.push(() => started.close());
  return started;
};

/** Lambda with one answer for everything; without one it never answers. */
async function lambdaThat(answer?: {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    if (answer !== undefined) response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const address = server.address();
  return address === null || typeof address === 'string' ? '' : `http://127.0.0.1:${String(address.port)}`;
}

describe('a Lambda hook', () => {
  const hook = hookOf({ lambda: arn, parameters: { drain: 'yes' } });
  const startAt = (endpoint: string, called = hook) =>
    createCloudHookRunner(() => Promise.resolve(sender), { lambda: endpoint }).start(called, payloadOf(called));

  it('is invoked once, signed, with the payload', async () => {
    const lambda = await start('lambda');
    lambda.script({ status: 200, body: '{"stopped":3}' });
    expect(await startAt(lambda.endpoint)).toEqual({ ended: { succeeded: true, output: '{"stopped":3}' } });
    expect(lambda.received).toHaveLength(1);
    const [request] = lambda.received;
    expect(request).toMatchObject({
      method: 'POST',
      path: `/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`,
      signatureError: undefined,
    });
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ runID: 'night-1', token, parameters: { drain: 'yes' } });
  });

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"done"'],
    ['ok', '{"ok":true}'],
    ['an ok that is no boolean', '{"ok":"false"}'],
  ])('succeeds with %s', async (_, body) => {
    expect(await startAt(await lambdaThat({ body }))).toEqual({ ended: { succeeded: true, output: body } });
  });

  it.each<[string, { status?: number; headers?: Record<string, string>; body?: string }, string]>([
    ['not ok', { body: '{"ok":false,"message":"two users left"}' }, 'two users left'],
    ['not ok without a word', { body: '{"ok":false}' }, 'it answered not ok'],
    [
      'an error of the function',
      { headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorMessage":"boom"}' },
      'boom',
    ],
    ['an error without words', { headers: { 'x-amz-function-error': 'Unhandled' } }, 'Unhandled'],
    [
      'a function that is not there',
      { status: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException:http://internal/' } },
      'ResourceNotFoundException',
    ],
    ['a refusal without a name', { status: 403 }, 'lambda: answered 403 no code'],
  ])('fails with %s', async (_, answer, reason) => {
    expect(await startAt(await lambdaThat(answer))).toMatchObject({ ended: { succeeded: false, reason } });
  });

  it('fails when there is no answer in its time', async () => {
    const original = AbortSignal.timeout.bind(AbortSignal);
    const asked: number[] = [];
    AbortSignal.timeout = (ms) => {
      asked.push(ms);
      return original(1);
    };
    try {
      const brief = hookOf({ lambda: arn, timeoutSeconds: 30 });
      expect(await startAt(await lambdaThat(), brief)).toMatchObject({
        ended: { succeeded: false, reason: 'no answer within 30 s' },
      });
    } finally {
      AbortSignal.timeout = original;
    }
    expect(asked).toEqual([30_000]);
  });

  it.each([
    ['is throttled', { status: 429 }],
    ['fails itself', { status: 500 }],
    ['hangs up', 'hangUp'],
  ] as const)('is neither good nor bad when Lambda %s, and not sent again by itself', async (_, answer) => {
    const lambda = await start('lambda');
    lambda.script(answer);
    await expect(startAt(lambda.endpoint)).rejects.toMatchObject({ name: 'ServiceRequestError' });
    expect(lambda.received).toHaveLength(1);
  });

  it('is invoked in the region of its ARN', async () => {
    const called: URL[] = [];
    const original = globalThis.fetch;
    globalThis.fetch = (url) => {
      if (url instanceof URL) called.push(url);
      return Promise.resolve(new Response('{}'));
    };
    try {
      const runner = createCloudHookRunner(() => Promise.resolve({ ...sender, region: 'us-east-1' }));
      await runner.start(hook, payloadOf(hook));
    } finally {
      globalThis.fetch = original;
    }
    expect(called.map(({ host }) => host)).toEqual([`lambda.${region}.${domainSuffix(region)}`]);
  });
});

describe('an Automation hook', () => {
  const hook = hookOf({ automation: 'StopShop', parameters: { Reason: 'run {runID}', Ids: ['{sourceServerIDs}'] } });
  const executionID = '11111111-2222-3333-4444-555555555555';
  const runnerAt = ({ endpoint }: SignedService) =>
    createCloudHookRunner(() => Promise.resolve(sender), { ssm: endpoint });

  it('is started with its parameters and a token by which a repeated call is recognised', async () => {
    const ssm = await start('ssm');
    ssm.script({ status: 200, body: JSON.stringify({ AutomationExecutionId: executionID }) });
    expect(await runnerAt(ssm).start(hook, payloadOf(hook))).toEqual({ externalID: executionID });
    const [request] = ssm.received;
    expect(request).toMatchObject({ path: '/', signatureError: undefined });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.StartAutomationExecution',
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      DocumentName: 'StopShop',
      ClientToken: token,
      Parameters: { Reason: ['run night-1'], Ids: [aServerRecord().sourceServerID] },
    });
  });

  it('is given no parameters that nobody named', async () => {
    const ssm = await start('ssm');
    ssm.script({ status: 200, body: JSON.stringify({ AutomationExecutionId: executionID }) });
    const plain = hookOf({ automation: 'StopShop' });
    await runnerAt(ssm).start(plain, payloadOf(plain));
    expect(JSON.parse(ssm.received[0]?.body ?? '')).toEqual({ DocumentName: 'StopShop', ClientToken: token });
  });

  it('fails where Systems Manager refuses it, and throws where it may be taken later', async () => {
    const ssm = await start('ssm');
    ssm.script({ status: 400, body: '{"__type":"AutomationDefinitionNotFoundException"}' });
    expect(await runnerAt(ssm).start(hook, payloadOf(hook))).toMatchObject({
      ended: { succeeded: false, reason: 'ssm: answered 400 AutomationDefinitionNotFoundException' },
    });
    ssm.script({ status: 500 }, { status: 500 }, { status: 500 });
    await expect(runnerAt(ssm).start(hook, payloadOf(hook))).rejects.toMatchObject({ name: 'ServiceRequestError' });
  });

  it.each<[string, boolean | undefined]>([
    ['Pending', undefined],
    ['InProgress', undefined],
    ['Waiting', undefined],
    ['Cancelling', undefined],
    ['PendingApproval', undefined],
    ['Success', true],
    ['CompletedWithSuccess', true],
    ['Failed', false],
    ['TimedOut', false],
    ['Cancelled', false],
    ['Rejected', false],
    ['CompletedWithFailure', false],
  ])('is looked at: %s', async (status, succeeded) => {
    const ssm = await start('ssm');
    const execution = {
      AutomationExecutionStatus: status,
      Outputs: { 'stop.Count': ['3'] },
      FailureMessage: 'Step 1 fell',
    };
    ssm.script({ status: 200, body: JSON.stringify({ AutomationExecution: execution }) });
    const verdict = await runnerAt(ssm).look(executionID);
    expect(verdict?.succeeded).toBe(succeeded);
    expect(JSON.parse(ssm.received[0]?.body ?? '')).toEqual({ AutomationExecutionId: executionID });
    if (succeeded === undefined) return;
    expect(verdict?.output).toBe('{"stop.Count":["3"]}');
    expect(verdict?.reason).toBe(succeeded ? undefined : `automation ${executionID} ${status}: Step 1 fell`);
  });

  it('is stopped by being cancelled', async () => {
    const ssm = await start('ssm');
    await runnerAt(ssm).stop(executionID);
    expect(ssm.received[0]?.headers['x-amz-target']).toBe('AmazonSSM.StopAutomationExecution');
    expect(JSON.parse(ssm.received[0]?.body ?? '')).toEqual({ AutomationExecutionId: executionID, Type: 'Cancel' });
  });
});

it('runs no commands', async () => {
  const hook = hookOf({ command: ['true'] });
  const runner = createCloudHookRunner(() => Promise.resolve(sender));
  expect(await runner.start(hook, payloadOf(hook))).toMatchObject({ ended: { succeeded: false } });
});

it('calls as MGN’s clients do', async () => {
  const clients = createMgnClients({ region, credentials });
  const { region: called, credentials: provide } = await hookSender(clients, sender.clock, () => Promise.resolve());
  expect([called, await provide()]).toMatchObject([region, credentials]);
});

it('finds other endpoints by the SDK’s variables', () => {
  expect(readHookEndpoints({ AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_SSM: 'http://b' })).toEqual({
    lambda: 'http://a',
    ssm: 'http://b',
  });
  expect(readHookEndpoints({})).toEqual({});
});

describe('hookToken', () => {
  const hook = { name: 'fence', scope: 'wave', tries: 1 } as const;
  const { runID, nonce } = aRunRecord();

  it('is a UUID, the same each time, and another one for each run, hook, scope and try', () => {
    const tokens = [
      hookToken({ runID, nonce }, hook),
      hookToken({ runID, nonce: 'other' }, hook),
      hookToken({ runID, nonce }, { ...hook, name: 'other' }),
      hookToken({ runID, nonce }, { ...hook, scope: aServerRecord().applicationID ?? 'wave', tries: 3 }),
      hookToken({ runID, nonce }, { ...hook, tries: 2 }),
    ];
    expect(new Set(tokens).size).toBe(5);
    for (const made of tokens) expect(made).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(hookToken({ runID, nonce }, hook)).toBe(tokens[0]);
  });
});
