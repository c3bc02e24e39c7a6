/** Builders for the watchers: the event of an execution's end, and a world with what they write to. */
import { createLedger, type Ledger } from '../../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { createLogger } from '../../../functions/shared/logger.ts';
import type { LedgerStore, Mgn } from '../../../functions/domain/ports.ts';
import type { AttemptRecord } from '../../../functions/domain/run-record.ts';
import type { EndedExecution } from '../../../functions/watch/ended-execution.ts';
import type { MetricName } from '../../../functions/watch/metrics.ts';
import type { Channel, Message } from '../../../functions/watch/message.ts';
import type { StackPlace } from '../../../functions/watch/notice-place.ts';
import type { ReportDeps } from '../../../functions/watch/report-parts.ts';
import { createHandler } from '../../../functions/watch/report-run.ts';
import type { WatchDeps } from '../../../functions/watch/watch-runs.ts';
import { LambdaContext } from '../../../local/lambda-context.ts';
import { aRunRecord, cutoverJobID, nowMs, sourceServerID } from '../../support/domain-builders.ts';

/** ARN of an execution of the stack `MgnCutover`. */
export const arnOf = (machine: string, name: string): string =>
  `arn:aws:states:eu-west-1:123456789012:execution:MgnCutover-${machine}:${name}`;

/** The execution that began the run `night-1`. */
export const waveArn = arnOf('wave-cutover', 'night-1');

/** The wave of `night-1` was stopped a second ago. */
export const anEndedExecution = (fields: Partial<EndedExecution> = {}): EndedExecution => ({
  executionID: waveArn,
  machine: 'wave-cutover',
  name: 'night-1',
  status: 'ABORTED',
  startedAt: nowMs - 1_800_000,
  endedAt: nowMs - 1_000,
  input: {},
  error: undefined,
  cause: undefined,
  partition: 'aws',
  region: 'eu-west-1',
  ...fields,
});

/** The event of that end, in the shape that EventBridge delivers. */
export const anEvent = (detail: Record<string, unknown> = {}, machine = 'wave-cutover', name = 'night-1') => ({
  version: '0',
  id: '315c1398-40ff-a850-213b-158f73e60175',
  'detail-type': 'Step Functions Execution Status Change',
  source: 'aws.states',
  account: '123456789012',
  time: new Date(nowMs).toISOString(),
  region: 'eu-west-1',
  resources: [arnOf(machine, name)],
  detail: {
    executionArn: arnOf(machine, name),
    stateMachineArn: `arn:aws:states:eu-west-1:123456789012:stateMachine:MgnCutover-${machine}`,
    name,
    status: 'ABORTED',
    startDate: nowMs - 1_800_000,
    stopDate: nowMs - 1_000,
    input: '{}',
    inputDetails: { included: true },
    output: null,
    outputDetails: null,
    stateMachineVersionArn: `arn:aws:states:eu-west-1:123456789012:stateMachine:MgnCutover-${machine}:3`,
    stateMachineAliasArn: `arn:aws:states:eu-west-1:123456789012:stateMachine:MgnCutover-${machine}:live`,
    redriveCount: 0,
    redriveDate: null,
    redriveStatus: 'REDRIVABLE',
    redriveStatusReason: null,
    error: null,
    cause: null,
    ...detail,
  },
});

/** A watched run: held by its wave's execution, which renewed the hold a minute ago. */
export const aHeldRun = (fields: Parameters<typeof aRunRecord>[0] = {}) =>
  aRunRecord({ holder: { executionID: waveArn, heldUntil: nowMs - 60_000 + 900_000 }, ...fields });

/** The attempt that started the cutover job of source server 1. */
export const anAttempt = (fields: Partial<AttemptRecord> = {}): AttemptRecord => ({
  kind: 'START_CUTOVER',
  batchID: 'batch-001',
  tryNumber: 1,
  token: 'token-1',
  sourceServerIDs: [sourceServerID(1)],
  knownJobIDs: [],
  state: 'STARTED',
  jobID: cutoverJobID,
  attemptedAt: nowMs - 600_000,
  calledAt: nowMs - 600_000,
  isAnswered: true,
  ...fields,
});

