import { AccessDeniedError, RequestRefusedError, TransientServiceError } from '../../../functions/domain/errors.ts';
import type { Ec2 } from '../../../functions/domain/launch-target-port.ts';
import { createEc2 } from '../../../functions/ec2/ec2-adapter.ts';
import type { Exchange, Sender, SignedRequest } from '../../../functions/shared/signed-request.ts';
import { createSimulatedEc2 } from '../../../local/simulated-ec2.ts';
import { startHttpServer, type SimulatorServer } from '../../../simulator/http-server.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { simulatedAccount, startMs } from '../../simulator/simulated-account.ts';
import { credentials, startSignedService } from '../watch/signed-service.ts';

const scenario = {
  ec2: {
    vpcs: [
      {
        name: 'main',
        vpcID: 'vpc-00000001',
        subnets: [
          { name: 'target', subnetID: 'subnet-00000001', freeAddresses: 27 },
          { name: 'other', subnetID: 'subnet-00000002' },
        ],
        securityGroups: [
          { name: 'web', groupID: 'sg-00000001' },
          { name: 'db', groupID: 'sg-00000002' },
        ],
      },
      {
        name: 'default',
        vpcID: 'vpc-00000002',
        isDefault: true,
        subnets: [{ name: 'default-a', subnetID: 'subnet-0000000a' }],
        securityGroups: [{ name: 'shared', groupID: 'sg-00000003', alsoInVpcs: ['main'] }],
      },
    ],
    vcpuQuota: 640,
    vcpusInUse: 100,
  },
  servers: [
    { hostname: 'web-1', launchConfiguration: { ec2LaunchTemplateID: 'lt-00000001' } },
    {
      hostname: 'db-1',
      launchConfiguration: { ec2LaunchTemplateID: 'lt-00000002' },
      launchTemplate: {
        defaultVersion: 3,
        latestVersion: 5,
        instanceType: 'r5.4xlarge',
        subnet: null,
        securityGroups: ['web', 'db'],
        instanceProfile: null,
      },
    },
    {
      hostname: 'gone-1',
      launchConfiguration: { ec2LaunchTemplateID: 'lt-00000003' },
      launchTemplate: { exists: false },
    },
  ],
};

const openServers: SimulatorServer[] = [];
afterEach(() => Promise.all(openServers.splice(0).map((server) => server.close())));

const sender = (exchange?: Exchange): Sender => ({
  region: 'eu-central-1',
  credentials: () => Promise.resolve(credentials),
  clock: { now: () => startMs },
  wait: () => Promise.resolve(),
  exchange,
});

const inProcess = (given: object = {}) => {
  const account = simulatedAccount({ ...scenario, ...given });
  const time = {
    isVirtual: true,
    now: () => startMs,
    sleep: () => Promise.resolve(),
    track: <T>(work: Promise<T>) => work,
    hold: <T>(work: Promise<T>) => work,
  };
  return { ...account, ec2: createSimulatedEc2(account.simulator, time) };
};

const overHttp = async (): Promise<Ec2> => {
  const server = await startHttpServer({ scenario: parseScenario(scenario), seed: 1, port: 0, speed: 0 });
  openServers.push(server);
  const { endpoint } = server;
  return createEc2(sender(), { ec2: endpoint, serviceQuotas: endpoint, cloudWatch: endpoint });
};

