/**
 * A deployed stack on loopback: Step Functions' and CloudFormation's wire protocols over HTTP, DynamoDB over dynalite,
 * the real state machines and steps behind them and MGN simulated, all in virtual time. A test is the operators' side.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { openStackWorld, type StackReach } from '../../cli/stack/stack-world.ts';
import type { OpenWorld } from '../../cli/world.ts';
import type { LedgerStore } from '../../functions/domain/ports.ts';
import { RunIDSchema } from '../../functions/domain/identifiers.ts';
import { createHandlers } from '../../functions/handlers/index.ts';
import { createDynamoDbStore } from '../../functions/ledger/dynamodb-store.ts';
import { settleRun } from '../../functions/watch/settle-run.ts';
import { stateMachineArn } from '../../local/arns.ts';
import type { TaskHandler, TaskHandlers } from '../../local/lambda-context.ts';
import { localDeps } from '../../local/local-runner.ts';
import { createSimulatedWorld, warmUpSdk, type SimulatedWorld } from '../../local/simulated-world.ts';
import { realTime, withVirtualTime, type Time } from '../../local/virtual-time.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { inspect, type InspectedServer } from '../../simulator/world/inspect.ts';
import { commandLine, type ProcessOptions } from '../cli/command-line.ts';
import { holdRequests } from './held-requests.ts';
import { startLedgerTable, type LedgerTable } from './ledger-table.ts';
import {
  fileOf,
  LoopbackExecutions,
  ServiceException,
  type ExecutionState,
  type LoopbackExecution,
  type MachineFile,
} from './loopback-executions.ts';

/** The stack's name, region and account. */
export const stackName = 'MgnCutover';
export const residence = { region: 'eu-central-1', accountID: '123456789012' };
const startMs = Date.parse('2026-01-10T22:00:00Z');

/** The stack while it is there. */
export interface LoopbackStack {
  readonly time: Time;
  /** The ledger, for a test to read and to write. */
  readonly store: LedgerStore;
  readonly simulated: SimulatedWorld;
  /** The worlds of the command line: this stack, whatever its flags say. */
  readonly worlds: OpenWorld;
  /** Runs a command line against the stack while time passes. */
  run(argv: readonly string[], options?: ProcessOptions): ReturnType<typeof commandLine>;
  readonly reach: StackReach;
  /** The environment of a process that finds the stack by itself. */
  readonly env: Readonly<Record<string, string>>;
  /** Calls of Step Functions so far, with their bodies. */
  readonly calls: readonly { readonly operation: string; readonly body: unknown }[];
  /** StartExecution without the command line, as a schedule or the console would. */
  start(file: MachineFile, name: string, input: unknown): void;
  stop(file: MachineFile, name: string): void;
  /** The next calls of an operation are carried out and only a 500 comes back. */
  loseAnswers(operation: string, count: number): void;
  /** The next calls of an operation are refused with this exception. */
  refuse(operation: string, count: number, type: string, message?: string): void;
  /** From now on answers about executions are so old. */
  lag(ms: number): void;
  /** From now on what executions were given can only be read with a key that the caller may not use. */
  encrypt(): void;
  isEncrypted(): boolean;
  /** From now on stopping the execution of this name does nothing. */
  disobey(name: string): void;
  /** The next requests to the ledger are refused with this exception. */
  refuseLedger(count: number, type: string): void;
  /** From now on this step's function never answers. */
  hang(step: string): void;
  /** Changes what CloudFormation shows. */
  outputs: Record<string, string>;
  status: string;
  servers(): InspectedServer[];
}

/** What a stack is like. */
export interface LoopbackOptions {
  /** Whether a person is asked before anything is changed; an emulator on this machine asks nobody. */
  readonly needsConsent?: boolean;
  /** Whether the stack hears how its executions end, and clears the way. True if absent. */
  readonly isReporting?: boolean;
}

