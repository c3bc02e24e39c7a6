/**
 * Names and ARNs that are known before the resources exist, so that a right can be given on a resource that itself
 * depends on the one who holds the right. The pseudo parameters stand in them also when the account is known, so that
 * a policy reads the same wherever the stack is synthesized for.
 */
import { Aws, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The machines' files in `statemachine/`, without `.asl.json`. */
export const machineFiles = ['migration-run', 'wave-cutover', 'cutover-shift', 'rollback', 'commit'] as const;

/** A machine's file in `statemachine/`, without `.asl.json`; its name ends in it. */
export type MachineFile = (typeof machineFiles)[number];

/** The ARN of `resource`, given as its service writes it, in the account and region of the stack. */
export function arnHere(service: string, resource: string): string {
  return `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
}

/** The name of the function of this step or watcher in the stack of `scope`. */
export function functionNameOf(scope: IConstruct, name: string): string {
  return `${Stack.of(scope).stackName}-${name}`;
}

/** The name of the state machine of this file in the stack of `scope`. */
export function machineNameOf(scope: IConstruct, file: MachineFile): string {
  return `${Stack.of(scope).stackName}-${file}`;
}

/** The ARN of the state machine of this file, without version or alias. */
export function machineArnOf(scope: IConstruct, file: MachineFile): string {
  return arnHere('states', `stateMachine:${machineNameOf(scope, file)}`);
}

/** A pattern of the ARNs of all executions of the state machine of this file, however they were started. */
export function executionsArnOf(scope: IConstruct, file: MachineFile): string {
  return arnHere('states', `execution:${machineNameOf(scope, file)}:*`);
}

/** The one log group of all functions of the stack. */
export function functionsLogNameOf(scope: IConstruct): string {
  return `/aws/lambda/${Stack.of(scope).stackName}`;
}

/**
 * The one log group of all state machines of the stack. With this prefix Step Functions adds nothing to the account's
 * one resource policy for logs, which is bounded.
 */
export function machinesLogNameOf(scope: IConstruct): string {
  return `/aws/vendedlogs/states/${Stack.of(scope).stackName}`;
}

/** The queue for what could not be delivered to anybody. */
export function deadLetterQueueNameOf(scope: IConstruct): string {
  return `${Stack.of(scope).stackName}-dead-letters`;
}
