/** The facts of `mgn-actions.ts` as the policies of a stack. */
import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { mgnStatementFacts, type MgnAction, type MgnLimits, type StatementFacts } from './mgn-actions.ts';

/** The account and region a stack is deployed to. */
const here = { partition: Aws.PARTITION, region: Aws.REGION, accountID: Aws.ACCOUNT_ID };

/** The statements for a step that makes these calls. */
export function mgnStatements(actions: readonly MgnAction[], limits: MgnLimits): PolicyStatement[] {
  return mgnStatementFacts(actions, limits, here).map(toPolicyStatement);
}

function toPolicyStatement({ effect, actions, resources, conditions = {} }: StatementFacts): PolicyStatement {
  return new PolicyStatement({
    effect: effect === 'Allow' ? Effect.ALLOW : Effect.DENY,
    actions: [...actions],
    resources: [...resources],
    conditions,
  });
}
