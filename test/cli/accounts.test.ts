/** Runs of other accounts and regions from the command line: against a simulator over HTTP, STS included, and rehearsed. */
import { join } from 'node:path';
import * as v from 'valibot';
import { RunIDSchema } from '../../functions/domain/identifiers.ts';
import { parseRunInput } from '../../functions/domain/run-input.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { openSqliteStore } from '../../functions/ledger/sqlite-store.ts';
import { startHttpServer, type SimulatorServer } from '../../simulator/http-server.ts';
import { inspect } from '../../simulator/world/inspect.ts';
import { startFakeAws } from '../support/fake-aws.ts';
import { homeID, otherID, roleArn, twoAccounts, twoAccountsScenario } from '../unit/accounts/two-accounts.ts';
import { commandLine, folder } from './command-line.ts';

const files = folder();
const env = { XDG_STATE_HOME: files.path };

let server: SimulatorServer;
let waveIDOf: (accountID: string, region: string) => string | undefined;
beforeEach(async () => {
  server = await startHttpServer({ scenario: twoAccountsScenario, seed: 1, port: 0, speed: 600 });
  const { accounts } = inspect(server.simulator.world(), 0);
  waveIDOf = (accountID, region) =>
    accounts.find((account) => account.accountID === accountID && account.region === region)?.waves[0]?.waveID;
});
afterEach(() => server.close());

const west = () => ({ waveID: waveIDOf(otherID, 'eu-west-1'), accountID: otherID, region: 'eu-west-1', roleArn });
const call = (verb: string, input: object, ...flags: string[]) =>
  commandLine([verb, files.file('input.json', input), '--endpoint', server.endpoint, ...flags], { env });
const calls = (operation: string) => server.simulator.callCounts()[operation]?.calls ?? 0;

describe('plan over HTTP', () => {
  it('looks at the account and region of the input, as the role', async () => {
    const { exitCode, out, err } = await call('plan', west());

    expect(out).toContain(`SIMULATOR ${server.endpoint}, account ${otherID}`);
    expect(out).toContain('· west-1 (shop)');
    expect([exitCode, err]).toEqual([0, '']);
    expect(calls('sts:AssumeRole')).toBeGreaterThan(0);
  });

  it('goes by the input’s region where --region says another, and says so once', async () => {
    const { exitCode, err } = await call('plan', west(), '--region', 'eu-central-1');

    expect(err).toBe(
      'mgn-cutover: note: the run is of region eu-west-1, so that is where its source servers are, and not in eu-central-1, as --region says.\n',
    );
    expect(exitCode).toBe(0);
  });

  it('says which role could not be assumed by whom, and touches nothing', async () => {
    const role = `arn:aws:iam::${otherID}:role/Nobody`;
    const { exitCode, err } = await call('plan', { ...west(), roleArn: role });

    expect(err).toContain(`mgn-cutover: arn:aws:iam::${homeID}:user/simulated may not assume ${role}`);
    expect(err).not.toContain('It needs mgn:DescribeSourceServers');
    expect(exitCode).toBe(2);
  });

  it('is refused where MGN was never set up', async () => {
    const { exitCode, err } = await call('plan', { ...west(), region: 'us-east-2' });

    expect(err).toMatch(/^mgn-cutover: us-east-2: .*Initialize MGN in this account and region first/);
    expect(exitCode).toBe(2);
  });
});

describe('a follow-up over HTTP', () => {
  it('looks at the account and region that the ledger knows of the run', async () => {
    const ledger = join(files.path, 'known.sqlite');
    const store = openSqliteStore(ledger);
    const runID = v.parse(RunIDSchema, 'night-1');
    await createLedger(store).createRun({ runID, input: parseRunInput(west()), nonce: 'nonce', createdAt: Date.now() });
    store.close();

    const argv = ['rollback', 'night-1', '--endpoint', server.endpoint, '--region', 'us-east-2', '--ledger', ledger];
    const { out, err, exitCode } = await commandLine(argv, { env });
    expect(err).toContain('the run is of region eu-west-1');
    expect(out).toContain('There is nothing to bring back in run night-1');
    expect(exitCode).toBe(0);
    expect(calls('sts:AssumeRole')).toBeGreaterThan(0);
  });
});

describe('a rehearsal', () => {
  it('assumes the role of the scenario’s account', async () => {
    const scenario = files.file('scenario.json', twoAccounts);
    const { exitCode, out } = await commandLine(['run', files.file('input.json', west()), '--scenario', scenario], {
      env,
    });

    expect(out).toContain('1 verified');
    expect(exitCode).toBe(0);
  });

  it('is refused as the night would be', async () => {
    const scenario = files.file('scenario.json', twoAccounts);
    const input = files.file('input.json', { ...west(), roleArn: `arn:aws:iam::${otherID}:role/Nobody` });
    const { exitCode, err } = await commandLine(['run', input, '--scenario', scenario], { env });

    expect(err).toContain('may not assume');
    expect(exitCode).toBe(2);
  });
});

describe('check', () => {
  it('says that the rights are those of the roles that the run acts as', async () => {
    const caller = `arn:aws:iam::${homeID}:user/ops`;
    const everything = { Statement: [{ Effect: 'Allow' as const, Action: '*', Resource: '*' }] };
    const aws = await startFakeAws({ callerArn: caller, identities: { [caller]: { policies: { everything } } } });
    const input = { ...west(), finalizerRoleArn: 'arn:aws:iam::{accountID}:role/team/Finalizer' };
    const argv = ['check', files.file('input.json', input), '--region', 'eu-west-1'];
    const { out } = await commandLine(argv, { env: { AWS_ENDPOINT_URL: aws.url } });
    await aws.close();

    for (const role of ['MgnCutover-Cutover', 'team/Finalizer'])
      expect(out).toContain(
        `Note: The run acts as arn:aws:iam::${otherID}:role/${role}, so these rights are needed by`,
      );
    expect(out).not.toContain('MGN also asks account');
  });
});
