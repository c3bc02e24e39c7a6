/**
 * What the cases need in an account beside their machines: a function and two roles, as one CloudFormation stack, so that one
 * deletion takes all of it away.
 */
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  type CloudFormationClient,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { setTimeout as delay } from 'node:timers/promises';
import { lambdaSource } from './act.ts';

/** What a stack gives. */
export interface ThrowawayStack {
  readonly actArn: string;
  readonly roleArn: string;
}

/** How long a stack may take, and how often to look, in milliseconds. */
export interface StackPatience {
  readonly pollMs: number;
  readonly patienceMs: number;
}

/** The stack did not come to be, or did not go away. */
export class StackFailedError extends Error {
  override readonly name = 'StackFailedError';
}

/** In words, everything that the stack holds. */
export function stackContents(name: string): string[] {
  return [
    `CloudFormation stack ${name}, with`,
    `  Lambda function ${name}-act (Node.js, 128 MB, 10 s) and its log group, kept 1 day`,
    `  IAM role of the function: write its own log, answer Step Functions tasks`,
    `  IAM role of the machines: invoke that function; start, read and stop executions of machines named ${name}-*`,
  ];
}

/** The template. */
export function templateOf(name: string): unknown {
  const logs = `/aws/lambda/${name}-act`;
  const machines = (kind: string) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:states:*:\${AWS::AccountId}:${kind}:${name}-*`,
  });
  const rule = 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule';
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      ActLog: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: logs, RetentionInDays: 1 } },
      ActRole: role('lambda.amazonaws.com', [
        allow(['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': ['ActLog', 'Arn'] }),
        allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], '*'),
      ]),
      Act: {
        Type: 'AWS::Lambda::Function',
        DependsOn: 'ActLog',
        Properties: {
          FunctionName: `${name}-act`,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Timeout: 10,
          Role: { 'Fn::GetAtt': ['ActRole', 'Arn'] },
          Code: { ZipFile: lambdaSource() },
        },
      },
      StatesRole: role('states.amazonaws.com', [
        allow(['lambda:InvokeFunction'], { 'Fn::GetAtt': ['Act', 'Arn'] }),
        allow(['states:StartExecution'], machines('stateMachine')),
        allow(['states:DescribeExecution', 'states:StopExecution'], machines('execution')),
        allow(['states:SendTaskSuccess'], '*'),
        allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], {
          'Fn::Sub': `arn:\${AWS::Partition}:events:*:\${AWS::AccountId}:${rule}`,
        }),
      ]),
    },
    Outputs: {
      ActArn: { Value: { 'Fn::GetAtt': ['Act', 'Arn'] } },
      RoleArn: { Value: { 'Fn::GetAtt': ['StatesRole', 'Arn'] } },
    },
  };
}

function allow(actions: readonly string[], resource: unknown) {
  return { Effect: 'Allow', Action: actions, Resource: resource };
}

function role(service: string, statements: readonly unknown[]) {
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const source = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
  const Statement = service.startsWith('states.') ? { ...trust, Condition: source } : trust;
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [Statement] },
      Policies: [{ PolicyName: 'act', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    },
  };
}

/**
 * Creates the stack and waits for it.
 * @throws StackFailedError
 */
export async function createStack(
  client: CloudFormationClient,
  name: string,
  tags: Readonly<Record<string, string>>,
  patience: StackPatience,
): Promise<ThrowawayStack> {
  await client.send(
    new CreateStackCommand({
      StackName: name,
      TemplateBody: JSON.stringify(templateOf(name)),
      Capabilities: ['CAPABILITY_IAM'],
      OnFailure: 'DO_NOTHING',
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  const stack = await settled(client, name, 'CREATE_IN_PROGRESS', patience);
  if (stack?.StackStatus !== 'CREATE_COMPLETE') {
    throw new StackFailedError(`stack ${name} is ${stack?.StackStatus ?? 'gone'}: ${stack?.StackStatusReason ?? ''}`);
  }
  const output = (key: string) => stack.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? '';
  return { actArn: output('ActArn'), roleArn: output('RoleArn') };
}

/**
 * Deletes the stack, whatever state it is in, and waits until it is gone.
 * @throws StackFailedError
 */
export async function deleteStack(client: CloudFormationClient, name: string, patience: StackPatience): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName: name }));
  const stack = await settled(client, name, 'DELETE_IN_PROGRESS', patience);
  if (stack !== undefined && stack.StackStatus !== 'DELETE_COMPLETE') {
    throw new StackFailedError(`stack ${name} is ${stack.StackStatus ?? ''}: delete it by hand`);
  }
}

/** The stack once it is not in that status any more; undefined when there is none. */
async function settled(
  client: CloudFormationClient,
  name: string,
  status: string,
  { pollMs, patienceMs }: StackPatience,
): Promise<Stack | undefined> {
  const lastMs = Date.now() + patienceMs;
  for (;;) {
    const stack = await describe(client, name);
    if (stack?.StackStatus !== status || Date.now() > lastMs) return stack;
    await delay(pollMs);
  }
}

async function describe(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}
