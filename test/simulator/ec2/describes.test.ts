import { createRequestHandler } from '../../../simulator/request-handler.ts';
import { simulatedAccount } from '../simulated-account.ts';

const scenario = {
  ec2: {
    vpcs: [
      {
        name: 'main',
        vpcID: 'vpc-00000001',
        subnets: [
          { name: 'target', subnetID: 'subnet-00000001' },
          { name: 'b & c', subnetID: 'subnet-00000002' },
        ],
        securityGroups: [{ name: 'web', groupID: 'sg-00000001' }],
      },
    ],
  },
  servers: [
    { hostname: 'web-1', launchConfiguration: { ec2LaunchTemplateID: 'lt-00000001' } },
    {
      hostname: 'web-2',
      launchConfiguration: { ec2LaunchTemplateID: 'lt-00000002' },
      launchTemplate: { defaultVersion: 2, latestVersion: 3 },
    },
  ],
};

const ask = (action: string, fields: Record<string, string> = {}, given: object = {}) => {
  const form = new URLSearchParams({ Action: action, Version: '2016-11-15', ...fields });
  return simulatedAccount({ ...scenario, ...given }).raw('POST', '/', form.toString());
};
const valuesOf = (name: string, body: string) =>
  [...body.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value]) => value);

describe('EC2’s describes', () => {
  it('answer in EC2’s XML, with the request’s ID', () => {
    const { status, headers, body } = ask('DescribeVpcs');

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/xml;charset=UTF-8');
    expect(body).toContain('<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">');
    expect(valuesOf('requestId', body)).toEqual([headers['x-amzn-requestid']]);
    expect(valuesOf('vpcId', body)).toEqual(['vpc-00000001']);
  });

  it('escape what XML does not take', () => {
    expect(valuesOf('value', ask('DescribeSubnets').body)).toEqual(['target', 'b &amp; c']);
  });

  it('take filters: all must hold, one of the values of each', () => {
    const both = {
      'Filter.1.Name': 'subnet-id',
      'Filter.1.Value.1': 'subnet-00000002',
      'Filter.1.Value.2': 'subnet-9',
    };
    const none = { ...both, 'Filter.2.Name': 'vpc-id', 'Filter.2.Value.1': 'vpc-00000009' };
    const pattern = { 'Filter.1.Name': 'subnet-id', 'Filter.1.Value.1': 'subnet-0000000?' };

    expect(valuesOf('subnetId', ask('DescribeSubnets', both).body)).toEqual(['subnet-00000002']);
    expect(valuesOf('subnetId', ask('DescribeSubnets', none).body)).toEqual([]);
    expect(valuesOf('subnetId', ask('DescribeSubnets', pattern).body)).toHaveLength(2);
  });

  it.each([
    [
      'DescribeSubnets',
      { 'SubnetId.1': 'subnet-00000001', 'SubnetId.2': 'subnet-00000009' },
      'InvalidSubnetID.NotFound',
    ],
    ['DescribeSecurityGroups', { 'GroupId.1': 'sg-00000009' }, 'InvalidGroup.NotFound'],
    ['DescribeVpcs', { 'VpcId.1': 'vpc-00000009' }, 'InvalidVpcID.NotFound'],
    ['DescribeLaunchTemplates', { 'LaunchTemplateId.1': 'lt-00000009' }, 'InvalidLaunchTemplateId.NotFound'],
    ['DescribeLaunchTemplateVersions', { LaunchTemplateId: 'lt-00000009' }, 'InvalidLaunchTemplateId.NotFound'],
    [
      'DescribeLaunchTemplateVersions',
      { LaunchTemplateId: 'lt-00000002', 'LaunchTemplateVersion.1': '4' },
      'InvalidLaunchTemplateId.VersionNotFound',
    ],
    ['DescribeInstanceTypes', { 'InstanceType.1': 'm5.large', 'InstanceType.2': 'm5.huge' }, 'InvalidInstanceType'],
    ['DescribeSubnets', { MaxResults: '4' }, 'InvalidParameterValue'],
    ['DescribeSubnets', { NextToken: 'x' }, 'InvalidParameterValue'],
    ['DescribeLaunchTemplateVersions', {}, 'MissingParameter'],
    ['DescribeLaunchTemplateVersions', { 'LaunchTemplateVersion.1': '1' }, 'MissingParameter'],
  ])('refuse as EC2 does: %s %j with %s', (action, fields, code) => {
    const { status, body } = ask(action, fields);

    expect(status).toBe(400);
    expect(valuesOf('Code', body)).toEqual([code]);
  });

  it.each([
    ['RunInstances', {}],
    ['DescribeSubnets', { 'Filter.1.Name': 'ipv6-native', 'Filter.1.Value.1': 'true' }],
    ['DescribeLaunchTemplateVersions', { LaunchTemplateId: 'lt-00000001', MinVersion: '1' }],
    ['DescribeInstanceTypes', {}],
  ])('name what is not modelled instead of answering as if it were not there: %s %j', (action, fields) => {
    const { status, body } = ask(action, fields);

    expect(status).toBe(501);
    expect(valuesOf('Code', body)).toEqual(['NotImplemented']);
  });

  it('say of a dry run that it would have worked', () => {
    expect(ask('DescribeSubnets', { DryRun: 'true' }).status).toBe(412);
  });

  it('page with tokens of their own', () => {
    const { raw } = simulatedAccount({
      servers: Array.from({ length: 7 }, (_, index) => ({ hostname: `web-${index}` })),
    });
    const pageOf = (fields: Record<string, string>) =>
      raw('POST', '/', new URLSearchParams({ Version: '2016-11-15', ...fields }).toString()).body;
    const first = pageOf({ Action: 'DescribeLaunchTemplates', MaxResults: '5' });
    const [token = ''] = valuesOf('nextToken', first);
    const second = pageOf({ Action: 'DescribeLaunchTemplates', MaxResults: '5', NextToken: token });

    expect(valuesOf('launchTemplateId', first)).toHaveLength(5);
    expect(valuesOf('launchTemplateId', second)).toHaveLength(2);
    expect(valuesOf('nextToken', second)).toEqual([]);
  });
});

