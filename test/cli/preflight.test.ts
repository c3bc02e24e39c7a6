import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { startHttpServer, type SimulatorServer } from '../../simulator/http-server.ts';
import { commandLine, folder, oneWave, waveID } from './command-line.ts';

const files = folder();
const input = files.file('wave.json', { waveID });
const corrupt = files.file(
  'corrupt.sqlite',
  'This is no database, and long enough to be read as the header of one.'.repeat(3),
);
mkdirSync(join(files.path, 'ledgers'));
const env = { XDG_STATE_HOME: join(files.path, 'state') };

const servers: SimulatorServer[] = [];
const simulate = async (scenario: object): Promise<string> => {
  const server = await startHttpServer({ scenario: parseScenario(scenario), seed: 1, port: 0, speed: 1 });
  servers.push(server);
  return server.endpoint;
};
const refusing = (exception: string) => ({
  ...oneWave({ hostname: 'web-1' }),
  faults: [{ fault: 'refuse', operation: '*', exception, message: 'no' }],
});

/** A service that answers everything with one error. */
const answering = async (errorType: string): Promise<{ endpoint: string; close: () => void }> => {
  const server = createServer((_incoming, outgoing) => {
    outgoing.writeHead(403, { 'x-amzn-errortype': errorType, 'content-type': 'application/json' });
    outgoing.end(JSON.stringify({ message: 'refused by the test' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { endpoint: `http://127.0.0.1:${String(port)}`, close: () => server.close() };
};

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

const plan = (endpoint: string, ...more: string[]) =>
  commandLine(['plan', input, '--endpoint', endpoint, ...more], { env });

describe('before anything is begun', () => {
  it('reaches a simulator over HTTP without any set-up of AWS', async () => {
    const { exitCode, out } = await plan(await simulate({ waves: oneWave({ hostname: 'web-1' }).waves }));
    expect(out).toContain('A run would start 1 cutover job of 1 source server.');
    expect(exitCode).toBe(0);
  });

  it('says that nothing listens there, as the program itself', async () => {
    const server = await startHttpServer({ scenario: parseScenario({}), seed: 1, port: 0, speed: 1 });
    await server.close();
    const argv = ['cli/mgn-cutover.ts', 'plan', input, '--endpoint', server.endpoint];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect(stderr).toBe(
      `mgn-cutover: Nothing listens at ${server.endpoint}. Check the address, or start what should be there.\n`,
    );
    expect(status).toBe(2);
  });

  it('says that the account is not initialized and how to do that', async () => {
    const { exitCode, err } = await plan(
      await simulate(refusing('UninitializedAccountException')),
      '--region',
      'eu-west-1',
    );
    expect(err).toMatch(/^mgn-cutover: eu-west-1: .*Initialize MGN in this account and region first/);
    expect(exitCode).toBe(2);
  });

  it('says which permission is missing', async () => {
    const { exitCode, err } = await plan(await simulate(refusing('AccessDeniedException')));
    expect(err).toContain('It needs mgn:DescribeSourceServers');
    expect(exitCode).toBe(2);
  });

  it.each([
    ['ExpiredTokenException', 'The AWS credentials have expired. Sign in again'],
    ['UnrecognizedClientException', 'AWS does not accept these credentials in us-east-1'],
  ])('explains %s', async (errorType, sentence) => {
    const service = await answering(errorType);
    const { exitCode, err } = await plan(service.endpoint);
    service.close();
    expect(err).toContain(sentence);
    expect(exitCode).toBe(2);
  });

  it('says that there are no credentials', async () => {
    const before = { ...process.env };
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true', HOME: files.path });
    const { exitCode, err } = await commandLine(['run', input, '--region', 'eu-west-1'], { env });
    Object.assign(process.env, { HOME: '' }, before);
    Reflect.deleteProperty(process.env, 'AWS_EC2_METADATA_DISABLED');
    expect(err).toContain('No AWS credentials were found. Sign in (aws sso login)');
    expect(exitCode).toBe(2);
  });
});

describe('the ledger', () => {
  it.each([
    ['is no database', corrupt, /--ledger: .*corrupt\.sqlite cannot be used: file is not a database/],
    ['is a directory', join(files.path, 'ledgers'), /--ledger: .*ledgers cannot be used: it is a directory/],
    ['has no folder', join(files.path, 'none', 'ledger.sqlite'), /--ledger: .* its folder does not exist/],
  ])('is refused when it %s', async (_what, ledger, message) => {
    const endpoint = await simulate(oneWave({ hostname: 'web-1' }));
    const { exitCode, err } = await commandLine(['run', input, '--endpoint', endpoint, '--ledger', ledger], { env });
    expect(err).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it('must exist for a rollback', async () => {
    const endpoint = await simulate(oneWave({ hostname: 'web-1' }));
    const { exitCode, err } = await commandLine(['rollback', 'night-1', '--endpoint', endpoint], { env });
    expect(err).toMatch(/there is no ledger at .*state\/mgn-cutover\/ledger\.sqlite/);
    expect(exitCode).toBe(2);
  });
});
