/**
 * IAM's own answer to what an identity may do (iam:SimulatePrincipalPolicy): nothing is called, its policies are only
 * evaluated. What IAM does not answer clearly is never taken for a yes.
 */
import {
  SimulatePrincipalPolicyCommand,
  type ContextEntry,
  type EvaluationResult,
  type IAMClient,
  type ResourceSpecificResult,
} from '@aws-sdk/client-iam';
import { chunksOf } from '../../functions/domain/wave-plan.ts';
import { messageOf } from '../exit-code.ts';
import type { Circumstances, Right } from './right.ts';

/**
 * allowed, unless a policy's statement about `openKeys` forbids it: condition keys whose values nobody knows here.
 * missing: nothing allows it. denied: something forbids it, and `by` says what. unclear: IAM's answer leaves it open, and
 * `why` says how.
 */
export type Verdict =
  | { readonly verdict: 'allowed'; readonly openKeys: readonly string[] }
  | { readonly verdict: 'missing' }
  | { readonly verdict: 'denied'; readonly by: string }
  | { readonly verdict: 'unclear'; readonly why: string };

/** IAM could not be asked about this identity at all. */
export class CannotSimulateError extends Error {
  override readonly name = 'CannotSimulateError';
}

/** Calls in one request; what IAM takes is not documented, and its own console asks about as many. */
const actionsMax = 50;
/** Requests at a time: IAM allows few a second. */
const requestsMax = 4;
/** Far beyond what one request can bring; a service that goes on is not IAM. */
const pagesMax = 100;

/**
 * Asks IAM about every right of the identity with this ARN, which is a user's or a role's.
 *
 * @throws CannotSimulateError when the caller may not ask, or there is no such identity.
 */
export async function simulate(
  client: IAMClient,
  principalArn: string,
  rights: readonly Right[],
): Promise<Map<Right, Verdict>> {
  const verdicts = new Map<Right, Verdict>();
  for (const requests of chunksOf(requestsFor(rights), requestsMax)) {
    const answering = requests.map(async ({ resource, circumstances, actions, asked }) => {
      const results = await ask(client, { principalArn, resource, circumstances, actions });
      for (const right of asked) {
        verdicts.set(right, verdictOf(results.filter((result) => isAbout(result, right.action))));
      }
    });
    // All of them, so that none is under way any more when one has failed.
    const failed = (await Promise.allSettled(answering)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) await Promise.all(answering);
  }
  return verdicts;
}

interface Request {
  readonly resource: string;
  readonly circumstances: Circumstances;
  readonly actions: readonly string[];
  /** The rights that the answer is about. */
  readonly asked: readonly Right[];
}

/** Rights on one resource in the same circumstances go together; one resource a request keeps each answer plain. */
function requestsFor(rights: readonly Right[]): Request[] {
  const groups = Map.groupBy(rights, ({ resource, circumstances }) => JSON.stringify([resource, circumstances]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { resource, circumstances } = first;
    return chunksOf([...new Set(group.map(({ action }) => action))], actionsMax).map((actions) => ({
      resource,
      circumstances,
      actions,
      asked: group.filter(({ action }) => actions.includes(action)),
    }));
  });
}

async function ask(
  client: IAMClient,
  request: Pick<Request, 'resource' | 'circumstances' | 'actions'> & { readonly principalArn: string },
): Promise<EvaluationResult[]> {
  const results: EvaluationResult[] = [];
  let marker: string | undefined;
  for (let page = 1; page <= pagesMax; page += 1) {
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn: request.principalArn,
      ActionNames: [...request.actions],
      ResourceArns: [request.resource],
      ContextEntries: Object.entries(request.circumstances).map(contextEntry),
      ...(marker === undefined ? {} : { Marker: marker }),
    });
    const answer = await client.send(command).catch((error: unknown) => {
      throw new CannotSimulateError(explain(error, request.principalArn), { cause: error });
    });
    results.push(...(answer.EvaluationResults ?? []));
    if (answer.IsTruncated !== true) return results;
    if (answer.Marker === undefined || answer.Marker === marker) break;
    marker = answer.Marker;
  }
  throw new CannotSimulateError('IAM announced more of its answer and never gave it');
}