type Fallible = 'topic' | 'webhook' | 'bucket';

/** The stack that the builders' executions are of. */
export const stackPlace: StackPlace = {
  stackName: 'MgnCutover',
  partition: 'aws',
  region: 'eu-west-1',
  accountID: '123456789012',
};

/** A world in memory, and what was written in it. */
export interface ReportingWorld {
  readonly ledger: Ledger;
  /** What the topic was given. */
  readonly notices: Message[];
  /** What the chat was given. */
  readonly chat: Message[];
  /** Documents by key, the latest last. */
  readonly objects: Map<string, unknown>;
  readonly metrics: Partial<Record<MetricName, number>>[];
  readonly deps: ReportDeps;
  /** What comes next fails, until it is set to nothing again. */
  readonly failing: Set<Fallible>;
  now: number;
  report(event?: unknown): Promise<unknown>;
}

/** A context for handlers that look at none. */
export const aContext = () =>
  new LambdaContext({
    functionName: 'ReportRun',
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:MgnCutover-ReportRun',
    key: 'ReportRun',
    deadlineMs: nowMs + 60_000,
  });

/** MGN that shows these and refuses every call that is not asked for here. */
export function showing(reads: Partial<Mgn>): Mgn {
  const refuse = () => Promise.reject(new Error('nobody should ask MGN this'));
  return {
    listWaves: refuse,
    listApplications: refuse,
    describeSourceServers: refuse,
    describeJobsSince: refuse,
    describeJobs: refuse,
    describeJobLog: refuse,
    getLaunchConfiguration: refuse,
    listSourceServerActions: refuse,
    startCutover: refuse,
    terminateTargetInstances: refuse,
    changeServerLifeCycleState: refuse,
    finalizeCutover: refuse,
    ...reads,
  };
}

const channel = (name: Channel['name'], tell: Channel['tell']): Channel => ({ name, tell });

/** A world whose MGN shows what `reads` say, and nothing at all where they say nothing. */
export function aReportingWorld(reads: Partial<Mgn> = {}, store: LedgerStore = createMemoryStore()): ReportingWorld {
  const notices: Message[] = [];
  const chat: Message[] = [];
  const objects = new Map<string, unknown>();
  const metrics: ReportingWorld['metrics'] = [];
  const failing = new Set<Fallible>();
  const ledger = createLedger(store);
  const nothing = { describeSourceServers: () => Promise.resolve([]), describeJobsSince: () => Promise.resolve([]) };
  const fail = (what: Fallible) =>
    failing.has(what) ? Promise.reject(new Error(`the ${what} is not there`)) : Promise.resolve();
  const deps: ReportDeps = {
    mgn: () => showing({ ...nothing, ...reads }),
    ec2: () => {
      throw new Error('a watcher has no business in EC2');
    },
    hookPlace: 'cloud',
    ledger,
    clock: { now: () => world.now },
    logger: createLogger('SILENT'),
    newNonce: () => 'nonce',
    pause: () => Promise.resolve(),
    gateLookSeconds: 900,
    sourceServerTag: undefined,
    reporter: {
      stackName: 'MgnCutover',
      channels: [
        channel('TOPIC', (message) => fail('topic').then(() => void notices.push(message))),
        channel('WEBHOOK', (message) => fail('webhook').then(() => void chat.push(message))),
      ],
      bucket: {
        name: 'evidence',
        put: (key, document) =>
          fail('bucket').then(() => {
            objects.delete(key);
            objects.set(key, JSON.parse(JSON.stringify(document)));
          }),
      },
      emitMetrics: (values) => void metrics.push(values),
    },
  };
  const world: ReportingWorld = {
    ledger,
    notices,
    chat,
    objects,
    metrics,
    deps,
    failing,
    now: nowMs,
    report: (event = anEvent()) => createHandler(deps)(event, aContext()),
  };
  return world;
}

/** What the watcher of open runs needs, in that world: it tells by the same channels, and writes its metrics nowhere. */
export function watchDepsOf({ deps }: ReportingWorld): WatchDeps {
  return { ...deps, emitMetrics: () => undefined, channels: deps.reporter.channels, stack: stackPlace };
}
