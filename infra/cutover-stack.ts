/**
 * The stack: what is kept, a function for every step, the state machines that call them, and who may start them.
 */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { createCustomerKey } from './customer-key.ts';
import type { CutoverFunction, FunctionSurroundings } from './cutover-function.ts';
import { CutoverStateMachine } from './cutover-state-machine.ts';
import { RunDashboard } from './dashboard.ts';
import { functionNames } from './function-bundles.ts';
import { createEvidenceBucket, createLedgerTable } from './kept-data.ts';
import { LiveAlias } from './live-alias.ts';
import { Monitoring } from './monitoring.ts';
import { functionsLogNameOf, machinesLogNameOf } from './names.ts';
import { createDeadLetterQueue, createNoticeTopic } from './notices.ts';
import { People } from './people.ts';
import { RunWatchers } from './run-watchers.ts';
import { readScheduleFile, Schedules } from './schedules.ts';
import type { Settings } from './settings.ts';
import { steps } from './steps.ts';
import { TaskFunction } from './task-function.ts';

/** What the stack is made of, beside the settings of the deployment. */
export interface CutoverStackProps extends StackProps {
  /** Holds a folder with each function's bundle, by the function's name. */
  readonly bundlesFolder: string;
  readonly settings: Settings;
}

/** The machines that are started from outside, by their aliases. */
interface Aliases {
  readonly migrationRun: LiveAlias;
  readonly waveCutover: LiveAlias;
  readonly rollback: LiveAlias;
  readonly commit: LiveAlias;
}

/** Everything mgn-cutover needs in an account, for one region. */
export class CutoverStack extends Stack {
  constructor(scope: Construct, id: string, { bundlesFolder, settings, ...props }: CutoverStackProps) {
    super(scope, id, { description: 'Cuts over waves of AWS Application Migration Service (mgn-cutover)', ...props });
    const customerKey = settings.customerKey ? createCustomerKey(this) : undefined;
    const ledgerTable = createLedgerTable(this, customerKey);
    const evidenceBucket = createEvidenceBucket(this, customerKey);
    const deadLetterQueue = createDeadLetterQueue(this, customerKey);
    const { noticeEmails } = settings;
    const noticeTopic = createNoticeTopic(this, { noticeEmails, deadLetterQueue, customerKey });
    const logGroup = this.createLogGroup('FunctionsLog', functionsLogNameOf(this), customerKey);
    const surroundings = { bundlesFolder, logGroup, ledgerTable, customerKey, settings };
    const aliases = this.createMachines(surroundings);
    const watchers = new RunWatchers(this, 'Watchers', { surroundings, evidenceBucket, noticeTopic, deadLetterQueue });
    const schedules = readScheduleFile(settings.schedulesFile);
    new Schedules(this, 'Schedules', { ...aliases, schedules, deadLetterQueue });
    const monitoring = new Monitoring(this, 'Monitoring', { noticeTopic, deadLetterQueue });
    new RunDashboard(this, 'Dashboard', { alarms: monitoring.alarms, functionNames });
    moveLast(Object.values(aliases), [watchers, monitoring]);
    const people = new People(this, 'People', { ...aliases, ledgerTable, evidenceBucket, customerKey });
    this.addOutputs({
      MigrationRunAliasArn: ['Start many waves here', aliases.migrationRun.aliasArn],
      WaveCutoverAliasArn: ['Start a wave here', aliases.waveCutover.aliasArn],
      RollbackAliasArn: ['Bring a run back here', aliases.rollback.aliasArn],
      CommitAliasArn: ['Finalize what a run verified here', aliases.commit.aliasArn],
      LedgerTableName: ['The ledger', ledgerTable.tableName],
      LedgerRetentionDays: ['After how many days untouched records leave it', String(settings.ledgerRetentionDays)],
      ...(settings.sourceServerTag === undefined
        ? {}
        : { SourceServerTag: ['What a source server must carry to be cut over', settings.sourceServerTag] }),
      PersonMember: ['What says who asks, in the input of a commit, a rollback or an approval', 'by'],
      EvidenceBucketName: ['What is known of each run, under runs/', evidenceBucket.bucketName],
      NoticeTopicArn: ['Subscribe to hear of gates, failures and ends of runs, and of alarms', noticeTopic.topicArn],
      ...(settings.webhookParameter === undefined
        ? {}
        : { WebhookParameterName: ['Holds the URL of the chat that is told as well', settings.webhookParameter] }),
      OperatorPolicyArn: ['For those who cut over and bring back', people.operator.managedPolicyArn],
      ApproverPolicyArn: ['For those who give the last word', people.approver.managedPolicyArn],
    });
  }

  private createMachines(surroundings: FunctionSurroundings): Aliases {
    const { customerKey } = surroundings;
    const functions = new Map<string, CutoverFunction>(
      Object.entries(steps).map(([name, step]) => [name, new TaskFunction(this, name, { step, surroundings })]),
    );
    const logGroup = this.createLogGroup('MachinesLog', machinesLogNameOf(this), customerKey);
    const shared = { functions, logGroup, customerKey, children: new Map<string, CutoverStateMachine>() };
    const cutoverShift = new CutoverStateMachine(this, 'CutoverShift', { ...shared, file: 'cutover-shift' });
    const rollback = new CutoverStateMachine(this, 'Rollback', { ...shared, file: 'rollback' });
    const commit = new CutoverStateMachine(this, 'Commit', { ...shared, file: 'commit' });
    const waveCutover = new CutoverStateMachine(this, 'WaveCutover', {
      ...shared,
      file: 'wave-cutover',
      children: new Map([
        ['CutoverShift', cutoverShift],
        ['Rollback', rollback],
      ]),
    });
    const migrationRun = new CutoverStateMachine(this, 'MigrationRun', {
      ...shared,
      file: 'migration-run',
      children: new Map([['WaveCutover', waveCutover]]),
    });
    return {
      migrationRun: new LiveAlias(this, 'MigrationRunAlias', migrationRun, customerKey),
      waveCutover: new LiveAlias(this, 'WaveCutoverAlias', waveCutover, customerKey),
      rollback: new LiveAlias(this, 'RollbackAlias', rollback, customerKey),
      commit: new LiveAlias(this, 'CommitAlias', commit, customerKey),
    };
  }

  /** Logs are for finding faults; what has to outlive a migration is in the ledger and the evidence. */
  private createLogGroup(id: string, logGroupName: string, customerKey: IKey | undefined): LogGroup {
    return new LogGroup(this, id, {
      logGroupName,
      retention: RetentionDays.SIX_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(customerKey === undefined ? {} : { encryptionKey: customerKey }),
    });
  }

  /** @param outputs - description and value by name */
  private addOutputs(outputs: Readonly<Record<string, readonly [string, string]>>): void {
    for (const [name, [description, value]] of Object.entries(outputs))
      new CfnOutput(this, name, { description, value });
  }
}

/**
 * Has the aliases wait for all machines and for `others`, so that a deployment that fails and is undone has not let
 * anybody start what it published.
 */
function moveLast(aliases: readonly LiveAlias[], others: readonly Construct[]): void {
  const machines = aliases.map(({ target }) => target);
  for (const alias of aliases) alias.node.addDependency(...machines, ...others);
}
