/** The functions as they are bundled: small, the same everywhere, and working when loaded as Lambda loads them. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { bundleFunctions, functionNames } from '../../infra/function-bundles.ts';
import { steps } from '../../infra/steps.ts';
import { startHttpServer, type SimulatorServer } from '../../simulator/http-server.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { startLedgerTable, type LedgerTable } from '../support/ledger-table.ts';

const folder = bundleFunctions();
const bundleOf = (name: string) => path.join(folder, name, 'index.js');

const bytesMax = 270_000;
const gzippedBytesMax = 80_000;

const waveID = 'wave-00000000000000001';
const scenario = parseScenario({
  waves: [{ name: 'w', waveID, applications: [{ name: 'a', servers: [{ hostname: 'one' }, { hostname: 'two' }] }] }],
});

/** Loads the bundle in a new process that has no more than a function's environment, and calls its handler once. */
const script = `
  const [bundle, event] = process.argv.slice(1);
  const context = { functionName: 'f', awsRequestId: 'r', getRemainingTimeInMillis: () => 10_000 };
  require(bundle).handler(JSON.parse(event), context).then(
    (answer) => console.log(JSON.stringify({ answer })),
    (error) => console.log(JSON.stringify({ errorName: error.name })),
  );
`;
const invoke = async (name: string, event: unknown, env: Readonly<Record<string, string>>): Promise<unknown> => {
  const args = ['-e', script, bundleOf(name), JSON.stringify(event)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...env } });
  return JSON.parse(stdout);
};

describe('the bundles', () => {
  it('are of every step and of the two functions that watch', () => {
    expect(functionNames).toEqual([...Object.keys(steps), 'ReportRun', 'WatchRuns']);
  });

  it('are small enough to start fast', () => {
    const sizes = functionNames.map((name) => {
      const code = readFileSync(bundleOf(name));
      return { name, bytes: code.length, gzippedBytes: gzipSync(code).length };
    });

    expect(sizes.filter(({ bytes, gzippedBytes }) => bytes > bytesMax || gzippedBytes > gzippedBytesMax)).toEqual([]);
  });

  it('tell nothing of the machine they were made on, so that they are the same everywhere', () => {
    const root = path.join(__dirname, '../..');
    const files = functionNames.flatMap((name) => [bundleOf(name), `${bundleOf(name)}.map`]);

    expect(files.filter((file) => readFileSync(file, 'utf8').includes(root))).toEqual([]);
  });
});

describe('a bundled function', () => {
  let table: LedgerTable;
  let simulator: SimulatorServer;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    table = await startLedgerTable();
    simulator = await startHttpServer({ scenario, seed: 1, port: 0, speed: 1 });
    env = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      ...Object.fromEntries(
        ['MGN', 'EC2', 'SERVICE_QUOTAS', 'CLOUDWATCH'].map((service) => [
          `AWS_ENDPOINT_URL_${service}`,
          simulator.endpoint,
        ]),
      ),
      LEDGER_TABLE_NAME: table.tableName,
      LOG_LEVEL: 'SILENT',
    };
  });
  afterAll(() => Promise.all([table.close(), simulator.close()]));

  it('reads MGN and EC2, and keeps the ledger in its table', async () => {
    const run = { runID: 'night-1', executionID: 'execution' };

    expect(await invoke('ResolveWave', { ...run, input: { waveID } }, env)).toEqual({
      answer: { ...run, sourceServerCount: 2 },
    });
    expect(await invoke('AssessReadiness', run, env)).toMatchObject({ answer: { decision: 'PROCEED' } });
    expect(await invoke('AssessReadiness', { ...run, executionID: 'another' }, env)).toEqual({
      errorName: 'RunHeldError',
    });
  });

  it('fails with the error’s own name, which the state machines match, minified as it is', async () => {
    const event = { runID: 'unheard-of', executionID: 'execution' };

    expect(await invoke('RecordOutcome', event, env)).toEqual({ errorName: 'RunNotFoundError' });
    expect(await invoke('RecordOutcome', { runID: 1 }, env)).toEqual({ errorName: 'InvalidInputError' });
  });

  it('takes credentials from its environment and looks for none elsewhere', async () => {
    const withoutKey = Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'AWS_ACCESS_KEY_ID'));
    const event = { runID: 'night-1', executionID: 'execution' };

    expect(await invoke('AssessReadiness', event, withoutKey)).toEqual({ errorName: 'AccessDeniedError' });
  });
});
