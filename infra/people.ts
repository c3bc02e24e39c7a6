/**
 * What people may do, as two managed policies to attach to the roles they take on: operators cut waves over and bring
 * them back, approvers give the word that a run waits for, before its start and before it is final. Neither may write to
 * the ledger, call MGN, or start a machine other than by its alias.
 */
import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { useOfKey } from './customer-key.ts';
import type { LiveAlias } from './live-alias.ts';
import { arnHere, executionsArnOf, machineArnOf, machineFiles, type MachineFile } from './names.ts';

/** What the policies are about. */
export interface PeopleProps {
  readonly migrationRun: LiveAlias;
  readonly waveCutover: LiveAlias;
  readonly rollback: LiveAlias;
  readonly commit: LiveAlias;
  readonly ledgerTable: Table;
  readonly evidenceBucket: Bucket;
  readonly customerKey: IKey | undefined;
}

/** The two policies. */
export class People extends Construct {
  readonly operator: ManagedPolicy;
  readonly approver: ManagedPolicy;

  constructor(scope: Construct, id: string, props: PeopleProps) {
    super(scope, id);
    this.operator = new ManagedPolicy(this, 'Operator', {
      description: 'mgn-cutover: start, watch, stop and redrive cutovers and rollbacks',
      statements: [
        ...props.migrationRun.startStatements(),
        ...props.waveCutover.startStatements(),
        ...props.rollback.startStatements(),
        this.onExecutions(['StopExecution'], machineFiles),
        // Redriving a commit would be to give the approver's word again.
        this.onExecutions(['RedriveExecution'], ['migration-run', 'wave-cutover', 'rollback']),
        ...this.watching(props),
      ],
    });
    this.approver = new ManagedPolicy(this, 'Approver', {
      description: 'mgn-cutover: approve starts, and finalize what a run has verified, which cannot be undone',
      statements: [
        ...props.commit.startStatements(),
        this.onExecutions(['StopExecution', 'RedriveExecution'], ['commit']),
        ...this.watching(props),
      ],
    });
  }

  /** Both see all of a run before they act on it: its executions, its record and its evidence. */
  private watching({ ledgerTable, evidenceBucket, customerKey }: PeopleProps): PolicyStatement[] {
    return [
      // A wave's shifts and rollbacks are executions of their own.
      this.onExecutions(['DescribeExecution', 'GetExecutionHistory'], machineFiles),
      new PolicyStatement({
        actions: ['DescribeStateMachine', 'DescribeStateMachineAlias', 'ListExecutions', 'ListStateMachineAliases'].map(
          (name) => `states:${name}`,
        ),
        resources: machineFiles.map((file) => machineArnOf(this, file)),
      }),
      // The console's first page; Step Functions knows no resource for it.
      new PolicyStatement({ actions: ['states:ListStateMachines'], resources: ['*'] }),
      // Asked for by name, CloudFormation authorizes on "any stack of this name", never on the stack's own ID.
      new PolicyStatement({
        actions: ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'],
        resources: [arnHere('cloudformation', `stack/${Stack.of(this).stackName}/*`)],
      }),
      new PolicyStatement({ actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [ledgerTable.tableArn] }),
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [evidenceBucket.bucketArn] }),
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [evidenceBucket.arnForObjects('runs/*')],
      }),
      ...useOfKey(customerKey, ['dynamodb', 's3', 'states'], 'read'),
    ];
  }

  private onExecutions(actions: readonly string[], files: readonly MachineFile[]): PolicyStatement {
    return new PolicyStatement({
      actions: actions.map((name) => `states:${name}`),
      resources: files.map((file) => executionsArnOf(this, file)),
    });
  }
}