describe.each([
  ['in process', () => Promise.resolve(inProcess().ec2)],
  ['over HTTP', overHttp],
] as const)('EC2 %s', (_, open) => {
  it('reads default versions, and leaves out templates that do not exist', async () => {
    const ec2 = await open();
    const versions = await ec2.describeDefaultTemplateVersions(['lt-00000002', 'lt-00000003', 'lt-00000001']);

    expect(versions).toEqual([
      {
        launchTemplateID: 'lt-00000001',
        versionNumber: 1,
        instanceType: 'm5.large',
        instanceProfile: 'arn:aws:iam::123456789012:instance-profile/AWSApplicationMigrationLaunchInstanceWithSsmRole',
        networkInterfaces: [{ subnetID: 'subnet-00000001', securityGroupIDs: ['sg-00000001'] }],
      },
      {
        launchTemplateID: 'lt-00000002',
        versionNumber: 3,
        instanceType: 'r5.4xlarge',
        instanceProfile: undefined,
        networkInterfaces: [{ subnetID: undefined, securityGroupIDs: ['sg-00000001', 'sg-00000002'] }],
      },
    ]);
  });

  it('reads subnets, and one that does not exist hides no other', async () => {
    const ec2 = await open();

    expect(await ec2.describeSubnets(['subnet-00000009', 'subnet-00000001', 'subnet-00000002'])).toEqual([
      { subnetID: 'subnet-00000001', vpcID: 'vpc-00000001', freeAddresses: 27 },
      { subnetID: 'subnet-00000002', vpcID: 'vpc-00000001', freeAddresses: 65_531 },
    ]);
    expect(await ec2.describeDefaultSubnets()).toMatchObject([{ subnetID: 'subnet-0000000a', vpcID: 'vpc-00000002' }]);
  });

  it('reads security groups and the further VPCs they may be used in', async () => {
    const ec2 = await open();

    expect(await ec2.describeSecurityGroups(['sg-00000009', 'sg-00000002', 'sg-00000003'])).toEqual([
      { groupID: 'sg-00000002', vpcID: 'vpc-00000001' },
      { groupID: 'sg-00000003', vpcID: 'vpc-00000002' },
    ]);
    expect(await ec2.describeSecurityGroupVpcAssociations(['sg-00000002', 'sg-00000003'])).toEqual([
      { groupID: 'sg-00000003', vpcID: 'vpc-00000001' },
    ]);
  });

  it('reads vCPUs of the types that exist, and the quota with its use', async () => {
    const ec2 = await open();

    expect(await ec2.describeVcpus(['m5.large', 'm5.huge', 'r5.4xlarge'])).toEqual(
      new Map([
        ['m5.large', 2],
        ['r5.4xlarge', 16],
      ]),
    );
    // The test instances of the three servers run too; that of gone-1 has no type any more.
    expect(await ec2.readVcpuQuota()).toEqual({ quota: 640, inUse: 118 });
  });
});

describe('how often EC2 is asked', () => {
  const fleet = (size: number) => ({
    servers: Array.from({ length: size }, (_, index) => ({
      hostname: `web-${index}`,
      launchConfiguration: { ec2LaunchTemplateID: `lt-${String(index).padStart(8, '0')}` },
    })),
  });

  it('is once for 200 templates', async () => {
    const { ec2, simulator } = inProcess(fleet(1_000));
    const ids = Array.from({ length: 1_000 }, (_, index) => `lt-${String(index).padStart(8, '0')}`);

    expect(await ec2.describeDefaultTemplateVersions(ids)).toHaveLength(1_000);
    expect(simulator.callCounts()['ec2:DescribeLaunchTemplateVersions']?.calls).toBe(5);
  });

  it('is no more than it takes to find the templates that are looked for', async () => {
    const { ec2, simulator } = inProcess(fleet(1_000));

    expect(await ec2.describeDefaultTemplateVersions(['lt-00000250', 'lt-00000007'])).toHaveLength(2);
    expect(simulator.callCounts()['ec2:DescribeLaunchTemplateVersions']?.calls).toBe(2);
  });

  it('is never for nothing', async () => {
    const { ec2, simulator } = inProcess();

    expect(await ec2.describeDefaultTemplateVersions([])).toEqual([]);
    expect(await ec2.describeSubnets([])).toEqual([]);
    expect(await ec2.describeSecurityGroups([])).toEqual([]);
    expect(simulator.callCounts()).toEqual({});
  });

  it('is once for the same ID given twice, and in several calls for more than a filter takes', async () => {
    const { ec2, simulator } = inProcess();
    const ids = Array.from({ length: 450 }, (_, index) => `subnet-${String(index).padStart(8, '0')}`);

    expect(await ec2.describeSubnets([...ids, ...ids])).toHaveLength(2);
    expect(simulator.callCounts()['ec2:DescribeSubnets']?.calls).toBe(3);
  });
});