/** What the stack is made of, by logical name. */
function outputsOf(): Record<string, string> {
  const alias = (file: MachineFile) => `${stateMachineArn(`${stackName}-${file}`, residence)}:live`;
  return {
    MigrationRunAliasArn: alias('migration-run'),
    WaveCutoverAliasArn: alias('wave-cutover'),
    RollbackAliasArn: alias('rollback'),
    CommitAliasArn: alias('commit'),
    LedgerTableName: 'ledger',
    LedgerRetentionDays: '400',
    PersonMember: 'by',
    EvidenceBucketName: 'evidence',
    NoticeTopicArn: 'arn:aws:sns:eu-central-1:123456789012:notices',
  };
}

/** Lets a test work with a stack whose servers are those of the scenario. */
export async function withStack<Answer>(
  scenarioInput: unknown,
  spend: (stack: LoopbackStack) => Promise<Answer>,
  options: LoopbackOptions = {},
): Promise<Answer> {
  const scenario = parseScenario(scenarioInput);
  const table = await startLedgerTable();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const warmUp = () => warmUpSdk(scenario, realTime);
  try {
    return await withVirtualTime({ startMs, seed: 1, warmUp }, async (time) => {
      const simulated = createSimulatedWorld(scenario, 1, time);
      const { stack, close } = serve(server, table, simulated, time, options);
      try {
        return await spend(stack);
      } finally {
        await close();
      }
    });
  } finally {
    server.close();
    server.closeAllConnections();
    await table.close();
  }
}

interface Fault {
  readonly operation: string;
  left: number;
  readonly exception?: ServiceException;
}

function serve(
  server: Server,
  table: LedgerTable,
  simulated: SimulatedWorld,
  time: Time,
  { needsConsent = false, isReporting = true }: LoopbackOptions,
): { stack: LoopbackStack; close: () => Promise<void> } {
  const requestHandler = holdRequests(time);
  const client = new DynamoDBClient({
    endpoint: table.endpoint,
    region: residence.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler,
  });
  const store = createDynamoDbStore({ client, tableName: table.tableName });
  const deps = localDeps({ services: simulated.services, store, time, newNonce: () => 'nonce' });
  let lagMs = 0;
  let isClosed = false;
  let isEncrypted = false;
  const hung = new Set<string>();
  const executions = new LoopbackExecutions({
    stackName,
    residence,
    handlers: mayHang(createHandlers(deps), hung),
    time,
    lagMs: () => lagMs,
    onEnd: (execution, state) => {
      if (isReporting && !isClosed) void report(execution, state);
    },
  });
  /** EventBridge brings the news some seconds later. */
  const report = async (execution: LoopbackExecution, state: ExecutionState) => {
    await time.sleep(3_000);
    if (isClosed) return;
    const { file, arn: executionID, name, input } = execution;
    if (file === 'cutover-shift' || file === 'migration-run' || state.status === 'RUNNING') return;
    const { runID = name } = v.parse(v.object({ runID: v.optional(v.string()) }), JSON.parse(input));
    const ended = { executionID, machine: file, name, status: state.status, startedAt: state.startedAt };
    const rest = { endedAt: state.endedAt ?? 0, input: undefined, error: state.error, cause: state.cause };
    const place = { partition: 'aws', region: residence.region };
    await settleRun(deps, { ...ended, ...rest, ...place }, v.parse(RunIDSchema, runID));
  };
  const faults: Fault[] = [];
  const calls: { operation: string; body: unknown }[] = [];
  const endpoint = `http://127.0.0.1:${String(portOf(server))}`;
  const reach: StackReach = { requestHandler, time };
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_REGION: residence.region,
  };
  const stack: LoopbackStack = {
    time,
    store,
    simulated,
    reach,
    env,
    calls,
    worlds: async (flags, _use, io) => {
      const place = { stack: flags.stack ?? stackName, region: flags.region };
      const world = await openStackWorld(place, { ...io, env: { ...env, ...io.env } }, reach);
      return { ...world, needsConsent };
    },
    async run(argv, processOptions) {
      const ready = Promise.withResolvers<undefined>();
      const worlds: OpenWorld = async (...opening) => {
        try {
          return await (processOptions?.worlds ?? stack.worlds)(...opening);
        } finally {
          ready.resolve(undefined);
        }
      };
      // Reading files and finding the stack takes no virtual time.
      void time.hold(ready.promise);
      try {
        return await time.track(commandLine(argv, { ...processOptions, worlds }));
      } finally {
        ready.resolve(undefined);
      }
    },
    start: (file, name, input) => {
      executions.start(file, name, JSON.stringify(input));
    },
    stop: (file, name) => {
      executions.stop(executions.arnOf(file, name));
    },
    loseAnswers: (operation, left) => faults.push({ operation, left }),
    refuse: (operation, left, type, message = 'refused by the test') =>
      faults.push({ operation, left, exception: new ServiceException(type, message) }),
    lag: (ms) => (lagMs = ms),
    encrypt: () => (isEncrypted = true),
    isEncrypted: () => isEncrypted,
    disobey: (name) => {
      executions.disobedient.add(name);
    },
    refuseLedger: (count, type) => {
      table.refuse(count, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'refused by the test' });
    },
    hang: (step) => hung.add(step),
    outputs: outputsOf(),
    status: 'CREATE_COMPLETE',
    servers: () =>
      inspect(simulated.simulator.world(), time.now()).accounts.flatMap((account) => account.sourceServers),
  };
  server.on('request', (request, response) => {
    void text(request).then((content) => {
      const target = String(request.headers['x-amz-target'] ?? '');
      const answer = target.startsWith('AWSStepFunctions.')
        ? answerJson(stack, executions, faults, calls, target.slice('AWSStepFunctions.'.length), JSON.parse(content))
        : answerQuery(stack, new URLSearchParams(content));
      // A client that saw another time would take an error for one of its clock, and send the request again.
      const date = new Date(time.now()).toUTCString();
      response.writeHead(answer.status, { 'content-type': answer.type, date }).end(answer.body);
    });
  });
  const close = async () => {
    isClosed = true;
    executions.stopAll();
    await time.hold(requestHandler.stop());
  };
  return { stack, close };
}

