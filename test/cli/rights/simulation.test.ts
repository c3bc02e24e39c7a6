/** How IAM is asked: in what portions, in what words, and what happens when it is busy. */
import { IAMClient, type IAMClientConfig } from '@aws-sdk/client-iam';
import type { Right } from '../../../cli/rights/right.ts';
import { simulate } from '../../../cli/rights/simulation.ts';
import { queryError, startFakeAws, type FakeAccount } from '../../support/fake-aws.ts';

const roleArn = 'arn:aws:iam::123456789012:role/operator';
const everything = { Statement: [{ Effect: 'Allow' as const, Action: '*', Resource: '*' }] };

const rightTo = (action: string, rest: Partial<Right> = {}): Right => ({
  action,
  resource: '*',
  circumstances: {},
  statement: { effect: 'Allow', actions: [action], resources: ['*'] },
  ...rest,
});

/** Tries again as often as the SDK is told to, and at once. */
const impatient: NonNullable<IAMClientConfig['retryStrategy']> = {
  acquireInitialRetryToken: () => Promise.resolve({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
  refreshRetryTokenForRetry: (token) => {
    const count = token.getRetryCount() + 1;
    return count < 10
      ? Promise.resolve({ getRetryCount: () => count, getRetryDelay: () => 0 })
      : Promise.reject(new Error('no attempts are left'));
  },
  recordSuccess: () => undefined,
};

const simulateAt = async (rights: readonly Right[], answer: FakeAccount['answer']) => {
  const asked: URLSearchParams[] = [];
  const aws = await startFakeAws({
    callerArn: roleArn,
    identities: { [roleArn]: { policies: { everything } } },
    answer: (operation, parameters, count) => {
      asked.push(parameters);
      return answer?.(operation, parameters, count);
    },
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new IAMClient({ endpoint: aws.url, region: 'eu-west-1', credentials, retryStrategy: impatient });
  try {
    return { verdicts: await simulate(client, roleArn, rights), asked };
  } finally {
    client.destroy();
    await aws.close();
  }
};

const countOf = (parameters: URLSearchParams, name: string) =>
  [...parameters.keys()].filter((key) => key.startsWith(`${name}.member.`)).length;

describe('simulate', () => {
  it('tries again when IAM is busy, and takes its answer then', async () => {
    const right = rightTo('mgn:DescribeJobs');
    const { verdicts, asked } = await simulateAt([right], (_operation, _parameters, count) =>
      count <= 4 ? queryError(400, 'Throttling', 'Rate exceeded') : undefined,
    );

    expect(asked).toHaveLength(5);
    expect(verdicts.get(right)).toEqual({ verdict: 'allowed', openKeys: [] });
  });

  it('cannot tell when IAM stays busy', async () => {
    const busy = simulateAt([rightTo('mgn:DescribeJobs')], () => queryError(400, 'Throttling', 'Rate exceeded'));

    await expect(busy).rejects.toMatchObject({
      name: 'CannotSimulateError',
      message: expect.stringMatching(/Throttling/),
    });
  });

  it('asks about many calls in portions, about one resource at a time, and once about what is alike', async () => {
    const calls = Array.from({ length: 120 }, (_, number) => rightTo(`ec2:Call${String(number)}`));
    const volumes = [rightTo('ec2:Call1', { resource: 'arn:aws:ec2:eu-west-1:123456789012:volume/v' })];
    const { verdicts, asked } = await simulateAt(
      [...calls, ...calls.map((right) => ({ ...right })), ...volumes],
      undefined,
    );

    const portions = asked.map((parameters) => [
      parameters.get('ResourceArns.member.1'),
      countOf(parameters, 'ActionNames'),
      countOf(parameters, 'ResourceArns'),
    ]);
    expect(portions).toHaveLength(4);
    expect(portions).toEqual(
      expect.arrayContaining([
        ['*', 50, 1],
        ['*', 50, 1],
        ['*', 20, 1],
        ['arn:aws:ec2:eu-west-1:123456789012:volume/v', 1, 1],
      ]),
    );
    expect(verdicts.size).toBe(241);
  });

  it('tells IAM the circumstances in its own types: who calls through whom is a key of many values', async () => {
    const circumstances = {
      'aws:CalledVia': ['mgn.amazonaws.com'],
      'aws:ViaAWSService': true,
      'iam:PassedToService': 'ec2.amazonaws.com',
    };
    const { asked } = await simulateAt([rightTo('iam:PassRole', { circumstances })], undefined);
    const told = [1, 2, 3].map((number) =>
      ['ContextKeyName', 'ContextKeyType', 'ContextKeyValues.member.1'].map((member) =>
        asked[0]?.get(`ContextEntries.member.${String(number)}.${member}`),
      ),
    );

    expect(told).toEqual([
      ['aws:CalledVia', 'stringList', 'mgn.amazonaws.com'],
      ['aws:ViaAWSService', 'boolean', 'true'],
      ['iam:PassedToService', 'string', 'ec2.amazonaws.com'],
    ]);
  });
});
