/** Accounts and Regions as the SDK's own clients come to them over HTTP: by region, by accountID, by roles through STS. */
import {
  DescribeSourceServersCommand,
  ListManagedAccountsCommand,
  MgnClient,
  StartCutoverCommand,
} from '@aws-sdk/client-mgn';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startHttpServer, type SimulatorServer } from '../../../simulator/http-server.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { createSimulator } from '../../../simulator/simulator.ts';
import { inspect } from '../../../simulator/world/inspect.ts';

const [homeID, otherID, unlinkedID] = ['111122223333', '444455556666', '777788889999'];
const scenario: ScenarioInput = {
  accountID: homeID,
  region: 'eu-central-1',
  servers: [{ hostname: 'home-1' }],
  managedAccounts: [
    { accountID: otherID, roles: ['Cutover', 'team/Finalizer'], servers: [{ hostname: 'other-1' }] },
    { accountID: otherID, region: 'eu-west-1', servers: [{ hostname: 'other-1' }, { hostname: 'west-1' }] },
    { accountID: unlinkedID, isLinked: false, servers: [{ hostname: 'alone-1' }] },
    { accountID: homeID, region: 'eu-west-1', servers: [{ hostname: 'home-west-1' }] },
  ],
};

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
const own: Credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

let server: SimulatorServer;
const closings: (() => void)[] = [];
beforeEach(async () => {
  server = await startHttpServer({ scenario: parseScenario(scenario), seed: 1, port: 0, speed: 0 });
});
afterEach(async () => {
  for (const close of closings.splice(0)) close();
  await server.close();
});

const mgn = (region: string, credentials = own) => {
  const client = new MgnClient({ region, credentials, endpoint: server.endpoint, maxAttempts: 1 });
  closings.push(() => {
    client.destroy();
  });
  return client;
};
const sts = (credentials = own) => {
  const client = new STSClient({ region: 'eu-central-1', credentials, endpoint: server.endpoint, maxAttempts: 1 });
  closings.push(() => {
    client.destroy();
  });
  return client;
};
const assume = async (role: string, accountID = otherID, credentials = own): Promise<Credentials> => {
  const RoleArn = `arn:aws:iam::${accountID}:role/${role}`;
  const answer = await sts(credentials).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'night-1' }));
  const {
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
    SessionToken,
  } = answer.Credentials ?? {};
  return { accessKeyId, secretAccessKey, ...(SessionToken !== undefined && { sessionToken: SessionToken }) };
};
const show = async (client: MgnClient, accountID?: string) => {
  const { items = [] } = await client.send(
    new DescribeSourceServersCommand({ filters: {}, ...(accountID !== undefined && { accountID }) }),
  );
  return items.map(({ sourceProperties, arn }) => {
    const [, , , region, account] = arn?.split(':') ?? [];
    return [sourceProperties?.identificationHints?.hostname, region, account].join(' ');
  });
};
const nameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );

const isRunning = ({ status }: { readonly status?: string | undefined }) => status !== 'COMPLETED';

describe('a role that is assumed', () => {
  it('acts in its account, in the Region that is called', async () => {
    const credentials = await assume('Cutover');

    expect(await show(mgn('eu-central-1', credentials))).toEqual([`other-1 eu-central-1 ${otherID}`]);
    expect(await show(mgn('eu-west-1', credentials))).toEqual([
      `other-1 eu-west-1 ${otherID}`,
      `west-1 eu-west-1 ${otherID}`,
    ]);
    expect(await sts(credentials).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: otherID,
      Arn: `arn:aws:sts::${otherID}:assumed-role/Cutover/night-1`,
    });
  });

  it('reaches no other account, and knows of none', async () => {
    const client = mgn('eu-central-1', await assume('Cutover'));

    expect(await nameOf(show(client, homeID))).toBe('AccessDeniedException');
    expect((await client.send(new ListManagedAccountsCommand({}))).items).toEqual([]);
  });

  it('may be one of those that the account has, path and all, or any where it names none', async () => {
    expect((await assume('team/Finalizer')).accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect((await assume('Whatever', unlinkedID)).accessKeyId).toMatch(/^ASIA/);
    const client = mgn('eu-central-1', await assume('Whatever', unlinkedID));
    expect(await show(client)).toEqual([`alone-1 eu-central-1 ${unlinkedID}`]);
  });

  it.each([
    ['of a role that the account does not have', 'Finalizer', otherID, 'AccessDenied'],
    ['in an account that is not there', 'Cutover', '999999999999', 'AccessDenied'],
    ['of what is no role', '', otherID, 'ValidationError'],
  ])('is refused %s', async (_, role, accountID, name) => {
    expect(await nameOf(assume(role, accountID))).toBe(name);
  });

  it('is of no use once its session has ended, by the clock of whoever calls', async () => {
    const credentials = await assume('Cutover');
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_001);

    expect(await nameOf(show(mgn('eu-central-1', credentials)))).toBe('ExpiredTokenException');
    expect(await nameOf(assume('Cutover', otherID, credentials))).toBe('ExpiredToken');
    jest.restoreAllMocks();
  });

  it('can be kept from being assumed by a fault', async () => {
    const rule = {
      fault: 'refuse',
      operation: 'sts:AssumeRole',
      exception: 'AccessDeniedException',
      message: 'no',
    } as const;
    server.simulator.faults().add({ ...rule, timesMax: 1 });

    expect(await nameOf(assume('Cutover'))).toBe('UnauthorizedOperation');
    expect(await nameOf(assume('Cutover'))).toBe('nothing');
  });
});

