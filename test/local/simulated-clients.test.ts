/** The clients of a simulated MGN: what a request says of its caller, and that nothing of the environment gets in. */
import { DescribeJobsCommand } from '@aws-sdk/client-mgn';
import { createSimulatedClients } from '../../local/simulated-clients.ts';
import type { SdkRequest } from '../../simulator/request-handler.ts';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

function clientsOf(statuses: readonly number[], given: object = credentials) {
  const requests: SdkRequest[] = [];
  const requestHandler = {
    handle: (request: SdkRequest) => {
      const statusCode = statuses[requests.length] ?? 200;
      requests.push(request);
      return Promise.resolve({ response: { statusCode, headers: {}, body: Buffer.from('{"items":[]}') } });
    },
  };
  const clients = createSimulatedClients({
    region: 'eu-west-1',
    credentials: { ...credentials, ...given },
    requestHandler,
  });
  return { ...clients, requests };
}

describe('the clients of a simulated MGN', () => {
  it('name the caller, the region and the service', async () => {
    const { reader, requests } = clientsOf([]);
    await reader.send(new DescribeJobsCommand({}));
    expect(requests[0]?.path).toBe('/DescribeJobs');
    expect(requests[0]?.headers?.['authorization']).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/mgn\/aws4_request/);
    expect(requests[0]?.headers?.['x-amz-security-token']).toBeUndefined();
  });

  it('carry the token of a session', async () => {
    const { reader, requests } = clientsOf([], { sessionToken: 'token' });
    await reader.send(new DescribeJobsCommand({}));
    expect(requests[0]?.headers?.['x-amz-security-token']).toBe('token');
  });

  it('read three times and write once, whatever the environment says', async () => {
    const before = process.env['AWS_MAX_ATTEMPTS'];
    process.env['AWS_MAX_ATTEMPTS'] = '7';
    try {
      const { reader, writer, requests } = clientsOf([500, 500, 500, 500, 500, 500, 500]);
      await expect(reader.send(new DescribeJobsCommand({}))).rejects.toThrow();
      expect(requests).toHaveLength(3);
      await expect(writer.send(new DescribeJobsCommand({}))).rejects.toThrow();
      expect(requests).toHaveLength(4);
    } finally {
      if (before === undefined) delete process.env['AWS_MAX_ATTEMPTS'];
      else process.env['AWS_MAX_ATTEMPTS'] = before;
    }
  });
});
