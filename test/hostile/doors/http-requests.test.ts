import { createClock } from '../../../simulator/clock.ts';
import { createControl } from '../../../simulator/control.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import type { Random } from '../../../simulator/seeded-random.ts';
import { createSimulator, type Simulator } from '../../../simulator/simulator.ts';
import type { WireRequest, WireResponse } from '../../../simulator/wire/http-message.ts';
import { modelledOperations, unmodelledOperations } from '../../../simulator/wire/operation-names.ts';
import { inspect } from '../../../simulator/world/inspect.ts';
import { controlsIn } from './clean-refusal.ts';
import { hostileValue, nested, pick, prototypeKeys } from './hostile-values.ts';
import { garbled, mutated } from './mutations.ts';
import { tryCases } from './seeded-cases.ts';

jest.setTimeout(60_000);

const sourceServerID = 's-11111111111111111';
const waveID = 'wave-11111111111111111';
const applicationID = 'app-11111111111111111';
const startMs = Date.parse('2026-01-10T22:00:00Z');
const scenario = parseScenario({
  startTime: '2026-01-10T22:00:00Z',
  waves: [
    {
      name: 'night',
      waveID,
      applications: [{ name: 'shop', applicationID, servers: [{ hostname: 'web-1', sourceServerID }] }],
    },
  ],
});

const makeSimulator = (): Simulator => createSimulator({ scenario, seed: 1, now: () => startMs });

/** Members of all operations together; each takes those that it knows. */
const members = {
  accountID: '123456789012',
  sourceServerID,
  sourceServerIDs: [sourceServerID],
  applicationID,
  applicationIDs: [applicationID],
  waveID,
  jobID: 'mgnjob-11111111111111111',
  launchConfigurationTemplateID: 'lct-11111111111111111',
  name: 'night',
  description: 'a wave',
  tags: { team: 'a' },
  filters: {
    sourceServerIDs: [sourceServerID],
    isArchived: false,
    jobIDs: ['mgnjob-11111111111111111'],
    waveIDs: [waveID],
  },
  lifeCycle: { state: 'READY_FOR_CUTOVER' },
  maxResults: 10,
  actionName: 'check',
  actionID: 'check',
  documentIdentifier: 'AWS-RunShellScript',
  order: 1001,
  active: true,
  parameters: { a: [{ parameterType: 'STRING', parameterName: 'x' }] },
  externalParameters: { b: { dynamicPath: 'sourceServer.tags' } },
  launchDisposition: 'STARTED',
  licensing: { osByol: true },
  postLaunchActions: { deployment: 'TEST_AND_CUTOVER', ssmDocuments: [{ actionName: 'a', ssmDocumentName: 'b' }] },
};

const request = (path: string, body: string, more: Partial<WireRequest> = {}): WireRequest => ({
  method: 'POST',
  path,
  query: {},
  body,
  ...more,
});

