/**
 * One night on the synthesized stack: its state machines on the local engine, its functions in processes of their own,
 * its table on a DynamoDB on loopback, and MGN simulated behind HTTP, all at the same virtual time.
 */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { MgnClient, TagResourceCommand } from '@aws-sdk/client-mgn';
import * as v from 'valibot';
import { RunIDSchema } from '../../functions/domain/identifiers.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import { buildReport, type Report } from '../../functions/domain/report.ts';
import { createDynamoDbStore } from '../../functions/ledger/dynamodb-store.ts';
import { createLedger, type Ledger } from '../../functions/ledger/ledger.ts';
import { startExecution } from '../../local/execution.ts';
import type { ExecutionResult } from '../../local/execution-result.ts';
import { HistoryMeter, type MeterReport } from '../../local/meter.ts';
import { TaskTokens } from '../../local/task-tokens.ts';
import { withVirtualTime, type Time } from '../../local/virtual-time.ts';
import type { CallRecord } from '../../simulator/call-log.ts';
import { startHttpServer } from '../../simulator/http-server.ts';
import type { Scenario } from '../../simulator/scenario/scenario-schema.ts';
import { inspect, type InspectedAccount, type InspectedServer } from '../../simulator/world/inspect.ts';
import { FunctionUnusableError, LambdaFunction } from './lambda-process.ts';
import { startLedgerTable, type LedgerTable } from './ledger-table.ts';
import { startRequestRecorder, type ReceivedRequest } from './request-recorder.ts';
import type { SynthesizedStack } from './synthesized-stack.ts';

/** An execution that went to its end. */
export interface Executed {
  readonly executionArn: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly result: ExecutionResult;
  readonly meter: MeterReport;
  /** Names of the functions invoked, in order. */
  readonly invoked: readonly string[];
}

/** What a night has to offer. */
export interface DeployedNight {
  /** The functions by the name of their step, such as `StartCutover`. */
  functionOf(step: string): LambdaFunction;
  /**
   * Starts an execution by the alias in that output of the stack and waits for its end. Several may be under way at once,
   * and call each other back.
   * @throws FunctionUnusableError when a function cannot even be started.
   */
  execute(aliasOutput: string, name: string, input: unknown): Promise<Executed>;
  /** Lets so much virtual time pass. */
  sleep(ms: number): Promise<void>;
  /** Gives source servers the tag by which the stack's functions may cut them over, as a team does beforehand. */
  allow(isMeant?: (hostname: string) => boolean): Promise<void>;
  /** The simulated account as it is now. */
  account(): InspectedAccount;
  /** The waves of an account and region, where there are several. */
  waves(accountID: string, region: string): InspectedAccount['waves'];
  server(hostname: string): InspectedServer;
  /** What S3, SNS and Lambda have been sent. */
  received(): readonly ReceivedRequest[];
  /** What the functions have written to their logs. */
  log(): string;
  /** The run as the ledger has it; undefined before there is one. */
  run(name: string): Promise<RunRecord | undefined>;
  /** What the ledger, read from the table, says of a run. */
  report(name: string): Promise<Report>;
}

/** How a night differs from an undisturbed one. */
export interface NightOptions {
  /** Hears of every call to MGN when it has taken effect and before it is answered. */
  readonly onCall?: (call: CallRecord, night: DeployedNight) => void;
  /** Steps whose functions start a new process for every invocation. */
  readonly coldSteps?: readonly string[];
}

/** What the simulator answers, by the names that endpoints are told by. */
const simulated = ['MGN', 'EC2', 'SERVICE_QUOTAS', 'CLOUDWATCH', 'STS'];

/** When a night begins whose scenario does not say. */
const defaultStart = '2026-01-10T22:00:00Z';

const seed = 1;

/** Spends a night on the stack, in the world of the scenario. */
export async function onDeployedStack<Answer>(
  stack: SynthesizedStack,
  scenario: Scenario,
  spend: (night: DeployedNight) => Promise<Answer>,
  options: NightOptions = {},
): Promise<Answer> {
  const ledgerTable = await startLedgerTable();
  try {
    await ledgerTable.newClient().send(new CreateTableCommand(stack.table));
    const startMs = Date.parse(scenario.startTime ?? defaultStart);
    return await withVirtualTime({ startMs, seed }, (time) =>
      spendNight(stack, scenario, ledgerTable, time, spend, options),
    );
  } finally {
    await ledgerTable.close();
  }
}

