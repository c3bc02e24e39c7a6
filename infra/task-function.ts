/** One step's Lambda function, with a role and a log group of its own. */
import path from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { mgnStatements } from './mgn-permissions.ts';
import type { Settings } from './settings.ts';
import type { Step } from './steps.ts';

/** What a step's function is made of. */
export interface TaskFunctionProps {
  readonly step: Step;
  /** Holds a folder with the function's bundle, by the construct's ID. */
  readonly bundlesFolder: string;
  readonly ledgerTable: Table;
  readonly settings: Settings;
}

/** How long logs are kept; what has to outlive a migration is in the ledger. */
export const logRetention = RetentionDays.SIX_MONTHS;

/**
 * The function of one step. Its role may write its own log, read and write the ledger, make the step's calls to MGN,
 * and nothing else.
 */
export class TaskFunction extends Construct {
  readonly function: Function;

  constructor(scope: Construct, id: string, { step, bundlesFolder, ledgerTable, settings }: TaskFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    role.addToPolicy(ledgerStatement(ledgerTable));
    for (const statement of mgnStatements(step.mgnActions, settings.targetInstanceRoleNames))
      role.addToPolicy(statement);
    this.function = new Function(this, 'Function', {
      description: `mgn-cutover: the step ${id}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(path.join(bundlesFolder, id)),
      handler: 'index.handler',
      timeout: Duration.seconds(step.timeoutSeconds),
      memorySize: 512,
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      environment: { LEDGER_TABLE_NAME: ledgerTable.tableName, NODE_OPTIONS: '--enable-source-maps' },
    });
  }
}

/** A transaction needs the rights of the writes it is made of (TransactWriteItems). */
function ledgerStatement(table: Table): PolicyStatement {
  const actions = ['GetItem', 'Query', 'UpdateItem', 'DeleteItem'];
  return new PolicyStatement({ actions: actions.map((name) => `dynamodb:${name}`), resources: [table.tableArn] });
}