function mayHang(handlers: TaskHandlers, hung: ReadonlySet<string>): TaskHandlers {
  const never = () => new Promise<never>(() => undefined);
  return Object.fromEntries(
    Object.entries(handlers).map(([name, perform]): [string, TaskHandler] => [
      name,
      (event, context) => (hung.has(name) ? never() : perform(event, context)),
    ]),
  );
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, body: object): Answer => ({
  status,
  type: 'application/x-amz-json-1.0',
  body: JSON.stringify(body),
});

function answerJson(
  stack: LoopbackStack,
  executions: LoopbackExecutions,
  faults: readonly Fault[],
  calls: { operation: string; body: unknown }[],
  operation: string,
  body: unknown,
): Answer {
  calls.push({ operation, body });
  const fault = faults.find((candidate) => candidate.operation === operation && candidate.left > 0);
  if (fault !== undefined) fault.left -= 1;
  try {
    if (fault?.exception !== undefined) throw fault.exception;
    const answer = perform(stack, executions, operation, body);
    return fault === undefined ? json(200, answer) : json(500, { __type: 'InternalServerError', message: 'lost' });
  } catch (error) {
    if (!(error instanceof ServiceException)) throw error;
    return json(400, { __type: error.type, message: error.message });
  }
}

const ByArnSchema = v.strictObject({
  executionArn: v.string(),
  clientToken: v.optional(v.string()),
  includedData: v.optional(v.literal('METADATA_ONLY')),
});
const StartSchema = v.strictObject({ stateMachineArn: v.string(), name: v.string(), input: v.string() });
const ListSchema = v.strictObject({
  stateMachineArn: v.string(),
  maxResults: v.pipe(v.number(), v.maxValue(1_000)),
  statusFilter: v.optional(v.string()),
});

