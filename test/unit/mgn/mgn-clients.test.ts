/** The clients as a server on loopback sees them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { DescribeSourceServersCommand, StartCutoverCommand } from '@aws-sdk/client-mgn';
import { createMgnClients } from '../../../functions/mgn/mgn-clients.ts';

const caller = { region: 'eu-central-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

describe('createMgnClients', () => {
  const environment = { ...process.env };
  let server: Server;
  let endpoint: string;
  let paths: (string | undefined)[];
  let failuresLeft: number;
  beforeEach(async () => {
    paths = [];
    failuresLeft = 0;
    server = createServer((request, response) => {
      paths.push(request.url);
      response.writeHead(failuresLeft-- > 0 ? 500 : 200, { 'x-amzn-ErrorType': 'InternalServerException' }).end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    endpoint = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  });
  afterEach(() => {
    process.env = { ...environment };
    server.close();
    server.closeAllConnections();
  });

  it('send a read that failed again', async () => {
    failuresLeft = 2;
    await createMgnClients({ ...caller, endpoint }).reader.send(new DescribeSourceServersCommand({}));

    expect(paths).toEqual(['/DescribeSourceServers', '/DescribeSourceServers', '/DescribeSourceServers']);
  });

  it('send a write once, whatever becomes of it', async () => {
    failuresLeft = 1;
    const command = new StartCutoverCommand({ sourceServerIDs: ['s-00000000000000001'] });

    await expect(createMgnClients({ ...caller, endpoint }).writer.send(command)).rejects.toThrow();
    expect(paths).toEqual(['/StartCutover']);
  });

  it.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_MGN'])('go where %s says', async (variable) => {
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1';
    process.env[variable] = endpoint;
    const { reader, writer } = createMgnClients(caller);

    await reader.send(new DescribeSourceServersCommand({}));
    await writer.send(new StartCutoverCommand({ sourceServerIDs: ['s-00000000000000001'] }));

    expect(paths).toEqual(['/DescribeSourceServers', '/StartCutover']);
  });

  it('go where the caller says, should the environment say otherwise', async () => {
    process.env['AWS_ENDPOINT_URL_MGN'] = 'http://127.0.0.1:1';
    await createMgnClients({ ...caller, endpoint }).reader.send(new DescribeSourceServersCommand({}));

    expect(paths).toEqual(['/DescribeSourceServers']);
  });
});
