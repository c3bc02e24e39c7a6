/** How the stack is found: by the program itself, over sockets, on the wall's time. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { commandLine, folder } from '../command-line.ts';
import { aNight, onStack } from './night.ts';

const files = folder();
const web = aNight({ hostname: 'web-1' });

const listed = (stack: LoopbackStack, ...flags: string[]) => stack.run(['list', '--stack', ...flags]);

describe('finding the stack', () => {
  it.each([
    [
      'is not there',
      'Other',
      {},
      /there is no stack Other in eu-central-1 of this account\. Check the name, the region/,
    ],
    [
      'is no stack of ours',
      'MgnCutover',
      { outputs: {} },
      /is not a stack of mgn-cutover: it has no output WaveCutoverAl/,
    ],
    [
      'is of an earlier version',
      'MgnCutover',
      { outputs: { LedgerTableName: 'ledger', WaveCutoverArn: 'arn' } },
      /was deployed by an earlier version of mgn-cutover\. Deploy this version first/,
    ],
    [
      'is not deployed to its end',
      'MgnCutover',
      { outputs: {}, status: 'CREATE_IN_PROGRESS' },
      /MgnCutover in eu-central-1 is CREATE_IN_PROGRESS, so it cannot be worked with/,
    ],
  ])('says that it %s: exit 2', async (_what, name, shown, message) => {
    await withStack(web, async (stack) => {
      Object.assign(stack, shown);
      const { exitCode, err } = await listed(stack, name);
      expect(err).toMatch(message);
      expect(exitCode).toBe(2);
    });
  });

  it('says that no region is named', async () => {
    await withStack(web, async (stack) => {
      const before = { ...process.env };
      for (const name of Object.keys(process.env)) if (/^AWS_/.test(name)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, { HOME: files.path });
      const { AWS_ENDPOINT_URL = '', AWS_ENDPOINT_URL_DYNAMODB = '' } = stack.env;
      const env = { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB };
      const { exitCode, err } = await stack.time.hold(commandLine(['list', ...onStack], { env }));
      Object.assign(process.env, { HOME: '' }, before);
      expect(err).toContain('--region: say in which region the stack is, or set AWS_REGION.');
      expect(exitCode).toBe(2);
    });
  });

  it('goes where the environment says', async () => {
    await withStack(web, async (stack) => {
      const { exitCode, out } = await stack.time.hold(commandLine(['list', ...onStack], { env: stack.env }));
      expect(out).toBe('There is no run in STACK MgnCutover in eu-central-1.\n');
      expect(exitCode).toBe(0);
    });
  });

  it.each([
    [
      'AccessDenied',
      403,
      /The caller may not use CloudFormation in eu-central-1: .*It needs cloudformation:DescribeSt/,
    ],
    ['ExpiredToken', 403, /The AWS credentials have expired\. Sign in again/],
  ])('explains %s', async (code, status, message) => {
    const server = createServer((request, response) => {
      void text(request).then(() => {
        const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error>`;
        response.writeHead(status, { 'content-type': 'text/xml' }).end(`<ErrorResponse>${error}</ErrorResponse>`);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${String(port)}`, AWS_REGION: 'eu-central-1' };
    const { exitCode, err } = await commandLine(['list', ...onStack], { env });
    server.close();
    server.closeAllConnections();
    expect(err).toMatch(message);
    expect(exitCode).toBe(2);
  });
});
