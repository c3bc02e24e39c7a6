/** What a function in Lambda is given, with its services on loopback as its environment says. */
import { productionDeps } from '../../../functions/shared/production-deps.ts';
import { startHttpServer, type SimulatorServer } from '../../../simulator/http-server.ts';
import { inspect } from '../../../simulator/world/inspect.ts';
import { homeID, otherID, roleArn, twoAccountsScenario } from './two-accounts.ts';

const environment = { ...process.env };
let server: SimulatorServer;
beforeEach(async () => {
  server = await startHttpServer({ scenario: twoAccountsScenario, seed: 1, port: 0, speed: 1 });
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_LAMBDA_FUNCTION_NAME: 'MgnCutover-StartCutover',
    AWS_ENDPOINT_URL_MGN: server.endpoint,
    AWS_ENDPOINT_URL_STS: server.endpoint,
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: server.endpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH: server.endpoint,
    LEDGER_TABLE_NAME: 'ledger',
  });
});
afterEach(async () => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, environment);
  await server.close();
});

const wavesAt = (accountID: string, region: string) =>
  inspect(server.simulator.world(), server.simulator.now())
    .accounts.filter((account) => account.accountID === accountID && account.region === region)
    .flatMap(({ waves }) => waves.map(({ waveID }) => waveID));

it('is MGN of every target, at the endpoint of the environment whatever the region', async () => {
  const deps = productionDeps();
  const targets = [
    [{}, homeID, 'eu-central-1'],
    [{ region: 'eu-west-1' }, homeID, 'eu-west-1'],
    [{ accountID: otherID, region: 'eu-west-1', roleArn, runID: 'night-1' }, otherID, 'eu-west-1'],
  ] as const;
  for (const [target, accountID, region] of targets) {
    const waves = await deps.mgn(target).listWaves([]);
    expect(waves.map(({ waveID }) => waveID)).toEqual(wavesAt(accountID, region));
  }
});

it('is EC2 of every target', async () => {
  const deps = productionDeps();
  const quota = async (target: object) => (await deps.ec2(target).readVcpuQuota())?.quota;

  expect([await quota({}), await quota({ accountID: otherID, region: 'eu-west-1', roleArn })]).toEqual([10_000, 64]);
});

it('is denied in the words of a role that the function may not assume', async () => {
  const role = `arn:aws:iam::${otherID}:role/Nobody`;

  await expect(productionDeps().mgn({ roleArn: role }).listWaves([])).rejects.toThrow(`may not assume ${role}`);
});