describe('launch template versions', () => {
  const versions = (fields: Record<string, string>) => {
    const { body } = ask('DescribeLaunchTemplateVersions', fields);
    const numbers = valuesOf('versionNumber', body);
    return valuesOf('launchTemplateId', body).map((id, index) => `${id ?? ''} ${numbers[index] ?? ''}`);
  };

  it('are those of one template, the newest first', () => {
    expect(versions({ LaunchTemplateId: 'lt-00000002' })).toEqual(['lt-00000002 3', 'lt-00000002 2', 'lt-00000002 1']);
  });

  it('are the default or the latest ones of every template', () => {
    const aliases = { 'LaunchTemplateVersion.1': '$Default', 'LaunchTemplateVersion.2': '$Latest' };

    expect(versions({ 'LaunchTemplateVersion.1': '$Default' })).toEqual(['lt-00000001 1', 'lt-00000002 2']);
    expect(versions(aliases)).toEqual(['lt-00000001 1', 'lt-00000002 2', 'lt-00000002 3']);
  });
});

describe('beside MGN', () => {
  it('other forms and paths are still not known', () => {
    const { raw } = simulatedAccount(scenario);

    expect(raw('POST', '/', '').status).toBe(404);
    expect(raw('POST', '/', '{"Action":"DescribeVpcs"}').status).toBe(404);
    expect(raw('POST', '/', 'Action=DescribeVpcs&Version=2010-03-31').status).toBe(404);
    expect(raw('POST', '/ec2', 'Action=DescribeVpcs&Version=2016-11-15').status).toBe(404);
  });

  it('calls are counted under the prefix of their permission', () => {
    const { raw, simulator, calls } = simulatedAccount(scenario);
    raw('POST', '/', 'Action=DescribeVpcs&Version=2016-11-15');
    raw('POST', '/', 'Action=RunInstances&Version=2016-11-15');

    expect(simulator.callCounts()).toEqual({
      'ec2:DescribeVpcs': { calls: 1, errors: {} },
      'ec2:RunInstances': { calls: 1, errors: { NotImplemented: 1 } },
    });
    expect(calls).toHaveLength(2);
  });

  it('faults on every operation of MGN leave it alone, those on its own operations do not', () => {
    const everyMgn = [{ fault: 'throttle', operation: '*' }];
    const own = [{ fault: 'throttle', operation: 'ec2:DescribeVpcs' }];

    expect(ask('DescribeVpcs', {}, { faults: everyMgn }).status).toBe(200);
    const refused = ask('DescribeVpcs', {}, { faults: own });
    expect(refused.status).toBe(503);
    expect(valuesOf('Code', refused.body)).toEqual(['RequestLimitExceeded']);
  });

  it.each([
    ['GetServiceQuota', { ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' }, 200, { Quota: { Value: 10_000 } }],
    ['GetServiceQuota', { ServiceCode: 'ec2', QuotaCode: 'L-0' }, 400, { __type: 'NoSuchResourceException' }],
    ['ListServices', {}, 501, { __type: 'NotImplementedException' }],
  ])('Service Quotas tells the quota of vCPUs: %s %j', async (operation, input, statusCode, answer) => {
    const { simulator } = simulatedAccount(scenario);
    const handler = createRequestHandler(simulator, () => Promise.resolve());
    const headers = { 'x-amz-target': `ServiceQuotasV20190624.${operation}` };
    const { response } = await handler.handle({ method: 'POST', path: '/', headers, body: JSON.stringify(input) });

    expect(response.statusCode).toBe(statusCode);
    expect(JSON.parse(Buffer.from(response.body).toString('utf8'))).toMatchObject(answer);
  });
});