/** Requires an answer that is no defect of the simulator and repeats little of what was sent. */
const expectAnswer = ({ status, body }: WireResponse, statusMax = 501): void => {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThanOrEqual(statusMax);
  if (status >= 400) expect(body.length).toBeLessThan(60_000);
  expect(body).not.toMatch(/SimulatorDefect|\[object |Invalid Date/);
};

const answerTo = (simulator: Simulator, wireRequest: WireRequest): WireResponse => {
  const { outcome } = simulator.answer(wireRequest);
  if (outcome.kind === 'lost') throw new Error('no fault is in force');
  return outcome.response;
};

const form = (fields: object, more: readonly (readonly [string, string])[] = []): string => {
  const text = new URLSearchParams();
  for (const [key, value] of [...Object.entries(fields), ...more]) text.append(key, String(value));
  return text.toString();
};

const queries = [
  {
    Action: 'DescribeVpcs',
    Version: '2016-11-15',
    'Filter.1.Name': 'vpc-id',
    'Filter.1.Value.1': 'vpc-*',
    MaxResults: '5',
  },
  { Action: 'DescribeSubnets', Version: '2016-11-15', 'SubnetId.1': 'subnet-1', NextToken: 'x' },
  { Action: 'DescribeSecurityGroups', Version: '2016-11-15', 'GroupId.1': 'sg-1' },
  {
    Action: 'DescribeLaunchTemplateVersions',
    Version: '2016-11-15',
    LaunchTemplateId: 'lt-1',
    'Versions.1': '$Default',
  },
  { Action: 'DescribeInstanceTypes', Version: '2016-11-15', 'InstanceType.1': 'm5.large' },
  { Action: 'GetMetricStatistics', Version: '2010-08-01', Namespace: 'AWS/Usage', MetricName: 'ResourceCount' },
  {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: 'arn:aws:iam::123456789012:role/a',
    RoleSessionName: 'night',
    DurationSeconds: '900',
  },
  { Action: 'GetCallerIdentity', Version: '2011-06-15' },
];

const token = (value: unknown): string =>
  `SimulatedSession.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
const session = { accountID: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/a/b', expiresMs: 4e12 };

/** A form most of whose fields are as they should be. */
const hostileQuery = (random: Random): WireRequest => {
  const fields = mutated(pick(random, queries), random, 2);
  const text = Object.values(fields).some((value) => typeof value === 'object') ? '' : form(fields);
  const securityToken = random() < 0.2 ? token(mutated(session, random)) : undefined;
  return request('/', random() < 0.2 && text !== '' ? garbled(text, random) : text, { securityToken });
};

const faultRule = {
  fault: 'refuse',
  operation: 'DescribeJobs',
  exception: 'ConflictException',
  members: { a: 1 },
  probability: 0.5,
  firstCalls: 3,
  fromSeconds: 0,
  toSeconds: 9,
};

const hostileControl = (random: Random): WireRequest => {
  const [method, path, body] = pick<readonly [string, string, object]>(random, [
    ['POST', 'clock', { advanceSeconds: 60 }],
    ['POST', 'faults', faultRule],
    ['GET', `servers/${pick(random, [...prototypeKeys, 'web-1', '%00', '\u001b[2J'])}`, {}],
    ['DELETE', `faults/${pick(random, [...prototypeKeys, 'fault-1'])}`, {}],
    [pick(random, prototypeKeys), pick(random, prototypeKeys), {}],
  ]);
  const text = JSON.stringify(mutated(body, random));
  return request(`/_simulator/${path}`, random() < 0.2 ? garbled(text, random) : text, { method });
};

describe('requests at the HTTP door', () => {
  afterEach(() => {
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('answers 2,000 mutated calls of MGN', async () => {
    const simulator = makeSimulator();
    const make = (random: Random): WireRequest => {
      const text = JSON.stringify(mutated(members, random));
      return request(`/${pick(random, modelledOperations)}`, random() < 0.1 ? garbled(text, random) : text);
    };
    await tryCases('MGN', 2_000, make, (input) => {
      expectAnswer(answerTo(simulator, input));
    });
    expect(answerTo(simulator, request('/DescribeJobs', '{}')).status).toBe(200);
  });

  it('changes nothing for a call that it refuses', async () => {
    const simulator = makeSimulator();
    const make = (random: Random) =>
      request(`/${pick(random, modelledOperations)}`, JSON.stringify(mutated(members, random)));
    let before = JSON.stringify(inspect(simulator.world(), startMs));
    await tryCases('MGN refusals', 600, make, (input) => {
      const { status } = answerTo(simulator, input);
      const after = JSON.stringify(inspect(simulator.world(), startMs));
      if (status >= 400) expect(after).toBe(before);
      before = after;
    });
  });

  it('answers 1,500 mutated calls of EC2, CloudWatch and STS', async () => {
    const simulator = makeSimulator();
    await tryCases('Query', 1_500, hostileQuery, (input) => {
      const response = answerTo(simulator, input);
      expectAnswer(response);
      expect(controlsIn(response.body)).toEqual([]);
    });
  });

  it('answers 300 mutated calls of Service Quotas', async () => {
    const simulator = makeSimulator();
    const make = (random: Random): WireRequest =>
      request('/', JSON.stringify(mutated({ ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' }, random)), {
        target: pick(random, [
          'ServiceQuotasV20190624.GetServiceQuota',
          `ServiceQuotasV20190624.${JSON.stringify(hostileValue(random)).slice(0, 99)}`,
        ]),
      });
    await tryCases('quotas', 300, make, (input) => {
      expectAnswer(answerTo(simulator, input));
    });
  });

  it('answers 1,000 mutated calls of the control path, and goes on after them', async () => {
    let wallMs = 0;
    const clock = createClock(startMs, 1, () => wallMs);
    const simulator = createSimulator({ scenario, seed: 1, now: clock.now });
    const control = createControl(simulator, clock);
    await tryCases('control', 1_000, hostileControl, (input) => {
      wallMs += 1_000;
      expectAnswer(control(input), 409);
      expectAnswer(control(request('/_simulator/faults', '', { method: 'GET' })), 200);
      simulator.answer(request('/DescribeSourceServers', '{}'));
    });
    expect(control(request('/_simulator/reset', '')).status).toBe(200);
    expect(answerTo(simulator, request('/DescribeSourceServers', '{}')).status).toBe(200);
  });

  it('does not take inherited names for paths, filters or operations', () => {
    const simulator = makeSimulator();
    for (const name of prototypeKeys) {
      expect(answerTo(simulator, request(`/${name}`, '{}')).status).toBe(404);
      const filter = form({
        Action: 'DescribeVpcs',
        Version: '2016-11-15',
        'Filter.1.Name': name,
        'Filter.1.Value.1': '*',
      });
      expect(answerTo(simulator, request('/', filter)).status).toBe(501);
      expect(answerTo(simulator, request('/', form({ Action: name, Version: '2016-11-15' }))).status).toBe(501);
    }
  });

  it('compares filters of many stars in no time, and takes no flood of filters', () => {
    const simulator = makeSimulator();
    const stars = '*a'.repeat(2_000);
    const subnets = { Action: 'DescribeSubnets', Version: '2016-11-15', 'Filter.1.Name': 'subnet-id' };
    const values = Array.from(
      { length: 100 },
      (_, n) => [`Filter.1.Value.${String(n + 1)}`, stars + String(n)] as const,
    );
    expect(answerTo(simulator, request('/', form(subnets, values))).status).toBe(200);
    const vpcs = { Action: 'DescribeVpcs', Version: '2016-11-15' };
    const many = Array.from({ length: 50_000 }, (_, n) => [`Filter.${String(n)}.Name`, 'vpc-id'] as const);
    expect(answerTo(simulator, request('/', form(vpcs, many))).body).toContain('FilterLimitExceeded');
  });

  it('keeps no more names of operations than there could be', () => {
    const simulator = makeSimulator();
    for (let count = 0; count < 5_000; count += 1) {
      answerTo(
        simulator,
        request('/', form({ Action: `Made${String(count)}Up${'x'.repeat(500)}`, Version: '2016-11-15' })),
      );
    }
    answerTo(simulator, request(`/${unmodelledOperations[0]}`, '{}'));
    const names = Object.keys(simulator.callCounts());
    expect(names.length).toBeLessThan(1_100);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThan(110);
  });

  it('refuses a fault whose members could never be written', () => {
    const clock = createClock(startMs, 0, () => 0);
    const simulator = createSimulator({ scenario, seed: 1, now: clock.now });
    const control = createControl(simulator, clock);
    const deep = JSON.stringify({ ...faultRule, members: { a: nested(60) } }).replace(
      '"deep"',
      `${'['.repeat(100_000)}1${']'.repeat(100_000)}`,
    );
    expect(control(request('/_simulator/faults', deep)).status).toBe(400);
    for (let count = 0; count < 1_100; count += 1) control(request('/_simulator/faults', JSON.stringify(faultRule)));
    expect(control(request('/_simulator/faults', JSON.stringify(faultRule))).status).toBe(409);
    expect(answerTo(simulator, request('/DescribeSourceServers', '{}')).status).toBe(200);
  });

  it('stops its clock at the end of the calendar and answers on', () => {
    const clock = createClock(startMs, 1e12, () => Date.now());
    const simulator = createSimulator({ scenario, seed: 1, now: clock.now });
    const control = createControl(simulator, clock);
    for (const advanceSeconds of ['1e999', '-1', '1e300', '"9"'])
      expect(control(request('/_simulator/clock', `{"advanceSeconds":${advanceSeconds}}`)).status).toBe(400);
    for (let count = 0; count < 2_000; count += 1)
      control(request('/_simulator/clock', '{"advanceSeconds":315360000}'));
    expect(control(request('/_simulator/clock', '', { method: 'GET' })).body).toContain('9999-12-31');
    expect(answerTo(simulator, request('/DescribeSourceServers', '{}')).status).toBe(200);
  });
});
