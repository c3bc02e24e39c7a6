/**
 * One state machine from its file in `statemachine/`. The `${…}` in the file say what it needs: each is filled in with
 * a published version, and the right to use exactly that is given, whichever version an execution was begun with.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import {
  CfnStateMachineVersion,
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { CutoverFunction } from './cutover-function.ts';
import { arnHere, executionsArnOf, functionNameOf, machineArnOf, machineNameOf, type MachineFile } from './names.ts';

const machinesFolder = path.join(import.meta.dirname, '../statemachine');

/** What a state machine is made of. */
export interface CutoverStateMachineProps {
  /** The machine's file without `.asl.json`; its name ends in it. */
  readonly file: MachineFile;
  /** Every function, by the name of its step. */
  readonly functions: ReadonlyMap<string, CutoverFunction>;
  /** The machines this one may start, by the name in its placeholder: `CutoverShift` for `${CutoverShiftStateMachineArn}`. */
  readonly children: ReadonlyMap<string, CutoverStateMachine>;
  /** The one log group of all state machines. */
  readonly logGroup: ILogGroup;
  /** The customer's key for definition, executions and log; absent when there is none. */
  readonly customerKey?: IKey | undefined;
}

/** A placeholder asks for something that is not there. */
export class UnknownPlaceholderError extends Error {
  override readonly name = 'UnknownPlaceholderError';
}

/**
 * The state machine of a file: named, traced, published, and with every event logged but no payload, which may name
 * customers' machines.
 *
 * @throws UnknownPlaceholderError when the file has a `${…}` that is neither a step's function nor a child machine.
 */
export class CutoverStateMachine extends Construct {
  readonly file: MachineFile;
  readonly machine: StateMachine;
  /** The published version of the machine as it is now. */
  readonly versionArn: string;

  constructor(scope: Construct, id: string, props: CutoverStateMachineProps) {
    super(scope, id);
    const { file, customerKey } = props;
    this.file = file;
    const definition = readDefinition(file);
    const used = { ...findUses(file, definition, props), callsBack: definition.includes(callback) };
    this.machine = new StateMachine(this, 'StateMachine', {
      stateMachineName: machineNameOf(this, file),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: {
        ...Object.fromEntries(used.functions.map(([name, use]) => [`${name}FunctionArn`, use.version.functionArn])),
        ...Object.fromEntries(used.children.map(([name, use]) => [`${name}StateMachineArn`, use.versionArn])),
      },
      role: this.createRole(used, customerKey).withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: { level: LogLevel.ALL, includeExecutionData: false, destination: props.logGroup },
      ...(customerKey === undefined
        ? {}
        : { encryptionConfiguration: new CustomerManagedEncryptionConfiguration(customerKey, Duration.minutes(5)) }),
    });
    this.versionArn = this.publish();
  }

  /**
   * Publishes what is deployed. The revision is replaced when definition or configuration change, and with it this
   * resource, so every change gets a version of its own; earlier ones stay for the executions that were begun on them.
   */
  private publish(): string {
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.machine.stateMachineArn,
      stateMachineRevisionId: this.machine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return version.ref;
  }

  /** Assumed by Step Functions for this machine alone, under whatever version it runs. */
  private createRole(used: Uses & { readonly callsBack: boolean }, customerKey: IKey | undefined): Role {
    const arn = machineArnOf(this, this.file);
    const children = used.children.map(([, child]) => child.file);
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': [arn, `${arn}:*`] },
        },
      }),
      inlinePolicies: {
        Rights: new PolicyDocument({
          statements: [
            ...loggingAndTracing,
            this.invocation(used.functions.map(([name]) => name)),
            ...this.nesting(children),
            ...(used.callsBack ? callingBack : []),
            ...this.encryption(customerKey, [...children, ...(used.callsBack ? [machineThatWaits] : [])]),
          ],
        }),
      },
    });
  }

  /** Of any version, because an execution calls those that were current when it was begun. */
  private invocation(names: readonly string[]): PolicyStatement {
    return new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: names.map((name) => arnHere('lambda', `function:${functionNameOf(this, name)}:*`)),
    });
  }

  /**
   * Starting and awaiting a nested execution (`startExecution.sync:2`) goes through a rule that Step Functions owns.
   * The right to start a version is asked of the machine's own ARN (Step Functions Developer Guide, "Authorization for
   * versions and aliases").
   */
  private nesting(children: readonly MachineFile[]): PolicyStatement[] {
    if (children.length === 0) return [];
    return [
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: children.map((child) => machineArnOf(this, child)),
      }),
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: children.map((child) => executionsArnOf(this, child)),
      }),
      new PolicyStatement({
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [arnHere('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')],
      }),
    ];
  }

  /** For its own executions and log, and for those that it starts, reads or calls back (Step Functions, "Data at rest encryption"). */
  private encryption(customerKey: IKey | undefined, others: readonly MachineFile[]): PolicyStatement[] {
    if (customerKey === undefined) return [];
    const machines = [this.file, ...others].map((file) => machineArnOf(this, file));
    return [
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [customerKey.keyArn],
        conditions: {
          StringLike: {
            'kms:EncryptionContext:aws:states:stateMachineArn': machines.flatMap((arn) => [arn, `${arn}:*`]),
          },
        },
      }),
      new PolicyStatement({
        actions: ['kms:GenerateDataKey'],
        resources: [customerKey.keyArn],
        conditions: { StringEquals: { 'kms:EncryptionContext:SourceArn': arnHere('logs', '*') } },
      }),
    ];
  }
}

/** What every machine needs for its log and traces; CloudWatch's deliveries and X-Ray know no resource for these. */
const loggingAndTracing = [
  new PolicyStatement({
    actions: [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
    ],
    resources: ['*'],
  }),
  new PolicyStatement({
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
    resources: ['*'],
  }),
];

/** The machine whose executions wait for a person, at a gate. */
const machineThatWaits: MachineFile = 'wave-cutover';
/** How a definition says that it answers for one. */
const callback = ':aws-sdk:sfn:sendTaskSuccess';

/**
 * Who may call back is whoever has the token, which nobody can guess and only the ledger holds; Step Functions knows no
 * resource for it (Service Authorization Reference).
 */
const callingBack = [new PolicyStatement({ actions: ['states:SendTaskSuccess'], resources: ['*'] })];

/** The file without its white space, which counts against the template's size. */
function readDefinition(file: MachineFile): string {
  const text = readFileSync(path.join(machinesFolder, `${file}.asl.json`), 'utf8');
  return JSON.stringify(JSON.parse(text));
}

interface Uses {
  readonly functions: readonly (readonly [string, CutoverFunction])[];
  readonly children: readonly (readonly [string, CutoverStateMachine])[];
}

function findUses(
  file: MachineFile,
  definition: string,
  { functions, children }: Pick<CutoverStateMachineProps, 'functions' | 'children'>,
): Uses {
  const used: { functions: [string, CutoverFunction][]; children: [string, CutoverStateMachine][] } = {
    functions: [],
    children: [],
  };
  for (const placeholder of new Set(definition.match(/(?<=\$\{)[^}]*(?=\})/g))) {
    const functionName = placeholder.replace(/FunctionArn$/, '');
    const childName = placeholder.replace(/StateMachineArn$/, '');
    const usedFunction = functions.get(functionName);
    const child = children.get(childName);
    if (usedFunction !== undefined) used.functions.push([functionName, usedFunction]);
    else if (child !== undefined) used.children.push([childName, child]);
    else throw new UnknownPlaceholderError(`${file}.asl.json asks for \${${placeholder}}, which nothing stands for.`);
  }
  return used;
}
