/**
 * One state machine from its file in `statemachine/`. The `${…}` in the file say what it needs: each is filled in, and
 * the right to use exactly that is given.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Arn, ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { logRetention } from './task-function.ts';

const machinesFolder = path.join(import.meta.dirname, '../statemachine');

/** What a state machine is made of. */
export interface CutoverStateMachineProps {
  /** Name of the file without `.asl.json`; the machine's name ends in it. */
  readonly fileName: string;
  /** Every function, by the name of its step. */
  readonly functions: ReadonlyMap<string, IFunction>;
  /** The machines this one starts, by the name in its placeholder: `BatchCutover` for `${BatchCutoverStateMachineArn}`. */
  readonly children: ReadonlyMap<string, StateMachine>;
}

/** A placeholder asks for something that is not there. */
export class UnknownPlaceholderError extends Error {
  override readonly name = 'UnknownPlaceholderError';
}

/**
 * The state machine of a file: named, traced, and with every event logged but no payload, which may name customers'
 * machines.
 *
 * @throws UnknownPlaceholderError when the file has a `${…}` that is neither a step's function nor a child machine.
 */
export class CutoverStateMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { fileName, functions, children }: CutoverStateMachineProps) {
    super(scope, id);
    const definition = readDefinition(fileName);
    const used = findUses(fileName, definition, functions, children);
    const name = `${Stack.of(this).stackName}-${fileName}`;
    this.machine = new StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: {
        ...Object.fromEntries(used.functions.map(([key, use]) => [`${key}FunctionArn`, use.functionArn])),
        ...Object.fromEntries(used.children.map(([key, use]) => [`${key}StateMachineArn`, use.stateMachineArn])),
      },
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        // With this prefix Step Functions adds nothing to the account's one resource policy for logs, which is bounded.
        destination: new LogGroup(this, 'Log', {
          logGroupName: `/aws/vendedlogs/states/${name}`,
          retention: logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    this.machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: used.functions.map(([, use]) => use.functionArn),
      }),
    );
    const childMachines = used.children.map(([, use]) => use);
    for (const statement of this.nestedStatements(childMachines)) this.machine.addToRolePolicy(statement);
  }

  /** Starting and awaiting a nested execution (`startExecution.sync:2`) goes through a rule that Step Functions owns. */
  private nestedStatements(children: readonly StateMachine[]): PolicyStatement[] {
    if (children.length === 0) return [];
    const stack = Stack.of(this);
    const rule = Arn.format(
      { service: 'events', resource: 'rule', resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule' },
      stack,
    );
    const executionsOf = (child: StateMachine) =>
      Arn.format(
        {
          service: 'states',
          resource: 'execution',
          resourceName: `${child.stateMachineName}:*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        },
        stack,
      );
    return [
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: children.map((child) => child.stateMachineArn),
      }),
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: children.map(executionsOf),
      }),
      new PolicyStatement({
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [rule],
      }),
    ];
  }
}

/** The file without its white space, which counts against the template's size. */
function readDefinition(fileName: string): string {
  const text = readFileSync(path.join(machinesFolder, `${fileName}.asl.json`), 'utf8');
  return JSON.stringify(JSON.parse(text));
}

interface Uses {
  readonly functions: readonly (readonly [string, IFunction])[];
  readonly children: readonly (readonly [string, StateMachine])[];
}

function findUses(
  fileName: string,
  definition: string,
  functions: ReadonlyMap<string, IFunction>,
  children: ReadonlyMap<string, StateMachine>,
): Uses {
  const used: { functions: [string, IFunction][]; children: [string, StateMachine][] } = {
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
    else
      throw new UnknownPlaceholderError(`${fileName}.asl.json asks for \${${placeholder}}, which nothing stands for.`);
  }
  return used;
}