describe('what EC2 refuses or loses', () => {
  const faulty = (fault: object) => inProcess({ faults: [{ operation: 'ec2:DescribeSubnets', ...fault }] });
  const describeOne = ({ ec2 }: { readonly ec2: Ec2 }) => ec2.describeSubnets(['subnet-00000001']);

  it.each([{ fault: 'throttle' }, { fault: 'serverError', status: 503 }, { fault: 'reset' }, { fault: 'lostAnswer' }])(
    'is asked for again after $fault',
    async (fault) => {
      expect(await describeOne(faulty({ ...fault, firstCalls: 2 }))).toHaveLength(1);
    },
  );

  it.each([{ fault: 'throttle' }, { fault: 'serverError', status: 502 }, { fault: 'reset' }])(
    'is transient when it lasts ($fault)',
    async (fault) => {
      const account = faulty(fault);

      await expect(describeOne(account)).rejects.toThrow(TransientServiceError);
      await expect(describeOne(account)).rejects.toThrow(/^DescribeSubnets: ec2: /);
      expect(account.simulator.callCounts()['ec2:DescribeSubnets']?.calls).toBe(6);
    },
  );

  it('is a matter of rights when the caller may not', async () => {
    const account = faulty({ fault: 'refuse', exception: 'AccessDeniedException' });

    await expect(describeOne(account)).rejects.toThrow(AccessDeniedError);
    await expect(describeOne(account)).rejects.toThrow('UnauthorizedOperation');
  });

  it('is refused for good when the request is wrong', async () => {
    const account = faulty({ fault: 'refuse', exception: 'ValidationException' });

    await expect(describeOne(account)).rejects.toThrow(RequestRefusedError);
    expect(account.simulator.callCounts()['ec2:DescribeSubnets']?.calls).toBe(1);
  });

  it('is a matter of rights when there are no credentials', async () => {
    const without = {
      ...sender(),
      credentials: () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
    };

    await expect(createEc2(without).describeDefaultSubnets()).rejects.toThrow(AccessDeniedError);
  });

  it('leaves the quota unknown where the account has none', async () => {
    const account = inProcess({
      faults: [{ fault: 'refuse', operation: 'servicequotas:GetServiceQuota', exception: 'ResourceNotFoundException' }],
    });

    await expect(account.ec2.readVcpuQuota()).rejects.toThrow(RequestRefusedError);
    const noSuch = answering({ status: 400, body: '{"__type":"NoSuchResourceException","Message":"none"}' });
    expect(await createEc2(sender(noSuch)).readVcpuQuota()).toBeUndefined();
  });
});

const answering =
  (...answers: { readonly status?: number; readonly body: string }[]): Exchange =>
  () => {
    const [answer] = answers.length > 1 ? answers.splice(0, 1) : answers;
    return Promise.resolve({ status: answer?.status ?? 200, body: answer?.body ?? '' });
  };

const versionsAnswer = (...items: string[]) =>
  `<DescribeLaunchTemplateVersionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><launchTemplateVersionSet>${items
    .map(
      (data, index) =>
        `<item><launchTemplateId>lt-${index + 1}</launchTemplateId><versionNumber>2</versionNumber><defaultVersion>true</defaultVersion><launchTemplateData>${data}</launchTemplateData></item>`,
    )
    .join('')}</launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>`;

