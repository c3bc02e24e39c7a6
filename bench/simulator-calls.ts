/**
 * How fast the simulator is: loading a large fleet, and calls a second through its in-process door with the real SDK,
 * without the SDK, and over HTTP. Run: `npx node bench/simulator-calls.ts`.
 */
import { DescribeJobsCommand, DescribeSourceServersCommand, MgnClient, StartCutoverCommand } from '@aws-sdk/client-mgn';

import { startHttpServer } from '../simulator/http-server.ts';
import { createRequestHandler } from '../simulator/request-handler.ts';
import { generateScenario } from '../simulator/scenario/generate-scenario.ts';
import { parseScenario } from '../simulator/scenario/parse-scenario.ts';
import type { Scenario } from '../simulator/scenario/scenario-schema.ts';
import { createSimulator } from '../simulator/simulator.ts';

const seed = 1;
const startMs = Date.parse('2026-03-07T22:00:00Z');
const clientOptions = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  maxAttempts: 1,
};

const report = (what: string, figure: string): void => {
  process.stdout.write(`${what.padEnd(64)}${figure.padStart(16)}\n`);
};

const secondsOf = async (work: () => unknown): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
};

/** Repeats a call for about a second, after a warm-up, and reports calls a second. */
const measure = async (what: string, call: () => unknown): Promise<void> => {
  await secondsOf(async () => {
    for (let index = 0; index < 50; index += 1) await call();
  });
  let calls = 0;
  const deadline = performance.now() + 1000;
  const seconds = await secondsOf(async () => {
    while (performance.now() < deadline) {
      await call();
      calls += 1;
    }
  });
  report(what, `${Math.round(calls / seconds).toLocaleString('en')} calls/s`);
};

const fleetOf = (servers: number): Scenario => parseScenario(generateScenario({ servers, seed }));

const load = async (servers: number): Promise<void> => {
  const seconds = await secondsOf(() => {
    createSimulator({ scenario: fleetOf(servers), seed, now: () => startMs });
  });
  report(`load a generated fleet of ${servers.toLocaleString('en')} source servers`, `${seconds.toFixed(2)} s`);
};

const serverIDs = (scenario: Scenario, count: number): string[] => {
  const simulator = createSimulator({ scenario, seed, now: () => startMs });
  const [account] = simulator.world().accounts.values();
  return [...(account?.sourceServers.keys() ?? [])].slice(0, count);
};

const inProcess = async (scenario: Scenario, ids: string[]): Promise<void> => {
  let nowMs = startMs;
  const simulator = createSimulator({ scenario, seed, now: () => nowMs });
  const requestHandler = createRequestHandler(simulator, () => Promise.resolve());
  const client = new MgnClient({ ...clientOptions, requestHandler });
  const { job } = await client.send(new StartCutoverCommand({ sourceServerIDs: ids }));
  const one = new DescribeSourceServersCommand({ filters: { sourceServerIDs: ids.slice(0, 1) } });
  const all = new DescribeSourceServersCommand({ filters: { sourceServerIDs: ids }, maxResults: 200 });
  const jobOfAll = new DescribeJobsCommand({ filters: { jobIDs: [job?.jobID ?? ''] } });
  const advancing = (command: () => Promise<unknown>) => () => {
    nowMs += 10;
    return command();
  };
  await measure(
    'in process, SDK: describe 1 of 10,000 servers',
    advancing(() => client.send(one)),
  );
  await measure(
    'in process, SDK: describe 200 of 10,000 servers',
    advancing(() => client.send(all)),
  );
  await measure(
    'in process, SDK: describe a job of 200 servers',
    advancing(() => client.send(jobOfAll)),
  );
  const body = JSON.stringify({ filters: { sourceServerIDs: ids.slice(0, 1) } });
  await measure('in process, no SDK: describe 1 of 10,000 servers', () => {
    nowMs += 10;
    simulator.answer({ method: 'POST', path: '/DescribeSourceServers', query: {}, body });
  });
};

const overHttp = async (scenario: Scenario, ids: string[]): Promise<void> => {
  const server = await startHttpServer({ scenario, seed, port: 0, speed: 60 });
  const client = new MgnClient({ ...clientOptions, endpoint: server.endpoint });
  const one = new DescribeSourceServersCommand({ filters: { sourceServerIDs: ids.slice(0, 1) } });
  await measure('over HTTP, SDK: describe 1 of 10,000 servers', () => client.send(one));
  client.destroy();
  await server.close();
};

await load(200);
await load(10_000);
const fleet = fleetOf(10_000);
const ids = serverIDs(fleet, 200);
await inProcess(fleet, ids);
await overHttp(fleet, ids);
