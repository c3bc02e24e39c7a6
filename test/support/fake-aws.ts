/**
 * IAM, STS and CloudFormation on this machine, as far as permissions are asked about: query protocol in, XML out. IAM's
 * answers come from real policy documents.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { evaluate, type Call, type Evaluation, type Policy } from './policy-evaluator.ts';

/** An identity that IAM knows. */
export interface KnownIdentity {
  readonly policies: Readonly<Record<string, Policy>>;
  readonly boundary?: Policy;
  /** What the organization lets through. */
  readonly organization?: Policy;
}

/** The account. */
export interface FakeAccount {
  /** What STS says of the caller. */
  readonly callerArn: string;
  /** By ARN. */
  readonly identities: Readonly<Record<string, KnownIdentity>>;
  /** Names of resources by logical ID, of the one stack there is. */
  readonly stackResources?: Readonly<Record<string, string>>;
  readonly stackOutputs?: Readonly<Record<string, string>>;
  /** Most results in one answer of IAM. */
  readonly pageSize?: number;
  /** Answers instead, where it answers at all; `count` is how often the operation was called, this one included. */
  readonly answer?: (operation: string, parameters: URLSearchParams, count: number) => Answer | undefined;
}

/** A raw answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The service as it runs. */
export interface FakeAws {
  readonly url: string;
  /** Calls so far, by operation. */
  readonly calls: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** An error as the query protocol has it. */
export const queryError = (status: number, code: string, message: string): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error><RequestId>0</RequestId></ErrorResponse>`,
});

/** Starts the service on a free port. */
export async function startFakeAws(account: FakeAccount): Promise<FakeAws> {
  const calls = new Map<string, number>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const parameters = new URLSearchParams(body);
      const operation = parameters.get('Action') ?? '';
      const count = (calls.get(operation) ?? 0) + 1;
      calls.set(operation, count);
      const answer = account.answer?.(operation, parameters, count) ?? perform(operation, parameters, account);
      response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${String(isAddress(address) ? address.port : 0)}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

function perform(operation: string, parameters: URLSearchParams, account: FakeAccount): Answer {
  switch (operation) {
    case 'GetCallerIdentity':
      return result(operation, tag('Arn', account.callerArn));
    case 'GetRole':
      return getRole(parameters, account);
    case 'SimulatePrincipalPolicy':
      return simulate(parameters, account);
    case 'DescribeStacks':
      return describeStacks(parameters, account);
    case 'ListStackResources':
      return listStackResources(parameters, account);
    default:
      return queryError(400, 'InvalidAction', `no ${operation}`);
  }
}

function getRole(parameters: URLSearchParams, { identities }: FakeAccount): Answer {
  const name = parameters.get('RoleName') ?? '';
  const arn = Object.keys(identities).find((candidate) => candidate.endsWith(`/${name}`));
  if (arn === undefined) return queryError(404, 'NoSuchEntity', `The role with name ${name} cannot be found.`);
  return result('GetRole', `<Role>${tag('RoleName', name)}${tag('Arn', arn)}${tag('Path', '/')}</Role>`);
}

function simulate(parameters: URLSearchParams, { identities, pageSize = 100 }: FakeAccount): Answer {
  const arn = parameters.get('PolicySourceArn') ?? '';
  const identity = identities[arn];
  if (identity === undefined) return queryError(404, 'NoSuchEntity', `${arn} does not exist`);
  const calls = callsOf(parameters);
  const from = Number(parameters.get('Marker') ?? '0');
  const page = calls.slice(from, from + pageSize);
  const isLast = from + pageSize >= calls.length;
  return result(
    'SimulatePrincipalPolicy',
    `<EvaluationResults>${page.map((call) => evaluationResult(identity, call)).join('')}</EvaluationResults>` +
      tag('IsTruncated', String(!isLast)) +
      (isLast ? '' : tag('Marker', String(from + pageSize))),
  );
}

function callsOf(parameters: URLSearchParams): Call[] {
  const context: Record<string, readonly string[]> = {};
  for (const prefix of prefixes(parameters, 'ContextEntries')) {
    context[parameters.get(`${prefix}.ContextKeyName`) ?? ''] = members(parameters, `${prefix}.ContextKeyValues`);
  }
  const resources = members(parameters, 'ResourceArns');
  return members(parameters, 'ActionNames').flatMap((action) =>
    (resources.length === 0 ? ['*'] : resources).map((resource) => ({ action, resource, context })),
  );
}

const prefixes = (parameters: URLSearchParams, name: string): string[] => [
  ...new Set([...parameters.keys()].flatMap((key) => new RegExp(`^${name}\\.member\\.\\d+`).exec(key)?.[0] ?? [])),
];
const members = (parameters: URLSearchParams, name: string): string[] =>
  [...parameters].filter(([key]) => new RegExp(`^${name}\\.member\\.\\d+$`).test(key)).map(([, value]) => value);

function evaluationResult({ policies, boundary, organization }: KnownIdentity, call: Call): string {
  const own = evaluate(policies, call);
  const isBounded = boundary !== undefined && evaluate({ boundary }, call).decision !== 'allowed';
  const isBarred = organization !== undefined && evaluate({ organization }, call).decision !== 'allowed';
  const evaluation: Evaluation = isBarred || isBounded ? { decision: 'implicitDeny', matched: [], missing: [] } : own;
  const isOpen = call.resource === '*';
  return `<member>${tag('EvalActionName', call.action)}${tag('EvalResourceName', call.resource)}${tag('EvalDecision', evaluation.decision)}${
    matchedStatements(evaluation) + missingContext(isOpen ? evaluation.missing : [])
  }${isBarred ? detail('Organizations', 'AllowedByOrganizations') : ''}${
    isBounded ? detail('PermissionsBoundary', 'AllowedByPermissionsBoundary') : ''
  }${isOpen ? '' : specificResult(call, evaluation)}</member>`;
}

const detail = (name: string, member: string) =>
  `<${name}DecisionDetail>${tag(member, 'false')}</${name}DecisionDetail>`;
const missingContext = (keys: readonly string[]) =>
  `<MissingContextValues>${keys.map((key) => tag('member', key)).join('')}</MissingContextValues>`;
const matchedStatements = ({ matched }: Evaluation) =>
  `<MatchedStatements>${matched
    .map((name) => `<member>${tag('SourcePolicyId', name)}${tag('SourcePolicyType', 'IAM Policy')}</member>`)
    .join('')}</MatchedStatements>`;
/** Where a resource is named, the keys that are missing stand here and not in the result above it. */
const specificResult = (call: Call, evaluation: Evaluation) =>
  `<ResourceSpecificResults><member>${tag('EvalResourceName', call.resource)}${tag('EvalResourceDecision', evaluation.decision)}${
    matchedStatements(evaluation) + missingContext(evaluation.missing)
  }</member></ResourceSpecificResults>`;

function describeStacks(parameters: URLSearchParams, { stackOutputs }: FakeAccount): Answer {
  const name = parameters.get('StackName') ?? '';
  if (stackOutputs === undefined) return queryError(400, 'ValidationError', `Stack with id ${name} does not exist`);
  const outputs = Object.entries(stackOutputs).map(
    ([key, value]) => `<member>${tag('OutputKey', key)}${tag('OutputValue', value)}</member>`,
  );
  return result(
    'DescribeStacks',
    `<Stacks><member>${tag('StackName', name)}${tag('StackStatus', 'CREATE_COMPLETE')}${tag('CreationTime', '2026-01-01T00:00:00Z')}<Outputs>${outputs.join('')}</Outputs></member></Stacks>`,
  );
}

/** Two at a time, so that whoever reads only the first page notices. */
function listStackResources(parameters: URLSearchParams, { stackResources = {} }: FakeAccount): Answer {
  const all = Object.entries(stackResources);
  const from = Number(parameters.get('NextToken') ?? '0');
  const page = all
    .slice(from, from + 2)
    .map(([id, name]) => `<member>${tag('LogicalResourceId', id)}${tag('PhysicalResourceId', name)}</member>`);
  const next = from + 2 < all.length ? tag('NextToken', String(from + 2)) : '';
  return result('ListStackResources', `<StackResourceSummaries>${page.join('')}</StackResourceSummaries>${next}`);
}

function result(operation: string, body: string): Answer {
  return {
    status: 200,
    body: `<${operation}Response><${operation}Result>${body}</${operation}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></${operation}Response>`,
  };
}

const tag = (name: string, value: string) => `<${name}>${escaped(value)}</${name}>`;
const escaped = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
