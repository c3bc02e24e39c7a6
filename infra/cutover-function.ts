/**
 * A Lambda function as every function of the stack is: bundled, traced, logging to the one log group, with a role of
 * its own whose rights are all written in one place. Steps (`task-function.ts`) and watchers are made of it.
 */
import path from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function, Runtime, Tracing, type Version } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { noticesPartitionPrefix } from '../functions/domain/run-notice-record.ts';
import { useOfKey } from './customer-key.ts';
import { arnHere, functionNameOf } from './names.ts';
import type { Settings } from './settings.ts';

/** What all functions of the stack share. */
export interface FunctionSurroundings {
  /** Holds a folder with each function's bundle, by the function's construct ID. */
  readonly bundlesFolder: string;
  /** The one log group of all functions. */
  readonly logGroup: ILogGroup;
  readonly ledgerTable: Table;
  /** The customer's key that the ledger is encrypted with; absent when there is none. */
  readonly customerKey?: IKey | undefined;
  readonly settings: Settings;
}

/** What makes one function different from the others. */
export interface CutoverFunctionProps {
  readonly surroundings: FunctionSurroundings;
  /** Said in the console after `mgn-cutover: `. */
  readonly purpose: string;
  readonly timeoutSeconds: number;
  /** Watching needs no right to write anything of a run: `readAndNote` writes what people were told, and nothing else. */
  readonly ledgerAccess: 'readAndNote' | 'readAndWrite';
  /** What the function may do beside logging, tracing and the ledger. */
  readonly statements: readonly PolicyStatement[];
  /** Variables beside those that every function has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A function with its role. Its construct ID names its bundle, and with the stack's name before it, the function. */
export class CutoverFunction extends Construct {
  readonly function: Function;

  constructor(scope: Construct, id: string, { surroundings, ...props }: CutoverFunctionProps) {
    super(scope, id);
    const { bundlesFolder, logGroup, ledgerTable, settings } = surroundings;
    const role = new Role(this, 'Role', {
      // Only this account can hand this role to a function: a role cannot be passed across accounts.
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Rights: new PolicyDocument({
          statements: [
            ...ownStatements(logGroup),
            ...ledgerStatements(surroundings, props.ledgerAccess, functionNameOf(this, id)),
            ...props.statements,
          ],
        }),
      },
    });
    this.function = new Function(this, 'Function', {
      functionName: functionNameOf(this, id),
      description: `mgn-cutover: ${props.purpose}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(path.join(bundlesFolder, id)),
      handler: 'index.handler',
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: 512,
      role: role.withoutPolicyUpdates(), // Nothing but the statements above, whatever a construct would like to add.
      logGroup,
      tracing: Tracing.ACTIVE,
      // Not after a deployment that failed: Lambda publishes the same code no second time, so the next one would fail too.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
      environment: {
        LEDGER_TABLE_NAME: ledgerTable.tableName,
        LEDGER_RETENTION_DAYS: settings.ledgerRetentionDays.toFixed(),
        NODE_OPTIONS: '--enable-source-maps',
        ...emulatorVariables(settings),
        ...props.environment,
      },
    });
  }

  /** The function as it is now, published; versions of earlier deployments stay for the executions that call them. */
  get version(): Version {
    return this.function.currentVersion;
  }
}

/**
 * A condition that holds only for calls that this function's own code makes, whoever else may come to have its role
 * (AWS Lambda Developer Guide, "Using source function ARN to control function access behavior"). Lambda gives the ARN
 * without the version; should it ever come with one, a run must not stop for that.
 */
export function withinFunction(functionName: string): { ArnLike: Record<string, string[]> } {
  const arn = arnHere('lambda', `function:${functionName}`);
  return { ArnLike: { 'lambda:SourceFunctionArn': [arn, `${arn}:*`] } };
}

/** The simulator answers at one address: MGN, what tells where source servers are launched, and the roles of its accounts. */
function emulatorVariables({ mgnEndpointUrl }: Settings): Record<string, string> {
  if (mgnEndpointUrl === undefined) return {};
  const services = ['MGN', 'EC2', 'SERVICE_QUOTAS', 'CLOUDWATCH', 'STS'];
  return Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, mgnEndpointUrl]));
}

function ownStatements(logGroup: ILogGroup): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    // X-Ray knows no resource for these.
    new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
  ];
}

/** A transaction needs the rights of the writes it is made of (TransactWriteItems). */
function ledgerStatements(
  { ledgerTable, customerKey }: FunctionSurroundings,
  access: CutoverFunctionProps['ledgerAccess'],
  functionName: string,
): PolicyStatement[] {
  const reads = ['GetItem', 'Query'];
  const own = withinFunction(functionName);
  const allowing = (actions: readonly string[], conditions: Readonly<Record<string, unknown>>) =>
    new PolicyStatement({
      actions: actions.map((name) => `dynamodb:${name}`),
      resources: [ledgerTable.tableArn],
      conditions,
    });
  return [
    ...(access === 'readAndWrite'
      ? [allowing([...reads, 'UpdateItem', 'DeleteItem'], own)]
      : [allowing(reads, own), allowing(['UpdateItem'], { ...own, ...ofNotices })]),
    ...useOfKey(customerKey, ['dynamodb']),
  ];
}

/** Holds for items of partitions that keep what people were told; DynamoDB names the partitions of every write. */
const ofNotices = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${noticesPartitionPrefix}*`] } };