async function spendNight<Answer>(
  stack: SynthesizedStack,
  scenario: Scenario,
  ledgerTable: LedgerTable,
  time: Time,
  spend: (night: DeployedNight) => Promise<Answer>,
  { onCall, coldSteps = [] }: NightOptions,
): Promise<Answer> {
  // Virtual time has taken the place of the clock, so at this speed the simulator's is the engine's.
  const speed = 1;
  const hear = (call: CallRecord) => onCall?.(call, night);
  const server = await time.hold(startHttpServer({ scenario, seed, port: 0, speed, onCall: hear }));
  const recorder = await time.hold(startRequestRecorder());
  const functions = new Map(
    [...stack.functions.values()].map((synthesized): [string, LambdaFunction] => {
      const endpoints = {
        AWS_ENDPOINT_URL_DYNAMODB: ledgerTable.endpoint,
        ...Object.fromEntries(simulated.map((service) => [`AWS_ENDPOINT_URL_${service}`, server.endpoint])),
        AWS_ENDPOINT_URL_S3: recorder.endpoint,
        AWS_ENDPOINT_URL_SNS: recorder.endpoint,
        AWS_ENDPOINT_URL_LAMBDA: recorder.endpoint,
      };
      const isAlwaysCold = coldSteps.some((step) => synthesized.name === functionName(stack, step));
      const { region } = stack.deployment;
      return [synthesized.name, new LambdaFunction(synthesized, { time, region, endpoints, isAlwaysCold })];
    }),
  );
  const mgn = new MgnClient({ ...clientConfig(stack), endpoint: server.endpoint });
  const accounts = () => inspect(server.simulator.world(), time.now()).accounts;
  const account = () => only(accounts(), () => true, 'account');
  const tokens = new TaskTokens();
  const store = createDynamoDbStore({ client: ledgerTable.newClient(), tableName: stack.table.TableName });
  const ledger = createLedger(store);
  const night: DeployedNight = {
    account,
    waves: (accountID, region) =>
      only(accounts(), (one) => one.accountID === accountID && one.region === region, `account ${accountID}`).waves,
    allow: (isMeant = () => true) => {
      const meant = account().sourceServers.filter((server) => isMeant(hostnameOf(server)));
      const tags = requiredTags(stack);
      const tagged = meant.map(({ arn }) => mgn.send(new TagResourceCommand({ resourceArn: arn, tags })));
      return time.hold(Promise.all(tagged).then(() => undefined));
    },
    functionOf: (step) => {
      const found = functions.get(functionName(stack, step));
      if (found === undefined) throw new Error(`the stack has no function of the step ${step}`);
      return found;
    },
    execute: (aliasOutput, name, input) => executeOn(stack, functions, time, { aliasOutput, name, input, tokens }),
    sleep: (ms) => time.sleep(ms),
    server: (hostname) =>
      only(account().sourceServers, (one) => hostnameOf(one) === hostname, `source server ${hostname}`),
    received: () => recorder.requests,
    log: () => [...functions.values()].map((one) => one.log).join(''),
    run: async (name) => (await time.hold(ledger.readRun(v.parse(RunIDSchema, name))))?.value,
    report: (name) => time.hold(readReport(ledger, name)),
  };
  try {
    return await spend(night);
  } finally {
    mgn.destroy();
    await time.hold(Promise.all([...functions.values()].map((one) => one.close())));
    await time.hold(server.close());
    await time.hold(recorder.close());
  }
}

/** The name by which a source server is known to people. */
export function hostnameOf(server: InspectedServer): string {
  return server.sourceProperties?.identificationHints?.hostname ?? '';
}

function functionName({ deployment }: SynthesizedStack, step: string): string {
  return `${deployment.stackName}-${step}`;
}

function clientConfig({ deployment }: SynthesizedStack) {
  return { region: deployment.region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

/** The tag that the template makes AssessReadiness ask for. */
function requiredTags(stack: SynthesizedStack): Record<string, string> {
  const variables = stack.functions.get(functionName(stack, 'AssessReadiness'))?.environment ?? {};
  const [key = '', value = ''] = (variables['SOURCE_SERVER_TAG'] ?? '').split('=', 2);
  if (key === '') throw new Error('the template asks for no tag on source servers');
  return { [key]: value };
}

function only<Item>(items: readonly Item[], isMeant: (item: Item) => boolean, what: string): Item {
  const [found, ...others] = items.filter(isMeant);
  if (found === undefined || others.length > 0) throw new Error(`there is not one ${what}`);
  return found;
}

/** Tells a defect of the stack from an error that its state machines are to deal with. */
const unusable: FunctionUnusableError['name'] = 'FunctionUnusableError';

interface Start {
  readonly aliasOutput: string;
  readonly name: string;
  readonly input: unknown;
  readonly tokens: TaskTokens;
}

async function executeOn(
  stack: SynthesizedStack,
  functions: ReadonlyMap<string, LambdaFunction>,
  time: Time,
  { aliasOutput, name, input, tokens }: Start,
): Promise<Executed> {
  const meter = new HistoryMeter();
  const invoked: string[] = [];
  const startedAt = time.now();
  const running = startExecution({
    machines: stack.machines,
    machine: stack.machineOf(stack.output(aliasOutput)),
    name,
    input,
    handlers: Object.fromEntries([...functions].map(([function_, { handler }]) => [function_, handler])),
    time,
    tokens,
    onEvent: (event) => {
      meter.record(event);
      if (event.type === 'LambdaFunctionFailed' && event.error === unusable)
        throw new FunctionUnusableError(event.cause);
      if (event.type === 'LambdaFunctionScheduled' && event.handler !== undefined) invoked.push(event.handler);
    },
  });
  const result = await running.result;
  const { executionArn } = running;
  return { executionArn, startedAt, endedAt: time.now(), result, meter: meter.report(), invoked };
}

/** The verdict of each source server in a report, by host name. */
export function verdictsOf({ servers }: Report): Record<string, string> {
  return Object.fromEntries(servers.map(({ hostname, verdict }) => [hostname ?? '', verdict]));
}

/** What a ledger says of a run. */
export async function readReport(ledger: Ledger, name: string): Promise<Report> {
  const runID = v.parse(RunIDSchema, name);
  const run = await ledger.readRun(runID);
  if (run === undefined) throw new Error(`the ledger holds no run ${name}`);
  return buildReport({
    run: run.value,
    servers: await ledger.readServers(runID),
    attempts: await ledger.readAttempts(runID),
    failures: await ledger.readFailures(runID),
  });
}
