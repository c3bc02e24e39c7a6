/**
 * What running hooks needs: exactly the Lambda functions and SSM Automation documents that the deployment names. Whatever
 * else a run's input asks for, IAM refuses.
 */
import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { withinFunction } from './cutover-function.ts';
import { arnHere } from './names.ts';
import type { Settings } from './settings.ts';

/** What a deployment names. */
export type HookSettings = Pick<Settings, 'hookFunctionArns' | 'hookDocumentNames' | 'hookAutomationRoleArns'>;

/** The statements for the function that runs hooks; none where the deployment names nothing. */
export function hookStatements(settings: HookSettings, functionName: string): PolicyStatement[] {
  const { hookFunctionArns, hookDocumentNames, hookAutomationRoleArns } = settings;
  const conditions = withinFunction(functionName);
  const allow = (actions: string[], resources: readonly string[]) =>
    resources.length === 0 ? [] : [new PolicyStatement({ actions, resources: [...resources], conditions })];
  return [
    ...allow(['lambda:InvokeFunction'], hookFunctionArns),
    ...(hookDocumentNames.length === 0 ? [] : automationStatements(hookDocumentNames, allow)),
    ...passRoleStatements(hookAutomationRoleArns),
  ];
}

type Allow = (actions: string[], resources: readonly string[]) => PolicyStatement[];

/**
 * A start is authorized on the document and on the execution that it makes (Systems Manager User Guide, "Setting up
 * identity based policies examples"). It used to be on the document as an automation-definition with its version, and
 * refusals still name that.
 */
function automationStatements(names: readonly string[], allow: Allow): PolicyStatement[] {
  const executions = arnHere('ssm', 'automation-execution/*');
  const documents = names.flatMap((name) => [
    documentArn(name, `automation-definition/${name}:*`),
    documentArn(name, `document/${name}`),
  ]);
  return [
    ...allow(['ssm:StartAutomationExecution'], [...documents, executions]),
    ...allow(['ssm:GetAutomationExecution', 'ssm:StopAutomationExecution'], [executions]),
  ];
}

/** The account is left out in the ARN of a document of AWS's own. */
function documentArn(name: string, resource: string): string {
  const account = isOwnedByAws(name) ? '' : Aws.ACCOUNT_ID;
  return `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${account}:${resource}`;
}

/** Nobody else may give a document a name that begins so (CreateDocument, `Name`). */
export function isOwnedByAws(documentName: string): boolean {
  return /^(aws|amazon|amzn)/i.test(documentName);
}

/** For documents that are given the role they act as (`AutomationAssumeRole`). */
function passRoleStatements(resources: readonly string[]): PolicyStatement[] {
  if (resources.length === 0) return [];
  return [
    new PolicyStatement({
      actions: ['iam:PassRole'],
      resources: [...resources],
      conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
    }),
  ];
}