describe('what EC2 answers', () => {
  it('may leave nearly everything of a template out, or name groups beside the interfaces', async () => {
    const groups = '<securityGroupIdSet><item>sg-1</item><item>sg-2</item></securityGroupIdSet>';
    const ec2 = createEc2(sender(answering({ body: versionsAnswer('', groups) })));

    expect(await ec2.describeDefaultTemplateVersions(['lt-1', 'lt-2'])).toMatchObject([
      { versionNumber: 2, instanceType: undefined, networkInterfaces: [{ securityGroupIDs: [] }] },
      { networkInterfaces: [{ securityGroupIDs: ['sg-1', 'sg-2'] }] },
    ]);
  });

  it('may name a profile by its name, an existing interface, and several interfaces', async () => {
    const first = '<item><deviceIndex>0</deviceIndex><networkInterfaceId>eni-1</networkInterfaceId></item>';
    const second =
      '<item><deviceIndex>1</deviceIndex><subnetId>subnet-2</subnetId><groupSet><groupId>sg-1</groupId><groupId>sg-2</groupId></groupSet></item>';
    const profile = '<iamInstanceProfile><name>web</name></iamInstanceProfile>';
    const data = `${profile}<networkInterfaceSet>${first}${second}</networkInterfaceSet>`;
    const ec2 = createEc2(sender(answering({ body: versionsAnswer(data) })));

    expect(await ec2.describeDefaultTemplateVersions(['lt-1'])).toMatchObject([
      {
        instanceProfile: 'web',
        networkInterfaces: [
          { networkInterfaceID: 'eni-1', securityGroupIDs: [] },
          { subnetID: 'subnet-2', securityGroupIDs: ['sg-1', 'sg-2'] },
        ],
      },
    ]);
  });

  it('may be an empty page with more to come', async () => {
    const page = (items: string, token: string) =>
      `<R><subnetSet>${items}</subnetSet>${token === '' ? '<nextToken/>' : `<nextToken>${token}</nextToken>`}</R>`;
    const item =
      '<item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availableIpAddressCount>0</availableIpAddressCount></item>';
    const ec2 = createEc2(sender(answering({ body: page('', 'a&amp;b') }, { body: page(item, '') })));

    expect(await ec2.describeSubnets(['subnet-1'])).toEqual([
      { subnetID: 'subnet-1', vpcID: 'vpc-1', freeAddresses: 0 },
    ]);
  });

  it.each([
    ['no XML', 'It works!'],
    ['another answer', '<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>'],
    ['no ID', '<R><subnetSet><item><vpcId>vpc-1</vpcId></item></subnetSet></R>'],
    [
      'no number',
      '<R><subnetSet><item><subnetId>s</subnetId><vpcId>v</vpcId><availableIpAddressCount>many</availableIpAddressCount></item></subnetSet></R>',
    ],
  ])('is transient when it is %s: never taken for "there is none"', async (_, body) => {
    await expect(createEc2(sender(answering({ body }))).describeSubnets(['s'])).rejects.toThrow(TransientServiceError);
  });

  it.each(['', 'no JSON', '{"Quota":{}}'])('is transient when the quota is %j', async (body) => {
    await expect(createEc2(sender(answering({ body }))).readVcpuQuota()).rejects.toThrow(TransientServiceError);
  });

  it('counts the newest figure of the use, and none as nothing', async () => {
    const quota = { body: '{"Quota":{"Value":64}}' };
    const figures = (points: string) => ({
      body: `<R><GetMetricStatisticsResult><Datapoints>${points}</Datapoints></GetMetricStatisticsResult></R>`,
    });
    const point = (at: string, vcpus: string) =>
      `<member><Timestamp>${at}</Timestamp><Maximum>${vcpus}</Maximum></member>`;
    const two = point('2026-03-07T21:50:00Z', '30.0') + point('2026-03-07T21:55:00Z', '40.0');

    expect(await createEc2(sender(answering(quota, figures(two)))).readVcpuQuota()).toEqual({ quota: 64, inUse: 40 });
    expect(await createEc2(sender(answering(quota, figures('')))).readVcpuQuota()).toEqual({ quota: 64, inUse: 0 });
  });

  it.each([
    ['ExpiredTokenException', '{"__type":"com.amazon.coral.service#ExpiredTokenException"}'],
    ['AccessDeniedException', '{"__type":"AccessDeniedException","Message":"no"}'],
  ])('denies by its code where the status does not say so: %s', async (code, body) => {
    const reading = createEc2(sender(answering({ status: 400, body }))).readVcpuQuota();

    await expect(reading).rejects.toThrow(AccessDeniedError);
    await expect(reading).rejects.toThrow(code);
  });
});

describe('where and how EC2 is asked', () => {
  it('signs for EC2, with the session token', async () => {
    const service = await startSignedService('ec2', 'eu-central-1');
    service.script({ status: 200, body: '<R><subnetSet/></R>' });
    await createEc2(sender(), { ec2: service.endpoint }).describeDefaultSubnets();
    await service.close();

    const [request] = service.received;
    expect(request?.signatureError).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      Action: 'DescribeSubnets',
      Version: '2016-11-15',
      'Filter.1.Name': 'default-for-az',
      'Filter.1.Value.1': 'true',
      MaxResults: '1000',
    });
  });

  it.each([
    ['eu-central-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
  ])('is in %s under %s', async (region, suffix) => {
    const requests: SignedRequest[] = [];
    const exchange: Exchange = (request) => {
      requests.push(request);
      const body = request.headers['x-amz-target'] === undefined ? '<R><subnetSet/></R>' : '{"Quota":{"Value":1}}';
      return Promise.resolve({ status: 200, body });
    };
    const ec2 = createEc2({ ...sender(exchange), region });
    await ec2.describeDefaultSubnets();
    await ec2.readVcpuQuota();

    expect(requests.map(({ url }) => url.href)).toEqual([
      `https://ec2.${region}.${suffix}/`,
      `https://servicequotas.${region}.${suffix}/`,
      `https://monitoring.${region}.${suffix}/`,
    ]);
    expect(
      requests.map(({ headers }) => /\/([a-z0-9]+)\/aws4_request/.exec(headers['authorization'] ?? '')?.[1]),
    ).toEqual(['ec2', 'servicequotas', 'monitoring']);
  });
});