function explain(error: unknown, principalArn: string): string {
  const name = error instanceof Error ? error.name : '';
  if (/AccessDenied|Unauthorized/.test(name)) {
    return `the caller may not ask IAM about it: it needs iam:SimulatePrincipalPolicy on ${principalArn} (${messageOf(error)})`;
  }
  if (/NoSuchEntity/.test(name)) return `IAM knows no ${principalArn} (${messageOf(error)})`;
  return `IAM did not answer: ${name === '' ? '' : `${name}: `}${messageOf(error)}`;
}

function contextEntry([key, value]: [string, Circumstances[string]]): ContextEntry {
  if (typeof value === 'boolean') {
    return { ContextKeyName: key, ContextKeyType: 'boolean', ContextKeyValues: [String(value)] };
  }
  return typeof value === 'string'
    ? { ContextKeyName: key, ContextKeyType: 'string', ContextKeyValues: [value] }
    : { ContextKeyName: key, ContextKeyType: 'stringList', ContextKeyValues: [...value] };
}

function isAbout({ EvalActionName }: EvaluationResult, action: string): boolean {
  return EvalActionName?.toLowerCase() === action.toLowerCase();
}

/** The worst of what IAM says; the answer for one resource may stand in the result or under it. */
function verdictOf(results: readonly EvaluationResult[]): Verdict {
  const verdicts = results.flatMap((result) => [
    verdictOfResult(result),
    ...(result.ResourceSpecificResults ?? []).map(verdictOfResource),
  ]);
  return (
    (['denied', 'missing', 'unclear', 'allowed'] as const)
      .map((kind) => verdicts.find(({ verdict }) => verdict === kind))
      .find((found) => found !== undefined) ?? { verdict: 'unclear', why: 'IAM gave no answer about it' }
  );
}

/** An organization's policy ends the evaluation, so it comes first. */
function verdictOfResult(result: EvaluationResult): Verdict {
  if (result.OrganizationsDecisionDetail?.AllowedByOrganizations === false) {
    return { verdict: 'denied', by: 'a policy of the organization (SCP)' };
  }
  const keys = [result, ...(result.ResourceSpecificResults ?? [])].flatMap((one) => one.MissingContextValues ?? []);
  return judge({ ...result, decision: result.EvalDecision, MissingContextValues: keys });
}

function verdictOfResource(result: ResourceSpecificResult): Verdict {
  return judge({ ...result, decision: result.EvalResourceDecision });
}

type Judged = Pick<
  EvaluationResult,
  'MatchedStatements' | 'MissingContextValues' | 'PermissionsBoundaryDecisionDetail'
> & { readonly decision: string | undefined };

function judge({ decision, MatchedStatements, MissingContextValues = [], ...rest }: Judged): Verdict {
  if (decision === 'explicitDeny') return { verdict: 'denied', by: sourcesOf(MatchedStatements) };
  if (rest.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false) {
    return { verdict: 'denied', by: 'its permissions boundary' };
  }
  if (decision === 'allowed') return { verdict: 'allowed', openKeys: MissingContextValues };
  if (decision !== 'implicitDeny') {
    return { verdict: 'unclear', why: `IAM answered with ${decision ?? 'no decision'}` };
  }
  return MissingContextValues.length === 0
    ? { verdict: 'missing' }
    : {
        verdict: 'unclear',
        why: `it is not allowed with what is known here; a policy also asks for ${MissingContextValues.join(', ')}`,
      };
}

function sourcesOf(statements: EvaluationResult['MatchedStatements'] = []): string {
  const sources = statements.flatMap(({ SourcePolicyId, SourcePolicyType }) =>
    SourcePolicyId === undefined
      ? []
      : [`${SourcePolicyId}${SourcePolicyType === undefined ? '' : ` (${SourcePolicyType})`}`],
  );
  return sources.length === 0 ? 'a statement that IAM does not name' : `policy ${[...new Set(sources)].join(', ')}`;
}
