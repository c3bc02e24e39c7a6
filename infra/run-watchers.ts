/**
 * The two functions outside the state machines, and what calls them. They watch and tell; nothing they may do changes a
 * source server. What EventBridge tells them is delivered at best effort (`mgn.md` F), so neither is the only way
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
import { CutoverFunction, withinFunction, type FunctionSurroundings } from './cutover-function.ts';
import { useOfKey } from './customer-key.ts';
import type { StepCalls } from './mgn-actions.ts';
import { mgnStatements, targetRoleStatements } from './mgn-permissions.ts';
import { functionNameOf, machineArnOf, type MachineFile } from './names.ts';

/** How often open runs are counted and looked at, in minutes; the alarm on their progress is made for it. */
export const watchMinutes = 5;

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
  /** Called every five minutes and at each event of MGN: counts runs and servers. */
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
    const interval = Duration.minutes(watchMinutes);
    new Rule(this, 'Tick', {
      description: `mgn-cutover: looks at open runs every ${watchMinutes} minutes`,
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
        new PolicyStatement({ actions: ['sns:Publish'], resources: [noticeTopic.topicArn], conditions: onlyItself }),
        ...useOfKey(surroundings.customerKey, ['s3', 'sns']),
      ],
    });
  }

  private createWatchRuns(props: RunWatchersProps): Function {
    return this.createWatcher('WatchRuns', props, {
      purpose: 'counts open runs and their servers, and notices when one stands still',
      timeoutSeconds: 120,
      ledgerAccess: 'read',
      statements: mgnStatements({ mgnActions: [] }, props.surroundings.settings), // No call at all, but the denials.
    });
  }

  /** Called asynchronously, which no step is, so an event that it failed on each time has to be kept somewhere. */
  private createWatcher(
    name: 'ReportRun' | 'WatchRuns',
    { surroundings, evidenceBucket, noticeTopic, deadLetterQueue }: RunWatchersProps,
    rights: WatcherRights,
  ): Function {
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
  readonly ledgerAccess: 'read' | 'readAndWrite';
  readonly statements: readonly PolicyStatement[];
}
