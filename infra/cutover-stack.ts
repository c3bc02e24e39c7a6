/** The stack: the ledger's table, a function for every step, and the three state machines that call them. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { CutoverStateMachine } from './cutover-state-machine.ts';
import type { Settings } from './settings.ts';
import { steps } from './steps.ts';
import { TaskFunction } from './task-function.ts';

/** What the stack is made of, beside the settings of the deployment. */
export interface CutoverStackProps extends StackProps {
  /** Holds a folder with each step's bundle, by the step's name. */
  readonly bundlesFolder: string;
  readonly settings: Settings;
}

/** Everything mgn-cutover needs in an account, for one region. */
export class CutoverStack extends Stack {
  constructor(scope: Construct, id: string, { bundlesFolder, settings, ...props }: CutoverStackProps) {
    super(scope, id, { description: 'Cuts over waves of AWS Application Migration Service (mgn-cutover)', ...props });
    const ledgerTable = this.createLedgerTable();
    const functions = new Map(
      Object.entries(steps).map(([name, step]) => {
        const task = new TaskFunction(this, name, { step, bundlesFolder, ledgerTable, settings });
        return [name, task.function];
      }),
    );
    const { machine: batchCutover } = new CutoverStateMachine(this, 'BatchCutover', {
      fileName: 'batch-cutover',
      functions,
      children: new Map(),
    });
    const { machine: rollback } = new CutoverStateMachine(this, 'Rollback', {
      fileName: 'rollback',
      functions,
      children: new Map(),
    });
    const { machine: waveCutover } = new CutoverStateMachine(this, 'WaveCutover', {
      fileName: 'wave-cutover',
      functions,
      children: new Map([
        ['BatchCutover', batchCutover],
        ['Rollback', rollback],
      ]),
    });
    new CfnOutput(this, 'WaveCutoverArn', {
      description: 'Start a wave here',
      value: waveCutover.stateMachineArn,
    });
    new CfnOutput(this, 'RollbackArn', { description: 'Bring a run back here', value: rollback.stateMachineArn });
    new CfnOutput(this, 'LedgerTableName', { description: 'The ledger', value: ledgerTable.tableName });
  }

  /** The only record of what was done to whose server, so nothing but a person removes it. */
  private createLedgerTable(): Table {
    return new Table(this, 'Ledger', {
      partitionKey: { name: 'partition', type: AttributeType.STRING },
      sortKey: { name: 'sort', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
