/** `npm run conformance:aws` as a process of its own, against moto and a door that plays what moto has not. */
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { readFacts } from '../../conformance/facts.ts';
import { onOurEngine, stateTests } from '../../conformance/state-tests.ts';
import { startMotoForCases } from './cases-on-moto.ts';
import type { DoorAnswer, DoorCall } from './door.ts';
import type { SecondEngine } from './second-engine.ts';
import { describeWithMoto } from './with-moto.ts';

const account = '000000000000';
const credentials = { AWS_ACCESS_KEY_ID: 'conformance', AWS_SECRET_ACCESS_KEY: 'conformance' };
const nowhere = join(tmpdir(), 'there-is-no-such-file');
const bare = {
  PATH: process.env['PATH'],
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SHARED_CREDENTIALS_FILE: nowhere,
  AWS_CONFIG_FILE: nowhere,
};

interface Ran {
  readonly code: number;
  readonly said: string;
}

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const options = { env: { ...bare, ...env }, timeout: 120_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, ['conformance/aws.ts', ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, said: stdout + stderr });
    });
  });
}

const asMeant = ['--account', account, '--region', 'us-east-1'];

describe('the conformance check', () => {
  it('says in one line that it has no credentials, and that it has not passed', async () => {
    expect(await run(asMeant)).toEqual({
      code: 2,
      said: 'There are no AWS credentials here: nothing was asked and nothing is proven.\n',
    });
  }, 60_000);

  it.each([
    { args: ['--region', 'us-east-1', '--yes'], says: 'Name the account with --account' },
    { args: ['--account', '12', '--region', 'us-east-1'], says: 'twelve digits' },
    { args: ['--account', account], says: 'Name a Region' },
    { args: [...asMeant, '--force'], says: "Unknown option '--force'" },
  ])(
    'refuses $args',
    async ({ args, says }) => {
      const { code, said } = await run(args, credentials);

      expect(code).toBe(2);
      expect(said).toContain(says);
    },
    60_000,
  );
});

const uninitialized: DoorAnswer = {
  status: 400,
  headers: { 'x-amzn-errortype': 'UninitializedAccountException' },
  body: { code: 'UninitializedAccountException', message: `Account ${account} not initialized` },
};

const TestStateSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    definition: v.pipe(v.string(), v.parseJson()),
    input: v.pipe(v.string(), v.parseJson()),
    mock: v.optional(v.object({ errorOutput: v.optional(v.object({ error: v.string() })) })),
  }),
);

/** TestState as our engine would have it: the point is what is asked and what becomes of the answer. */
async function testState(body: string): Promise<DoorAnswer> {
  const { definition, input, mock } = v.parse(TestStateSchema, body);
  const test = stateTests().find(
    ({ state, input: given, error }) =>
      error === mock?.errorOutput?.error && isDeepStrictEqual([state, given], [definition, input]),
  );
  if (test === undefined) return { status: 400, body: { __type: 'InvalidDefinition', message: 'no such state' } };
  const { output, ...rest } = await onOurEngine(test);
  return { status: 200, body: { ...rest, ...(output !== undefined && { output: JSON.stringify(output) }) } };
}

describeWithMoto('the conformance check in an account', () => {
  let engine: SecondEngine | undefined;
  let refusesStarts = false;
  const facts = mkdtempSync(join(tmpdir(), 'conformance-'));

  const intercept = async ({ path, target, body }: DoorCall): Promise<DoorAnswer | undefined> => {
    if (/^\/(DescribeJobs|DescribeSourceServers)$/.test(path)) return uninitialized;
    if (target.endsWith('.TestState')) return testState(body);
    if (refusesStarts && target.endsWith('.StartExecution')) {
      return { status: 400, body: { __type: 'AccessDeniedException', message: 'not here' } };
    }
    return undefined;
  };
  const check = (...args: string[]) =>
    run([...asMeant, '--facts', facts, '--endpoint-url', engine?.door ?? '', ...args], credentials);
  /** The stacks and machines that are there now. */
  const left = async () => {
    const config = { endpoint: engine?.endpoint ?? '', region: 'us-east-1' };
    const signed = { ...config, credentials: { accessKeyId: 'left', secretAccessKey: 'left' } };
    const { StackSummaries = [] } = await new CloudFormationClient(signed).send(new ListStacksCommand({}));
    const { stateMachines = [] } = await new SFNClient(signed).send(new ListStateMachinesCommand({}));
    const stacks = StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
    return { everMade: StackSummaries.length, stacks, stateMachines };
  };

  beforeAll(async () => {
    engine = await startMotoForCases(intercept);
  }, 60_000);

  afterAll(async () => {
    await engine?.stop();
    rmSync(facts, { recursive: true });
  });

  it('refuses credentials of another account', async () => {
    const args = ['--account', '999999999999', '--region', 'us-east-1', '--yes', '--endpoint-url', engine?.door ?? ''];

    expect(await run(args, credentials)).toMatchObject({ code: 2, said: expect.stringContaining('another account') });
    expect(await left()).toMatchObject({ everMade: 0, stateMachines: [] });
  }, 60_000);

  it('lists what it would create, and creates nothing unless that is meant', async () => {
    const { code, said } = await check();

    expect(code).toBe(2);
    expect(said).toMatch(/CloudFormation stack mgn-cutover-conformance-\w+, with\n.*Lambda function .*\n.*IAM role/);
    expect(said).toContain('Nothing was created.');
    expect(await left()).toMatchObject({ everMade: 0, stateMachines: [] });
  }, 60_000);

  it('records each fact without the account’s number, and leaves nothing behind', async () => {
    const only = [
      'case-failed-task',
      'case-nested-execution-selected',
      'machine-commit',
      'state-commit.NameCommit',
      'mgn-',
    ];
    const { code, said } = await check('--yes', ...only.flatMap((name) => ['--only', name]));
    const recorded = await readFacts(facts);

    expect(said).toContain('8 facts recorded; 0 that differ');
    expect(code).toBe(0);
    expect(recorded.map(({ kind, name }) => `${kind}-${name}`)).toEqual([
      'case-failed-task-caught',
      'case-failed-task',
      'case-nested-execution-selected',
      'machine-commit',
      'mgn-describe-jobs',
      'mgn-describe-no-such-job',
      'mgn-describe-source-servers',
      'state-commit.NameCommit',
    ]);
    expect(JSON.stringify(recorded)).not.toContain(account);
    expect(recorded.find(({ name }) => name === 'describe-jobs')?.observed).toMatchObject({
      failed: 'UninitializedAccountException',
      status: 400,
      message: 'Account 111122223333 not initialized',
    });
    expect(await left()).toMatchObject({ everMade: 1, stacks: [], stateMachines: [] });
  }, 120_000);

  it('asks of every state by itself, creating nothing, when told to only read', async () => {
    const { code, said } = await check('--read-only', '--only', 'state-cutover-shift.StartCutover');

    expect(code).toBe(0);
    expect(said).toContain('state-cutover-shift.StartCutover.ConflictError: recorded');
    expect(await left()).toMatchObject({ everMade: 1, stacks: [] });
  }, 60_000);

  it('has failed, and leaves nothing behind either, when an answer differs or a call is refused', async () => {
    const differing = await check('--yes', '--only', 'case-callback-told-of-a-failure');
    refusesStarts = true;
    const refused = await check('--yes', '--only', 'case-choice-boolean');

    expect(differing).toMatchObject({
      code: 1,
      said: expect.stringContaining('differs from our engine in its output'),
    });
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('AccessDeniedException: not here') });
    expect(await left()).toMatchObject({ stacks: [], stateMachines: [] });
  }, 120_000);
});
