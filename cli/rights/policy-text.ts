/** Policies to paste: what an identity needs that does the steps by itself, and what one that was asked about lacks. */
import { policyStatement, unionStatementFacts, type Place, type StatementFacts } from '../../infra/mgn-actions.ts';
import { isNeeded, type JudgedDuty, type JudgedRight } from './inquiry.ts';
import type { RightsScope } from './step-rights.ts';

/** A policy document as IAM reads it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly ReturnType<typeof policyStatement>[];
}

/**
 * All that an identity needs that makes these steps' calls by itself. It denies nothing: whoever gets it may have other
 * work to do.
 */
export function policyOf(steps: Parameters<typeof unionStatementFacts>[0], scope: RightsScope): PolicyDocument {
  const facts = unionStatementFacts(steps, scope.limits, scope.place);
  return documentOf(facts.filter(({ effect }) => effect === 'Allow'));
}

/** Roles that a region's policies can name without knowing the account: a role is only ever passed within its own. */
export function placeOfRegion(region: string): Place {
  const [prefix = ''] = /^(cn|us-gov|us-isob|us-iso)(?=-)/.exec(region) ?? [];
  return { partition: prefix === '' ? 'aws' : `aws-${prefix}`, region, accountID: '*' };
}

/**
 * What people's identities lack, or need where nobody can tell, as the statements that give it. A denial is not mended by
 * allowing more, and what a stack's functions lack is mended by deploying the stack.
 */
export function policyToAdd(duties: readonly JudgedDuty[]): PolicyDocument | undefined {
  const wanted = duties
    .filter(({ subject, duty }) => !subject.isDedicated && duty.isOptional !== true)
    .flatMap(({ rights, duty, whyUnknown }) =>
      whyUnknown === undefined ? rights.filter(isWanted).map(({ right }) => right) : duty.rights,
    );
  const groups = Map.groupBy(wanted, ({ statement: { resources, conditions } }) =>
    JSON.stringify([resources, conditions]),
  );
  const facts = [...groups.values()].flatMap((rights) => {
    const [first] = rights;
    const actions = [...new Set(rights.map(({ action }) => action))];
    return first === undefined ? [] : [{ ...first.statement, actions }];
  });
  return facts.length === 0 ? undefined : documentOf(facts);
}

function isWanted(judged: JudgedRight): boolean {
  return isNeeded(judged) && (judged.verdict.verdict === 'missing' || judged.verdict.verdict === 'unclear');
}

function documentOf(facts: readonly StatementFacts[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: facts.map(policyStatement) };
}