describe('a caller’s own credentials', () => {
  it('act in the own account, whatever the Region, and in linked ones', async () => {
    expect(await show(mgn('eu-central-1'))).toEqual([`home-1 eu-central-1 ${homeID}`]);
    expect(await show(mgn('eu-west-1'))).toEqual([`home-west-1 eu-west-1 ${homeID}`]);
    expect(await show(mgn('eu-west-1'), otherID)).toHaveLength(2);
    expect(await nameOf(show(mgn('eu-central-1'), unlinkedID))).toBe('AccessDeniedException');
    const { items } = await mgn('eu-central-1').send(new ListManagedAccountsCommand({}));
    expect(items).toEqual([{ accountId: otherID }]);
  });

  it('find nothing set up in a Region that the scenario does not have', async () => {
    expect(await nameOf(show(mgn('us-east-1')))).toBe('UninitializedAccountException');
  });
});

describe('accounts and Regions', () => {
  it('are apart: jobs, identifiers and quotas of one are none of another', async () => {
    const accounts = () => inspect(server.simulator.world(), server.simulator.now()).accounts;
    const ids = accounts().flatMap(({ sourceServers }) => sourceServers.map(({ sourceServerID }) => sourceServerID));
    expect(new Set(ids).size).toBe(6);

    const start = async (client: MgnClient, sourceServerID = '') =>
      (await client.send(new StartCutoverCommand({ sourceServerIDs: [sourceServerID] }))).job?.jobID;
    const first = await start(mgn('eu-central-1'), ids[0]);
    const second = await start(mgn('eu-west-1'), ids[5]);

    expect(first).not.toBe(second);
    const running = accounts().map(({ accountID, region, jobs }) => [accountID, region, jobs.filter(isRunning).length]);
    expect(running).toEqual([
      [homeID, 'eu-central-1', 1],
      [otherID, 'eu-central-1', 0],
      [unlinkedID, 'eu-central-1', 0],
      [otherID, 'eu-west-1', 0],
      [homeID, 'eu-west-1', 1],
    ]);
  });
});

describe('a scenario of several places', () => {
  const problemsOf = (input: ScenarioInput): string => {
    try {
      parseScenario(input);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  it('may have an account twice, but not in one Region', () => {
    expect(problemsOf(scenario)).toBe('');
    expect(problemsOf({ managedAccounts: [{ accountID: '123456789012' }] })).toContain('is given twice');
    expect(problemsOf({ managedAccounts: [{ accountID: '123456789012', region: 'us-east-1' }] })).toContain(
      'is given twice',
    );
  });

  it('has foreign activity where it says', () => {
    const act = { act: 'useQuota', servers: 3, fromSeconds: 0, toSeconds: 60 } as const;
    const elsewhere = { ...act, accountID: otherID, region: 'eu-west-1' };
    const busy = inspect(
      createSimulator({
        scenario: parseScenario({ ...scenario, foreignActivity: [elsewhere] }),
        seed: 1,
        now: () => 0,
      }).world(),
      0,
    );

    expect(busy.accounts.map(({ jobs }) => jobs.filter(isRunning).length)).toEqual([0, 0, 0, 1, 0]);
    expect(
      problemsOf({ ...scenario, foreignActivity: [{ ...act, accountID: unlinkedID, region: 'eu-west-1' }] }),
    ).toContain('is not an account of this scenario in eu-west-1');
  });
});
