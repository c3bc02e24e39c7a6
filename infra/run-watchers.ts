/**
 * The two functions outside the state machines, and what calls them. They watch and tell; nothing they may do changes a
 * source server, and of a run in the ledger one of them may write nothing but whom it told what. What EventBridge tells them is delivered at best effort (`mgn.md` F), so neither is the only way
 * anybody hears of anything.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnFunction, type Function } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  CutoverFunction,
  withinFunction,
  type CutoverFunctionProps,
  type FunctionSurroundings,
} from './cutover-function.ts';
import { useOfKey } from './customer-key.ts';
import type { StepCalls } from './mgn-actions.ts';
import { mgnStatements, targetRoleStatements } from './mgn-permissions.ts';
import { arnHere, functionNameOf, machineArnOf, type MachineFile } from './names.ts';

/** How often open runs are looked at, in minutes: EventBridge's shortest, because people wait for what it notices. */
const tickMinutes = 1;

/** The machines that people start; a shift has no end of its own to report. */
const reportedMachines: readonly MachineFile[] = ['migration-run', 'wave-cutover', 'rollback', 'commit'];
/** All statuses in which an execution has ended (DescribeExecution). */
const endStatuses = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** What ReportRun reads of a run that was left. */
const observing: StepCalls = { mgnActions: ['DescribeSourceServers', 'DescribeJobs'] };

/** What the watchers are made of. */
export interface RunWatchersProps {
  readonly surroundings: FunctionSurroundings;
  /** Gets what was found of each run that ended, under `runs/`. */
  readonly evidenceBucket: Bucket;
  /** Where people hear of it. */
  readonly noticeTopic: ITopic;
  /** Takes events that could not be delivered, or that a function failed on each time. */
  readonly deadLetterQueue: IQueue;
}

/** ReportRun and WatchRuns with their rules. */
export class RunWatchers extends Construct {
  /** Called when an execution has ended, however it did: settles the run's record, keeps evidence, tells people. */
  readonly reportRun: Function;
  /** Called every minute and at each event of MGN: counts runs and servers, and tells people what cannot wait. */
  readonly watchRuns: Function;

  constructor(scope: Construct, id: string, props: RunWatchersProps) {
    super(scope, id);
    this.reportRun = this.createReportRun(props);
    this.watchRuns = this.createWatchRuns(props);
    this.createRules(props);
  }

  private createRules({ deadLetterQueue }: RunWatchersProps): void {
    const eventTarget = { deadLetterQueue, maxEventAge: Duration.hours(1) };
    new Rule(this, 'ExecutionEnded', {
      description: 'mgn-cutover: an execution that a person or a schedule started has ended',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: reportedMachines.map((file) => machineArnOf(this, file)), status: endStatuses },
      },
      targets: [new LambdaFunction(this.reportRun, eventTarget)],
    });
    new Rule(this, 'MgnNoticed', {
      description: 'mgn-cutover: MGN noticed the end of a launch, or a stall of replication',
      eventPattern: {
        source: ['aws.mgn'],
        detailType: ['MGN Source Server Launch Result', 'MGN Source Server Data Replication Stalled Change'],
      },
      targets: [new LambdaFunction(this.watchRuns, eventTarget)],
    });
    const interval = Duration.minutes(tickMinutes);
    new Rule(this, 'Tick', {
      description: 'mgn-cutover: looks at open runs every minute',
      schedule: Schedule.rate(interval),
      // A tick that is later than the next one is worth nothing.
      targets: [new LambdaFunction(this.watchRuns, { deadLetterQueue, maxEventAge: interval })],
    });
  }

  private createReportRun(props: RunWatchersProps): Function {
    const { surroundings, evidenceBucket, noticeTopic } = props;
    const functionName = functionNameOf(this, 'ReportRun');
    const onlyItself = withinFunction(functionName);
    return this.createWatcher('ReportRun', props, {
      purpose: 'tells people how a run ended, and keeps the evidence',
      timeoutSeconds: 290,
      ledgerAccess: 'readAndWrite',
      statements: [
        ...mgnStatements(observing, surroundings.settings),
        ...targetRoleStatements(observing, surroundings.settings, functionName),
        new PolicyStatement({
          actions: ['s3:PutObject'],
          resources: [evidenceBucket.arnForObjects('runs/*')],
          conditions: onlyItself,
        }),
        ...telling(noticeTopic, surroundings, functionName),
        ...useOfKey(surroundings.customerKey, ['s3']),
      ],
    });
  }

  private createWatchRuns(props: RunWatchersProps): Function {
    const { surroundings, noticeTopic } = props;
    return this.createWatcher('WatchRuns', props, {
      purpose:
        'counts open runs and their servers, notices when one stands still, and tells people of gates and failures',
      timeoutSeconds: 55, // Done before the next tick, which would tell the same.
      ledgerAccess: 'readAndNote',
      statements: [
        ...mgnStatements({ mgnActions: [] }, surroundings.settings), // No call at all, but the denials.
        ...telling(noticeTopic, surroundings, functionNameOf(this, 'WatchRuns')),
      ],
    });
  }

  /** Called asynchronously, which no step is, so an event that it failed on each time has to be kept somewhere. */
  private createWatcher(
    name: 'ReportRun' | 'WatchRuns',
    { surroundings, evidenceBucket, noticeTopic, deadLetterQueue }: RunWatchersProps,
    rights: WatcherRights,
  ): Function {
    const { webhookParameter } = surroundings.settings;
    const { function: watcher } = new CutoverFunction(this, name, {
      ...rights,
      surroundings,
      statements: [
        ...rights.statements,
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }),
        ...useOfKey(deadLetterQueue.encryptionMasterKey, ['sqs']),
      ],
      environment: {
        STACK_NAME: Stack.of(this).stackName,
        NOTICE_TOPIC_ARN: noticeTopic.topicArn,
        EVIDENCE_BUCKET_NAME: evidenceBucket.bucketName,
        ...(webhookParameter !== undefined && { WEBHOOK_PARAMETER_NAME: webhookParameter }),
      },
    });
    const resource = watcher.node.defaultChild;
    if (resource instanceof CfnFunction) resource.deadLetterConfig = { targetArn: deadLetterQueue.queueArn };
    return watcher;
  }
}

interface WatcherRights {
  readonly purpose: string;
  readonly timeoutSeconds: number;
  readonly ledgerAccess: CutoverFunctionProps['ledgerAccess'];
  readonly statements: readonly PolicyStatement[];
}

/** What telling people needs: the topic, and where a chat is told too, the one parameter that holds its webhook's URL. */
function telling(
  noticeTopic: ITopic,
  { customerKey, settings: { webhookParameter } }: FunctionSurroundings,
  functionName: string,
): PolicyStatement[] {
  const conditions = withinFunction(functionName);
  return [
    new PolicyStatement({ actions: ['sns:Publish'], resources: [noticeTopic.topicArn], conditions }),
    ...useOfKey(customerKey, ['sns']),
    ...(webhookParameter === undefined
      ? []
      : [
          new PolicyStatement({
            actions: ['ssm:GetParameter'],
            resources: [arnHere('ssm', `parameter/${webhookParameter.replace(/^\//, '')}`)],
            conditions,
          }),
          ...useOfKey(customerKey, ['ssm'], 'read'),
        ]),
  ];
}