function perform(stack: LoopbackStack, executions: LoopbackExecutions, operation: string, body: unknown): object {
  switch (operation) {
    case 'StartExecution': {
      const { stateMachineArn: arn, name, input } = v.parse(StartSchema, body);
      const { startedAt } = executions.start(startable(stack, arn), name, input);
      return { executionArn: executions.arnOf(startable(stack, arn), name), startDate: startedAt / 1_000 };
    }
    case 'DescribeExecution':
      return described(stack, executions, v.parse(ByArnSchema, body));
    case 'StopExecution':
      executions.stop(v.parse(ByArnSchema, body).executionArn);
      return { stopDate: stack.time.now() / 1_000 };
    case 'RedriveExecution':
      executions.redrive(v.parse(ByArnSchema, body).executionArn);
      return { redriveDate: stack.time.now() / 1_000 };
    case 'ListExecutions': {
      const { stateMachineArn: arn, maxResults, statusFilter } = v.parse(ListSchema, body);
      const file = fileOf(arn.split(':')[6] ?? '', stackName);
      if (file === undefined)
        throw new ServiceException('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
      const listed = executions.list(file, statusFilter).slice(0, maxResults);
      return { executions: listed.map(({ execution, state }) => summaryOf(execution, state)) };
    }
    default:
      throw new ServiceException('UnknownOperationException', operation);
  }
}

/** Only what the alias `live` stands for can be started. */
function startable(stack: LoopbackStack, aliasArn: string): MachineFile {
  const isOutput = Object.values(stack.outputs).includes(aliasArn);
  const file = fileOf(aliasArn.split(':')[6] ?? '', stackName);
  if (isOutput && file !== undefined) return file;
  throw new ServiceException('StateMachineDoesNotExist', `State Machine Does Not Exist: '${aliasArn}'`);
}

function summaryOf({ arn, name }: LoopbackExecution, { status, startedAt, endedAt }: ExecutionState) {
  const stopDate = endedAt === undefined ? {} : { stopDate: endedAt / 1_000 };
  return { executionArn: arn, name, status, startDate: startedAt / 1_000, ...stopDate };
}

function described(
  stack: LoopbackStack,
  executions: LoopbackExecutions,
  { executionArn, includedData }: v.InferOutput<typeof ByArnSchema>,
) {
  const { execution, state } = executions.shown(executionArn);
  if (stack.isEncrypted() && includedData === undefined) throw new ServiceException('KmsAccessDeniedException', 'no');
  const { error, cause, redriveCount } = state;
  const reason = executions.whyNotRedrivable(state);
  const redrive =
    reason === undefined
      ? { redriveStatus: 'REDRIVABLE' }
      : { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason };
  const payload = includedData === undefined ? { input: execution.input, error, cause } : {};
  return { ...summaryOf(execution, state), ...payload, redriveCount, ...redrive };
}

function answerQuery(stack: LoopbackStack, parameters: URLSearchParams): Answer {
  const xml = (status: number, body: string): Answer => ({ status, type: 'text/xml', body });
  const name = parameters.get('StackName') ?? '';
  if (parameters.get('Action') !== 'DescribeStacks' || name !== stackName) {
    const error = `<Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message>`;
    return xml(400, `<ErrorResponse><Error><Type>Sender</Type>${error}</Error></ErrorResponse>`);
  }
  const members = Object.entries(stack.outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const details = `<StackName>${name}</StackName><StackStatus>${stack.status}</StackStatus><Outputs>${members.join('')}</Outputs>`;
  const result = `<DescribeStacksResult><Stacks><member>${details}</member></Stacks></DescribeStacksResult>`;
  return xml(200, `<DescribeStacksResponse>${result}</DescribeStacksResponse>`);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
