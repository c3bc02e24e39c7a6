/** The facts of `mgn-actions.ts` as the policies of a stack, and the way into other accounts. */
import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { withinFunction } from './cutover-function.ts';
import { stepStatementFacts, type MgnLimits, type StatementFacts, type StepCalls } from './mgn-actions.ts';
import type { Settings } from './settings.ts';

/** The account and region a stack is deployed to. */
const here = { partition: Aws.PARTITION, region: Aws.REGION, accountID: Aws.ACCOUNT_ID };

/** The statements for a step that makes these calls. */
export function mgnStatements(step: StepCalls, limits: MgnLimits): PolicyStatement[] {
  return stepStatementFacts(step, limits, here).map(toPolicyStatement);
}

function toPolicyStatement({ effect, actions, resources, conditions = {} }: StatementFacts): PolicyStatement {
  return new PolicyStatement({
    effect: effect === 'Allow' ? Effect.ALLOW : Effect.DENY,
    actions: [...actions],
    resources: [...resources],
    conditions,
  });
}

/**
 * The right of a function that makes these calls to take on the roles of target accounts; none where the deployment names
 * no role, or the function calls nothing there. A role that is for finalizing is taken on by the one that finalizes only.
 */
export function targetRoleStatements(
  { mgnActions }: StepCalls,
  settings: Pick<Settings, 'targetAccountRoleArns' | 'targetAccountFinalizerRoleArns'>,
  functionName: string,
): PolicyStatement[] {
  const { targetAccountRoleArns, targetAccountFinalizerRoleArns } = settings;
  const forFinalizing = mgnActions.includes('FinalizeCutover') ? targetAccountFinalizerRoleArns : [];
  const resources = mgnActions.length === 0 ? [] : [...targetAccountRoleArns, ...forFinalizing];
  if (resources.length === 0) return [];
  return [new PolicyStatement({ actions: ['sts:AssumeRole'], resources, conditions: withinFunction(functionName) })];
}
